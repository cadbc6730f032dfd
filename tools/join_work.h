/* One part of a result, by taking the pieces apart into pixels, on several threads.
 *
 * Any free thread takes whatever is due next in the oldest band; the calling thread opens bands and writes those that
 * are packed, in order (join_band.h). */
#ifndef BF_TOOLS_JOIN_WORK_H
#define BF_TOOLS_JOIN_WORK_H

#include "tools/join.h"

/* What the result is written as. */
const struct piece_kind *join_work_kind(const struct merge_plan *plan);

/* result is the header of the part. writer is of join_work_kind; NULL: read and compare only. All threads have ended when
 * this returns, and all pieces are closed. Returns 0 / -1. */
int join_work(const struct merge_plan *plan, const struct join_options *options, const struct piece_header *result,
	void *writer, struct bf_err *err);

#endif
