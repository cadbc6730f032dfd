#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/control.h"
#include "share-layout/path.h"
#include "share-layout/scan_private.h"
#include "share-layout/token.h"

static const char *const state_word[] = { "planning", "running", "waiting", "paused", "done", "failed", "cancelled" };

const char *bf_job_state_name(enum bf_job_state state)
{
	return state_word[state];
}

bool bf_scan_ended(const struct bf_scan_job *job)
{
	return job->state == BF_JOB_DONE || job->state == BF_JOB_FAILED || job->state == BF_JOB_CANCELLED;
}

/* Room doubles when the count reaches a power of two, so that it need not be kept anywhere. */
void *bf_scan_grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	array = realloc(array, (count ? count * 2 : 1) * size);
	if (!array)
		abort();
	return array;
}

void bf_scan_job_clear(struct bf_scan_job *job)
{
	struct bf_scan_keep *keep = job->keep;
	for (size_t i = 0; keep && i < keep->tasks_count; i++)
		bf_scan_tasks_clear(&keep->tasks[i]);
	if (keep) {
		free(keep->tasks);
		free(keep->row);
		free(keep->journal);
		free(keep);
	}
	free(job->running);
	free(job->failed);
	free(job->machine);
	free(job->map.piece);
	bf_job_clear(&job->plan);
	memset(job, 0, sizeof *job);
}

/* ---- the plan ---- */

/* Frames are looked up 100,000 times in a row, and lists of frames need not ascend. */
static void map_rows(struct bf_scan_keep *keep, const struct bf_frames *frames)
{
	keep->row_min = keep->row_max = frames->frame[0];
	for (size_t i = 0; i < frames->count; i++) {
		if (frames->frame[i] < keep->row_min)
			keep->row_min = frames->frame[i];
		if (frames->frame[i] > keep->row_max)
			keep->row_max = frames->frame[i];
	}
	keep->row = calloc((size_t)(keep->row_max - keep->row_min) + 1, sizeof *keep->row);
	if (!keep->row)
		abort();
	for (size_t i = 0; i < frames->count; i++)
		keep->row[frames->frame[i] - keep->row_min] = (int32_t)i + 1;
}

/* Returns 1, 0 when this folder is no job, -1 (job->error). */
static int read_plan(const struct bf_share *share, struct bf_scan_job *job)
{
	struct bf_job plan;
	struct bf_err err = {0};
	int result = bf_job_read(share, job->plan.id, &plan, &err);
	if (result < 0)
		snprintf(job->error, sizeof job->error, "%.*s", (int)sizeof job->error - 1, err.text);
	if (result != 1)
		return result;
	if (!plan.name[0])
		memcpy(plan.name, job->plan.name, sizeof plan.name);
	job->plan = plan;
	job->plan_ok = true;
	map_rows(job->keep, &job->plan.frames);
	job->keep->tasks_count = bf_job_shard_count(&job->plan);
	job->keep->tasks = calloc(job->keep->tasks_count, sizeof *job->keep->tasks);
	if (!job->keep->tasks)
		abort();
	return 1;
}

/* ---- counting ---- */

static void add_count(struct bf_count *sum, const struct bf_count *part)
{
	sum->done += part->done;
	sum->running += part->running;
	sum->failed += part->failed;
}

static void add_tasks(struct bf_scan_job *job, const struct bf_scan_tasks *tasks)
{
	add_count(&job->frames, &tasks->frames);
	add_count(&job->tasks, &tasks->tasks);
	for (size_t i = 0; i < tasks->running_count; i++) {
		struct bf_scan_running running = { .task = tasks->running[i] };
		struct bf_token token;
		if (bf_token_parse(running.task.token, &token) == 0) {
			memcpy(running.agent, token.id, sizeof running.agent);
			running.slot = token.slot;
		}
		job->running = bf_scan_grow(job->running, job->running_count, sizeof *job->running);
		job->running[job->running_count++] = running;
	}
	for (size_t i = 0; i < tasks->failed_count; i++) {
		job->failed = bf_scan_grow(job->failed, job->failed_count, sizeof *job->failed);
		job->failed[job->failed_count++] = (struct bf_scan_failed){ .task = tasks->failed[i] };
	}
	for (size_t i = 0; i < tasks->done_by_count; i++)
		job->machine[i].tasks += tasks->done_by[i];
}

/* Of all directories: the frame that is being worked at, else the next, else the last. */
static void choose_map(struct bf_scan_job *job)
{
	const struct bf_scan_tasks *best = NULL;
	for (size_t i = 0; i < job->keep->tasks_count && !(best && best->map_begun); i++) {
		const struct bf_scan_tasks *tasks = &job->keep->tasks[i];
		if (tasks->there && tasks->map.count && (!best || tasks->map_begun || best->map_done))
			best = tasks;
	}
	free(job->map.piece);
	job->map = best ? best->map : (struct bf_scan_map){0};
	size_t size = job->map.count * sizeof *job->map.piece;
	job->map.piece = best ? malloc(size) : NULL;
	if (best && !job->map.piece)
		abort();
	if (best)
		memcpy(job->map.piece, best->map.piece, size);
}

