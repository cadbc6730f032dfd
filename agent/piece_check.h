/* The pieces of a frame against their commits, before and after bfmerge reads them.
 *
 * That a name is not found, or a file not what was committed, may be what this client saw some time ago; it counts only
 * behind an own change in pieces/. What is truly gone or damaged is reopened, and the join has to wait: nobody has failed.
 * After a crash anywhere the join's claim runs out, and another looks for himself. All block while the file server is away. */
#ifndef AGENT_PIECE_CHECK_H
#define AGENT_PIECE_CHECK_H

#include "agent/worker.h"
#include "share-layout/base/fs.h"

/* Is a committed piece of the work, a join, there? If not, it is reopened. names is what was seen in pieces/: listed here when it
 * is empty or lacks the piece; start with all zero bits, end with bf_names_clear. 1 / 0 / -1. */
int piece_check_listed(struct worker *w, const struct work *work, struct bf_names *names, const struct bf_task *piece,
	struct bf_err *err);

/* bfmerge refuses the pieces: read them all. Those that are not what was committed have half a lease to be seen as they are,
 * and are reopened then. Returns 1 when all are what was committed (now), 0 when the join has to wait (some were
 * reopened, or the agent stops), -1. */
int piece_check_all(struct worker *w, const struct work *work, struct bf_err *err);

#endif
