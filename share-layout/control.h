/* What people ask of a job by files in jobs/JOB/ (SPEC.md, "Control"), and the same done by programs.
 *
 * Each wish is one file made or removed, so a crash leaves the old wish or the new one; of a priority, for a moment, both. */
#ifndef BF_CONTROL_H
#define BF_CONTROL_H

#include <stdbool.h>

#include "share-layout/base/err.h"
#include "share-layout/base/fs.h"
#include "share-layout/limits.h"
#include "share-layout/share.h"

enum { BF_AVOID_MAX = 64 };

struct bf_control {
	bool paused, cancelled;
	bool keep_logs;
	bool has_priority;
	int priority;
	int avoid_count;
	char avoid[BF_AVOID_MAX][BF_NAME_MAX]; /* machines that stay away from the job */
};

/* Pure: from a listing of jobs/JOB/. Letters' case and an ending such as .txt do not matter. */
void bf_control_of(const struct bf_names *names, struct bf_control *out);

/* List jobs/JOB/ and do that. Returns 1, 0 when the job is gone, -1. */
int bf_control_read(const struct bf_share *share, const char *job, struct bf_control *out, struct bf_err *err);

bool bf_control_avoids(const struct bf_control *control, const char *machine);

/* Make machine stay away from the job, with the reason for people to read. Returns 0 / -1. */
int bf_control_avoid(const struct bf_share *share, const char *job, const char *machine, const char *why,
	struct bf_err *err);

/* The same behind a change of our own in the folder, which makes the listing fresh on every client. 1 / -1. */
int bf_control_read_fresh(const struct bf_share *share, const char *job, struct bf_control *out, struct bf_err *err);

/* Wishes. All return 1, 0 when it was so already, -1 (the job is gone, too). They may block. */
int bf_control_pause(const struct bf_share *share, const char *job, struct bf_err *err);
/* Takes PAUSE and CANCEL away, however they are spelled; a job that had ended by being cancelled goes on. */
int bf_control_resume(const struct bf_share *share, const char *job, struct bf_err *err);
int bf_control_cancel(const struct bf_share *share, const char *job, struct bf_err *err);
/* From -BF_PRIORITY_MAX to BF_PRIORITY_MAX; another value is an error. Other PRIORITY.N are removed. */
int bf_control_prioritize(const struct bf_share *share, const char *job, int priority, struct bf_err *err);
/* Let the machines that stay away try again. */
int bf_control_allow_all(const struct bf_share *share, const char *job, struct bf_err *err);
int bf_control_allow(const struct bf_share *share, const char *job, const char *machine, struct bf_err *err);
/* Blender's logs of tasks that go well are kept, or not (any more). */
int bf_control_keep_logs(const struct bf_share *share, const char *job, bool keep, struct bf_err *err);

#endif
