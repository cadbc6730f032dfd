/* Wait: what a job was told to wait for, and machines it is for (share-layout/job_when.h). Wishes, kept as well as
 * listings allow; nothing of the protocol depends on them. */
#ifndef AGENT_WAIT_H
#define AGENT_WAIT_H

#include "agent/listing.h"
#include "agent/worker.h"

/* Why this machine takes nothing of the job now, NULL when it may. Costs no request. */
const char *wait_reason(const struct worker *w, const struct job_view *job);

/* Does this reason pass by itself, so that --drain has to stay? */
bool wait_passes(const char *reason);

/* Do as many other agents as the job wants work in this directory of tasks already, and we do not? */
bool wait_is_crowded(struct worker *w, const struct job_view *job, const struct listing *look);

/* Behind a claim in a job that wants few agents: several may have claimed in the same moment. The directory is listed
 * again, and those whose ids sort last give back what they took. Returns whether we did; the work is dropped then. */
bool wait_gives_way(struct worker *w, struct work *work);

#endif
