/* Pick: which task next, and claim it (SPEC.md, "Tasks").
 *
 * Agents walk the tasks in the order of the job. Each takes one of the first few that are free, as many as
 * there are living agents, so that N agents do not all run for the same name. */
#ifndef AGENT_PICK_H
#define AGENT_PICK_H

#include "agent/worker.h"

/* Claim the next task into *out. only: a job to stay in (claiming ahead), or NULL for any; then
 * w->work_seen says afterwards whether anything was open or run in the jobs we may work in.
 * Returns 1; 0 nothing can be taken now; -1 share error. */
int pick_next(struct worker *w, struct job_view *only, struct work *out, struct bf_err *err);

#endif
