#include "agent/plan_cut.h"

#include <string.h>

static const double fixed_part = 0.03; /* at most, of the smallest piece */
static const double round_part = 0.5;  /* of what is left is handed out in one round */
static const double worth_it = 0.8;
enum { ROWS_MIN = 4 };

/* ---- what rows cost ---- */

/* The cost of all rows above y, y between two rows included. */
static double cost_above(const struct plan_cut_map *map, double y)
{
	double sum = 0, band = (double)map->height / map->count;
	for (int i = 0; i < map->count; i++) {
		double part = (y - i * band) / band;
		if (part <= 0)
			break;
		sum += map->cost[i] * (part < 1 ? part : 1);
	}
	return sum;
}

double plan_cut_rows(const struct plan_cut_map *map, int top, int bottom)
{
	return cost_above(map, bottom) - cost_above(map, top);
}

double plan_cut_whole(const struct plan_cut_map *map)
{
	return cost_above(map, map->height);
}

double plan_cut_piece(const struct plan_cut_map *map, int top, int bottom)
{
	int first = top > map->margin ? top - map->margin : 0;
	int last = map->height - bottom > map->margin ? bottom + map->margin : map->height;
	return plan_cut_rows(map, first, last) + map->fixed;
}

/* ---- cutting ---- */

static int step_of(const struct plan_cut_map *map)
{
	return map->align > ROWS_MIN ? map->align : map->align > 1 ? ROWS_MIN / map->align * map->align : ROWS_MIN;
}

/* The row from top on where `size` is reached, as near as alignment allows. */
static int row_behind(const struct plan_cut_map *map, int top, double size)
{
	int step = step_of(map), unit = map->align > 1 ? map->align : 1;
	int low = top + step, high = map->height;
	while (low < high) {
		int middle = (low + high) / 2;
		if (plan_cut_rows(map, top, middle) < size)
			low = middle + 1;
		else
			high = middle;
	}
	low = (low + unit / 2) / unit * unit;
	return low < top + step ? top + step : low;
}

/* How much the next piece is to cost, of what is left; `done` pieces are there. The size falls once in each round of one piece
 * for every slot. A piece must not keep the slowest slot longer than the others need for all that is left. */
static double size_of_next(const struct plan_cut_farm *farm, double left, double least)
{
	double size = round_part * left / farm->slots;
	double bearable = round_part * left * farm->slowest / farm->speed;
	if (bearable < size)
		size = bearable;
	return size > least ? size : least;
}

/* Returns 0, or -1 when it takes too many pieces. */
static int cut_down_to(const struct plan_cut_map *map, const struct plan_cut_farm *farm, double least, struct plan_cut *out)
{
	double left = plan_cut_whole(map), size = 0;
	out->count = 0;
	for (int top = 0; top < map->height;) {
		if (out->count == BF_BANDS_MAX)
			return -1;
		if (out->count % farm->slots == 0)
			size = size_of_next(farm, left, least);
		int bottom = row_behind(map, top, size);
		/* what would be left for one more piece is too little for one */
		if (bottom > map->height - step_of(map) || plan_cut_rows(map, bottom, map->height) < least / 2)
			bottom = map->height;
		out->top[out->count] = top;
		out->cost[out->count++] = plan_cut_piece(map, top, bottom);
		left -= plan_cut_rows(map, top, bottom);
		top = bottom;
	}
	return 0;
}

/* When the farm would be done: everything at its common speed, and half a piece of the last ones over. */
static double expected_end(const struct plan_cut *cut, const struct plan_cut_farm *farm)
{
	double sum = 0, last = cut->cost[cut->count - 1];
	for (int i = 0; i < cut->count; i++)
		sum += cut->cost[i];
	return sum / farm->speed + last / 2 * farm->slots / farm->speed;
}

static void stay_whole(const struct plan_cut_map *map, struct plan_cut *out)
{
	memset(out, 0, sizeof *out);
	out->count = 1;
	out->cost[0] = plan_cut_whole(map) + map->fixed;
}

void plan_cut(const struct plan_cut_map *map, const struct plan_cut_farm *farm, double least, struct plan_cut *out)
{
	static const double factors[] = { 1, 1.5, 2, 3, 4, 6, 9, 13, 20, 30 };
	struct plan_cut cut;
	double best = (plan_cut_whole(map) + map->fixed) / farm->fastest * worth_it;
	if (least < map->fixed / fixed_part)
		least = map->fixed / fixed_part;
	stay_whole(map, out);
	for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
		if (cut_down_to(map, farm, least * factors[i], &cut) < 0 || cut.count < 2)
			continue;
		double end = expected_end(&cut, farm);
		if (end < best) {
			best = end;
			*out = cut;
		}
		if (!map->margin) /* nothing is gained by larger ones */
			break;
	}
}
