/* dealsim [-v]: how a picture is dealt out to machines of mixed speed, in virtual time.
 *
 * The very functions by which bfagent cuts (agent/plan_cut.h) and deals (share-layout/deal.h), against fixed strips, one a machine, and against strips of equal size taken
 * in order. What is imitated: a Blender start for each machine, a fixed cost a piece, a map of costs that is wrong by up to a
 * quarter, cards that are seconds old, looks every 1.5 s when there is nothing to do, a loser that notices after some seconds.
 * Prints a table of makespan ÷ ideal, where ideal = (all the work + one Blender start for each machine) ÷ the sum of all
 * speeds: the median of some runs, and of ours the worst. Exit code 1 when a bound is missed. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/plan_cut.h"
#include "share-layout/base/err.h"
#include "share-layout/deal.h"

enum { SLOTS_MAX = 512, PIECES_MAX = 2048, ROWS = 4096, RUNS = 9, HOLDERS = 3 };

static const double start_s = 1.0;   /* of Blender, at speed 1 */
static const double piece_s = 0.1;   /* what a piece costs on top, at speed 1 */
static const double least_s = 1.5;   /* the smallest piece */
static const double claim_s = 0.02;  /* a look and a claim */
static const double card_s = 6.0;    /* cards are read when they are up to so old */
static const double poll_s = 1.5, notice_s = 3.0;
static const double never = 1e30;

/* ---- chance, the same everywhere ---- */

static unsigned long long seed;

static double chance(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(seed >> 11) / 9007199254740992.0;
}

/* ---- the picture ---- */

static double row_cost[ROWS]; /* seconds at speed 1, really */

static void make_even(double x, double *density) { *density = 1 + 0.1 * sin(20 * x); }
static void make_skewed(double x, double *density) { *density = x < 0.75 ? 0.06 : 1 + 2 * (x - 0.75); }
static void make_spots(double x, double *density)
{
	*density = 0.2 + exp(-pow((x - 0.2) / 0.03, 2)) * 4 + exp(-pow((x - 0.6) / 0.08, 2)) * 2 + exp(-pow((x - 0.93) / 0.02, 2)) * 7;
}

static const struct map { const char *name; void (*make)(double x, double *density); } maps[] = {
	{ "even", make_even }, { "skewed", make_skewed }, { "spots", make_spots },
};

static void make_rows(const struct map *map, double total)
{
	double sum = 0;
	for (int i = 0; i < ROWS; i++) {
		map->make((i + 0.5) / ROWS, &row_cost[i]);
		sum += row_cost[i];
	}
	for (int i = 0; i < ROWS; i++)
		row_cost[i] *= total / sum;
}

/* ---- the farm ---- */

struct piece {
	double cost, expected; /* really, and as the plan says; the cost is known only to Blender */
	bool done;
	int owner;             /* -1 = open */
	int duplicate[BF_DEAL_DUPLICATES_MAX], duplicates; /* whose */
};

struct slot {
	double speed, known;   /* really; what it has learned, 0 = nothing yet */
	double cost_done, cost_s;
	bool started;
	int work;              /* piece, -1 = none */
	double began_s, ends_s;
	double free_s;         /* when it looks next; never = it has something in work */
	double empty_s;        /* idle since; 0 = not */
	struct card { double at_s, speed, elapsed_s; int work, percent; } card;
};

static struct piece piece[PIECES_MAX];
static struct slot slot[SLOTS_MAX];
static int pieces, slots;
static double falters_s; /* when the first one does */

enum way { FIXED, IN_ORDER, OURS_ALONE /* without duplicates */, OURS, WAYS };

static void add_piece(int from, int to)
{
	struct piece *it = &piece[pieces++];
	*it = (struct piece){ .owner = -1 };
	for (int i = from; i < to; i++)
		it->cost += row_cost[i];
	it->expected = it->cost;
}

static void cut_alike(int count)
{
	for (int i = 0; i < count; i++)
		add_piece((int)((long)i * ROWS / count), (int)((long)(i + 1) * ROWS / count));
}

