/* After: a submission that names other jobs to wait for, while those may not be jobs yet.
 *
 * In queue/ it stays behind those that it names, so that they have become jobs when it is planned. Planning turns names into
 * ids; from then on agents look for ids alone (agent/wait.h). A job can so only wait for jobs that were there before it,
 * and none wait for each other. */
#ifndef AGENT_AFTER_H
#define AGENT_AFTER_H

#include "agent/wishes.h"
#include "agent/worker.h"

/* Does NAME.ini beside this submission name something that still lies in queue/ (as listed) or is being accepted?
 * Reads the ini, if it is there. */
bool after_is_held(struct worker *w, const struct bf_names *queue, const char *dropped);

/* Put ids in the place of names: those of all jobs of the name that have not ended. Returns 0; -1 when there is no such job,
 * in words for the submitter, or on a share error (err->sys is set). */
int after_resolve(struct worker *w, struct bf_job_when *when, struct bf_err *err);

#endif
