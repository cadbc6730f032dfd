/* Plan: from a taken submission to a job, with Blender's own answer to what is in the file. */
#ifndef AGENT_PLAN_H
#define AGENT_PLAN_H

#include "agent/submission.h"
#include "agent/worker.h"

/* Plan a submission that we own to its end: it appears as a job, is rejected, or is given back. Returns 1 when it has
 * gone one of the first two ways, 0 when it was given back or lost, -1 on a share error (still owned). */
int plan_submission(struct worker *w, struct submission *submission, struct bf_err *err);

#endif
