/* Check and publish: from a picture in the scratch folder to a committed one in output/ (SPEC.md,
 * "Publishing a picture"). */
#ifndef AGENT_PUBLISH_H
#define AGENT_PUBLISH_H

#include "agent/worker.h"

/* Make the empty file that says "in work", if the name is free. Errors do not matter. */
void publish_placeholder(struct worker *w, const struct work *work);

/* Remove the empty files of a task whose pictures will not come. A picture is never empty, and nobody works on a
 * task that was parked or whose job is gone. Returns 0 / -1. */
int publish_remove_placeholder(const struct bf_share *share, const struct bf_job *job, const struct bf_task *task,
	struct bf_err *err);

/* A step of a task of ours failed, or its claim is not there any more. If that is because the job is gone, nobody else knows of the
 * task's placeholder: it goes, and the job counts as gone. Returns whether it is. */
bool publish_forget_if_gone(struct worker *w, const struct work *work);

/* Is the picture what the job asked for: whole, the right size? Local, quick. Returns 0, -1 with the reason. */
int publish_check(struct worker *w, const struct work *work, struct bf_err *err);

/* Publish w->rendered, if there is one: copy, commit, rename. Share errors are waited out unless the agent stops;
 * a claim that was broken meanwhile throws the picture away. Afterwards nothing is held there. */
void publish_rendered(struct worker *w);

/* Finish the last step for a committed task whose private pictures still lie there. Returns 1 when they are in place
 * now, 0 when there were none, -1. */
int publish_roll_forward(const struct bf_share *share, const struct bf_job *job, const struct bf_task *done,
	struct bf_err *err);

#endif
