#include "tools/join_part.h"

#include <stdlib.h>
#include <string.h>

#include "tools/join_mean.h"
#include "tools/join_over.h"
#include "tools/join_row.h"
#include "tools/merge_text.h"

bool join_part_in_order(const struct merge_plan *plan, const struct merge_piece *piece)
{
	return plan->mode != MERGE_PLACES || piece->shares_area;
}

/* How much each plane of this piece counts in a mean. */
static void weigh(const struct merge_piece *piece, struct join_source *source)
{
	const struct piece_header *header = piece_header(source->open);
	source->weight = calloc(header->planes, sizeof *source->weight);
	if (!source->weight)
		abort();
	for (unsigned i = 0; i < header->planes; i++)
		source->weight[i] = piece->weight > 0 ? piece->weight : merge_samples(&header->text, header->plane[i].name);
}

int join_source_open(const struct join_part *part, struct bf_err *err)
{
	const struct merge_piece *piece = &part->plan->piece[part->piece];
	struct join_source *source = &part->source[part->piece];
	if (piece_open(piece->path, part->result->part, &source->open, err) < 0 ||
		piece_crop(source->open, &piece->crop, err) < 0)
		return -1;
	const struct piece_header *header = piece_header(source->open);
	if (header->width != piece->width || header->height != piece->height ||
		strcmp(header->format, part->result->format) || piece_tags_differ(&header->colour, &part->result->colour))
		return bf_err_set(err, "%s was changed while it was being joined", piece->path);
	if (part->plan->mode == MERGE_MEAN)
		weigh(piece, source);
	return 0;
}

void join_source_close(struct join_source *source)
{
	piece_close(&source->open);
	free(source->weight);
	source->weight = NULL;
}

static struct join_row band_row(const struct join_part *part, uint32_t y, uint32_t x)
{
	return (struct join_row){ part->band->pixels + (y - part->band->first_row) * piece_row_bytes(part->result),
		part->result->width, x };
}

/* Overlapping pieces are read in order, so what lies in the band is what the earlier ones say. */
static int compare_row(const struct join_part *part, unsigned char *row, uint32_t y, struct bf_err *err)
{
	const struct merge_piece *mine = &part->plan->piece[part->piece];
	const struct piece_plane *plane;
	for (size_t i = 0; i < part->earlier_count; i++) {
		const struct merge_piece *other = &part->plan->piece[part->earlier[i]];
		uint32_t from = mine->x > other->x ? mine->x : other->x;
		uint32_t mine_to = mine->x + mine->width, other_to = other->x + other->width;
		uint32_t to = mine_to < other_to ? mine_to : other_to;
		if (from >= to || y < other->y || y >= other->y + other->height)
			continue;
		struct join_row there = band_row(part, y, from), here = { row, mine->width, from - mine->x };
		int64_t x = join_row_differ(part->result, &there, &here, to - from, &plane);
		if (x < 0)
			continue;
		return bf_err_set(err, "%s and %s overlap and differ, first at pixel %u,%u of the result%s%s", other->path,
			mine->path, (unsigned)(from + x), (unsigned)y, plane->name ? ", channel " : "",
			plane->name ? plane->name : "");
	}
	return 0;
}

static int lay_over(const struct join_part *part, unsigned char *row, uint32_t y, struct bf_err *err)
{
	const struct piece_header *result = part->result;
	struct join_row below = band_row(part, y, 0), above = { row, result->width, 0 };
	int64_t x = -1;
	if (result->plane[0].type != PIECE_INTEGERS)
		x = join_row_lay(result, &below, &above, result->width);
	else if (part->verify)
		x = join_over_conflict(below.bytes, row, result->width, result->samples, result->sample_bytes);
	if (x >= 0)
		return bf_err_set(err, "%s differs from a layer before it at pixel %lld,%u",
			part->plan->piece[part->piece].path, (long long)x, (unsigned)y);
	if (result->plane[0].type == PIECE_INTEGERS)
		join_over_row(below.bytes, row, result->width, result->samples, result->sample_bytes);
	return 0;
}

static int take_row(const struct join_part *part, unsigned char *row, uint32_t y, struct bf_err *err)
{
	const struct merge_piece *piece = &part->plan->piece[part->piece];
	if (part->plan->mode == MERGE_MEAN) {
		join_mean_add(part->mean, part->result, part->source[part->piece].weight, row, y - part->band->first_row);
		return 0;
	}
	if (part->plan->mode == MERGE_LAYERS)
		return lay_over(part, row, y, err);
	if (compare_row(part, row, y, err) < 0)
		return -1;
	struct join_row to = band_row(part, y, piece->x), from = { row, piece->width, 0 };
	join_row_copy(part->result, &to, &from, piece->width);
	return 0;
}

/* Row by row beside the band first, because something may be there already. */
static int read_in_order(const struct join_part *part, struct piece *open, uint32_t from, uint32_t to,
	unsigned char *row, struct bf_err *err)
{
	const struct piece_target target = { row, 0, piece_header(open)->width, 0 };
	for (uint32_t y = from; y < to; y++)
		if (piece_read(open, &target, 1, err) < 0 || take_row(part, row, y, err) < 0)
			return -1;
	return 0;
}

int join_part_read(const struct join_part *part, unsigned char *row, struct bf_err *err)
{
	const struct merge_piece *piece = &part->plan->piece[part->piece];
	struct join_source *source = &part->source[part->piece];
	const struct piece_band *band = part->band;
	size_t stride = piece_row_bytes(part->result);
	uint32_t from = piece->y > band->first_row ? piece->y : band->first_row;
	uint32_t end = piece->y + piece->height, band_end = band->first_row + band->rows;
	uint32_t to = end < band_end ? end : band_end;
	const struct piece_target target = { band->pixels + (from - band->first_row) * stride, stride,
		part->result->width, piece->x };

	if (!source->open && join_source_open(part, err) < 0)
		return -1;
	int result = join_part_in_order(part->plan, piece) ? read_in_order(part, source->open, from, to, row, err)
		: piece_read(source->open, &target, to - from, err);
	if (result < 0)
		return -1;
	source->rows_read += to - from;
	if (to < end)
		return 0;
	if (piece_end(source->open, err) < 0)
		return -1;
	join_source_close(source);
	return 0;
}
