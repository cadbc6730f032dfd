/* Between the files of a retry: retry.c (tasks), retry_look.c (the last look). */
#ifndef BF_RETRY_PRIVATE_H
#define BF_RETRY_PRIVATE_H

#include "share-layout/claim.h"
#include "share-layout/retry.h"

enum { BF_RETRY_TRIES = 20 }; /* somebody else's step comes between two of ours only so often */

void bf_retry_token(const char *id, unsigned long count, char token[BF_TOKEN_MAX]);

/* Bring `finish` to a new open attempt, from whatever has become of it. Returns 0 / -1. */
int bf_retry_renew_finish(const struct bf_share *share, const char *job, struct bf_err *err);

/* From the state that was seen to a new open attempt. A claim is broken without waiting for a lease: only for tasks whose
 * commit is of no worth any more. Returns 1, 0 when it was in another state, -1. */
int bf_retry_renew(const struct bf_place *place, const struct bf_task *seen, const char *token, struct bf_err *err);

#endif
