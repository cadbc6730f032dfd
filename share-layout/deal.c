#include "share-layout/deal.h"

#include <stdlib.h>
#include <string.h>

#include "share-layout/base/err.h"

/* ---- speeds ---- */

/* In all, and on average of those that are known; with no one known every slot counts 1. */
static double mean_speed(const struct bf_deal_slot *slot, size_t count, double own)
{
	double sum = own;
	size_t known = own > 0;
	for (size_t i = 0; i < count; i++) {
		sum += slot[i].speed > 0 ? slot[i].speed : 0;
		known += slot[i].speed > 0;
	}
	return known ? sum / (double)known : 1;
}

static double slowest(const struct bf_deal_slot *slot, size_t count, double mean)
{
	double least = mean;
	for (size_t i = 0; i < count; i++)
		if (slot[i].speed > 0 && slot[i].speed < least)
			least = slot[i].speed;
	return least;
}

/* ---- pieces in the order of their size ---- */

struct piece { double cost; long at; };

static int larger_first(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	if (x->cost > y->cost || x->cost < y->cost)
		return x->cost > y->cost ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* ---- how it would end ---- */

struct end { double free_s, speed; };

/* Largest first, each to whom it is done with first. skip: a piece that is dealt already, or BF_DEAL_NONE. Returns when the last one is
 * done; changes end. What is in work already is not asked how long it takes: that cannot be mended here, and duplicates may. */
static double play(const struct piece *piece, size_t count, long skip, struct end *end, size_t ends)
{
	double last_s = 0;
	for (size_t p = 0; p < count; p++) {
		struct end *best = NULL;
		double best_s = 0;
		for (size_t i = 0; i < ends && (long)p != skip; i++) {
			double done_s = end[i].free_s + piece[p].cost / end[i].speed;
			if (!best || done_s < best_s) {
				best = &end[i];
				best_s = done_s;
			}
		}
		if (!best)
			continue;
		best->free_s = best_s;
		last_s = best_s > last_s ? best_s : last_s;
	}
	return last_s;
}

/* None fits: which of the smallest is best for all, or none? Each is tried out. */
static long least_bad(const struct piece *piece, size_t count, double speed, const struct bf_deal_slot *other, size_t others,
	double mean)
{
	enum { TRIED_MAX = 8, EFFORT = 40000 };
	static const double hair = 1.000001;
	struct end *end = malloc((others + 1) * sizeof *end);
	if (!end)
		bf_bug("out of memory");
	double best_s = 0;
	long best = BF_DEAL_NONE;
	size_t tried = EFFORT / (count * (others + 1)); /* each costs count x others */
	tried = tried < 1 ? 1 : tried > TRIED_MAX ? TRIED_MAX : tried;
	tried = tried < count ? tried : count;
	for (size_t n = 0; n <= tried; n++) {
		long mine = n < tried ? (long)(count - tried + n) : BF_DEAL_NONE; /* larger ones first, none at last */
		for (size_t i = 0; i < others; i++) {
			double their = other[i].speed > 0 ? other[i].speed : mean;
			end[i] = (struct end){ other[i].left / their, their };
		}
		end[others] = (struct end){ mine < 0 ? 0 : piece[mine].cost / speed, speed };
		double mine_s = mine < 0 ? 0 : end[others].free_s;
		double end_s = play(piece, count, mine, end, mine < 0 ? others : others + 1);
		end_s = end_s > mine_s ? end_s : mine_s;
		if (mine < 0 && !others)
			break; /* nobody else would do them */
		if (n == 0 || end_s * hair < best_s) {
			best_s = end_s;
			best = mine;
		}
	}
	free(end);
	return best;
}

long bf_deal_pick(const double *cost, size_t count, double speed, const struct bf_deal_slot *other, size_t others,
	unsigned chance)
{
	double mean = mean_speed(other, others, speed), left = 0, speeds;
	bool learn = speed <= 0;
	size_t idle = 1, first = 0;
	struct piece *piece = malloc((count + !count) * sizeof *piece);
	if (!piece)
		bf_bug("out of memory");
	if (learn)
		speed = slowest(other, others, mean);
	speeds = speed;
	for (size_t i = 0; i < others; i++) {
		speeds += other[i].speed > 0 ? other[i].speed : mean;
		left += other[i].left;
		idle += other[i].left <= 0;
	}
	for (size_t i = 0; i < count; i++) {
		piece[i] = (struct piece){ cost[i], (long)i };
		left += cost[i];
	}
	qsort(piece, count, sizeof *piece, larger_first);
	/* Costs are estimates, and a slow slot that is late with a piece as long as all the rest is late for all. */
	double slack = speed < mean ? 0.85 : 1.02;
	while (first < count && piece[first].cost / speed > slack * left / speeds)
		first++;
	long taken = BF_DEAL_NONE;
	size_t fitting = count - first, width = idle < fitting ? idle : fitting;
	if (fitting) /* those who do not know yet begin at the small end */
		taken = (long)(learn ? count - 1 - chance % width : first + chance % width);
	else if (count)
		taken = least_bad(piece, count, speed, other, others, mean);
	if (taken >= 0)
		taken = piece[taken].at;
	free(piece);
	return taken;
}

/* ---- duplicates ---- */

double bf_deal_left_s(const struct bf_deal_run *run)
{
	enum { BELIEVED_PERCENT = 8 }; /* before, much of the time went into getting ready */
	double by_progress = -1, by_cost = -1;
	if (run->percent >= BELIEVED_PERCENT)
		by_progress = run->elapsed_s * (100 - run->percent) / run->percent;
	if (run->cost > 0 && run->speed > 0)
		by_cost = run->cost / run->speed - run->elapsed_s;
	if (by_progress >= 0) /* he is where he says, whatever was expected */
		return by_progress;
	if (by_cost >= 0)
		return by_cost;
	/* Later than expected, or nobody knows: what has taken so long may well take half as long again. */
	return run->elapsed_s > 0 ? run->elapsed_s / 2 : -1;
}

bool bf_deal_duplicate(double mine_s, double left_s, double idle_s)
{
	enum { GAIN_S = 2, IDLE_S = 2 };
	if (idle_s < IDLE_S || idle_s < mine_s / 4)
		return false;
	return mine_s >= 0 && left_s >= 0 && mine_s + GAIN_S < left_s && mine_s < 0.75 * left_s;
}
