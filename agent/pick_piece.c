#include "agent/pick_piece.h"

#include <stdlib.h>
#include <string.h>

#include "agent/crew.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/deal.h"
#include "share-layout/token.h"

enum { PATIENCE_MS = 10000 };

bool pick_piece_has_costs(const struct job_view *job)
{
	return job->plan.piece_cost_count > 0;
}

static double cost_of(const struct job_view *job, const struct bf_task *task)
{
	return task->kind == BF_TASK_PIECE ? bf_job_piece_cost(&job->plan, task->number) : 0;
}

/* ---- the others ---- */

struct others { struct bf_deal_slot *slot; size_t count; };

static void add(struct others *others, double speed, double left)
{
	if (!(others->count & (others->count - 1))) {
		size_t room = others->count ? 2 * others->count : 1;
		others->slot = realloc(others->slot, room * sizeof *others->slot);
		if (!others->slot)
			bf_bug("out of memory");
	}
	others->slot[others->count++] = (struct bf_deal_slot){ speed, left };
}

/* What is left of a piece in work. A card that tells of something else is old: the piece has only just been begun. */
static double left_of(const struct job_view *job, const struct bf_task *run, const struct bf_slot *slot)
{
	char name[BF_TASK_MAX];
	double cost = cost_of(job, run), left = cost;
	bf_task_name(run, name);
	if (!slot || strcmp(slot->task, name) || strcmp(slot->job, job->plan.id))
		return slot ? cost : cost / 2;
	if (slot->percent > 0)
		left = cost * (100 - slot->percent) / 100;
	else if (slot->speed > 0)
		left = cost - (double)slot->seconds * slot->speed;
	return left > 0.02 * cost ? left : 0.02 * cost;
}

/* Those that have a piece in work. */
static void add_busy(struct worker *w, const struct job_view *job, const struct listing *look, struct others *others)
{
	for (size_t i = 0; i < look->count; i++) {
		const struct bf_task *run = &look->entry[i].task;
		if (run->state != BF_RUN || cost_of(job, run) <= 0 || listing_whose(w, run) != BF_OF_LIVING)
			continue;
		const struct bf_slot *slot = crew_slot(w, run->token);
		add(others, slot ? slot->speed : 0, left_of(job, run, slot));
	}
}

static bool has_piece(const struct listing *look, const char *id, unsigned n)
{
	for (size_t i = 0; i < look->count; i++) {
		struct bf_token token;
		if (look->entry[i].task.state == BF_RUN && bf_token_parse(look->entry[i].task.token, &token) == 0
			&& token.slot == n && !strcmp(token.id, id))
			return true;
	}
	return false;
}

/* Will it take the next piece of this job as soon as it can? */
static bool waits(const struct bf_slot *slot, const struct job_view *job)
{
	return slot->state == BF_SLOT_IDLE || (slot->state == BF_SLOT_RENDERING && !strcmp(slot->job, job->plan.id));
}

static void add_idle(struct worker *w, const struct job_view *job, const struct listing *look, struct others *others)
{
	for (size_t i = 0; i < crew_count(w); i++) {
		const struct crew_member *member = crew_member(w, i);
		if (bf_live_is_dead(w->live, member->id, w->config->lease_ms))
			continue;
		for (int n = 0; n < member->slot_count; n++)
			if (waits(&member->slot[n], job) && !has_piece(look, member->id, (unsigned)n))
				add(others, member->slot[n].speed, 0);
	}
	for (unsigned n = 0; n < (unsigned)w->config->slots; n++) {
		struct bf_slot own;
		board_read_slot(w->board, n, &own);
		if (n != w->slot && waits(&own, job) && !has_piece(look, w->id, n))
			add(others, own.speed > 0 ? own.speed : w->config->slot[n].speed, 0);
	}
}

/* ---- the choice ---- */

static const struct bf_task *smallest(const struct job_view *job, const struct bf_task *const *may, size_t count)
{
	const struct bf_task *least = may[0];
	for (size_t i = 1; i < count; i++)
		if (cost_of(job, may[i]) < cost_of(job, least))
			least = may[i];
	return least;
}

/* The others may be slower than they seem, or not come at all: who has left pieces to them looks at the clock. They are
 * not late before the first of them is free. */
static bool has_waited_enough(struct job_view *job, size_t open, const struct others *others)
{
	int64_t now_ms = bf_sys.now_ms();
	double first_s = 3600;
	for (size_t i = 0; i < others->count; i++) {
		double speed = others->slot[i].speed > 0 ? others->slot[i].speed : 1;
		first_s = others->slot[i].left / speed < first_s ? others->slot[i].left / speed : first_s;
	}
	if (!job->held_back_ms || job->held_back_open != open) {
		job->held_back_ms = now_ms;
		job->held_back_open = open;
	}
	return now_ms - job->held_back_ms > PATIENCE_MS + (int64_t)(1000 * first_s);
}

const struct bf_task *pick_piece(struct worker *w, struct job_view *job, const struct listing *look,
	const struct bf_task *const *may, size_t count)
{
	struct others others = {0};
	const struct bf_task *taken = NULL;
	double *cost = calloc(count + !count, sizeof *cost);
	if (!cost)
		bf_bug("out of memory");
	for (size_t i = 0; i < count; i++)
		cost[i] = cost_of(job, may[i]);
	crew_look_around(w);
	add_busy(w, job, look, &others);
	add_idle(w, job, look, &others);
	long n = bf_deal_pick(cost, count, worker_speed(w), others.slot, others.count, (unsigned)random());
	if (n >= 0)
		taken = may[n];
	else if (count && has_waited_enough(job, look->open, &others))
		taken = smallest(job, may, count);
	bf_trace("pick", "%s: %zu pieces open, speed %.2f, %zu others: %s", job->plan.id, count, worker_speed(w), others.count,
		taken ? "one fits" : "left to the others");
	if (taken)
		job->held_back_ms = 0;
	free(others.slot);
	free(cost);
	return taken;
}
