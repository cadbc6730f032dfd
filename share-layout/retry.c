#include "share-layout/retry_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "share-layout/base/fs.h"
#include "share-layout/control.h"
#include "share-layout/journal.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

struct retrying {
	const struct bf_share *share;
	const struct bf_job *job;
	struct bf_retry *ask;
	char id[BF_ID_MAX];       /* ours, for this retry alone */
	unsigned long tokens;     /* made of it so far */
	struct bf_names shards, logs, names;
	bool output_fresh;        /* we have changed something in output/JOB/ */
	struct bf_shard shard;
	struct bf_retry_choice choice;
	struct bf_retry_seen *seen; /* tasks of the directory */
	size_t seen_count;
	struct bf_buf history;
	struct bf_err *err;
};

/* ---- what is there ---- */

static int by_task(const void *a, const void *b)
{
	const struct bf_retry_seen *x = a, *y = b;
	return bf_task_compare(&x->task, &y->task);
}

/* A change of our own makes the next listing fresh. */
static int touch(struct retrying *r, struct bf_path dir)
{
	char token[BF_TOKEN_MAX];
	bf_retry_token(r->id, 1, token);
	return bf_share_touch(r->share, dir.text, token, r->err);
}

/* Returns 1, 0 when the directory is gone, -1. */
static int list_shard(struct retrying *r)
{
	struct bf_path dir = bf_path_shard(r->job->id, r->shard.name);
	if (!r->ask->look_only && touch(r, dir) < 0)
		return -1;
	int listed = bf_fs_list(r->share->root, dir.text, &r->names, r->err);
	if (listed != 1)
		return listed;
	r->seen = realloc(r->seen, (r->names.count + 1) * sizeof *r->seen);
	if (!r->seen)
		bf_bug("out of memory");
	size_t count = 0, kept = 0;
	for (size_t i = 0; i < r->names.count; i++)
		if (bf_task_parse(r->names.item[i].text, &r->seen[count].task) == 0)
			r->seen[count++].chosen = false;
	if (count)
		qsort(r->seen, count, sizeof *r->seen, by_task);
	for (size_t i = 0; i < count; i++)
		if (!kept || !bf_task_same(&r->seen[kept - 1].task, &r->seen[i].task))
			r->seen[kept++] = r->seen[i];
	r->seen_count = kept;
	return 1;
}

/* ---- taking it up again ---- */

static bool is_whole_picture(const struct bf_task *task)
{
	return task->state == BF_DONE && (task->kind == BF_TASK_FRAME || task->kind == BF_TASK_JOIN);
}

/* Agents go by the names in logs/: who failed at it, how often. */
static int forgive(struct retrying *r, const struct bf_task *task)
{
	struct bf_path logs = bf_path_in_job(r->job->id, "logs"), retried = bf_path_in_job(r->job->id, "logs/retried");
	char own[BF_TASK_MAX];
	bf_task_name(task, own);
	for (size_t i = 0; i < r->logs.count; i++) {
		const char *name = r->logs.item[i].text;
		struct bf_failure_log log;
		if (strncmp(name, own, strlen(own)) || bf_failure_log_parse(name, &log) < 0 || !bf_task_same(&log.task, task)
			|| (strcmp(log.ending, "log") && strcmp(log.ending, "lost")))
			continue;
		if (bf_fs_mkdir(r->share->root, retried.text, r->err) < 0
			|| bf_fs_rename(r->share->root, bf_path_of("%s/%s", logs.text, name).text,
				bf_path_of("%s/%s", retried.text, name).text, r->err) < 0)
			return -1;
	}
	return 0;
}

/* First what could still become the picture, then the picture. */
static int remove_pictures(struct retrying *r, const struct bf_task *done)
{
	struct bf_path output = bf_path_output(r->job->id);
	if (!r->output_fresh && (bf_fs_mkdir(r->share->root, output.text, r->err) < 0 || touch(r, output) < 0))
		return -1;
	r->output_fresh = true;
	for (int view = 0; view < r->job->picture_count; view++) {
		char name[BF_FILE_MAX];
		bf_job_picture(r->job, (unsigned)view, done->frame, name);
		if (bf_fs_unlink(r->share->root, bf_path_private(r->job->id, done, (unsigned)view).text, r->err) < 0
			|| bf_fs_unlink(r->share->root, bf_path_picture(r->job->id, name).text, r->err) < 0)
			return -1;
	}
	return 0;
}

static void note_in_history(struct retrying *r, const struct bf_task *ended)
{
	struct bf_record record = { .event = "retried", .ended = time(NULL),
		.task = ended->state == BF_RUN ? bf_task_release(ended) : bf_task_reopen(ended) };
	if (r->ask->by)
		snprintf(record.note, sizeof record.note, "%s", r->ask->by);
	bf_journal_format(&record, &r->history);
}

/* Bring one task to a new open attempt. Returns 1, 0 when it is in another state by now, -1. */
static int reopen(struct retrying *r, const struct bf_task *task)
{
	struct bf_place place = { r->share, r->job->id, r->shard.name };
	char token[BF_TOKEN_MAX];
	if (forgive(r, task) < 0 || (is_whole_picture(task) && remove_pictures(r, task) < 0))
		return -1;
	bf_retry_token(r->id, ++r->tokens, token);
	int reopened = bf_retry_renew(&place, task, token, r->err);
	if (reopened == 1)
		note_in_history(r, task);
	return reopened;
}