/* As the planner does it, which has measured what each of some bands costs, more or less, and knows the slots' speeds likewise. */
static void cut_by_cost(void)
{
	static struct plan_cut_map map;
	static struct plan_cut cut;
	struct plan_cut_farm farm = { .slots = slots };
	map = (struct plan_cut_map){ .height = ROWS, .fixed = piece_s, .count = PLAN_CUT_MAP_MAX };
	for (int i = 0; i < ROWS; i++)
		map.cost[i * map.count / ROWS] += row_cost[i];
	for (int i = 0; i < map.count; i++)
		map.cost[i] *= 0.75 + 0.5 * chance();
	for (int i = 0; i < slots; i++) {
		double speed = slot[i].known > 0 ? slot[i].known : 1;
		farm.speed += speed;
		farm.slowest = !i || speed < farm.slowest ? speed : farm.slowest;
		farm.fastest = !i || speed > farm.fastest ? speed : farm.fastest;
	}
	plan_cut(&map, &farm, least_s, &cut);
	for (int i = 0; i < cut.count; i++) {
		add_piece(cut.top[i], i + 1 < cut.count ? cut.top[i + 1] : ROWS);
		piece[pieces - 1].expected = cut.cost[i];
	}
}

/* ---- what a slot knows of the others ---- */

static void look_at_card(int n, double now_s)
{
	struct slot *it = &slot[n];
	if (it->card.at_s > 0 && now_s - it->card.at_s < card_s)
		return;
	it->card = (struct card){ .at_s = now_s, .speed = it->known, .work = it->work, .percent = -1 };
	if (it->work < 0)
		return;
	it->card.elapsed_s = now_s - it->began_s;
	if (it->ends_s > it->began_s)
		it->card.percent = (int)(100 * it->card.elapsed_s / (it->ends_s - it->began_s));
}

static double left_of(const struct slot *it)
{
	double cost = piece[it->work].expected, left = cost;
	if (it->card.work == it->work && it->card.percent > 0)
		left = cost * (100 - it->card.percent) / 100;
	return left > 0.02 * cost ? left : 0.02 * cost;
}

static long pick_ours(int who, double now_s)
{
	static double cost[PIECES_MAX];
	static struct bf_deal_slot other[SLOTS_MAX];
	static long at[PIECES_MAX];
	size_t count = 0, others = 0;
	for (int i = 0; i < pieces; i++) {
		if (piece[i].owner >= 0)
			continue;
		cost[count] = piece[i].expected;
		at[count++] = i;
	}
	for (int i = 0; i < slots; i++) {
		if (i == who)
			continue;
		look_at_card(i, now_s);
		other[others++] = (struct bf_deal_slot){ slot[i].card.speed, slot[i].work >= 0 ? left_of(&slot[i]) : 0 };
	}
	long n = count ? bf_deal_pick(cost, count, slot[who].known, other, others, (unsigned)(chance() * 1e9)) : BF_DEAL_NONE;
	return n < 0 ? n : at[n];
}

static long pick_first(void)
{
	for (int i = 0; i < pieces; i++)
		if (piece[i].owner < 0)
			return i;
	return BF_DEAL_NONE;
}

/* How long this slot will still need for the piece, as its card tells; -1 = that is not known. */
static double left_s_of(int n, int who, double now_s)
{
	look_at_card(who, now_s);
	const struct card *card = &slot[who].card;
	struct bf_deal_run run = { card->elapsed_s, card->percent, piece[n].expected, card->speed };
	return card->work == n ? bf_deal_left_s(&run) : -1;
}

static long pick_duplicate(int who, double now_s)
{
	long best = BF_DEAL_NONE;
	double most_s = 0;
	for (int i = 0; i < pieces; i++) {
		struct piece *it = &piece[i];
		if (it->done || it->owner < 0 || it->duplicates == BF_DEAL_DUPLICATES_MAX || it->owner == who || slot[who].known <= 0)
			continue;
		double left_s = left_s_of(i, it->owner, now_s), mine_s = it->expected / slot[who].known;
		for (int d = 0; d < it->duplicates; d++) {
			double other_s = left_s_of(i, it->duplicate[d], now_s);
			left_s = other_s < left_s ? other_s : left_s;
		}
		if (bf_deal_duplicate(mine_s, left_s, now_s - slot[who].empty_s) && left_s - mine_s > most_s) {
			most_s = left_s - mine_s;
			best = i;
		}
	}
	return best;
}

