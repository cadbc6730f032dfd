/* When a job may be worked on, and by whom: wishes that agents keep to as well as they can, none of them a
 * property of the protocol (SPEC.md, "job.ini"). The same keys stand in NAME.ini and in job.ini:
 *
 *   after = JOB, JOB                 not while one of these has not ended; in NAME.ini also their names
 *   not_before = 2026-11-22 06:00    by the agent's own clock; UTC
 *   tags = gpu, big                  only on machines that have all of them
 *   max_agents = 3                   so many at a time */
#ifndef BF_JOB_WHEN_H
#define BF_JOB_WHEN_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/ini.h"
#include "share-layout/limits.h"
#include "share-layout/tags.h"

enum { BF_AFTER_MAX = 5, BF_AGENTS_MAX = 10000, BF_WHEN_TIME_MAX = 24 };

struct bf_job_when {
	int after_count;
	char after[BF_AFTER_MAX][BF_JOB_MAX];
	int64_t not_before_s;   /* since 1970, UTC; 0 = at once */
	char tags[BF_TAGS_MAX];
	int max_agents;         /* 0 = all */
};

/* Read the keys. *when is filled from zero bits. Returns 0, or -1 with file, line and what would be right. */
int bf_job_when_parse(const struct bf_ini *ini, const char *section, struct bf_job_when *when, struct bf_err *err);

/* Append those that say something. Returns 0 / -1. */
int bf_job_when_format(const struct bf_job_when *when, struct bf_buf *out, struct bf_err *err);

/* One more JOB. Returns 0, or -1 when there are too many, or it is too long or no name. */
int bf_job_when_add_after(struct bf_job_when *when, const char *job, size_t len, struct bf_err *err);

/* `2026-11-22 06:00`, with or without seconds, with T or a blank, with or without a Z; always UTC. Returns 0 / -1. */
int bf_job_when_parse_time(const char *text, int64_t *out_s, struct bf_err *err);
void bf_job_when_format_time(int64_t time_s, char out[BF_WHEN_TIME_MAX]);

/* Does the job wait, whatever machine asks? jobs: a sorted listing of jobs/; now_s: the asker's clock. A job that is
 * gone is not waited for. why (may be NULL) gets words for people, in the asker's time zone. Pure. */
bool bf_job_waits_for(const struct bf_job_when *when, const struct bf_names *jobs, int64_t now_s, char why[BF_FILE_MAX]);

#endif
