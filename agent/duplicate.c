#include "agent/duplicate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/crew.h"
#include "agent/failure.h"
#include "agent/listing.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/deal.h"
#include "share-layout/journal.h"
#include "share-layout/look.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

enum {
	CANDIDATES_MAX = 16,    /* running tasks that are looked at: their owners' cards are read */
	EMPTY_MS = 2000,        /* a worker without work waits so long: most tails are over by then */
	LOOK_MS = 3000,         /* who may be in vain looks so often, or less the more there is to do for all … */
	LOOK_SELDOM_MS = 30000, /* … down to this */
	START_S = 3,            /* to start Blender and open the file, where that is not done yet */
};

struct bf_task duplicate_base(const struct work *work)
{
	struct bf_task base = work->task;
	if (work->of[0])
		memcpy(base.token, work->of, sizeof base.token);
	return base;
}

/* ---- which ---- */

static bool was_left_alone(const struct worker *w, const char *token)
{
	for (int i = 0; i < 8; i++)
		if (!strcmp(w->left_alone[i], token))
			return true;
	return false;
}

/* Does somebody living, other than mine (may be NULL), render it beside its owner? */
static bool is_duplicated(struct worker *w, const struct listing *look, const struct bf_task *run, const struct bf_task *mine)
{
	for (size_t i = 0; i < look->duplicates; i++) {
		const struct bf_task *it = &look->duplicate[i];
		struct bf_token token;
		if (!bf_task_same(it, run) || it->attempt != run->attempt || (mine && !strcmp(mine->token, it->token))
			|| bf_token_parse(it->token, &token) < 0)
			continue;
		if (!bf_live_find(w->live, token.id))
			board_note(w->board, w->slot, token.id);
		if (!bf_live_is_dead(w->live, token.id, w->config->lease_ms))
			return true;
	}
	return false;
}

static size_t candidates(struct worker *w, const struct job_view *job, const struct listing *look, const struct bf_task *found[CANDIDATES_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < look->count && count < CANDIDATES_MAX; i++) {
		const struct bf_task *task = &look->entry[i].task;
		if (bf_look_may_duplicate(task, listing_whose(w, task)) && !was_left_alone(w, task->token)
			&& !is_duplicated(w, look, task, NULL) && !(task->failures && failure_leaves_to_others(w, job, task)))
			found[count++] = task;
	}
	return count;
}

static void read_owners(struct worker *w, const struct bf_task *const *task, size_t count)
{
	struct bf_token owner[CANDIDATES_MAX];
	const char *id[CANDIDATES_MAX];
	for (size_t i = 0; i < count; i++) {
		bf_token_parse(task[i]->token, &owner[i]);
		id[i] = owner[i].id;
	}
	crew_look(w, id, count);
}

/* Seconds that we would need; -1 = no idea. */
static double mine_s(const struct worker *w, const struct job_view *job, const struct bf_deal_run *his, double left_s)
{
	double speed = worker_speed(w), start_s = strcmp(w->opened, job->plan.id) ? START_S : 0;
	if (his->cost > 0 && speed > 0)
		return start_s + his->cost / speed;
	if (job->task_s > 0)
		return start_s + job->task_s;
	if (his->speed > 0 && speed > 0 && left_s >= 0)
		return start_s + (his->elapsed_s + left_s) * his->speed / speed;
	return -1;
}

