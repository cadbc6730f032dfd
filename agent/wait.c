#include "agent/wait.h"

#include <string.h>
#include <time.h>

#include "share-layout/base/log.h"
#include "share-layout/token.h"

enum { CROWD_MAX = 256 }; /* a job that wants more agents than that is not counted */

static const char for_a_job[] = "waits for another job to end", for_a_time[] = "waits for a time still to come";

const char *wait_reason(const struct worker *w, const struct job_view *job)
{
	const struct bf_job_when *when = &job->plan.when;
	if (!bf_tags_cover(w->config->tags, when->tags))
		return "is for machines with other tags";
	if (bf_job_waits_for(when, &w->jobs.names, INT64_MAX, NULL))
		return for_a_job;
	return time(NULL) < when->not_before_s ? for_a_time : NULL;
}

bool wait_passes(const char *reason)
{
	return reason == for_a_time;
}

/* ---- few agents at a time ---- */

/* The other agents that work here, each once. */
struct crowd {
	int count, before_us; /* those whose ids sort before ours */
	bool with_us;
	char id[CROWD_MAX][BF_ID_MAX];
};

static void add_agent(struct crowd *crowd, const char *id)
{
	for (int i = 0; i < crowd->count; i++)
		if (!strcmp(crowd->id[i], id))
			return;
	if (crowd->count < CROWD_MAX)
		strcpy(crowd->id[crowd->count++], id);
}

/* mine: a claim of ours that does not count, or NULL. The dead do not count either: what they hold is to be taken over. */
static void count_crowd(struct worker *w, const struct listing *look, const char *mine, struct crowd *crowd)
{
	memset(crowd, 0, sizeof *crowd);
	for (size_t i = 0; i < look->count; i++) {
		const struct bf_task *task = &look->entry[i].task;
		struct bf_token token;
		if (task->state != BF_RUN || bf_token_parse(task->token, &token) < 0 || (mine && !strcmp(task->token, mine)))
			continue;
		if (!strcmp(token.id, w->id))
			crowd->with_us = true;
		else if (listing_whose(w, task) == BF_OF_LIVING)
			add_agent(crowd, token.id);
	}
	for (int i = 0; i < crowd->count; i++)
		crowd->before_us += strcmp(crowd->id[i], w->id) < 0;
}

static bool is_counted(const struct job_view *job)
{
	return job->plan.when.max_agents && job->plan.when.max_agents < CROWD_MAX;
}

bool wait_is_crowded(struct worker *w, const struct job_view *job, const struct listing *look)
{
	struct crowd crowd;
	if (!is_counted(job))
		return false;
	count_crowd(w, look, NULL, &crowd);
	return !crowd.with_us && crowd.count >= job->plan.when.max_agents;
}

bool wait_gives_way(struct worker *w, struct work *work)
{
	struct listing look;
	struct crowd crowd;
	struct bf_place place = { w->share, work->job->plan.id, work->shard.name };
	if (!is_counted(work->job) || listing_take(w, work->job, work->shard.name, &look, NULL) != 1)
		return false;
	count_crowd(w, &look, work->task.token, &crowd);
	listing_clear(&look);
	if (crowd.with_us || crowd.before_us < work->job->plan.when.max_agents)
		return false;
	bf_log(BF_LOG_DEBUG, "release job=%s token=%s: %d others were quicker, max_agents is %d", work->job->plan.id,
		work->task.token, crowd.before_us, work->job->plan.when.max_agents);
	if (bf_claim_release(&place, &work->task, NULL) < 0)
		return false; /* then we work at it */
	worker_drop(work);
	return true;
}
