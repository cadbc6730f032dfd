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

static void add_uncertainty(const struct bf_scan_job *job, double tasks_left, struct bf_scan_eta *eta)
{
	double least = LEAST_SPREAD / job->measured, spread = job->spread_s / job->seconds_per_task;
	if (job->records < 2)
		return;
	/* The mean itself is uncertain, and so is the sum of what is left. */
	double off = 2 * (spread > least ? spread : least) * sqrt(1 / job->measured + 1 / (tasks_left > 1 ? tasks_left : 1));
	eta->least_s = off < 1 ? eta->s * (1 - off) : 0;
	eta->most_s = eta->s * (1 + off);
}

struct bf_scan_eta bf_scan_estimate(const struct bf_scan_job *job, const struct bf_scan *scan)
{
	struct bf_scan_eta eta = { .s = -1, .least_s = -1, .most_s = -1 };
	double left = (double)job->tasks.waiting + (double)job->tasks.running, longest_s = 0;
	if (bf_scan_ended(job) || job->state == BF_JOB_PAUSED || job->seconds_per_task <= 0)
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
	add_uncertainty(job, left, &eta);
	return eta;
}