/* What a duplicate of it would gain, in seconds; 0 = it is not worth it. */
static double gain_s(struct worker *w, const struct job_view *job, const struct bf_task *run)
{
	char name[BF_TASK_MAX];
	const struct bf_slot *slot = crew_slot(w, run->token);
	bf_task_name(run, name);
	if (!slot || slot->duplicate || strcmp(slot->job, job->plan.id) || strcmp(slot->task, name))
		return 0; /* its card is old, or it has not begun yet */
	struct bf_deal_run his = { .elapsed_s = (double)slot->seconds, .percent = slot->percent, .speed = slot->speed };
	if (run->kind == BF_TASK_PIECE)
		his.cost = bf_job_piece_cost(&job->plan, run->number);
	double left_s = bf_deal_left_s(&his), ours_s = mine_s(w, job, &his, left_s);
	bf_trace("duplicate", "%s %s: %d %% in %.0f s, %.1f s left, we need %.1f s", job->plan.id, name, his.percent, his.elapsed_s,
		left_s, ours_s);
	return bf_deal_duplicate(ours_s, left_s) ? left_s - ours_s : 0;
}

/* ---- beginning one ---- */

/* Say so, then see whether we are the only one. 1 / 0 / -1. */
static int mark(struct worker *w, const struct job_view *job, const char *shard, const struct bf_task *run,
	const struct bf_task *mine, struct bf_err *err)
{
	struct bf_path path = bf_path_duplicate(job->plan.id, shard, mine);
	struct listing look = {0};
	if (bf_fs_create(w->share->root, path.text, "", 0, err) < 0)
		return -1;
	int result = listing_take(w, job, shard, &look, err);
	if (result == 1 && is_duplicated(w, &look, run, mine))
		result = 0;
	for (size_t i = 0; result == 1 && i < look.count; i++)
		if (bf_look_is_in_vain(run, &look.entry[i].task))
			result = 0;
	listing_clear(&look);
	if (result != 1)
		bf_fs_unlink(w->share->root, path.text, NULL);
	return result;
}

static int begin(struct worker *w, struct job_view *job, const char *shard, const struct bf_task *run, struct work *out,
	struct bf_err *err)
{
	struct bf_task mine = *run;
	char name[BF_TASK_MAX];
	worker_token(w, mine.token);
	int result = mark(w, job, shard, run, &mine, err);
	if (result != 1)
		return result;
	memset(out, 0, sizeof *out);
	out->held = true;
	out->job = job;
	out->job->refs++;
	snprintf(out->shard.name, sizeof out->shard.name, "%s", shard);
	out->task = mine;
	memcpy(out->of, run->token, sizeof out->of);
	out->claimed_ms = bf_sys.now_ms();
	bf_task_name(run, name);
	bf_log(BF_LOG_INFO, "duplicate job=%s task=%s attempt=%u of=%s", job->plan.id, name, run->attempt, run->token);
	return 1;
}

static int pick_in_shard(struct worker *w, struct job_view *job, const char *shard, struct work *out, struct bf_err *err)
{
	struct listing look;
	const struct bf_task *found[CANDIDATES_MAX], *best = NULL;
	double most_s = 0;
	int result = listing_take(w, job, shard, &look, err);
	if (result != 1)
		return result;
	size_t count = candidates(w, job, &look, found);
	if (count)
		read_owners(w, found, count);
	for (size_t i = 0; i < count; i++) {
		double gain = gain_s(w, job, found[i]);
		if (gain > most_s) {
			most_s = gain;
			best = found[i];
		}
	}
	result = best ? begin(w, job, shard, best, out, err) : 0;
	listing_clear(&look);
	return result;
}

int duplicate_pick(struct worker *w, struct job_view *job, struct work *out, struct bf_err *err)
{
	int64_t now_ms = bf_sys.now_ms();
	int result = 0;
	if (!w->empty_since_ms || now_ms - w->empty_since_ms < EMPTY_MS || now_ms < w->duplicate_ms)
		return 0;
	for (unsigned i = 0; i < job->shards_made && result == 0; i++)
		if (!job->shard_ended[i])
			result = pick_in_shard(w, job, bf_shard_of(i).name, out, err);
	/* Two who withdrew from each other come back at different times. */
	w->duplicate_ms = now_ms + w->config->poll_ms + random() % w->config->poll_ms;
	return result;
}

/* ---- somebody was quicker ---- */

