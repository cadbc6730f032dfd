/* What the result says about itself: the texts of the first piece, with render times added up.
 *
 * Start with all zero bits, add the texts of each piece in order, finish once, clear. Pure:
 * no files. Times (and, when `counts` is set, samples) are added where the first piece has them ("RenderTime" and what Cycles calls
 * "cycles.LAYER.*_time"); one that cannot be read as a time stays as the first piece has it. */
#ifndef BF_TOOLS_MERGE_TEXT_H
#define BF_TOOLS_MERGE_TEXT_H

#include "tools/piece.h"

struct merge_text {
	struct piece_tags first;
	uint64_t *sum;  /* hundredths of a second, or samples; one for each text of the first piece */
	bool *broken;
	bool started;
	bool counts;    /* set before the first: add up "cycles.LAYER.samples", too */
};

void merge_text_add(struct merge_text *text, const struct piece_tags *piece);

/* Append the texts of the result, our own Software line last. */
void merge_text_finish(const struct merge_text *text, struct piece_tags *out);
void merge_text_clear(struct merge_text *text);

/* How many samples a plane of this name has ("cycles.LAYER.samples" of the layer that the name begins with, or of the
 * only or first one); 0 = nothing is said. */
double merge_samples(const struct piece_tags *text, const char *plane);

/* "01:23.45" and "1:02:03.45", as Blender writes them. parse returns false for anything else. */
bool merge_time_parse(const unsigned char *text, size_t len, uint64_t *cs_out);
void merge_time_format(uint64_t cs, char *text, size_t size);

#endif
