/* Why a job waits although nobody has stopped it: for another job, a time, or machines that are not there. */
#include <stdio.h>
#include <string.h>

#include "share-layout/scan_private.h"

static bool somebody_has_tags(const struct bf_scan *scan, const char *tags)
{
	for (size_t i = 0; i < scan->agent_count; i++)
		if (!scan->agent[i].lost && scan->agent[i].card_ok && bf_tags_cover(scan->agent[i].card.tags, tags))
			return true;
	return false;
}

void bf_scan_job_explain_waiting(struct bf_scan_job *job, const struct bf_names *jobs, int64_t now_s, const struct bf_scan *scan)
{
	const struct bf_job_when *when = &job->plan.when;
	job->waits[0] = '\0';
	if (job->state != BF_JOB_WAITING || !job->plan_ok || bf_job_waits_for(when, jobs, now_s, job->waits))
		return;
	if (!somebody_has_tags(scan, when->tags) && when->tags[0])
		snprintf(job->waits, sizeof job->waits, "for a machine with the tags %.200s", when->tags);
}
