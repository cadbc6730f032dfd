/* One piece's share of one band: read its rows and put them in place. */
#ifndef BF_TOOLS_JOIN_PART_H
#define BF_TOOLS_JOIN_PART_H

#include "tools/merge.h"

/* How far a piece has been read. Belongs to whoever made it busy. */
struct join_source {
	struct piece *open; /* NULL before its first and after its last row */
	uint32_t rows_read;
	bool busy;
	double *weight;     /* in a mean, of each plane; with the open piece */
};

struct join_mean;

struct join_part {
	const struct merge_plan *plan;
	const struct piece_header *result; /* of the part of the file that is being made */
	struct join_source *source; /* one for each piece of the plan */
	struct piece_band *band;
	struct join_mean *mean;            /* of the band, in a mean */
	uint32_t piece;
	const uint32_t *earlier; /* the pieces before this one in the band, already in place */
	size_t earlier_count;
	bool verify;
};

/* Whether the parts before this piece's must be in place first: it may overlap them. */
bool join_part_in_order(const struct merge_plan *plan, const struct merge_piece *piece);

/* Open the piece, once more: its header was looked at before, and must not have changed. 0 / -1. */
int join_source_open(const struct join_part *part, struct bf_err *err);

/* Harmless when nothing is open. */
void join_source_close(struct join_source *source);

/* Opens the piece when this is its first band and closes it after its last row. `row` has room for
 * one row of the result. Returns 0 / -1. */
int join_part_read(const struct join_part *part, unsigned char *row, struct bf_err *err);

#endif
