/* The joining itself: pieces in, rows of the result out, on several threads, with little memory.
 *
 * The result is made in bands of a few rows. Each piece that reaches into a band is one part of it,
 * decoded straight to its place; a band whose parts are all there is packed; packed bands are
 * written in order. Any free thread takes whatever is due next in the oldest band: so columns are decoded
 * side by side, horizontal strips one after the other while the bands above are packed.
 * A piece is open from the band with its first row to that with its last.
 * Memory: a fixed number of bands, and what the decoder of each open piece needs. */
#ifndef BF_TOOLS_JOIN_H
#define BF_TOOLS_JOIN_H

#include <stdbool.h>

#include "share-layout/base/err.h"
#include "tools/merge.h"

struct join_options {
	unsigned threads; /* 0 = as many as there are processors for us */
	bool verify;      /* layers: where two are not transparent they must be equal */
};

/* Join what merge_check and merge_layout have accepted. Overlapping pieces must agree; the
 * error names two that do not. fd < 0: read and compare everything, write nothing.
 * path is for messages. The file is neither synced nor closed. Returns 0 / -1. */
int join_run(const struct merge_plan *plan, const struct join_options *options, int fd, const char *path,
	struct bf_err *err);

#endif