static bool is_alone(const struct worker *w)
{
	return bf_live_count(w->live, w->config->lease_ms) <= 1 && w->config->slots == 1;
}

static int64_t look_interval_ms(const struct worker *w, const struct work *work)
{
	int64_t often_ms = (int64_t)LOOK_MS * bf_live_crowd(w->live, w->config->lease_ms);
	if (work->of[0])
		return often_ms;
	bool is_last = strtoul(work->shard.name, NULL, 10) + 1 >= work->job->shard_count;
	size_t takers = (size_t)(bf_live_count(w->live, w->config->lease_ms) * w->config->slots);
	int64_t rounds = (int64_t)(work->open_left / (takers ? takers : 1));
	return is_last && (rounds + 1) * often_ms < LOOK_SELDOM_MS ? (rounds + 1) * often_ms : LOOK_SELDOM_MS;
}

bool duplicate_is_in_vain(struct worker *w, struct work *work, int64_t *looked_ms)
{
	struct listing look;
	struct bf_err err;
	int64_t now_ms = bf_sys.now_ms();
	if (now_ms - *looked_ms < LOOK_MS)
		return false;
	board_get_live(w->board, w->live); /* that of the last pick may be as old as this render */
	if (is_alone(w) || now_ms - *looked_ms < look_interval_ms(w, work))
		return false;
	*looked_ms = now_ms;
	worker_share_begin(w);
	int listed = listing_take(w, work->job, work->shard.name, &look, &err);
	worker_share_end(w);
	if (listed != 1)
		return false;
	struct bf_task base = duplicate_base(work);
	bool found = false;
	for (size_t i = 0; i < look.count; i++)
		found |= bf_look_is_in_vain(&base, &look.entry[i].task);
	work->open_left = look.open;
	listing_clear(&look);
	return found;
}

static void note(struct worker *w, const struct work *work, const char *event, const char *why)
{
	struct bf_record record = { .task = work->task, .ended = time(NULL), .mem_mb = work->mem_mb };
	struct bf_err err;
	snprintf(record.event, sizeof record.event, "%s", event);
	snprintf(record.note, sizeof record.note, "%s%s", work->of[0] ? "duplicate: " : "", why);
	if (work->started_ms)
		record.seconds = (double)(bf_sys.now_ms() - work->started_ms) / 1000;
	if (bf_journal_append(w->share, work->job->plan.id, w->id, &record, &err) < 0)
		bf_log(BF_LOG_DEBUG, "journal %s", err.text);
}

void duplicate_in_vain(struct worker *w, struct work *work)
{
	char name[BF_TASK_MAX];
	bf_task_name(&work->task, name);
	bf_log(BF_LOG_INFO, "late job=%s task=%s attempt=%u: %s, render dropped", work->job->plan.id, name, work->task.attempt,
		work->of[0] ? "the other was quicker" : "another machine was quicker");
	worker_share_begin(w);
	note(w, work, "late", "render dropped, another was quicker");
	duplicate_unmark(w, work);
	worker_share_end(w);
	worker_drop(work);
}

void duplicate_drop(struct worker *w, struct work *work, const char *why, bool failed)
{
	char name[BF_TASK_MAX];
	bf_task_name(&work->task, name);
	bf_log(failed ? BF_LOG_WARN : BF_LOG_INFO, "drop duplicate job=%s task=%s attempt=%u: %s", work->job->plan.id, name,
		work->task.attempt, why);
	memcpy(w->left_alone[w->left_alone_count++ % 8], work->of, sizeof work->of);
	worker_share_begin(w);
	if (failed)
		note(w, work, "failed", why);
	duplicate_unmark(w, work);
	worker_share_end(w);
	worker_drop(work);
}

void duplicate_unmark(struct worker *w, const struct work *work)
{
	if (work->of[0])
		bf_fs_unlink(w->share->root, bf_path_duplicate(work->job->plan.id, work->shard.name, &work->task).text, NULL);
}
