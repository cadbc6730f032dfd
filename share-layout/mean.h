/* Means: what a job rendered in parts of the samples keeps of each frame, so that more samples can be added (SPEC.md, "Parts of the
 * samples"). jobs/JOB/means/ holds the job's own, jobs/JOB/base/ copies of those of the job that it adds to.
 *
 * A mean is a struct bf_task: the join that made it, its hash that of the mean. It counts when that join's commit does; who reads
 * it compares its bytes with the hash. Written before the commit, so a crash leaves at most one that nobody's commit names. */
#ifndef BF_MEAN_H
#define BF_MEAN_H

#include "share-layout/base/err.h"
#include "share-layout/job.h"
#include "share-layout/path.h"
#include "share-layout/share.h"

/* What has become of the frames of a job. Start from zero bits, end with bf_means_clear. */
struct bf_means {
	struct bf_task *item; /* the joins that are done, by frame; hash: of the mean, "" = it is not there (any more) */
	size_t count, room;
};

/* Look at all joins of a job and all its means. Returns 0 / -1. May block. */
int bf_means_read(const struct bf_share *share, const struct bf_job *job, struct bf_means *out, struct bf_err *err);

/* The mean of a frame. Returns 0, or -1 with why there is none, in words for people. */
int bf_means_find(const struct bf_means *means, int32_t frame, struct bf_task *mean, struct bf_err *err);

/* Will nobody ever need a mean that lies in means/? It is that of an older commit, or of one that did not come about. */
bool bf_means_is_waste(const struct bf_means *means, const struct bf_task *mean);

void bf_means_clear(struct bf_means *means);

/* The copy of its base's mean that a job has, of a frame. Returns 1, 0 there is none, -1. May block. */
int bf_mean_find_base(const struct bf_share *share, const char *job, int32_t frame, struct bf_task *mean, struct bf_err *err);

/* Is the file what the mean's hash says? Reads all of it. Returns 0, -1 (err->sys is 0 when it was read and is another). May block. */
int bf_mean_check(const struct bf_share *share, const char *path, const struct bf_task *mean, struct bf_err *err);

#endif