/* Its state now, in a fresh listing. */
static int look_again(struct retrying *r, const struct bf_task *task, struct bf_task *out)
{
	struct bf_path dir = bf_path_shard(r->job->id, r->shard.name);
	int found = 0;
	if (touch(r, dir) < 0 || bf_fs_list(r->share->root, dir.text, &r->names, r->err) < 0)
		return -1;
	for (size_t i = 0; i < r->names.count; i++) {
		struct bf_task seen;
		if (bf_task_parse(r->names.item[i].text, &seen) < 0 || !bf_task_same(&seen, task)
			|| (found && !bf_task_later(&seen, out)))
			continue;
		*out = seen;
		found = 1;
	}
	return found;
}

/* A join that was taken from old pieces must not stand: whatever becomes of it meanwhile, it is reopened. */
static int reopen_join(struct retrying *r, struct bf_task task)
{
	int result = 0, found = 1;
	for (int i = 0; i < BF_RETRY_TRIES && result == 0 && found >= 0 && task.state != BF_OPEN; i++) {
		if (found == 1)
			result = reopen(r, &task);
		if (result == 0)
			found = look_again(r, &task, &task);
	}
	return result < 0 || found < 0 ? -1 : 0;
}

static int retry_one(struct retrying *r, const struct bf_task *task)
{
	if (r->ask->each)
		r->ask->each(r->ask->arg, task);
	r->ask->tasks++;
	r->ask->pictures += is_whole_picture(task);
	if (r->ask->look_only)
		return 0;
	/* If we are stopped in the middle, agents that look into ended jobs shall find one that has not. */
	if (r->ask->tasks == 1 && bf_retry_renew_finish(r->share, r->job->id, r->err) < 0)
		return -1;
	if (task->kind == BF_TASK_JOIN)
		return reopen_join(r, *task);
	return reopen(r, task) < 0 ? -1 : 0; /* 0: somebody else has just done it, or a person deleted it */
}

/* History is nice to have: a journal that cannot be written stops nobody. */
static void write_history(struct retrying *r)
{
	char file[BF_ID_MAX + 8];
	snprintf(file, sizeof file, BF_JOURNAL_BY "%s", r->id);
	if (r->history.len)
		bf_fs_append(r->share->root, bf_path_journal(r->job->id, file).text, r->history.data, r->history.len, NULL);
	bf_buf_reset(&r->history);
}

static int retry_shard(struct retrying *r, unsigned number)
{
	r->shard = bf_shard_of(number);
	if (!bf_names_sorted_has(&r->shards, r->shard.name)) /* not made yet: all in it waits anyway */
		return 0;
	int result = list_shard(r);
	if (result != 1)
		return result;
	bf_retry_choose(&r->choice, r->seen, r->seen_count);
	for (size_t i = 0; i < r->seen_count && result >= 0; i++)
		if (r->seen[i].chosen)
			result = retry_one(r, &r->seen[i].task);
	write_history(r);
	return result;
}

/* ---- all of it ---- */

static void begin(struct retrying *r)
{
	char host[BF_NAME_MAX];
	bf_name_of_host(host);
	bf_id_make(host, r->id);
	r->ask->tasks = r->ask->pictures = r->ask->going = 0;
	r->choice.ask = r->ask;
	r->choice.job = r->job;
	bf_retry_choice_begin(&r->choice);
}

static int list_aside(struct retrying *r)
{
	const struct { const char *name; struct bf_names *names; } dirs[] = {
		{ "tasks", &r->shards }, { "logs", &r->logs }, { "pieces", &r->choice.pieces },
	};
	/* A failure of a moment ago is to be forgiven, too. */
	if (!r->ask->look_only && bf_fs_mkdir(r->share->root, bf_path_in_job(r->job->id, "logs").text, r->err) >= 0
		&& touch(r, bf_path_in_job(r->job->id, "logs")) < 0)
		return -1;
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		int listed = bf_fs_list(r->share->root, bf_path_in_job(r->job->id, dirs[i].name).text, dirs[i].names, r->err);
		if (listed < 0)
			return -1;
		if (listed == 0 && i == 0)
			return bf_err_set(r->err, "there is no job %s any more", r->job->id);
		bf_names_sort(dirs[i].names);
	}
	return 0;
}

static void end(struct retrying *r)
{
	bf_retry_choice_end(&r->choice);
	free(r->seen);
	bf_names_clear(&r->shards);
	bf_names_clear(&r->logs);
	bf_names_clear(&r->names);
	bf_buf_clear(&r->history);
}

int bf_retry_tasks(const struct bf_share *share, const struct bf_job *job, struct bf_retry *retry, struct bf_err *err)
{
	struct retrying r = { .share = share, .job = job, .ask = retry, .err = err };
	begin(&r);
	r.tokens = 1; /* the first is that of our looks */
	int result = list_aside(&r);
	for (unsigned i = 0; i < bf_job_shard_count(job) && result >= 0; i++)
		result = retry_shard(&r, i);
	end(&r);
	if (retry->look_only || !retry->tasks)
		return result < 0 ? -1 : 0;
	/* What was reopened before an error is to be found, too. */
	if (retry->what != BF_RETRY_MACHINE && result >= 0)
		result = bf_control_allow_all(share, job->id, err);
	if (bf_retry_last_look(share, job->id, result < 0 ? NULL : err) < 0)
		result = -1;
	return result < 0 ? -1 : 0;
}
