/* Frame lists as people write them: `1-100x10, 1-100, 250`.
 *
 *   list  := item { ("," | blanks) item }
 *   item  := frame | frame ("-" | "..") frame [ ("x" | ":" | "step") n ]
 *   frame := ["-"] digits
 *
 * The order written is the order kept: it is the priority. A frame named twice counts where it
 * stands first, so `1-100x10,1-100` is every tenth frame and then the rest. Ranges ascend.
 * Limits are checked before memory for the frames is taken. */
#ifndef BF_FRAMES_H
#define BF_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"

enum {
	BF_FRAME_MAX = 1048574, /* as far as Blender counts, in both directions */
	BF_FRAME_MIN = -BF_FRAME_MAX,
	BF_FRAMES_MAX = 1000000 /* different frames in one list */
};

/* Starts as all zero bits, ended with bf_frames_clear. */
struct bf_frames {
	int32_t *frame;
	size_t count;
};

/* Read a list; what frames held before is given back. Returns 0, or -1 with an error that says
 * what would be right (frames is then empty). An empty list is an error. */
int bf_frames_parse(const char *text, struct bf_frames *frames, struct bf_err *err);

/* start, start+step … up to end. Returns as bf_frames_parse. */
int bf_frames_range(int64_t start, int64_t end, int64_t step, struct bf_frames *frames,
	struct bf_err *err);

/* Append the canonical text: it parses to the same frames in the same order, and lists that are
 * equal have equal texts. */
void bf_frames_format(const struct bf_frames *frames, struct bf_buf *out);

/* Where a frame stands in the list, or -1. Linear. */
int64_t bf_frames_index(const struct bf_frames *frames, int32_t frame);

/* Two frames (int32_t) by their numbers, for qsort and bsearch. */
int bf_frames_compare(const void *a, const void *b);

void bf_frames_clear(struct bf_frames *frames);

#endif
