/* Render again what has ended: the steps of a person's retry (SPEC.md, "Ending a job").
 *
 * For programs that are no agents; safe while agents work. Stopped anywhere it leaves a job that agents bring to its
 * end, and asking again reopens what is left. A picture that is to be rendered again is removed first. */
#ifndef BF_RETRY_H
#define BF_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/base/err.h"
#include "share-layout/job.h"
#include "share-layout/share.h"

enum bf_retry_what {
	BF_RETRY_FAILED,   /* what was given up */
	BF_RETRY_ALL,
	BF_RETRY_FRAMES,   /* those frames, whatever has become of them */
	BF_RETRY_MACHINE   /* what one machine made */
};

struct bf_retry {
	enum bf_retry_what what;
	const struct bf_frames *frames;  /* with FRAMES; of the job, or they are ignored */
	const char *machine;             /* with MACHINE */
	const char *by;                  /* who asks, for the job's history; NULL = unknown */
	bool look_only;                  /* count, change nothing */
	void (*each)(void *arg, const struct bf_task *ended); /* may be NULL: called for every task, before its step */
	void *arg;
	int64_t tasks, pictures;         /* out: tasks taken up again; whole pictures that go for it */
	int64_t going;                   /* out: with FRAMES, tasks that were waiting or being worked on anyway */
};

/* Retry tasks of a job. With nothing to retry nothing is changed. Returns 0, or -1 (the job is gone, too): what was done before
 * stays done. May block. */
int bf_retry_tasks(const struct bf_share *share, const struct bf_job *job, struct bf_retry *retry, struct bf_err *err);

/* Have the job's last look made again, by whoever takes it next, and take away the mark that it has ended. Part of the
 * above. Returns 0 / -1. */
int bf_retry_last_look(const struct bf_share *share, const char *job, struct bf_err *err);

#endif
