/* What happens to tasks that fail and to machines that fail at them (SPEC.md, "Failures").
 *
 * The names in jobs/JOB/logs/ are the memory: TASK.ATTEMPT.MACHINE.log for a failed attempt, .lost for an
 * attempt whose owner fell silent. */
#ifndef AGENT_FAILURE_H
#define AGENT_FAILURE_H

#include <stdbool.h>

#include "agent/worker.h"

/* Should this machine leave the task to others: has it failed at it while another living machine has not?
 * Lists logs/; only worth asking when task->failures > 0. On a share error: no. */
bool failure_leaves_to_others(struct worker *w, const struct job_view *job, const struct bf_task *task);

/* The attempt failed. Writes the log (why in its first line), then gives the task to the next attempt or parks it,
 * and lets this machine step back from the job when it fails too often. log may be NULL. The work is dropped. Share
 * errors are waited out unless the agent stops. A duplicate that fails is only dropped. */
void failure_of_task(struct worker *w, struct work *work, const char *why, const struct bf_buf *log);

/* Could this machine stay away from the job: does it not do so yet, and is there a living one that could go on? */
bool failure_can_step_back(struct worker *w, const struct job_view *job);

/* Stay away from the job from now on: AVOID.NAME.txt, with the reason. */
void failure_step_back(struct worker *w, struct job_view *job, const char *why);

/* This machine cannot do the job (missing device, library …). Gives the task back and steps back from the job when another
 * machine could do it; counts as a failure otherwise. */
void failure_of_machine(struct worker *w, struct work *work, const char *why, const struct bf_buf *log);

/* We have just broken the claim of dead_id and own the task now. Leaves a .lost record. Returns true when the task should
 * be worked on; false when it was parked, for it has outlived too many owners. The work is dropped then. */
bool failure_of_owner(struct worker *w, struct work *work, const struct bf_task *broken);

/* A task was done: the streak of failures is over. */
void failure_none(struct work *work);

#endif
