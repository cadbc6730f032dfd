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

struct seen {
	struct bf_task task;
	bool chosen;
};

struct retrying {
	const struct bf_share *share;
	const struct bf_job *job;
	struct bf_retry *ask;
	char id[BF_ID_MAX];       /* ours, for this retry alone */
	unsigned long tokens;     /* made of it so far */
	int32_t *frame;           /* those asked for, sorted */
	size_t frame_count;
	struct bf_names shards, logs, pieces, names;
	bool output_fresh;        /* we have changed something in output/JOB/ */
	struct bf_shard shard;
	struct seen *seen;        /* tasks of the directory, by frame; pieces before their join */
	size_t seen_count;
	struct bf_buf history;
	struct bf_err *err;
};

/* ---- what is there ---- */

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return x < y ? -1 : x > y;
}

static int by_task(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
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

/* ---- what is chosen ---- */

static bool has_ended(const struct bf_task *task)
{
	return task->state == BF_DONE || task->state == BF_PARKED;
}

static bool was_made_by(const struct bf_task *task, const char *machine)
{
	struct bf_token token;
	char name[BF_NAME_MAX];
	if (task->state != BF_DONE || bf_token_parse(task->token, &token) < 0)
		return false;
	bf_id_name(token.id, name);
	return !strcmp(name, machine);
}

static bool is_wanted(const struct retrying *r, const struct bf_task *task)
{
	if (task->kind > BF_TASK_JOIN) /* making directories: only where that was given up */
		return task->state == BF_PARKED && r->ask->what != BF_RETRY_MACHINE;
	switch (r->ask->what) {
	case BF_RETRY_FAILED:  return task->state == BF_PARKED;
	case BF_RETRY_ALL:     return true;
	case BF_RETRY_FRAMES:  return bsearch(&task->frame, r->frame, r->frame_count, sizeof *r->frame, by_number) != NULL;
	case BF_RETRY_MACHINE: return was_made_by(task, r->ask->machine);
	}
	return false;
}

static bool piece_is_gone(const struct retrying *r, const struct bf_task *piece)
{
	if (piece->state != BF_DONE)
		return false;
	struct bf_path path = bf_path_piece(r->job->id, piece, bf_job_piece_ext(r->job));
	return !bf_names_sorted_has(&r->pieces, strrchr(path.text, '/') + 1);
}

/* The pieces and the join of one frame go together: from first up to end. */
static void choose_frame(struct retrying *r, size_t first, size_t end)
{
	struct seen *join = NULL;
	bool any_piece = false;
	for (size_t i = first; i < end; i++) {
		struct seen *seen = &r->seen[i];
		bool wanted = is_wanted(r, &seen->task);
		seen->chosen = wanted && has_ended(&seen->task);
		r->ask->going += wanted && !seen->chosen;
		any_piece |= seen->task.kind == BF_TASK_PIECE && seen->chosen;
		if (seen->task.kind == BF_TASK_JOIN)
			join = seen;
	}
	if (!join)
		return;
	/* Who joins them just now has read the old ones, perhaps. */
	if (any_piece && join->task.state == BF_RUN) {
		join->chosen = true;
		r->ask->going -= is_wanted(r, &join->task);
	}
	join->chosen |= any_piece && has_ended(&join->task);
	for (size_t i = first; i < end && join->chosen; i++)
		if (r->seen[i].task.kind == BF_TASK_PIECE && piece_is_gone(r, &r->seen[i].task))
			r->seen[i].chosen = true;
}

static void choose(struct retrying *r)
{
	for (size_t first = 0, end; first < r->seen_count; first = end) {
		for (end = first + 1; end < r->seen_count && r->seen[end].task.frame == r->seen[first].task.frame; end++)
			;
		choose_frame(r, first, end);
	}
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
	choose(r);
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
	if (r->ask->what != BF_RETRY_FRAMES || !r->ask->frames->count)
		return;
	r->frame_count = r->ask->frames->count;
	r->frame = malloc(r->frame_count * sizeof *r->frame);
	if (!r->frame)
		bf_bug("out of memory");
	memcpy(r->frame, r->ask->frames->frame, r->frame_count * sizeof *r->frame);
	qsort(r->frame, r->frame_count, sizeof *r->frame, by_number);
}

static int list_aside(struct retrying *r)
{
	const struct { const char *name; struct bf_names *names; } dirs[] = {
		{ "tasks", &r->shards }, { "logs", &r->logs }, { "pieces", &r->pieces },
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
	free(r->frame);
	free(r->seen);
	bf_names_clear(&r->shards);
	bf_names_clear(&r->logs);
	bf_names_clear(&r->pieces);
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
