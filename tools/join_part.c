#include "tools/join_part.h"

#include <string.h>

#include "tools/join_over.h"

bool join_part_in_order(const struct merge_plan *plan, const struct merge_piece *piece)
{
	return plan->layers || piece->shares_area;
}

/* The headers were read before; the file must not have become another one meanwhile. */
static int open_again(const struct merge_plan *plan, const struct merge_piece *piece, struct piece **open,
	struct bf_err *err)
{
	if (piece_open(piece->path, open, err) < 0)
		return -1;
	const struct piece_header *header = piece_header(*open);
	if (header->width != piece->width || header->height != piece->height ||
		strcmp(header->format, plan->result.format))
		return bf_err_set(err, "%s was changed while it was being joined", piece->path);
	return 0;
}

/* Overlapping pieces are read in order, so what lies in the band is what the earlier ones say. */
static int compare_row(const struct join_part *part, const unsigned char *row, uint32_t y, struct bf_err *err)
{
	const struct merge_piece *mine = &part->plan->piece[part->piece];
	size_t pixel = piece_pixel_bytes(&part->plan->result), stride = piece_row_bytes(&part->plan->result);
	const unsigned char *band_row = part->band->pixels + (y - part->band->first_row) * stride;
	for (size_t i = 0; i < part->earlier_count; i++) {
		const struct merge_piece *other = &part->plan->piece[part->earlier[i]];
		uint32_t from = mine->x > other->x ? mine->x : other->x;
		uint32_t mine_to = mine->x + mine->width, other_to = other->x + other->width;
		uint32_t to = mine_to < other_to ? mine_to : other_to;
		if (from >= to || y < other->y || y >= other->y + other->height)
			continue;
		if (!memcmp(band_row + from * pixel, row + (from - mine->x) * pixel, (to - from) * pixel))
			continue;
		while (!memcmp(band_row + from * pixel, row + (from - mine->x) * pixel, pixel))
			from++;
		return bf_err_set(err, "%s and %s overlap and differ, first at pixel %u,%u of the result", other->path,
			mine->path, (unsigned)from, (unsigned)y);
	}
	return 0;
}

static int lay_over(const struct join_part *part, const unsigned char *row, uint32_t y, struct bf_err *err)
{
	const struct piece_header *result = &part->plan->result;
	unsigned char *below = part->band->pixels + (y - part->band->first_row) * piece_row_bytes(result);
	if (part->verify) {
		int64_t x = join_over_conflict(below, row, result->width, result->samples, result->sample_bytes);
		if (x >= 0)
			return bf_err_set(err, "%s differs from a layer before it at pixel %lld,%u",
				part->plan->piece[part->piece].path, (long long)x, (unsigned)y);
	}
	join_over_row(below, row, result->width, result->samples, result->sample_bytes);
	return 0;
}

/* Row by row beside the band first, because something may be there already. */
static int read_in_order(const struct join_part *part, struct piece *open, uint32_t from, uint32_t to,
	unsigned char *row, struct bf_err *err)
{
	const struct merge_piece *piece = &part->plan->piece[part->piece];
	size_t pixel = piece_pixel_bytes(&part->plan->result), stride = piece_row_bytes(&part->plan->result);
	for (uint32_t y = from; y < to; y++) {
		if (piece_read(open, row, stride, 1, err) < 0)
			return -1;
		if (part->plan->result.alpha && part->plan->layers) {
			if (lay_over(part, row, y, err) < 0)
				return -1;
			continue;
		}
		if (compare_row(part, row, y, err) < 0)
			return -1;
		memcpy(part->band->pixels + (y - part->band->first_row) * stride + piece->x * pixel, row,
			piece->width * pixel);
	}
	return 0;
}

int join_part_read(const struct join_part *part, unsigned char *row, struct bf_err *err)
{
	const struct merge_plan *plan = part->plan;
	const struct merge_piece *piece = &plan->piece[part->piece];
	struct join_source *source = &part->source[part->piece];
	struct piece_band *band = part->band;
	size_t stride = piece_row_bytes(&plan->result);
	uint32_t from = piece->y > band->first_row ? piece->y : band->first_row;
	uint32_t end = piece->y + piece->height, band_end = band->first_row + band->rows;
	uint32_t to = end < band_end ? end : band_end;

	if (!source->open && open_again(plan, piece, &source->open, err) < 0)
		return -1;
	int result;
	if (join_part_in_order(plan, piece))
		result = read_in_order(part, source->open, from, to, row, err);
	else
		result = piece_read(source->open, band->pixels + (from - band->first_row) * stride +
			piece->x * piece_pixel_bytes(&plan->result), stride, to - from, err);
	if (result < 0)
		return -1;
	source->rows_read += to - from;
	if (to < end)
		return 0;
	if (piece_end(source->open, err) < 0)
		return -1;
	piece_close(&source->open);
	return 0;
}
