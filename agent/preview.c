#include "agent/preview.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/bfmerge.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/digest.h"

enum { PATIENCE_MS = 60000, NICE = 19, TIMES_ITS_TIME = 100 };

static struct bf_path path_of(const struct work *work)
{
	char name[BF_FILE_MAX];
	bf_job_picture(&work->job->plan, 0, work->task.frame, name);
	return bf_path_preview(work->job->plan.id, name);
}

/* Which preview lies there: 0 = none. */
static uint64_t which(struct worker *w, const struct work *piece)
{
	struct stat st;
	if (bf_sys.stat(w->share->root, path_of(piece).text, &st) < 0)
		return 0;
	return ((uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec) ^ (uint64_t)st.st_ino << 40;
}

static bool is_due(struct worker *w, const struct work *piece)
{
	struct job_view *job = piece->job;
	int64_t now_ms = bf_sys.now_ms();
	if (!w->config->preview_ms || board_stopping(w->board))
		return false;
	if (!job->preview_ms)
		job->preview_ms = piece->claimed_ms + w->config->preview_ms;
	return now_ms >= job->preview_ms;
}

/* Another machine has made one since we looked last. */
static bool somebody_did(struct worker *w, const struct work *piece)
{
	worker_share_begin(w);
	uint64_t there = which(w, piece), seen = piece->job->preview_seen;
	worker_share_end(w);
	piece->job->preview_seen = there;
	return there && there != seen;
}

/* From the committed pieces to a file in our own folder. 1, 0 when we are to stop, -1. */
static int join(struct worker *w, const struct work *piece, const char *file, struct bf_err *err)
{
	char program[4200], frame[16];
	snprintf(frame, sizeof frame, "%d", (int)piece->task.frame);
	bfmerge_find(program, sizeof program);
	const char *const argv[] = { program, "-q", "-j", "1", "--small", "--preview", "--share", w->share->path, "--job",
		piece->job->plan.id, "--frame", frame, "-o", file, NULL };
	struct bfmerge_run run = { .argv = argv, .nice = NICE, .patience_ms = PATIENCE_MS };
	return bfmerge_run(w, &run, err);
}

static int copy(struct worker *w, const char *file, const struct bf_path *to, struct bf_err *err)
{
	char unused[BF_DIGEST_HEX];
	int64_t bytes;
	int in = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (in < 0)
		return bf_err_sys(err, errno, "open(%s)", file);
	int result = bf_digest_copy(in, w->share->root, to->text, unused, &bytes, err);
	close(in);
	return result;
}

/* Nothing more is to be seen of it: the picture is in its place, or the job is gone. */
static bool is_over(struct worker *w, const struct work *piece)
{
	struct bf_names names = {0};
	struct bf_task task;
	struct bf_path shard = bf_path_shard(piece->job->plan.id, piece->shard.name);
	bool over = bf_share_touch(w->share, shard.text, piece->task.token, NULL) < 0
		|| bf_fs_list(w->share->root, shard.text, &names, NULL) != 1;
	for (size_t i = 0; i < names.count && !over; i++)
		over = bf_task_parse(names.item[i].text, &task) == 0 && task.kind == BF_TASK_JOIN && task.frame == piece->task.frame
			&& task.state == BF_DONE;
	bf_names_clear(&names);
	return over;
}

/* To its name on the share. Who joins removes it from there; when that was before it came, nobody else will. */
static int show(struct worker *w, const struct work *piece, const char *file, struct bf_err *err)
{
	struct bf_path aside = bf_path_private(piece->job->plan.id, &piece->task, 0), to = path_of(piece);
	int root = w->share->root, result = copy(w, file, &aside, err);
	if (result == 0)
		result = bf_fs_rename(root, aside.text, to.text, err);
	if (result < 0)
		bf_fs_unlink(root, aside.text, NULL);
	else if (is_over(w, piece))
		bf_fs_unlink(root, to.text, NULL);
	return result;
}

static void make(struct worker *w, const struct work *piece)
{
	char dir[4200], file[4300];
	struct bf_err err = {0};
	snprintf(dir, sizeof dir, "%s/preview", w->dir);
	snprintf(file, sizeof file, "%s/small.png", dir);
	int result = bf_fs_mkdir(AT_FDCWD, dir, &err) < 0 ? -1 : join(w, piece, file, &err);
	if (result == 1) {
		worker_share_begin(w);
		result = show(w, piece, file, &err);
		piece->job->preview_seen = which(w, piece);
		worker_share_end(w);
	}
	if (result < 0)
		bf_log(BF_LOG_DEBUG, "preview job=%s frame=%d: %s", piece->job->plan.id, (int)piece->task.frame, err.text);
	unlink(file);
}

void preview_after(struct worker *w, const struct work *piece)
{
	struct job_view *job = piece->job;
	if (piece->task.kind != BF_TASK_PIECE || !is_due(w, piece))
		return;
	int64_t began_ms = bf_sys.now_ms();
	if (!somebody_did(w, piece))
		make(w, piece);
	int64_t now_ms = bf_sys.now_ms(), pause_ms = TIMES_ITS_TIME * (now_ms - began_ms);
	job->preview_ms = now_ms + (pause_ms > w->config->preview_ms ? pause_ms : w->config->preview_ms);
}

void preview_remove(struct worker *w, const struct work *join)
{
	bf_fs_unlink(w->share->root, path_of(join).text, NULL);
}
