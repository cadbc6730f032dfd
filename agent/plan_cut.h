/* Cut a picture into bands, by what its rows cost. Pure.
 *
 * Bands run over the full width and stand in the order in which they are to be rendered: the first are large, half of the
 * work among all slots, then half of what is left, and so on (factoring). So each slot has large pieces, which cost little
 * besides themselves, and all have small ones at the end, when it matters that they end together; and an estimate
 * that is wrong, a slot that is slower than it says or one that joins late are made good by the pieces behind. */
#ifndef AGENT_PLAN_CUT_H
#define AGENT_PLAN_CUT_H

#include "share-layout/job.h"

enum { PLAN_CUT_MAP_MAX = 64 };

/* What a picture costs, in seconds of a slot of speed 1. */
struct plan_cut_map {
	int height;                      /* rows */
	int margin, align;               /* as in struct bf_job */
	double fixed;                    /* for each piece, however small */
	int count;                       /* bands of equal height, from the top; at least 1 */
	double cost[PLAN_CUT_MAP_MAX];
};

/* Who renders: how many slots, and how fast all of them and the slowest and the fastest are. */
struct plan_cut_farm {
	int slots;
	double speed, slowest, fastest;
};

struct plan_cut {
	int count;                       /* pieces; 1 = it stays whole */
	int top[BF_BANDS_MAX];
	double cost[BF_BANDS_MAX];       /* of rendering it, margin and fixed part included */
};

/* The cost of the rows from top to bottom (excluded), of the whole, and of a piece with all that belongs to it. */
double plan_cut_rows(const struct plan_cut_map *map, int top, int bottom);
double plan_cut_whole(const struct plan_cut_map *map);
double plan_cut_piece(const struct plan_cut_map *map, int top, int bottom);

/* Cut: pieces cost no less than `least` (but for the last), and so much that their fixed part is small; with a margin, as much
 * more as pays. Stays whole when the farm would not be done in 4/5 of the time of its fastest slot alone. */
void plan_cut(const struct plan_cut_map *map, const struct plan_cut_farm *farm, double least, struct plan_cut *out);

#endif
