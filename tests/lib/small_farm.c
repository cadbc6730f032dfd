#include "tests/lib/small_farm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/err.h"

struct small_farm farm;

static struct bf_scan_job *set_job(int i, const char *id, enum bf_job_state state, struct bf_count frames)
{
	struct bf_scan_job *job = &farm.jobs[i];
	snprintf(job->plan.id, sizeof job->plan.id, "%s", id);
	snprintf(job->plan.name, sizeof job->plan.name, "%.4s", id);
	job->plan.columns = job->plan.rows = 1;
	job->plan_ok = state != BF_JOB_PLANNING;
	job->state = state;
	job->frames = job->tasks = frames;
	job->eta.s = -1;
	return job;
}

static void set_agent(int i, const char *id, const char *name, bool lost, double seen_s)
{
	struct bf_scan_agent *agent = &farm.agents[i];
	snprintf(agent->id, sizeof agent->id, "%s", id);
	snprintf(agent->name, sizeof agent->name, "%s", name);
	agent->card_ok = true;
	agent->card.beat_ms = 10000;
	agent->lost = lost;
	agent->seen_s = seen_s;
	agent->card.slot_count = 1;
	strcpy(agent->card.host, name);
}

static void set_shot(void)
{
	struct bf_scan_job *job = set_job(1, "shot_2026-01-02_030405", BF_JOB_RUNNING, (struct bf_count){ 40, 10, 4, 2, 24 });
	job->eta = (struct bf_scan_eta){ .s = 3723, .least_s = 3301, .most_s = 4101, .tasks_per_s = 0.0075 };
	job->priority = 5;
	job->seconds_per_task = 10;
	job->plan.warning_count = 1;
	strcpy(job->plan.warning[0], "missing: //wood.png");
	strcpy(job->avoid[job->avoid_count++], "pc9");
	job->failed = farm.failed;
	job->failed_count = 2;
	farm.failed[0].task = (struct bf_task){ .kind = BF_TASK_FRAME, .frame = 12, .state = BF_PARKED, .attempt = 3, .failures = 3 };
	strcpy(farm.failed[0].why, "out of memory");
	strcpy(farm.failed[0].machine, "pc2");
	farm.failed[1].task = (struct bf_task){ .kind = BF_TASK_JOIN, .frame = 13, .state = BF_PARKED, .attempt = 1 };
	job->running = farm.running;
	job->running_count = 1;
	farm.running[0].lost = true;
	job->machine = farm.machines;
	job->machine_count = 2;
	farm.machines[0] = (struct bf_scan_machine){ .name = "pc2", .tasks = 9, .seconds_per_task = 12.5 };
	farm.machines[1] = (struct bf_scan_machine){ .name = "atelier", .tasks = 1 };
}

static void set_film(void)
{
	struct bf_scan_job *job = set_job(2, "film_2026-01-02_030406", BF_JOB_PAUSED, (struct bf_count){ 2, 0, 0, 0, 2 });
	job->plan.columns = 2;
	job->tasks = (struct bf_count){ 6, 3, 0, 0, 3 };
}

static void set_agents(void)
{
	set_agent(0, "atelier-abcdef", "atelier", false, 4);
	farm.agents[0].card.slot_count = 2;
	farm.agents[0].card.slot[0] = (struct bf_slot){ .state = BF_SLOT_RENDERING, .device = "CPU", .job = "shot_2026-01-02_030405",
		.task = "f0013", .percent = 40, .sample = 51, .samples = 128, .mem_mb = 900, .seconds = 77,
		.duplicate = true };
	farm.agents[0].card.slot[1] = (struct bf_slot){ .state = BF_SLOT_IDLE, .device = "CUDA:1", .note = "nothing to do" };
	set_agent(1, "pc2-abcdef", "pc2", true, 200);
	set_agent(2, "pc3-abcdef", "pc3", false, 25);
	farm.agents[2].card.slot[0] = (struct bf_slot){ .state = BF_SLOT_STUCK, .job = "shot_2026-01-02_030405", .task = "f0014",
		.percent = -1, .seconds = 4000, .note = "no sign of Blender" };
	set_agent(3, "pc3-bcdefg", "pc3", false, 1);
}

int small_farm_setup(void **state)
{
	(void)state;
	memset(&farm, 0, sizeof farm);
	set_job(0, "done_2026-01-01_000000", BF_JOB_DONE, (struct bf_count){ 4, 4, 0, 0, 0 });
	set_shot();
	set_film();
	set_job(3, "next_2026-01-02_030407", BF_JOB_PLANNING, (struct bf_count){0});
	set_agents();
	strcpy(farm.rejected[0].name, "bad.blend");
	strcpy(farm.rejected[0].why, "it ends early");
	strcpy(farm.queued[0].name, "a.blend");
	strcpy(farm.queued[1].name, "b.blend");
	farm.queued[1].held = true;
	farm.scan = (struct bf_scan){ .job = farm.jobs, .job_count = 4, .agent = farm.agents, .agent_count = 4,
		.rejected = farm.rejected, .rejected_count = 1, .queued = farm.queued, .queued_count = 2 };
	return 0;
}

struct bf_scan_job *small_farm_of_many_jobs(enum bf_job_state third)
{
	enum { COUNT = 500 };
	struct bf_scan_job *many = calloc(COUNT, sizeof *many);
	if (!many)
		bf_bug("out of memory");
	for (int i = 0; i < COUNT; i++) {
		many[i] = farm.jobs[0];
		snprintf(many[i].plan.id, sizeof many[i].plan.id, "j%d_2026-01-01_000000", i);
	}
	many[3].state = third;
	farm.scan.job = many;
	farm.scan.job_count = COUNT;
	return many;
}
