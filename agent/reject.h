/* Reject: a submission that cannot become a job goes to queue/rejected/, with a text beside it that says why and
 * what to do.
 *
 * The reason is written first, by exclusive creation: that keeps the name for us, so nothing that was rejected
 * before is ever replaced. A crash behind it leaves a reason without a file, and the submission to whoever
 * takes it over. */
#ifndef AGENT_REJECT_H
#define AGENT_REJECT_H

#include "agent/submission.h"

/* Move a submission that we own to queue/rejected/, its .ini and .job with it. why may name files by where they lie on
 * the share; people get to read the names they gave. The submission is no longer ours afterwards. Returns 0, -1 on a
 * share error: to be tried again. May block on the share. */
int reject_submission(struct worker *w, struct submission *submission, const char *why, struct bf_err *err);

/* Leave only the reason, for something that cannot be moved out of queue/; once: not when there is one. */
void reject_in_place(struct worker *w, const char *name, const char *why);

#endif
