#include "agent/finish.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/heal.h"
#include "agent/hooks.h"
#include "agent/listing.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

/* ---- making directories of tasks ---- */

struct shard_writer { const struct bf_share *share; const char *dir; struct bf_err *err; int result; };

static int write_task(void *arg, const struct bf_task *task)
{
	struct shard_writer *writer = arg;
	char name[BF_FILE_MAX];
	bf_task_format(task, name);
	writer->result = bf_fs_create(writer->share->root, bf_path_of("%s/%s", writer->dir, name).text, "", 0, writer->err);
	return writer->result;
}

int finish_write_shard(const struct bf_share *share, const char *dir, const struct bf_job *job, unsigned shard,
	struct bf_err *err)
{
	struct shard_writer writer = { share, dir, err, 0 };
	if (bf_fs_mkdir(share->root, dir, err) < 0)
		return -1;
	bf_job_shard_tasks(job, shard, write_task, &writer);
	return writer.result < 0 ? -1 : 0;
}

static int make_shard(struct worker *w, const struct work *work, struct bf_err *err)
{
	const struct bf_job *job = &work->job->plan;
	struct bf_path to = bf_path_shard(job->id, bf_shard_of(work->task.number).name);
	struct bf_path aside = bf_path_of("%s/tasks/.new.%s", bf_path_job(job->id).text, work->task.token);
	struct bf_names names = {0};
	int result = -1;
	if (finish_write_shard(w->share, aside.text, job, work->task.number, err) < 0)
		goto out;
	if (bf_fs_rename(w->share->root, aside.text, to.text, err) == 1
		|| bf_fs_list(w->share->root, to.text, &names, err) == 1)
		result = 0; /* by us, or by somebody we have just taken over from */
out:
	if (names.count || result < 0)
		bf_fs_remove_tree(w->share->root, aside.text, NULL);
	bf_names_clear(&names);
	return result;
}

static int commit_without_picture(struct worker *w, const struct work *work, struct bf_err *err)
{
	struct bf_place place = worker_place(w, work);
	return bf_claim_commit(&place, &work->task, BF_HASH_NONE, NULL, err);
}

void finish_make_shard(struct worker *w)
{
	struct work *work = &w->now;
	struct bf_err err;
	worker_show(w, BF_SLOT_PLANNING, work);
	worker_share_begin(w);
	while (make_shard(w, work, &err) < 0 || commit_without_picture(w, work, &err) < 0) {
		if (worker_job_is_gone(w, work, &err))
			break;
		if (!worker_wait_for_share(w, &err)) {
			worker_release(w, work, err.text);
			return;
		}
	}
	worker_share_end(w);
	worker_drop(work);
}

/* ---- ending a job ---- */

void finish_mark_ended(const struct bf_share *share, const char *job)
{
	struct bf_err err;
	if (bf_fs_create(share->root, bf_path_ended(job).text, "", 0, &err) < 0)
		bf_log(BF_LOG_WARN, "end job=%s: %s", job, err.text);
}

/* Somebody may have taken the job up again between our commit and the marker: a marker would hide it. */
static void unmark_if_open(const struct bf_share *share, const char *job)
{
	if (jobs_is_open(share, job) && bf_fs_unlink(share->root, bf_path_ended(job).text, NULL) == 1)
		bf_log(BF_LOG_INFO, "reopen job=%s: it was taken up again", job);
}

static void tell_hook(struct worker *w, const struct heal *heal)
{
	struct hook_note note = { .event = HOOK_JOB_END, .done = heal->done, .failed = heal->parked };
	snprintf(note.job, sizeof note.job, "%s", heal->job->plan.id);
	hooks_tell(w->board->hooks_fd, &note);
}

void finish_job(struct worker *w)
{
	struct work *work = &w->now;
	struct bf_err err;
	struct heal heal = { .w = w, .job = work->job, .err = &err };
	worker_show(w, BF_SLOT_PLANNING, work);
	worker_share_begin(w);
	if (heal_look(&heal) < 0 || (!heal.again && heal_clean_up(&heal) < 0)) {
		work->job->retry_ms = bf_sys.now_ms() + 2000;
		worker_release(w, work, err.text);
	} else if (heal.again) {
		jobs_forget_ended(work->job);
		if (worker_release(w, work, "the last look found work") == 1)
			heal_reopen_lost(&heal);
	} else if (commit_without_picture(w, work, &err) == 1) {
		finish_mark_ended(w->share, work->job->plan.id);
		unmark_if_open(w->share, work->job->plan.id);
		bf_log(BF_LOG_INFO, "end job=%s done=%lld failed=%lld", work->job->plan.id, (long long)heal.done,
			(long long)heal.parked);
		tell_hook(w, &heal);
		worker_drop(work);
		w->ended++;
	} else {
		worker_release(w, work, "it could not be committed");
	}
	worker_share_end(w);
	heal_clear(&heal);
	w->refreshed_ms = 0;
}

/* ---- cancelled ---- */

/* Does anybody living still work in the job? */
static bool is_worked_in(struct worker *w, struct job_view *job)
{
	bool found = false;
	for (unsigned i = 0; i < job->shards_made && !found; i++) {
		struct bf_shard shard = bf_shard_of(i);
		struct listing look;
		struct bf_err err;
		if (listing_take(w, job, shard.name, &look, &err) != 1)
			continue;
		found = look.run > 0;
		listing_release_orphans(w, job, shard.name, &look);
		for (size_t n = 0, dead = 0; n < look.count; n++) {
			const struct bf_task *task = &look.entry[n].task;
			struct bf_token token;
			dead += task->state == BF_RUN && bf_token_parse(task->token, &token) == 0
				&& bf_live_is_dead(w->live, token.id, w->config->lease_ms);
			found = look.run > dead;
		}
		listing_clear(&look);
	}
	return found;
}

void finish_cancelled(struct worker *w, struct job_view *job)
{
	struct bf_names output = {0};
	int root = w->share->root;
	if (is_worked_in(w, job))
		return;
	bf_fs_list(root, bf_path_output(job->plan.id).text, &output, NULL);
	for (size_t i = 0; i < output.count; i++) {
		struct bf_path path = bf_path_picture(job->plan.id, output.item[i].text);
		struct stat st; /* the cheap look first: few are empty, and a picture never becomes so */
		if (bf_sys.stat(root, path.text, &st) == 0 && st.st_size == 0 && bf_fs_is_empty(root, path.text, NULL) == 1)
			bf_fs_unlink(root, path.text, NULL);
	}
	bf_names_clear(&output);
	finish_mark_ended(w->share, job->plan.id);
	/* Taken up again while we looked? The marker would hide it. */
	if (bf_control_read(w->share, job->plan.id, &job->control, NULL) == 1 && !job->control.cancelled)
		unmark_if_open(w->share, job->plan.id);
	else
		bf_log(BF_LOG_INFO, "end job=%s: cancelled", job->plan.id);
}