/* ---- what happens ---- */

static void begin(struct slot *it, long n, double now_s)
{
	double work_s = (piece[n].cost + piece_s) / it->speed;
	if (it == slot && now_s > falters_s)
		work_s *= 10;
	it->work = (int)n;
	it->began_s = now_s + claim_s + (it->started ? 0 : start_s / it->speed);
	it->ends_s = it->began_s + work_s;
	it->started = true;
	it->free_s = never;
	it->empty_s = 0;
}

static void take_next(int who, enum way way, double now_s)
{
	struct slot *it = &slot[who];
	long n = way == FIXED ? (piece[who].owner < 0 ? who : BF_DEAL_NONE) : way == IN_ORDER ? pick_first() : pick_ours(who, now_s);
	if (n >= 0) {
		piece[n].owner = who;
		begin(it, n, now_s);
		return;
	}
	it->empty_s = it->empty_s > 0 ? it->empty_s : now_s;
	if (way == OURS && (n = pick_duplicate(who, now_s)) >= 0) {
		piece[n].duplicate[piece[n].duplicates++] = who;
		begin(it, n, now_s);
		return;
	}
	it->free_s = now_s + poll_s * (0.5 + chance());
}

static void learn(struct slot *it)
{
	it->cost_done += piece[it->work].expected;
	it->cost_s += it->ends_s - it->began_s;
	it->known = it->cost_done / it->cost_s;
}

static void end_work(int who, double now_s)
{
	struct slot *it = &slot[who];
	struct piece *done = &piece[it->work];
	learn(it);
	done->done = true;
	for (int i = 0; i <= done->duplicates; i++) {
		struct slot *loser = &slot[i < done->duplicates ? done->duplicate[i] : done->owner];
		if (loser->work < 0 || &piece[loser->work] != done)
			continue;
		loser->work = -1;
		loser->free_s = now_s + (loser == it ? 0 : notice_s * chance());
	}
}

/* Returns the makespan. */
static double run(enum way way, bool *all_done)
{
	double now_s = 0, last_s = 0;
	for (int done = 0; done < pieces;) {
		int next = -1;
		double next_s = never;
		for (int i = 0; i < slots; i++) {
			double at_s = slot[i].work >= 0 ? slot[i].ends_s : slot[i].free_s;
			if (at_s < next_s) {
				next_s = at_s;
				next = i;
			}
		}
		if (next < 0 || next_s > 1e6)
			break;
		now_s = next_s;
		if (slot[next].work >= 0) {
			end_work(next, now_s);
			last_s = now_s;
			done++;
		} else {
			take_next(next, way, now_s);
		}
	}
	*all_done = true;
	for (int i = 0; i < pieces; i++)
		*all_done &= piece[i].done;
	return last_s;
}

/* ---- the table ---- */

static const struct farm {
	const char *name;
	int slots;
	double spread;        /* speeds from 1 ÷ spread to spread */
	double slow;          /* speed of the first one, 0 = like the others */
	bool measured;        /* speeds are known before, by up to a fifth */
	bool falters;         /* half-way, one that seemed like the others becomes ten times as slow */
	double bound[2];      /* of ours, on any picture, short and long: median */
} farms[] = {
	{ "1", 1, 1, 0, true, false, { 1.06, 1.03 } },
	{ "4 alike", 4, 1, 0, true, false, { 1.12, 1.06 } },
	{ "4 alike, not measured", 4, 1, 0, false, false, { 1.18, 1.08 } },
	{ "4, one at a quarter", 4, 1, 0.25, true, false, { 1.15, 1.08 } },
	{ "4, one at a quarter, not measured", 4, 1, 0.25, false, false, { 1.30, 1.10 } },
	{ "4, one at a twentieth", 4, 1, 0.05, true, false, { 1.15, 1.10 } },
	{ "4 alike, one falters", 4, 1, 0, true, true, { 1.45, 1.30 } },
	{ "8 mixed", 8, 3, 0, true, false, { 1.20, 1.10 } },
	{ "32 mixed", 32, 3, 0, true, false, { 1.35, 1.20 } },
	{ "100 mixed", 100, 4, 0, true, false, { 1.60, 1.60 } },
	{ "500 mixed", 500, 4, 0, true, false, { 2.50, 2.50 } },
};

