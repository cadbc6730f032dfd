/* What is to be joined, and whether it can be.
 *
 * Fill a merge_plan with paths and places (or let merge_job_pieces do it), then merge_check
 * opens every piece once, compares the headers and makes that of the result, then
 * merge_layout sees whether the rectangles cover the result. Only then is anything written.
 * A plan starts as all zero bits and ends with merge_clear. */
#ifndef BF_TOOLS_MERGE_H
#define BF_TOOLS_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"
#include "tools/piece.h"

enum { MERGE_PIECES_MAX = 65536 };

struct merge_piece {
	char *path;
	uint32_t x, y;          /* the top left corner in the result */
	uint32_t width, height; /* known after merge_check */
	bool shares_area;       /* may overlap another one; known after merge_layout */
};

struct merge_plan {
	struct merge_piece *piece;
	size_t count, room;
	bool layers;               /* full-size pictures with alpha, later ones above earlier ones */
	uint32_t width, height;    /* of the result; 0 = as far as the pieces reach */
	const struct piece_kind *kind;
	struct piece_header result;
};

/* Add a piece; the path is copied. */
void merge_add(struct merge_plan *plan, const char *path, uint32_t x, uint32_t y);
void merge_clear(struct merge_plan *plan);

/* FILE@X,Y: whether the argument ends so; then *path_len is the length of FILE. */
bool merge_place_parse(const char *text, size_t *path_len, uint32_t *x, uint32_t *y);

/* Read all headers. Refused with the piece named: what is no such picture, another format or
 * other colour chunks than the first piece's, a layer without alpha or of another size, a piece
 * that reaches out of the result. strip_metadata leaves all text out of the result. 0 / -1. */
int merge_check(struct merge_plan *plan, bool strip_metadata, struct bf_err *err);

/* Find holes and overlaps. Returns 1, 0 when a rectangle (named in err) is covered by nothing. */
int merge_layout(struct merge_plan *plan, struct bf_err *err);

/* The pieces of one frame of a job on a share (frame < 0: the only one there is), and where its
 * picture belongs. Returns 1, 0 when pieces are not rendered yet (err says which), -1. */
int merge_job_pieces(const char *share, const char *job, int64_t frame, struct merge_plan *plan,
	struct bf_buf *out_path, struct bf_err *err);

#endif
