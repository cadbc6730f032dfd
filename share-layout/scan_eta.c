/* How long a job will take: what is left, divided by the speed of the slots that work at it now; and how far that may be
 * off. Pure. */
#include <math.h>
#include <string.h>

#include "share-layout/scan_private.h"
#include "share-layout/token.h"

enum { RUNNING_MAX = 2000 /* claims that an estimate looks at; more slots than that are made up */ };

/* An estimate from n tasks that happened to be alike still knows little: they count as differing by this much ÷ n. */
static const double LEAST_SPREAD = 0.3;

static double seconds_on(const struct bf_scan_job *job, const char *agent_id)
{
	char name[BF_NAME_MAX];
	bf_id_name(agent_id, name);
	for (size_t i = 0; i < job->machine_count; i++)
		if (!strcmp(job->machine[i].name, name) && job->machine[i].seconds_per_task > 0)
			return job->machine[i].seconds_per_task;
	return job->seconds_per_task;
}

/* A slot may hold a second task in advance; it still works at one. */
static bool slot_counted_before(const struct bf_scan_job *job, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (job->running[k].slot == job->running[i].slot && !strcmp(job->running[k].agent, job->running[i].agent))
			return true;
	return false;
}

static const struct bf_slot *slot_of(const struct bf_scan *scan, const struct bf_scan_running *running)
{
	for (size_t i = 0; i < scan->agent_count; i++)
		if (!strcmp(scan->agent[i].id, running->agent))
			return running->slot < (unsigned)scan->agent[i].card.slot_count ? &scan->agent[i].card.slot[running->slot] : NULL;
	return NULL;
}

/* How much of a running task is done, from 0 to 1: as its card says, or as long as such tasks usually take. */
static double progress(const struct bf_scan_job *job, const struct bf_scan *scan, const struct bf_scan_running *running)
{
	char name[BF_TASK_MAX];
	const struct bf_slot *slot = slot_of(scan, running);
	bf_task_name(&running->task, name);
	if (!slot || strcmp(slot->job, job->plan.id) || strcmp(slot->task, name))
		return 0; /* claimed in advance */
	if (slot->percent >= 0)
		return slot->percent < 100 ? slot->percent / 100.0 : 1;
	double part = (double)slot->seconds / seconds_on(job, running->agent);
	return part < 0.9 ? part : 0.9;
}

/* spread: of one task, as part of the mean. The mean itself is uncertain, and so is the sum of what is left. */
static void add_uncertainty(const struct bf_scan_job *job, double spread, double tasks_left, struct bf_scan_eta *eta)
{
	if (job->records < 2)
		return;
	double off = 2 * spread * sqrt(1 / job->measured + 1 / (tasks_left > 1 ? tasks_left : 1));
	eta->least_s = off < 1 ? eta->s * (1 - off) : 0;
	eta->most_s = eta->s * (1 + off);
}

static double spread_of(const struct bf_scan_job *job)
{
	double least = LEAST_SPREAD / job->measured, spread = job->spread_s / job->seconds_per_task;
	return spread > least ? spread : least;
}

/* Pieces of one picture of which the plan knows what they cost are made unequal on purpose, and slots say on their cards how
 * much they get done: what is left counts by its cost, not by its number. Returns whether that is so. */
static bool estimate_by_cost(const struct bf_scan_job *job, const struct bf_scan *scan, struct bf_scan_eta *eta)
{
	double left = 0, all = 0, tasks_left = 0, per_s = 0, longest_s = 0;
	if (job->frames.total != 1 || !job->map.count || bf_job_piece_cost(&job->plan, 0) <= 0)
		return false;
	for (unsigned n = 0; n < job->map.count; n++) {
		bool to_do = job->map.piece[n].state == BF_OPEN || job->map.piece[n].state == BF_RUN;
		all += bf_job_piece_cost(&job->plan, n);
		left += to_do ? bf_job_piece_cost(&job->plan, n) : 0;
		tasks_left += to_do;
	}
	for (size_t i = 0; i < job->running_count && i < RUNNING_MAX; i++) {
		const struct bf_scan_running *running = &job->running[i];
		const struct bf_slot *slot = slot_of(scan, running);
		if (running->lost || running->task.kind != BF_TASK_PIECE || !slot || slot->speed <= 0)
			continue;
		double cost = bf_job_piece_cost(&job->plan, running->task.number), part = slot->percent >= 0 || job->seconds_per_task > 0
			? progress(job, scan, running) : 0;
		left -= part * cost;
		if ((1 - part) * cost / slot->speed > longest_s)
			longest_s = (1 - part) * cost / slot->speed;
		if (!slot_counted_before(job, i))
			per_s += slot->speed;
	}
	if (per_s <= 0 || all <= 0)
		return false;
	eta->s = left / per_s > longest_s ? left / per_s : longest_s;
	eta->tasks_per_s = per_s * (double)job->tasks.total / all;
	/* how well costs are known is not measured */
	add_uncertainty(job, LEAST_SPREAD, tasks_left, eta);
	return true;
}

struct bf_scan_eta bf_scan_estimate(const struct bf_scan_job *job, const struct bf_scan *scan)
{
	struct bf_scan_eta eta = { .s = -1, .least_s = -1, .most_s = -1 };
	double left = (double)job->tasks.waiting + (double)job->tasks.running, longest_s = 0;
	if (bf_scan_ended(job) || job->state == BF_JOB_PAUSED || estimate_by_cost(job, scan, &eta) || job->seconds_per_task <= 0)
		return eta;
	for (size_t i = 0; i < job->running_count && i < RUNNING_MAX; i++) {
		const struct bf_scan_running *running = &job->running[i];
		if (running->lost)
			continue;
		double part = progress(job, scan, running), task_s = seconds_on(job, running->agent);
		left -= part;
		if ((1 - part) * task_s > longest_s)
			longest_s = (1 - part) * task_s;
		if (!slot_counted_before(job, i))
			eta.tasks_per_s += 1 / task_s;
	}
	if (eta.tasks_per_s <= 0)
		return eta;
	eta.s = left / eta.tasks_per_s;
	if (eta.s < longest_s)
		eta.s = longest_s; /* the last one cannot be shared */
	add_uncertainty(job, spread_of(job), left, &eta);
	return eta;
}
