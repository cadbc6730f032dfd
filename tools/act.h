/* What keys change on the share, by the same steps that other programs use. */
#ifndef BF_TOOLS_ACT_H
#define BF_TOOLS_ACT_H

#include "share-layout/base/buf.h"
#include "share-layout/scan.h"
#include "share-layout/share.h"
#include "tools/view.h"

/* Fill in the first four; failed may be NULL. What they point at must stay until act_run is through. */
struct act {
	enum view_wish wish;
	const struct bf_share *share;
	const struct bf_scan_job *job;
	const struct bf_scan_failed *failed;
	int priority;        /* out, of VIEW_RAISE and VIEW_LOWER: what the job has now */
	bool bad;            /* out */
	char said[400];      /* out: one line for people, "" = there is nothing to say */
	struct bf_buf text;  /* out: of VIEW_READ_LOG; the caller clears it */
};

/* arg: a struct act. May block. */
void act_run(void *arg);

#endif