/* Directories that do not exist yet hold tasks that wait: totals come from the plan. */
static void sum_up(const struct bf_share *share, struct bf_scan_job *job)
{
	struct bf_scan_failed *known = job->failed;
	size_t known_count = job->failed_count;
	job->failed = NULL;
	memset(&job->frames, 0, sizeof job->frames);
	memset(&job->tasks, 0, sizeof job->tasks);
	job->running_count = job->failed_count = 0;
	for (size_t i = 0; i < job->machine_count; i++)
		job->machine[i].tasks = 0;
	for (size_t i = 0; i < job->keep->tasks_count; i++)
		if (job->keep->tasks[i].there)
			add_tasks(job, &job->keep->tasks[i]);
	job->frames.total = (int64_t)job->plan.frames.count;
	job->tasks.total = bf_job_task_count(&job->plan);
	job->frames.waiting = job->frames.total - job->frames.done - job->frames.running - job->frames.failed;
	job->tasks.waiting = job->tasks.total - job->tasks.done - job->tasks.running - job->tasks.failed;
	choose_map(job);
	bf_scan_failed_explain(share, job, known, known_count);
	free(known);
}

static int look_at_tasks(const struct bf_share *share, struct bf_scan_job *job, struct bf_err *err)
{
	struct bf_names names = {0};
	struct bf_scan_keep *keep = job->keep;
	int result = bf_fs_list(share->root, bf_path_in_job(job->plan.id, "tasks").text, &names, err);
	for (size_t i = 0; result >= 0 && i < names.count; i++) {
		const char *name = names.item[i].text;
		unsigned long shard = strtoul(name, NULL, 10);
		if (!strcmp(name, BF_SHARD_END))
			result = bf_scan_end_look(share, job, err);
		else if (shard < keep->tasks_count && !strcmp(name, bf_shard_of((unsigned)shard).name))
			result = bf_scan_tasks_look(share, job, (unsigned)shard, err);
	}
	bf_names_clear(&names);
	return result < 0 ? -1 : 0;
}

static bool anything_moves(const struct bf_scan_job *job)
{
	bool moves = job->tasks.running > 0 || job->keep->finish_running;
	for (size_t i = 0; !moves && i < job->keep->tasks_count; i++)
		moves = job->keep->tasks[i].more_running;
	return moves;
}

static void take_control(struct bf_scan_job *job, const struct bf_control *control)
{
	job->priority = control->has_priority ? control->priority : job->plan.priority;
	job->avoid_count = control->avoid_count;
	memcpy(job->avoid, control->avoid, sizeof job->avoid);
	if (control->cancelled)
		job->state = BF_JOB_CANCELLED;
	else if (job->keep->finish_done)
		job->state = job->tasks.failed ? BF_JOB_FAILED : BF_JOB_DONE;
	else if (control->paused)
		job->state = BF_JOB_PAUSED;
	else
		job->state = anything_moves(job) ? BF_JOB_RUNNING : BF_JOB_WAITING;
}

/* ---- one look ---- */

/* Ended when we looked last, and nobody took it up again since: whoever does removes the marker. */
static bool nothing_new(struct bf_scan_job *job, bool marked_ended)
{
	struct bf_scan_keep *keep = job->keep;
	return keep->looked && keep->marked_ended && marked_ended && job->plan_ok && bf_scan_ended(job)
		&& !job->tasks.running && keep->skipped++ < BF_SCAN_SKIPS_MAX;
}

int bf_scan_job_look(const struct bf_share *share, struct bf_scan_job *job, bool marked_ended, bool in_detail)
{
	struct bf_control control;
	struct bf_err err = {0};
	if (!job->keep && !(job->keep = calloc(1, sizeof *job->keep)))
		abort();
	if (nothing_new(job, marked_ended) && (!in_detail || job->keep->in_detail))
		return 1;
	job->error[0] = '\0';
	job->keep->skipped = 0;
	int result = job->plan_ok ? 1 : read_plan(share, job);
	if (result == 0)
		return 0;
	if (result < 0) {
		job->state = BF_JOB_WAITING;
		return 1;
	}
	result = bf_control_read(share, job->plan.id, &control, &err);
	if (result == 0)
		return 0;
	if (result == 1 && look_at_tasks(share, job, &err) < 0)
		result = -1;
	if (result == 1 && (!marked_ended || in_detail) && bf_scan_journals_read(share, job, &err) < 0)
		result = -1;
	job->keep->looked = result == 1;
	job->keep->in_detail = result == 1 && in_detail;
	job->keep->marked_ended = marked_ended;
	bf_scan_machines_measure(job);
	sum_up(share, job);
	if (result == 1)
		take_control(job, &control);
	else
		snprintf(job->error, sizeof job->error, "%.*s", (int)sizeof job->error - 1, err.text);
	return 1;
}

/* ---- with the agents in mind ---- */

static bool agent_is_lost(const struct bf_scan *scan, const char *id)
{
	for (size_t i = 0; i < scan->agent_count; i++)
		if (!strcmp(scan->agent[i].id, id))
			return scan->agent[i].lost;
	return false; /* it has no card yet, or its card was not in this listing */
}

void bf_scan_job_judge(struct bf_scan_job *job, const struct bf_scan *scan)
{
	for (size_t i = 0; i < job->running_count; i++)
		job->running[i].lost = agent_is_lost(scan, job->running[i].agent);
	job->eta = bf_scan_estimate(job, scan);
}
