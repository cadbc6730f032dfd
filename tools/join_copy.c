#include "tools/join_copy.h"

#include <stdlib.h>
#include <string.h>

#include "tools/join_part.h"

static bool piece_fits(const struct merge_plan *plan, const struct merge_piece *piece, uint32_t chunk_rows)
{
	const struct piece_crop *crop = &piece->crop;
	bool last = piece->y + piece->height == plan->height;
	return piece->x == 0 && piece->width == plan->width && !piece->shares_area &&
		!(crop->left || crop->top || crop->right || crop->bottom) &&
		piece->y % chunk_rows == 0 && (last || piece->height % chunk_rows == 0);
}

bool join_copy_can(const struct merge_plan *plan, const struct piece_header *result)
{
	if (!plan->kind->copy || plan->mode != MERGE_PLACES || plan->holes || plan->small)
		return false;
	for (size_t i = 0; i < plan->count; i++)
		if (!piece_fits(plan, &plan->piece[i], result->chunk_rows))
			return false;
	return true;
}

static int by_first_row(const void *a, const void *b, void *arg)
{
	const struct merge_piece *piece = arg;
	uint32_t x = piece[*(const uint32_t *)a].y, y = piece[*(const uint32_t *)b].y;
	return (x > y) - (x < y);
}

int join_copy_run(const struct merge_plan *plan, const struct piece_header *result, void *writer,
	struct bf_err *err)
{
	uint32_t *order = calloc(plan->count, sizeof *order);
	struct join_source *source = calloc(plan->count, sizeof *source);
	int done = 0;
	if (!order || !source)
		abort();
	for (size_t i = 0; i < plan->count; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, plan->count, sizeof *order, by_first_row, plan->piece);
	for (size_t i = 0; done == 0 && i < plan->count; i++) {
		const struct join_part part = { .plan = plan, .result = result, .source = source, .piece = order[i] };
		struct join_source *mine = &source[order[i]];
		done = join_source_open(&part, err);
		if (done == 0)
			done = piece_copy(mine->open, writer, plan->piece[order[i]].y, err);
		join_source_close(mine);
	}
	free(source);
	free(order);
	return done;
}
