/* What this agent writes down of a job for people: its journal there, and Blender's logs (SPEC.md, "The journals").
 *
 * Nothing depends on it: what cannot be written is a remark in the log at most. */
#ifndef AGENT_RECORD_H
#define AGENT_RECORD_H

#include "agent/worker.h"

/* A line in the journal: event is done, failed, parked, released, broken, late or reopened; task the state it is about. With what is
 * known of the work: how long, how large. note may be NULL. */
void record_work(struct worker *w, const struct work *work, const struct bf_task *task, const char *event, const char *note);

/* The same for a task that is not in hand. */
void record_task(struct worker *w, const char *job, const struct bf_task *task, const char *event, const char *note);

/* Write logs/TASK.A.NAME.ENDING: the first line, then Blender's words (may be NULL). Returns 0 / -1: names of failures are what
 * agents go by, so these the caller insists on. */
int record_log(struct worker *w, const struct work *work, const char *ending, const char *first, const struct bf_buf *log,
	struct bf_err *err);

/* Are Blender's logs of good tasks wanted, by the job or on this machine? */
bool record_keeps_logs(const struct worker *w, const struct job_view *job);

#endif
