/* The journal of one agent in one job: a line per task it ended (SPEC.md, jobs/JOB/journal/).
 *
 * Only the agent named by the file appends; readers follow it from the offset they had. A last
 * line without its newline is being written and is left for the next look. */
#ifndef BF_JOURNAL_H
#define BF_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"
#include "share-layout/share.h"
#include "share-layout/task.h"

struct bf_record {
	struct bf_task task;      /* state DONE (with hash), OPEN (failed or released, next attempt) or PARKED */
	char event[16];           /* done failed released parked broken late */
	double seconds;           /* from start to result, as this machine measured it */
	double render_s;          /* inside Blender */
	int64_t bytes;            /* size of the picture */
	int mem_mb;
	int64_t ended;            /* this machine's wall clock, seconds since 1970; for people */
	char blender[32], device[64];
	char note[200];
};

void bf_journal_format(const struct bf_record *record, struct bf_buf *out); /* one line with newline */
int bf_journal_parse(const char *line, size_t len, struct bf_record *out);  /* without newline; 0 / -1 foreign */

/* Append a record to our own journal of a job. Returns 0 / -1. */
int bf_journal_append(const struct bf_share *share, const char *job, const char *agent_id,
	const struct bf_record *record, struct bf_err *err);

/* Read on from *offset: calls each for every whole line and moves *offset behind it. Returns 1, 0 when there is no
 * such journal, -1. */
int bf_journal_read(const struct bf_share *share, const char *job, const char *agent_id, int64_t *offset,
	void (*each)(void *arg, const struct bf_record *record), void *arg, struct bf_err *err);

#endif
