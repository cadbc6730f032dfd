#include "agent/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/duplicate.h"
#include "agent/failure.h"
#include "agent/mean.h"
#include "agent/preview.h"
#include "agent/record.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/digest.h"
#include "share-layout/path.h"
#include "share-layout/picture.h"

void publish_placeholder(struct worker *w, const struct work *work)
{
	if (!work->held || work->task.kind != BF_TASK_FRAME || work->of[0]) /* of a duplicate it is there, or not wanted any more */
		return;
	for (int view = 0; view < work->job->plan.picture_count; view++) {
		char name[BF_FILE_MAX];
		bf_job_picture(&work->job->plan, (unsigned)view, work->task.frame, name);
		bf_fs_create(w->share->root, bf_path_picture(work->job->plan.id, name).text, "", 0, NULL);
	}
}

int publish_remove_placeholder(const struct bf_share *share, const struct bf_job *job, const struct bf_task *task,
	struct bf_err *err)
{
	struct bf_err why;
	if (task->kind != BF_TASK_FRAME && task->kind != BF_TASK_JOIN)
		return 0;
	for (int view = 0; view < job->picture_count; view++) {
		char name[BF_FILE_MAX];
		bf_job_picture(job, (unsigned)view, task->frame, name);
		struct bf_path path = bf_path_picture(job->id, name);
		int empty = bf_fs_is_empty(share->root, path.text, &why);
		if ((empty < 0 && bf_err_is_share_fault(&why)) || (empty == 1 && bf_fs_unlink(share->root, path.text, &why) < 0)) {
			if (err)
				*err = why;
			return -1;
		}
	}
	return 0;
}

/* ---- check ---- */

static void local_file(const struct worker *w, const struct work *work, int n, char *path, size_t size)
{
	bool join = work->task.kind == BF_TASK_JOIN && !work->joined[0];
	if (bf_fmt(path, size, "%s/%s/%s", join ? w->dir : w->blender_dir, join ? "join" : "out", work->file[n]) < 0)
		bf_bug("path of %s is too long", work->file[n]);
}

static void expected_size(const struct work *work, int *width, int *height)
{
	*width = work->job->plan.width;
	*height = work->job->plan.height;
	if (work->task.kind == BF_TASK_PIECE) {
		struct bf_rect rect = bf_job_piece_rendered(&work->job->plan, work->task.number);
		*width = rect.right - rect.left;
		*height = rect.bottom - rect.top;
	}
}

int publish_check(struct worker *w, const struct work *work, struct bf_err *err)
{
	int width, height;
	expected_size(work, &width, &height);
	if (work->file_count != work->job->plan.picture_count)
		return bf_err_set(err, "Blender wrote %d pictures where the plan has %d", work->file_count,
			work->job->plan.picture_count);
	for (int i = 0; i < work->file_count; i++) {
		char path[4400];
		struct bf_picture picture;
		local_file(w, work, i, path, sizeof path);
		if (bf_picture_look(AT_FDCWD, path, &picture, err) != 1)
			return -1;
		if (!picture.whole)
			return bf_err_prefix(err, "Blender's picture %s is not whole", work->file[i]);
		if (picture.width && (picture.width != width || picture.height != height))
			return bf_err_set(err, "Blender's picture %s has %d x %d pixels instead of %d x %d", work->file[i],
				(int)picture.width, (int)picture.height, width, height);
	}
	return 0;
}

/* ---- copy, commit, show ---- */

static struct bf_path private_path(const struct work *work, int view)
{
	return work->task.kind == BF_TASK_PIECE ? bf_path_piece(work->job->plan.id, &work->task, bf_job_piece_ext(&work->job->plan))
		: bf_path_private(work->job->plan.id, &work->task, (unsigned)view);
}

static struct bf_path private_dir(const struct work *work)
{
	const char *job = work->job->plan.id;
	return work->task.kind == BF_TASK_PIECE ? bf_path_in_job(job, "pieces") : bf_path_output(job);
}

static int copy_one(struct worker *w, const struct work *work, int n, char hash[BF_HASH_MAX], int64_t *bytes,
	struct bf_err *err)
{
	char path[4400];
	struct bf_path to = private_path(work, n);
	local_file(w, work, n, path, sizeof path);
	int in = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (in < 0)
		return bf_err_set(err, "the picture %s is gone from the scratch folder", path);
	int result = bf_digest_copy(in, w->share->root, to.text, hash, bytes, err);
	if (result < 0 && err->sys == ENOENT) { /* somebody threw the folder away */
		bf_fs_mkdir(w->share->root, private_dir(work).text, NULL);
		result = bf_digest_copy(in, w->share->root, to.text, hash, bytes, err);
	}
	close(in);
	return result;
}

/* All files of the task, and the hash that stands for them (SPEC.md: of one picture its own, of several
 * that of their hashes, one per line). Once they are there they are never written again: after a commit whose
 * answer was lost somebody else may be moving them into place. */
static int copy_all(struct worker *w, struct work *work, struct bf_err *err)
{
	if (work->copied)
		return 0;
	struct bf_digest *all = bf_digest_new();
	int result = mean_keep(w, work, err);
	work->bytes = 0;
	memcpy(work->hash, BF_HASH_NONE, sizeof work->hash);
	for (int i = 0; i < work->file_count && result == 0; i++) {
		int64_t size = 0;
		result = copy_one(w, work, i, work->hash, &size, err);
		bf_digest_add(all, work->hash, BF_HASH_MAX - 1);
		bf_digest_add(all, "\n", 1);
		work->bytes += size;
	}
	if (work->file_count > 1)
		bf_digest_hex(all, work->hash);
	bf_digest_free(&all);
	if (result == 0 && work->task.kind != BF_TASK_PIECE)
		bf_fs_sync_dir(w->share->root, bf_path_output(work->job->plan.id).text);
	work->copied = result == 0;
	return result;
}

