/* The snapshot as metrics. Names and labels are a contract: what is there stays. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/prometheus.h"
#include "tools/report.h"

enum { ENDED_MAX = 10 /* ended jobs that still have metrics of their own, the newest: others would add up for ever */ };

struct told {
	struct metrics metrics;
	const struct bf_scan *scan;
	const struct bf_scan_job *only;
	size_t ended; /* of the jobs */
};

/* Calls each for every job that has metrics of its own. */
static void each_job(struct told *told, void (*each)(struct metrics *metrics, const struct bf_scan_job *job))
{
	size_t older = told->ended > ENDED_MAX ? told->ended - ENDED_MAX : 0;
	for (size_t i = 0; i < told->scan->job_count; i++) {
		const struct bf_scan_job *job = &told->scan->job[i];
		if (told->only ? told->only != job : bf_scan_ended(job) && older && older--)
			continue;
		each(&told->metrics, job);
	}
}

static void count(struct metrics *metrics, const char *job, const struct bf_count *count)
{
	metric_sample(metrics, (double)count->done, "job", job, "state", "done", NULL);
	metric_sample(metrics, (double)count->running, "job", job, "state", "running", NULL);
	metric_sample(metrics, (double)count->failed, "job", job, "state", "failed", NULL);
	metric_sample(metrics, (double)count->waiting, "job", job, "state", "waiting", NULL);
}

static void frames(struct metrics *metrics, const struct bf_scan_job *job)
{
	count(metrics, job->plan.id, &job->frames);
}

static void tasks(struct metrics *metrics, const struct bf_scan_job *job)
{
	count(metrics, job->plan.id, &job->tasks);
}

static void info(struct metrics *metrics, const struct bf_scan_job *job)
{
	metric_sample(metrics, 1, "job", job->plan.id, "name", job->plan.name, "state", bf_job_state_name(job->state), NULL);
}

static void priority(struct metrics *metrics, const struct bf_scan_job *job)
{
	metric_sample(metrics, job->priority, "job", job->plan.id, NULL);
}

static void eta(struct metrics *metrics, const struct bf_scan_job *job)
{
	metric_sample(metrics, job->eta.s >= 0 ? job->eta.s : NAN, "job", job->plan.id, NULL);
}

static void machine_tasks(struct metrics *metrics, const struct bf_scan_job *job)
{
	for (size_t i = 0; i < job->machine_count; i++)
		metric_sample(metrics, (double)job->machine[i].tasks, "job", job->plan.id, "machine", job->machine[i].name, NULL);
}

static void machine_seconds(struct metrics *metrics, const struct bf_scan_job *job)
{
	for (size_t i = 0; i < job->machine_count; i++) {
		double seconds = job->machine[i].seconds_per_task;
		metric_sample(metrics, seconds > 0 ? seconds : NAN, "job", job->plan.id, "machine", job->machine[i].name, NULL);
	}
}

static const struct { const char *name, *help; void (*tell)(struct metrics *metrics, const struct bf_scan_job *job); } of_job[] = {
	{ "blendfolder_job_info", "Always 1; the job's name and state.", info },
	{ "blendfolder_job_frames", "Frames of a job, by state.", frames },
	{ "blendfolder_job_tasks", "Tasks of a job (frames, or pieces and joins), by state.", tasks },
	{ "blendfolder_job_priority", "Priority of a job; higher goes first.", priority },
	{ "blendfolder_job_eta_seconds", "Seconds until a job will have ended; absent while unknown.", eta },
	{ "blendfolder_machine_tasks", "Tasks of a job that a machine has done.", machine_tasks },
	{ "blendfolder_machine_seconds_per_task", "Mean seconds of a machine's last tasks of a job.", machine_seconds },
};

static void tell_jobs(struct told *told)
{
	struct metrics *m = &told->metrics;
	size_t by_state[BF_JOB_CANCELLED + 1] = {0};
	for (size_t i = 0; i < told->scan->job_count; i++) {
		by_state[told->scan->job[i].state]++;
		told->ended += bf_scan_ended(&told->scan->job[i]);
	}
	metric_family(m, "blendfolder_jobs", "gauge", "Jobs on the share, by state.");
	for (int state = 0; state <= BF_JOB_CANCELLED; state++)
		metric_sample(m, (double)by_state[state], "state", bf_job_state_name((enum bf_job_state)state), NULL);
	for (size_t i = 0; i < sizeof of_job / sizeof *of_job; i++) {
		metric_family(m, of_job[i].name, "gauge", of_job[i].help);
		each_job(told, of_job[i].tell);
	}
}

