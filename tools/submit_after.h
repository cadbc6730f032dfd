/* --after JOB: which jobs are meant. */
#ifndef BF_TOOLS_SUBMIT_AFTER_H
#define BF_TOOLS_SUBMIT_AFTER_H

#include "share-layout/job_when.h"
#include "share-layout/share.h"

/* Put the id of the job that has not ended in the place of a name; what still lies in the queue keeps its name, which agents
 * turn into an id; what has ended is taken out. Returns 1, 0 when a name fits nothing or several (err says which), -1 on a share error. */
int submit_after_resolve(const struct bf_share *share, struct bf_job_when *when, struct bf_err *err);

#endif