static void remove_private(struct worker *w, const struct work *work)
{
	for (int i = 0; i < work->file_count; i++)
		bf_fs_unlink(w->share->root, private_path(work, i).text, NULL);
	mean_remove(w, work);
}

int publish_roll_forward(const struct bf_share *share, const struct bf_job *job, const struct bf_task *done,
	struct bf_err *err)
{
	int moved = 0;
	for (int view = 0; view < job->picture_count; view++) {
		char name[BF_FILE_MAX];
		bf_job_picture(job, (unsigned)view, done->frame, name);
		int result = bf_fs_rename(share->root, bf_path_private(job->id, done, (unsigned)view).text,
			bf_path_picture(job->id, name).text, err);
		if (result < 0)
			return -1;
		moved += result;
	}
	return moved > 0;
}

/* A folder can be moved away and still be used by those who know it by its handle (NFS), until it is empty: then the list of
 * jobs tells, which is not older than the one by which we found this job. */
static bool job_is_gone(struct worker *w, const char *job)
{
	struct bf_names names = {0};
	bool gone = bf_fs_list(w->share->root, bf_path_job(job).text, &names, NULL) == 0
		|| (bf_fs_list(w->share->root, BF_JOBS, &names, NULL) == 1 && !bf_names_has(&names, job));
	bf_names_clear(&names);
	return gone;
}

static void forget(struct worker *w, const struct work *work)
{
	work->job->present = false;
	publish_remove_placeholder(w->share, &work->job->plan, &work->task, NULL);
}

bool publish_forget_if_gone(struct worker *w, const struct work *work)
{
	bool gone = job_is_gone(w, work->job->plan.id);
	if (gone)
		forget(w, work);
	return gone;
}

/* The claim is not there any more: somebody has taken over, or the whole job was deleted. No listing of its tasks tells: it may
 * be old. */
static void throw_away(struct worker *w, const struct work *work, const struct bf_err *why)
{
	char name[BF_TASK_MAX];
	bool gone = why->sys == ENOENT || job_is_gone(w, work->job->plan.id);
	bf_task_name(&work->task, name);
	remove_private(w, work);
	bf_log(work->of[0] ? BF_LOG_INFO : BF_LOG_WARN, "late job=%s task=%s attempt=%u: %s, picture thrown away",
		work->job->plan.id, name, work->task.attempt, gone ? "the job is gone" : work->of[0] ? "the other was quicker"
		: "done or taken over by another machine");
	if (gone)
		forget(w, work);
	else
		record_work(w, work, &work->task, "late", NULL);
}

/* 1 published, 0 somebody else owns the task by now, -1 share error: to be tried again. */
static int publish(struct worker *w, struct work *work, struct bf_err *err)
{
	struct bf_place place = worker_place(w, work);
	char name[BF_TASK_MAX];
	struct bf_task done;
	bf_task_name(&work->task, name);
	if (copy_all(w, work, err) < 0)
		return -1;
	struct bf_task base = duplicate_base(work);
	int committed = work->of[0] ? bf_claim_overtake(&place, &base, work->task.token, work->hash, &done, err)
		: bf_claim_commit(&place, &work->task, work->hash, &done, err);
	if (committed < 0)
		return -1;
	if (committed == 0) {
		throw_away(w, work, err);
		return 0;
	}
	if (work->task.kind != BF_TASK_PIECE && publish_roll_forward(w->share, &work->job->plan, &done, err) < 0)
		bf_log(BF_LOG_WARN, "publish job=%s task=%s: %s; the last look at the job will mend it", work->job->plan.id, name,
			err->text);
	if (work->task.kind == BF_TASK_JOIN)
		preview_remove(w, work);
	char note[BF_TOKEN_MAX + 32] = "";
	if (work->of[0])
		snprintf(note, sizeof note, "duplicate of %s", work->of);
	record_work(w, work, &done, "done", note[0] ? note : NULL);
	bf_log(BF_LOG_INFO, "publish job=%s task=%s attempt=%u seconds=%.2f bytes=%lld%s%s", work->job->plan.id, name,
		work->task.attempt, work->render_s, (long long)work->bytes, work->of[0] ? " duplicate_of=" : "", work->of);
	return 1;
}

static void remove_local(struct worker *w, const struct work *work)
{
	for (int i = 0; i < work->file_count; i++) {
		char path[4400];
		local_file(w, work, i, path, sizeof path);
		unlink(path);
	}
	char joined[4400];
	if (work->joined[0] && bf_fmt(joined, sizeof joined, "%s/join/%s", w->dir, work->joined) == 0)
		unlink(joined);
}

void publish_rendered(struct worker *w)
{
	struct work *work = &w->rendered;
	struct bf_err err;
	int result = 0;
	if (!work->held)
		return;
	worker_share_begin(w);
	for (;;) {
		result = worker_follow_share(w, &err) ? publish(w, work, &err) : -1;
		if (result >= 0) {
			if (result == 1)
				failure_none(work);
			worker_share_works(w);
			break;
		}
		if (worker_job_is_gone(w, work, &err)) {
			remove_private(w, work);
			break;
		}
		/* The picture is safe in the scratch folder; the share will take it when it can. */
		if (board_stopping(w->board) || !worker_wait_for_share(w, &err)) {
			/* The private file stays: the commit may have taken place. */
			worker_share_end(w);
			worker_release(w, work, err.text);
			return;
		}
	}
	duplicate_unmark(w, work);
	worker_share_end(w);
	remove_local(w, work);
	if (result == 1)
		preview_after(w, work);
	worker_drop(work);
	w->ended++;
}
