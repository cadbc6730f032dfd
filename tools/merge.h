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
	uint32_t x, y;          /* where its top left pixel, of what is left after cropping, goes */
	struct piece_crop crop;
	double weight;          /* in a mean; 0 = as many samples as the file says */
	uint32_t width, height; /* known after merge_check */
	bool shares_area;       /* may overlap another one; known after merge_layout */
};

enum merge_mode {
	MERGE_PLACES, /* rectangles side by side */
	MERGE_LAYERS, /* full-size pictures with alpha, later ones above earlier ones */
	MERGE_MEAN,   /* full-size renders of the same picture with different samples */
};

struct merge_plan {
	struct merge_piece *piece;
	size_t count, room;
	enum merge_mode mode;
	bool preview;              /* leave out what is missing or no good, and mark the holes */
	bool small;                /* make a small picture for the eye (piece_small.h) instead */
	bool holes;                /* there are some; known after merge_layout */
	uint32_t width, height;    /* of the result; 0 = as far as the pieces reach */
	const struct piece_kind *kind;
	struct piece_header result;
};

/* Add a piece; the path is copied. What is returned may be filled further, until the next call. */
struct merge_piece *merge_add(struct merge_plan *plan, const char *path, uint32_t x, uint32_t y);
void merge_clear(struct merge_plan *plan);

/* FILE@X,Y, FILE@X,Y+N or FILE@X,Y+L,T,R,B: whether the argument ends so; then *path_len is the length of
 * FILE, and place and crop of the piece are filled in. */
bool merge_place_parse(const char *text, size_t *path_len, struct merge_piece *piece);

/* FILE*WEIGHT: likewise. */
bool merge_weight_parse(const char *text, size_t *path_len, double *weight);

/* Read all headers. Refused with the piece named: what is no such picture, another format,
 * other channels, other colours or another Blender than the first piece's, a layer without alpha or of another size,
 * a piece that reaches out of the result. A preview leaves such pieces out instead and tells `warn`, which
 * may be NULL; it fails only when none is left. strip_metadata leaves all text out of the result. 0 / -1. */
int merge_check(struct merge_plan *plan, bool strip_metadata, void (*warn)(const struct bf_err *why),
	struct bf_err *err);

/* Find holes and overlaps. Returns 1, 0 when a rectangle (named in err) is covered by nothing, which a
 * preview allows. */
int merge_layout(struct merge_plan *plan, struct bf_err *err);

/* The pieces of one frame of a job on a share (frame INT64_MIN: the only one there is), where each goes, and
 * where the picture belongs, or nothing when Blender has to finish what is joined. verify compares each piece with the hash that its task was committed with. Returns
 * 1, 0 when pieces are not rendered yet (a preview does without them), -1, or MERGE_NO_SHARE. */
enum { MERGE_NO_SHARE = -2 };
int merge_job_pieces(const char *share, const char *job, int64_t frame, bool verify, struct merge_plan *plan,
	struct bf_buf *out_path, struct bf_err *err);

#endif
