/* Between the files of a retry: retry.c (tasks), retry_choose.c (which of them), retry_look.c (the last look). */
#ifndef BF_RETRY_PRIVATE_H
#define BF_RETRY_PRIVATE_H

#include "share-layout/base/fs.h"
#include "share-layout/claim.h"
#include "share-layout/retry.h"

enum { BF_RETRY_TRIES = 20 }; /* somebody else's step comes between two of ours only so often */

/* Which tasks are taken up again; pure, but for the counts in ask. Fill in ask and job, begin, fill in pieces, end. */
struct bf_retry_choice {
	struct bf_retry *ask;
	const struct bf_job *job;
	int32_t *frame;           /* those asked for, sorted */
	size_t frame_count;
	struct bf_names pieces;   /* that lie there, sorted */
};
struct bf_retry_seen {
	struct bf_task task;
	bool chosen;
};
void bf_retry_choice_begin(struct bf_retry_choice *choice);
void bf_retry_choice_end(struct bf_retry_choice *choice);
/* seen: the tasks of one directory by frame, the pieces of a frame and their join together. Sets chosen of each. */
void bf_retry_choose(const struct bf_retry_choice *choice, struct bf_retry_seen *seen, size_t count);

void bf_retry_token(const char *id, unsigned long count, char token[BF_TOKEN_MAX]);

/* Bring `finish` to a new open attempt, from whatever has become of it. Returns 0 / -1. */
int bf_retry_renew_finish(const struct bf_share *share, const char *job, struct bf_err *err);

/* From the state that was seen to a new open attempt. A claim is broken without waiting for a lease: only for tasks whose
 * commit is of no worth any more. Returns 1, 0 when it was in another state, -1. */
int bf_retry_renew(const struct bf_place *place, const struct bf_task *seen, const char *token, struct bf_err *err);

#endif