static double make_farm(const struct farm *farm)
{
	double sum = 0;
	memset(slot, 0, sizeof slot);
	slots = farm->slots;
	for (int i = 0; i < slots; i++) {
		slot[i].speed = pow(farm->spread, 2 * chance() - 1);
		if (i == 0 && farm->slow > 0)
			slot[i].speed = farm->slow;
		slot[i].known = farm->measured ? slot[i].speed * (0.8 + 0.4 * chance()) : 0;
		slot[i].work = -1;
		slot[i].free_s = 0.01 * chance();
		sum += slot[i].speed;
	}
	return sum;
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static double once(const struct farm *farm, const struct map *map, double each_s, enum way way, unsigned number)
{
	bool all_done;
	seed = 12345 + number * 7919u;
	double speeds = make_farm(farm), total = each_s * speeds;
	make_rows(map, total);
	pieces = 0;
	if (way == FIXED)
		cut_alike(slots);
	else if (way == IN_ORDER)
		cut_alike(slots <= 4 ? 16 : 4 * slots > PIECES_MAX ? PIECES_MAX : 4 * slots);
	else
		cut_by_cost();
	falters_s = farm->falters ? each_s / 2 : never;
	double ideal_s = (total + slots * start_s) / speeds, took_s = run(way, &all_done);
	if (!all_done)
		bf_bug("dealsim: not all pieces were done");
	return took_s / ideal_s;
}

int main(int argc, char **argv)
{
	static const double each_s[] = { 20, 120 }; /* so long a render, if it were dealt out ideally */
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");
	int missed = 0;
	printf("%-36s %-8s %6s %8s %8s %8s %8s %8s %6s\n", "machines", "picture", "ideal", "fixed", "in order", "no dupl.", "ours", "worst",
		"bound");
	for (size_t f = 0; f < sizeof farms / sizeof *farms; f++)
		for (size_t m = 0; m < sizeof maps / sizeof *maps; m++)
			for (size_t e = 0; e < sizeof each_s / sizeof *each_s; e++) {
				if (farms[f].slots >= 100 && (m == 2 || (farms[f].slots > 100 && (!m || e))))
					continue; /* takes long */
				double ratio[WAYS][RUNS];
				int runs = farms[f].slots >= 100 ? 1 : farms[f].slots > 8 ? 3 : RUNS;
				for (int way = 0; way < WAYS; way++) {
					for (int n = 0; n < runs; n++)
						ratio[way][n] = once(&farms[f], &maps[m], each_s[e], (enum way)way, (unsigned)n);
					qsort(ratio[way], (size_t)runs, sizeof **ratio, ascending);
				}
				double ours = ratio[OURS][runs / 2];
				bool bad = ours > farms[f].bound[e] || (farms[f].slots > 1 && !farms[f].falters && m && ours > ratio[IN_ORDER][runs / 2]);
				missed += bad;
				printf("%-36s %-8s %4.0f s %8.2f %8.2f %8.3f %8.3f %8.3f %6.2f%s\n", farms[f].name, maps[m].name, each_s[e],
					ratio[FIXED][runs / 2], ratio[IN_ORDER][runs / 2], ratio[OURS_ALONE][runs / 2], ours, ratio[OURS][runs - 1],
					farms[f].bound[e], bad ? "  MISSED" : "");
				if (verbose)
					printf("    %d pieces\n", pieces);
			}
	printf("%d bounds missed\n", missed);
	return missed != 0;
}
