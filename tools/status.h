/* Looks at a share, one after the other, and what they mean to bfstatus: is the wanted job there, is it over, is the
 * share away. Reads only. Calls block while the file server is away. */
#ifndef BF_TOOLS_STATUS_H
#define BF_TOOLS_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "share-layout/scan.h"
#include "share-layout/share.h"

enum { STATUS_OK, STATUS_FAILED, STATUS_USAGE, STATUS_SHARE, STATUS_INCOMPLETE = 5 };

/* Fill in share, scan, wanted, waits, goes_on and first = true; the rest are zero bits. */
struct status {
	struct bf_share share;
	struct bf_scan *scan;
	const char *wanted;       /* a job's id or name; NULL = all */
	bool waits;               /* for the end: --wait */
	bool goes_on;             /* there will be more looks: a job in the queue may still come */
	bool first;
	const struct bf_scan_job *only; /* the wanted job, NULL while it is not there */
	char only_id[BF_JOB_MAX]; /* once the job is there: its name may fit others later */
	bool was_queued;          /* the wanted job that is not there yet */
	int missed;               /* looks in a row that did not find it */
	size_t rejected_before;
	char trouble[700];        /* why the last look failed, "" = it did not: the snapshot is the one before */
	char said[1600];          /* what to complain about with an exit status, "" = nothing */
};

/* Look. Returns -1 to go on, or an exit status. A share that goes away after the first look may come back. */
int status_look(struct status *st);

/* Nothing will happen any more to what was asked for, as far as one look can tell. */
bool status_is_over(const struct status *st);

/* The exit status when it is over. */
int status_verdict(const struct status *st);

#endif
