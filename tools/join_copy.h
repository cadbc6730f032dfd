/* Joining without taking pixels apart: bands over the full width whose edges fall where the file's
 * compressed chunks begin are joined by copying the chunks, as fast as files are copied. */
#ifndef BF_TOOLS_JOIN_COPY_H
#define BF_TOOLS_JOIN_COPY_H

#include <stdbool.h>

#include "tools/merge.h"

/* Whether this part of the result can be made so. */
bool join_copy_can(const struct merge_plan *plan, const struct piece_header *result);

/* writer NULL = read only. Returns 0 / -1. */
int join_copy_run(const struct merge_plan *plan, const struct piece_header *result, void *writer,
	struct bf_err *err);

#endif
