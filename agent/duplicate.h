/* Duplicates: at the end of a job an idle worker renders what somebody else still renders, when it expects to be done clearly
 * earlier (SPEC.md, "Duplicates").
 *
 * duplicate_pick fills in a work as pick_next does, with `of` set: it is rendered and published like any other, but it owns
 * nothing. Whatever comes of it, the owner's claim is left alone; only its commit takes the task. After a crash its mark and its
 * private picture stay behind until the last look at the job. */
#ifndef AGENT_DUPLICATE_H
#define AGENT_DUPLICATE_H

#include "agent/worker.h"

/* Begin a duplicate in this job, the most useful one. Only for who found nothing to take. Reads cards. Returns 1, 0 when there is
 * none worth it, -1 share error. */
int duplicate_pick(struct worker *w, struct job_view *job, struct work *out, struct bf_err *err);

/* The claim from which a work is committed: its own, or that of the owner it runs beside. */
struct bf_task duplicate_base(const struct work *work);

/* Has somebody else moved the task on, so that the render of this work is in vain? Lists its directory, and only every few
 * seconds, and only when that can be; *looked_ms is when it last did. */
bool duplicate_is_in_vain(struct worker *w, struct work *work, int64_t *looked_ms);

/* Drop a work that is in vain. Says so in the log and the journal. */
void duplicate_in_vain(struct worker *w, struct work *work);

/* Drop a duplicate that came to nothing; the claim it ran beside is left alone from now on. failed: of its own fault, which is
 * noted in the journal. */
void duplicate_drop(struct worker *w, struct work *work, const char *why, bool failed);

/* Remove the file that says we are at it; for works that are no duplicates there is none. */
void duplicate_unmark(struct worker *w, const struct work *work);

#endif
