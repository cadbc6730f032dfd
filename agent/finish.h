/* The last look at a job, and making further directories of tasks. */
#ifndef AGENT_FINISH_H
#define AGENT_FINISH_H

#include "agent/worker.h"

/* Work on w->now, a BF_TASK_FINISH: heal, clean up, end the job, or give it back when there is still work. */
void finish_job(struct worker *w);

/* Work on w->now, a BF_TASK_MORE: make the next directory. */
void finish_make_shard(struct worker *w);

/* A cancelled job ends when nobody works in it any more: placeholders go, JOB.ended is made. */
void finish_cancelled(struct worker *w, struct job_view *job);

/* Make JOB.ended. */
void finish_mark_ended(const struct bf_share *share, const char *job);

/* Write the tasks of a directory below dir (a path on the share) as files. Returns 0 / -1. */
int finish_write_shard(const struct bf_share *share, const char *dir, const struct bf_job *job, unsigned shard,
	struct bf_err *err);

#endif
