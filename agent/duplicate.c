#include "agent/duplicate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/crew.h"
#include "agent/failure.h"
#include "agent/listing.h"
#include "agent/record.h"
#include "agent/wait.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/deal.h"
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

/* Who, of the living and other than mine (may be NULL), renders it beside its owner? Returns how many, more than fit into found too. */
static size_t duplicates_of(struct worker *w, const struct listing *look, const struct bf_task *run, const struct bf_task *mine,
	const struct bf_task *found[BF_DEAL_DUPLICATES_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < look->duplicates; i++) {
		const struct bf_task *it = &look->duplicate[i];
		struct bf_token token;
		if (!bf_task_same(it, run) || it->attempt != run->attempt || (mine && !strcmp(mine->token, it->token))
			|| bf_token_parse(it->token, &token) < 0)
			continue;
		if (!bf_live_find(w->live, token.id))
			board_note(w->board, w->slot, token.id);
		if (bf_live_is_dead(w->live, token.id, w->config->lease_ms))
			continue;
		if (count < BF_DEAL_DUPLICATES_MAX)
			found[count] = it;
		count++;
	}
	return count;
}

static bool is_ours(const struct worker *w, const char *text)
{
	struct bf_token token;
	return bf_token_parse(text, &token) == 0 && !strcmp(token.id, w->id) && token.slot == w->slot;
}

/* A running task that we could duplicate, and who is at it. */
struct candidate {
	const struct bf_task *run, *duplicate[BF_DEAL_DUPLICATES_MAX];
	size_t duplicates;
};

static size_t find_candidates(struct worker *w, const struct job_view *job, const struct listing *look,
	struct candidate found[CANDIDATES_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < look->count && count < CANDIDATES_MAX; i++) {
		const struct bf_task *task = &look->entry[i].task;
		struct candidate *it = &found[count];
		if (!bf_look_may_duplicate(task, listing_whose(w, task)) || was_left_alone(w, task->token))
			continue;
		it->run = task;
		it->duplicates = duplicates_of(w, look, task, NULL, it->duplicate);
		count += it->duplicates < BF_DEAL_DUPLICATES_MAX && !(it->duplicates && is_ours(w, it->duplicate[0]->token))
			&& !(task->failures && failure_leaves_to_others(w, job, task));
	}
	return count;
}

static void read_cards(struct worker *w, const struct candidate *found, size_t count)
{
	struct bf_token who[CANDIDATES_MAX * BF_DEAL_DUPLICATES_MAX];
	const char *id[CANDIDATES_MAX * BF_DEAL_DUPLICATES_MAX];
	size_t n = 0;
	for (size_t i = 0; i < count; i++) {
		bf_token_parse(found[i].run->token, &who[n]);
		id[n] = who[n].id;
		n++;
		for (size_t d = 0; d < found[i].duplicates; d++) {
			bf_token_parse(found[i].duplicate[d]->token, &who[n]);
			id[n] = who[n].id;
			n++;
		}
	}
	crew_look(w, id, n);
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

/* What the card of a slot says of this very task. False when it tells of another one: it is old, or the task has not begun. */
static bool read_run(struct worker *w, const struct job_view *job, const struct bf_task *at_it, bool duplicate,
	struct bf_deal_run *run)
{
	char name[BF_TASK_MAX];
	const struct bf_slot *slot = crew_slot(w, at_it->token);
	bf_task_name(at_it, name);
	if (!slot || slot->duplicate != duplicate || strcmp(slot->job, job->plan.id) || strcmp(slot->task, name))
		return false;
	*run = (struct bf_deal_run){ .elapsed_s = (double)slot->seconds, .percent = slot->percent, .speed = slot->speed };
	if (at_it->kind == BF_TASK_PIECE)
		run->cost = bf_job_piece_cost(&job->plan, at_it->number);
	return true;
}

/* What a duplicate would gain, in seconds; 0 = it is not worth it. */
static double gain_s(struct worker *w, const struct job_view *job, const struct candidate *it)
{
	char name[BF_TASK_MAX];
	struct bf_deal_run his, other;
	if (!read_run(w, job, it->run, false, &his))
		return 0;
	double left_s = bf_deal_left_s(&his), ours_s = mine_s(w, job, &his, left_s);
	double idle_s = (double)(bf_sys.now_ms() - w->empty_since_ms) / 1000;
	for (size_t d = 0; d < it->duplicates; d++) {
		double other_s = read_run(w, job, it->duplicate[d], true, &other) ? bf_deal_left_s(&other) : 0;
		left_s = other_s < left_s ? other_s : left_s;
	}
	bf_task_name(it->run, name);
	bf_trace("duplicate", "%s %s: %d %% in %.0f s, %.1f s left, we need %.1f s", job->plan.id, name, his.percent, his.elapsed_s,
		left_s, ours_s);
	return bf_deal_duplicate(ours_s, left_s, idle_s) ? left_s - ours_s : 0;
}

/* ---- beginning one ---- */

/* Say so, then see whether anybody else has begun one since we looked. 1 / 0 / -1. */
static int mark(struct worker *w, const struct job_view *job, const char *shard, const struct candidate *it,
	const struct bf_task *mine, struct bf_err *err)
{
	const struct bf_task *unused[BF_DEAL_DUPLICATES_MAX];
	struct bf_path path = bf_path_duplicate(job->plan.id, shard, mine);
	struct listing look = {0};
	if (bf_fs_create(w->share->root, path.text, "", 0, err) < 0)
		return -1;
	int result = listing_take(w, job, shard, &look, err);
	if (result == 1 && duplicates_of(w, &look, it->run, mine, unused) > it->duplicates)
		result = 0;
	for (size_t i = 0; result == 1 && i < look.count; i++)
		if (bf_look_is_in_vain(it->run, &look.entry[i].task))
			result = 0;
	listing_clear(&look);
	if (result != 1)
		bf_fs_unlink(w->share->root, path.text, NULL);
	return result;
}

static int begin(struct worker *w, struct job_view *job, const char *shard, const struct candidate *it, struct work *out,
	struct bf_err *err)
{
	const struct bf_task *run = it->run;
	struct bf_task mine = *run;
	char name[BF_TASK_MAX];
	worker_token(w, mine.token);
	int result = mark(w, job, shard, it, &mine, err);
	if (result != 1)
		return result;
	worker_hold(out, job, shard, &mine);
	memcpy(out->of, run->token, sizeof out->of);
	bf_task_name(run, name);
	bf_log(BF_LOG_INFO, "duplicate job=%s task=%s attempt=%u of=%s", job->plan.id, name, run->attempt, run->token);
	return 1;
}

static int pick_in_shard(struct worker *w, struct job_view *job, const char *shard, struct work *out, struct bf_err *err)
{
	struct listing look;
	struct candidate found[CANDIDATES_MAX];
	const struct candidate *best = NULL;
	double most_s = 0;
	int result = listing_take(w, job, shard, &look, err);
	if (result != 1)
		return result;
	bool crowded = wait_is_crowded(w, job, &look);
	size_t count = crowded ? 0 : find_candidates(w, job, &look, found);
	if (count)
		read_cards(w, found, count);
	for (size_t i = 0; i < count; i++) {
		double gain = gain_s(w, job, &found[i]);
		if (gain > most_s) {
			most_s = gain;
			best = &found[i];
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
	char text[512];
	snprintf(text, sizeof text, "%s%.400s", work->of[0] ? "duplicate: " : "", why);
	record_work(w, work, &work->task, event, text);
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
