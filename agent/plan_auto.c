#include "agent/plan_auto.h"

#include <stdlib.h>
#include <string.h>

#include "share-layout/card.h"

/* Below so many samples of pixels a picture takes seconds, wherever it is rendered. */
static const double light_samples = 1e6;
/* Of an animation so long that whole frames end evenly enough, nothing is cut: the machines would wait for so small a part of it. */
static const double uneven_part = 0.02;
/* What a piece costs beside Blender's own: it is claimed, copied, committed, joined. */
static const double handling_s = 0.04;
enum { SLOTS_MIN = 4, CARDS_MAX = 64, TAIL_FRAMES = 4 /* for each slot, at most */ };

/* ---- whether ---- */

bool plan_auto_may(const struct plan_facts *facts, const struct bf_job *job)
{
	const char *wish = facts->wishes->pieces;
	return (!wish[0] || !strcmp(wish, "auto")) && !strcmp(facts->scene->engine, "CYCLES") && plan_pieces_are_exact(facts, job);
}

bool plan_auto_asks(const struct plan_facts *facts, const struct bf_job *job, const struct plan_cut_farm *farm, int32_t *frame_out)
{
	const struct blender_scene *scene = facts->scene;
	double frames = (double)job->frames.count;
	*frame_out = job->frames.frame[job->frames.count - 1];
	if ((double)scene->width * scene->height * scene->samples < light_samples)
		return false;
	return frames < 2 || (farm->slots - 1) / (2 * frames) >= uneven_part;
}

/* ---- the farm ---- */

static void add_slot(struct plan_cut_farm *farm, double speed)
{
	if (!farm->slots || speed < farm->slowest)
		farm->slowest = speed;
	if (speed > farm->fastest)
		farm->fastest = speed;
	farm->speed += speed;
	farm->slots++;
}

/* The slots of one agent, each of the speed it says; how many say none. */
static int add_agent(struct worker *w, const struct bf_live_agent *agent, struct bf_card *card, struct plan_cut_farm *farm)
{
	int silent = 0;
	if (bf_card_read(w->share, agent->id, agent->beat, card, NULL) != 1)
		return 1;
	for (int i = 0; i < card->slot_count; i++)
		if (card->slot[i].speed > 0)
			add_slot(farm, card->slot[i].speed);
		else
			silent++;
	return silent;
}

/* Speeds learned at work go by what the last job's planner expected. Costs go by our own speed as it was measured: so do the others',
 * or errors would add up from job to job. */
static void scale(struct plan_cut_farm *farm, double factor)
{
	farm->speed *= factor;
	farm->slowest *= factor;
	farm->fastest *= factor;
}

void plan_auto_farm(struct worker *w, struct plan_cut_farm *farm, double *own_out)
{
	struct bf_card *card = calloc(1, sizeof *card);
	int cards = 0, silent = 0;
	if (!card)
		bf_bug("out of memory");
	*farm = (struct plan_cut_farm){0};
	*own_out = w->config->slot[w->slot].speed > 0 ? w->config->slot[w->slot].speed : 1;
	board_get_live(w->board, w->live);
	for (int i = 0; i < w->live->count; i++) {
		const struct bf_live_agent *agent = &w->live->agent[i];
		if (!agent->listed || agent->silent_ms >= w->config->lease_ms)
			continue;
		silent += cards++ < CARDS_MAX ? add_agent(w, agent, card, farm) : 1;
	}
	free(card);
	double ordinary = farm->slots ? farm->speed / farm->slots : *own_out;
	while (silent-- > 0 || farm->slots < SLOTS_MIN)
		add_slot(farm, ordinary);
	scale(farm, worker_speed(w) > 0 ? *own_out / worker_speed(w) : 1);
}

/* ---- cutting ---- */

static void fill_map(const struct blender_measured *measured, double own, const struct bf_job *job, struct plan_cut_map *map)
{
	*map = (struct plan_cut_map){ .height = job->height, .margin = job->piece_margin, .align = job->piece_align,
		.fixed = (measured->fixed_s + handling_s) * own };
	map->count = measured->band_count ? measured->band_count : 1;
	for (int i = 0; i < map->count; i++)
		map->cost[i] = (measured->band_count ? measured->band_s[i] : measured->whole_s) * own;
}

static void keep(const struct plan_cut *cut, struct bf_job *job)
{
	job->columns = 1;
	job->rows = job->piece_top_count = job->piece_cost_count = cut->count;
	memcpy(job->piece_top, cut->top, (size_t)cut->count * sizeof cut->top[0]);
	memcpy(job->piece_cost, cut->cost, (size_t)cut->count * sizeof cut->cost[0]);
}

/* How many frames at the end are cut: as many as are rendered while the slowest slot renders one. When the whole ones are
 * handed out, the slots will be free at different times, as far apart as that. */
static size_t frames_to_cut(const struct plan_cut_farm *farm, size_t frames)
{
	double count = farm->speed / farm->slowest, most = (double)TAIL_FRAMES * farm->slots;
	if (count > most)
		count = most;
	return count < (double)frames ? (size_t)(count + 0.999) : frames;
}

void plan_auto(const struct blender_measured *measured, const struct plan_cut_farm *farm, double own,
	const struct plan_facts *facts, struct bf_job *job)
{
	struct plan_cut_map map;
	struct plan_cut cut;
	struct bf_job plan = { .columns = 1, .rows = 1, .width = job->width, .height = job->height };
	size_t frames = job->frames.count, cut_frames = frames_to_cut(farm, frames);
	plan_pieces_bands(facts, &plan);
	fill_map(measured, own, &plan, &map);
	double whole = plan_cut_whole(&map);
	if (whole / farm->fastest < PLAN_AUTO_LEAST_S)
		return;
	/* Several frames end evenly with pieces that are not as small as those of one: there are more of them. */
	plan_cut(&map, farm, frames < 2 ? 0 : whole / (4.0 * farm->slots), &cut);
	if (cut.count < 2)
		return;
	job->finish = plan.finish;
	job->piece_margin = plan.piece_margin;
	job->piece_align = plan.piece_align;
	keep(&cut, job);
	if (frames > 1)
		job->whole_frames = frames - cut_frames;
}
