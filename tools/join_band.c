#include "tools/join_band.h"

#include <stdlib.h>
#include <string.h>

enum {
	MEMORY_BUDGET = 24 << 20, /* for the bands; the decoders need theirs besides */
	BANDS_MIN = 2,
};

enum part_state { PART_DUE, PART_BUSY, PART_DONE };

static void *zeroed(size_t count, size_t size)
{
	void *memory = calloc(count, size);
	if (!memory)
		abort();
	return memory;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int by_first_row(const void *a, const void *b, void *arg)
{
	const struct merge_plan *plan = arg;
	int order = ascending(&plan->piece[*(const uint32_t *)a].y, &plan->piece[*(const uint32_t *)b].y);
	return order ? order : ascending(a, b);
}

struct join_band *join_bands_at(struct join_bands *bands, uint32_t number)
{
	return &bands->slot[number % bands->slots];
}

/* ---- their memory ---- */

static size_t slot_count(const struct join_bands *bands, size_t band_bytes, unsigned threads)
{
	size_t memory = 2 * band_bytes, slots = 2 * threads + 4;
	if (bands->plan->mode == MERGE_MEAN)
		memory += join_mean_bytes(bands->result, bands->rows);
	if (slots > MEMORY_BUDGET / memory)
		slots = MEMORY_BUDGET / memory;
	if (slots < BANDS_MIN)
		slots = BANDS_MIN;
	return slots < bands->count ? slots : bands->count;
}

void join_bands_init(struct join_bands *bands, const struct merge_plan *plan, const struct piece_header *result,
	unsigned threads)
{
	*bands = (struct join_bands){ .plan = plan, .result = result, .rows = plan->kind->band_rows(result) };
	bands->count = (plan->height - 1) / bands->rows + 1;
	size_t band_bytes = piece_row_bytes(result) * bands->rows;
	bands->slots = slot_count(bands, band_bytes, threads);
	bands->slot = zeroed(bands->slots, sizeof *bands->slot);
	for (size_t i = 0; i < bands->slots; i++) {
		bands->slot[i].io.pixels = zeroed(band_bytes, 1);
		if (plan->mode == MERGE_MEAN)
			join_mean_init(&bands->slot[i].mean, result, bands->rows);
	}
	bands->source = zeroed(plan->count, sizeof *bands->source);
	bands->active = zeroed(plan->count, sizeof *bands->active);
	bands->by_top = zeroed(plan->count, sizeof *bands->by_top);
	for (size_t i = 0; i < plan->count; i++)
		bands->by_top[i] = (uint32_t)i;
	qsort_r(bands->by_top, plan->count, sizeof *bands->by_top, by_first_row, (void *)plan);
}

void join_bands_clear(struct join_bands *bands)
{
	for (size_t i = 0; i < bands->plan->count; i++)
		join_source_close(&bands->source[i]);
	for (size_t i = 0; i < bands->slots; i++) {
		struct join_band *band = &bands->slot[i];
		free(band->io.pixels);
		join_mean_free(&band->mean);
		bf_buf_clear(&band->io.packed);
		free(band->part);
		free(band->part_state);
	}
	free(bands->slot);
	free(bands->source);
	free(bands->active);
	free(bands->by_top);
}

/* ---- opening ---- */

/* Keep those of the active pieces that reach below `top`, and add those that begin above `bottom`. */
static void advance(struct join_bands *bands, uint32_t top, uint32_t bottom)
{
	const struct merge_piece *piece = bands->plan->piece;
	size_t kept = 0;
	for (size_t i = 0; i < bands->actives; i++) {
		const struct merge_piece *p = &piece[bands->active[i]];
		if (p->y + p->height > top)
			bands->active[kept++] = bands->active[i];
	}
	size_t before = kept;
	while (bands->due < bands->plan->count && piece[bands->by_top[bands->due]].y < bottom)
		bands->active[kept++] = bands->by_top[bands->due++];
	bands->actives = kept;
	if (kept > before)
		qsort(bands->active, kept, sizeof *bands->active, ascending);
}

/* Which pieces reach into the rows of this band. */
static void find_parts(struct join_bands *bands, struct join_band *band)
{
	advance(bands, band->io.first_row, band->io.first_row + band->io.rows);
	size_t parts = bands->actives;
	if (band->room < parts) {
		free(band->part);
		free(band->part_state);
		band->part = zeroed(parts, sizeof *band->part);
		band->part_state = zeroed(parts, 1);
		band->room = parts;
	}
	band->parts = parts;
	if (!parts) /* nothing but a hole */
		return;
	memcpy(band->part, bands->active, parts * sizeof *band->part);
	memset(band->part_state, PART_DUE, parts);
}

/* What no piece touches, and what pieces are added to. */
static void clear_rows(const struct join_bands *bands, struct join_band *band)
{
	const struct merge_plan *plan = bands->plan;
	size_t row = piece_row_bytes(bands->result);
	if (plan->mode == MERGE_MEAN)
		join_mean_clear(&band->mean, bands->result);
	else if (plan->mode == MERGE_LAYERS)
		memset(band->io.pixels, 0, row * band->io.rows);
	for (uint32_t y = 0; plan->holes && y < band->io.rows; y++)
		plan->kind->mark(bands->result, band->io.pixels + y * row, band->io.first_row + y);
}

bool join_bands_open(struct join_bands *bands)
{
	if (bands->opened == bands->count || bands->opened - bands->written == bands->slots)
		return false;
	struct join_band *band = join_bands_at(bands, bands->opened);
	band->io.first_row = bands->opened * bands->rows;
	uint32_t left = bands->plan->height - band->io.first_row;
	band->io.rows = left < bands->rows ? left : bands->rows;
	bf_buf_reset(&band->io.packed);
	band->first_due = band->done = band->done_in_order = 0;
	find_parts(bands, band);
	clear_rows(bands, band);
	band->state = JOIN_BAND_FILLING;
	bands->opened++;
	return true;
}

/* ---- the parts of one ---- */

static bool is_ready(const struct join_bands *bands, const struct join_band *band, size_t part)
{
	const struct merge_piece *piece = &bands->plan->piece[band->part[part]];
	const struct join_source *source = &bands->source[band->part[part]];
	uint32_t from = piece->y > band->io.first_row ? piece->y : band->io.first_row;
	if (band->part_state[part] != PART_DUE || source->busy || piece->y + source->rows_read != from)
		return false;
	return !join_part_in_order(bands->plan, piece) || band->done_in_order == part;
}

bool join_band_take_part(struct join_bands *bands, struct join_band *band, size_t *part)
{
	while (band->first_due < band->parts && band->part_state[band->first_due] != PART_DUE)
		band->first_due++;
	for (size_t i = band->first_due; i < band->parts; i++) {
		if (is_ready(bands, band, i)) {
			band->part_state[i] = PART_BUSY;
			bands->source[band->part[i]].busy = true;
			*part = i;
			return true;
		}
	}
	return false;
}

void join_band_end_part(struct join_bands *bands, struct join_band *band, size_t part)
{
	bands->source[band->part[part]].busy = false;
	band->part_state[part] = PART_DONE;
	band->done++;
	while (band->done_in_order < band->parts && band->part_state[band->done_in_order] == PART_DONE)
		band->done_in_order++;
}
