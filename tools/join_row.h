/* Parts of rows, plane by plane: how the pixels of a piece lie in a row of the result. */
#ifndef BF_TOOLS_JOIN_ROW_H
#define BF_TOOLS_JOIN_ROW_H

#include "tools/piece.h"

/* Some pixels of a row that is `width` pixels wide: those from x on. */
struct join_row {
	unsigned char *bytes;
	uint32_t width, x;
};

/* Copy `count` pixels. */
void join_row_copy(const struct piece_header *header, const struct join_row *to, const struct join_row *from,
	uint32_t count);

/* The first of `count` pixels that is not the same in both, and the plane in which it differs; -1 = none. */
int64_t join_row_differ(const struct piece_header *header, const struct join_row *a, const struct join_row *b,
	uint32_t count, const struct piece_plane **plane_out);

/* Where both have a pixel that is not all zero, it must be the same; `below` gets those of `above` where
 * its own are zero. Returns the first pixel that is not so, or -1. */
int64_t join_row_lay(const struct piece_header *header, const struct join_row *below, const struct join_row *above,
	uint32_t count);

#endif
