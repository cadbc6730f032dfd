/* A sweep from top to bottom. Between two heights at which a piece begins or ends, the picture
 * is a set of intervals; sorted by x they show gaps and overlaps at a glance. */
#include <stdlib.h>
#include <string.h>

#include "tools/merge.h"

struct sweep {
	struct merge_plan *plan;
	uint32_t *height; /* where something begins or ends, ascending, each once */
	size_t heights;
	uint32_t *by_top; /* pieces by their first row ... */
	size_t due;       /* ... up to here already in `active` */
	uint32_t *active; /* pieces of the present interval of heights, by x */
	size_t actives;
};

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int by_first_row(const void *a, const void *b, void *arg)
{
	const struct merge_plan *plan = arg;
	return ascending(&plan->piece[*(const uint32_t *)a].y, &plan->piece[*(const uint32_t *)b].y);
}

static void *array(size_t count)
{
	void *items = calloc(count, sizeof(uint32_t));
	if (!items)
		abort();
	return items;
}

static void sweep_start(struct sweep *sweep, struct merge_plan *plan)
{
	size_t count = plan->count, n = 0;
	memset(sweep, 0, sizeof *sweep);
	sweep->plan = plan;
	sweep->height = array(2 * count + 2);
	sweep->by_top = array(count);
	sweep->active = array(count);
	sweep->height[n++] = 0;
	sweep->height[n++] = plan->height;
	for (size_t i = 0; i < count; i++) {
		sweep->by_top[i] = (uint32_t)i;
		sweep->height[n++] = plan->piece[i].y;
		sweep->height[n++] = plan->piece[i].y + plan->piece[i].height;
	}
	qsort(sweep->height, n, sizeof *sweep->height, ascending);
	qsort_r(sweep->by_top, count, sizeof *sweep->by_top, by_first_row, plan);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || sweep->height[i] != sweep->height[sweep->heights - 1])
			sweep->height[sweep->heights++] = sweep->height[i];
}

static void sweep_end(struct sweep *sweep)
{
	free(sweep->height);
	free(sweep->by_top);
	free(sweep->active);
}

static void insert(struct sweep *sweep, uint32_t index)
{
	const struct merge_piece *piece = sweep->plan->piece;
	size_t low = 0, high = sweep->actives;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (piece[sweep->active[middle]].x <= piece[index].x)
			low = middle + 1;
		else
			high = middle;
	}
	memmove(sweep->active + low + 1, sweep->active + low, (sweep->actives - low) * sizeof *sweep->active);
	sweep->active[low] = index;
	sweep->actives++;
}

static void move_to(struct sweep *sweep, uint32_t y)
{
	const struct merge_piece *piece = sweep->plan->piece;
	size_t kept = 0;
	for (size_t i = 0; i < sweep->actives; i++) {
		const struct merge_piece *p = &piece[sweep->active[i]];
		if (p->y + p->height > y)
			sweep->active[kept++] = sweep->active[i];
	}
	sweep->actives = kept;
	while (sweep->due < sweep->plan->count && piece[sweep->by_top[sweep->due]].y <= y)
		insert(sweep, sweep->by_top[sweep->due++]);
}

/* Mark all that hang together by overlapping along x. A few too many is harmless. */
static void mark_shared(struct sweep *sweep)
{
	struct merge_piece *piece = sweep->plan->piece;
	uint32_t reach = 0;
	for (size_t i = 0; i < sweep->actives; i++) {
		struct merge_piece *p = &piece[sweep->active[i]];
		if (i && p->x < reach)
			p->shares_area = piece[sweep->active[i - 1]].shares_area = true;
		if (p->x + p->width > reach)
			reach = p->x + p->width;
	}
}

/* The first gap along x in the present interval, if any. */
static bool find_gap(const struct sweep *sweep, uint32_t *from, uint32_t *to)
{
	const struct merge_piece *piece = sweep->plan->piece;
	uint32_t reach = 0;
	for (size_t i = 0; i < sweep->actives; i++) {
		const struct merge_piece *p = &piece[sweep->active[i]];
		if (p->x > reach) {
			*from = reach;
			*to = p->x;
			return true;
		}
		if (p->x + p->width > reach)
			reach = p->x + p->width;
	}
	*from = reach;
	*to = sweep->plan->width;
	return reach < sweep->plan->width;
}

static bool is_empty(const struct sweep *sweep, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < sweep->actives; i++) {
		const struct merge_piece *p = &sweep->plan->piece[sweep->active[i]];
		if (p->x < to && p->x + p->width > from)
			return false;
	}
	return true;
}

int merge_layout(struct merge_plan *plan, struct bf_err *err)
{
	struct sweep sweep;
	uint32_t from = 0, to = 0, top = 0, bottom = 0;
	bool hole = false, measured = false;
	sweep_start(&sweep, plan);
	for (size_t i = 0; i + 1 < sweep.heights; i++) {
		move_to(&sweep, sweep.height[i]);
		mark_shared(&sweep);
		if (hole && !measured && !is_empty(&sweep, from, to))
			measured = true;
		if (!hole && find_gap(&sweep, &from, &to)) {
			hole = true;
			top = sweep.height[i];
		}
		if (!measured)
			bottom = sweep.height[i + 1];
	}
	sweep_end(&sweep);
	plan->holes = hole;
	if (!hole)
		return 1;
	bf_err_set(err, "incomplete: no piece covers the %ux%u pixels at %u,%u", (unsigned)(to - from),
		(unsigned)(bottom - top), (unsigned)from, (unsigned)top);
	return 0;
}
