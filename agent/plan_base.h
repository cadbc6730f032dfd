/* Base: a job that adds samples to those of another takes over what that one has of each frame, so that they are independent of
 * each other from then on (SPEC.md, "Parts of the samples").
 *
 *	plan_base_read → the plan is made → plan_base_check → plan_base_copy
 *
 * All return 0, or -1 with why it cannot be, in words for the submitter; err->sys is not 0 where
 * another try may help. */
#ifndef AGENT_PLAN_BASE_H
#define AGENT_PLAN_BASE_H

#include "agent/wishes.h"
#include "agent/worker.h"

/* Read the base's plan, and put it into the job, whose file is known already. base starts from zero bits; end with bf_job_clear. Without
 * a base it stays empty. May block. */
int plan_base_read(const struct bf_share *share, const struct wishes *wishes, struct bf_job *job, struct bf_job *base,
	struct bf_err *err);

/* Would the samples of both make one picture? Pure, and true where there is no base. */
int plan_base_check(const struct bf_job *job, const struct bf_job *base, struct bf_err *err);

/* Copy the means of all frames below dir, a path on the share. 1 when it is to stop before the end. May block. */
int plan_base_copy(struct worker *w, const struct bf_job *job, const struct bf_job *base, const char *dir, struct bf_err *err);

#endif