static void tell_slot(struct metrics *m, const struct bf_scan_agent *agent, int n,
	double (*value)(const struct bf_slot *slot))
{
	char number[16];
	snprintf(number, sizeof number, "%d", n);
	metric_sample(m, value(&agent->card.slot[n]), "agent", agent->id, "machine", agent->name, "slot", number, NULL);
}

static double busy(const struct bf_slot *slot)
{
	return slot->state == BF_SLOT_RENDERING || slot->state == BF_SLOT_PLANNING;
}

static double progress(const struct bf_slot *slot)
{
	return slot->task[0] && slot->percent >= 0 ? slot->percent / 100.0 : NAN;
}

static double memory(const struct bf_slot *slot)
{
	return slot->mem_mb > 0 ? slot->mem_mb * 1048576.0 : NAN;
}

static const struct { const char *name, *help; double (*value)(const struct bf_slot *slot); } of_slot[] = {
	{ "blendfolder_slot_busy", "1 while a slot renders or plans.", busy },
	{ "blendfolder_slot_progress_ratio", "How much of its frame a slot has rendered; absent while unknown.", progress },
	{ "blendfolder_slot_memory_bytes", "Memory of a slot's Blender; absent while unknown.", memory },
};

static void tell_slots(struct told *told, double (*value)(const struct bf_slot *slot))
{
	for (size_t i = 0; i < told->scan->agent_count; i++)
		for (int n = 0; n < told->scan->agent[i].card.slot_count && !told->scan->agent[i].lost; n++)
			tell_slot(&told->metrics, &told->scan->agent[i], n, value);
}

static void tell_agents(struct told *told)
{
	static const char *const states[] = { "idle", "planning", "rendering", "paused", "stopping", "lost" };
	struct metrics *m = &told->metrics;
	metric_family(m, "blendfolder_agents", "gauge", "Agents, by state; of one with several slots the busiest counts.");
	for (size_t s = 0; s < sizeof states / sizeof *states; s++) {
		size_t number = 0;
		for (size_t i = 0; i < told->scan->agent_count; i++)
			number += !strcmp(report_agent_state(&told->scan->agent[i]), states[s]);
		metric_sample(m, (double)number, "state", states[s], NULL);
	}
	metric_family(m, "blendfolder_agent_silent_seconds", "gauge", "How long the beat of an agent has not changed.");
	for (size_t i = 0; i < told->scan->agent_count; i++)
		metric_sample(m, told->scan->agent[i].seen_s, "agent", told->scan->agent[i].id, "machine", told->scan->agent[i].name, NULL);
	for (size_t i = 0; i < sizeof of_slot / sizeof *of_slot; i++) {
		metric_family(m, of_slot[i].name, "gauge", of_slot[i].help);
		tell_slots(told, of_slot[i].value);
	}
}

void report_prometheus(const struct bf_scan *scan, const char *share_path, const struct bf_scan_job *only, struct bf_buf *out)
{
	struct told told = { .metrics = { .out = out }, .scan = scan, .only = only };
	size_t held = 0;
	for (size_t i = 0; i < scan->queued_count; i++)
		held += scan->queued[i].held;
	metric_family(&told.metrics, "blendfolder_share_info", "gauge", "Always 1; where the share is mounted.");
	metric_sample(&told.metrics, 1, "path", share_path, NULL);
	tell_jobs(&told);
	tell_agents(&told);
	metric_family(&told.metrics, "blendfolder_queued", "gauge", "Files in queue/ that no agent has taken yet.");
	metric_sample(&told.metrics, (double)(scan->queued_count - held), "held", "no", NULL);
	metric_sample(&told.metrics, (double)held, "held", "yes", NULL);
	metric_family(&told.metrics, "blendfolder_rejected", "gauge", "Files in queue/rejected/.");
	metric_sample(&told.metrics, (double)scan->rejected_count, NULL);
}
