/* plan_cut, plan_auto: how a picture is cut by what it costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/plan_auto.h"

static unsigned seed;
static unsigned dice(unsigned sides)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 8) % sides;
}

static struct plan_cut_farm farm_of(int slots, double speed)
{
	return (struct plan_cut_farm){ .slots = slots, .speed = slots * speed, .slowest = speed, .fastest = speed };
}

/* Where each slot takes the next piece when it is free: when the last one is done. */
static double makespan(const struct plan_cut *cut, const double *speed, int slots)
{
	double at[64] = {0}, end = 0;
	for (int i = 0; i < cut->count; i++) {
		int first = 0;
		for (int s = 1; s < slots; s++)
			if (at[s] < at[first])
				first = s;
		at[first] += cut->cost[i] / speed[first];
		end = at[first] > end ? at[first] : end;
	}
	return end;
}

static void check_cut(const struct plan_cut_map *map, const struct plan_cut *cut)
{
	double sum = 0;
	assert_in_range(cut->count, 2, BF_BANDS_MAX);
	assert_int_equal(cut->top[0], 0);
	for (int i = 0; i < cut->count; i++) {
		int bottom = i + 1 < cut->count ? cut->top[i + 1] : map->height;
		assert_true(bottom > cut->top[i]);
		assert_true(map->align < 2 || cut->top[i] % map->align == 0);
		assert_true(fabs(cut->cost[i] - plan_cut_piece(map, cut->top[i], bottom)) < 1e-9);
		sum += plan_cut_rows(map, cut->top[i], bottom);
	}
	assert_true(fabs(sum - plan_cut_whole(map)) < 1e-6 * sum); /* every row once */
}

/* A glass thing in the lower half of a picture of 400 s, ten to one. */
static struct plan_cut_map skewed(void)
{
	struct plan_cut_map map = { .height = 4096, .fixed = 0.08, .count = 16 };
	for (int i = 0; i < map.count; i++)
		map.cost[i] = i >= 8 && i < 14 ? 60 : 4;
	return map;
}

static void sizes_fall_and_end_small(void **state)
{
	(void)state;
	struct plan_cut_map map = skewed();
	struct plan_cut_farm farm = farm_of(4, 1);
	struct plan_cut cut;
	plan_cut(&map, &farm, 0, &cut);
	check_cut(&map, &cut);
	assert_true(fabs(cut.cost[0] - 400 / 8.0) < 2); /* half of the work among four */
	for (int i = 1; i + 1 < cut.count; i++)
		assert_true(cut.cost[i] <= cut.cost[i - 1] * 1.05 + 0.2); /* as near as rows allow */
	for (int i = 0; i + 1 < cut.count; i++)
		assert_true(map.fixed <= 0.031 * cut.cost[i]);
	assert_true(cut.cost[cut.count - 1] < 6);
	double alike[4] = { 1, 1, 1, 1 };
	assert_true(makespan(&cut, alike, 4) <= 1.04 * 400 / 4);
}

static void a_slow_slot_waits_for_nobody(void **state)
{
	(void)state;
	struct plan_cut_map map = skewed();
	double speed[4] = { 1, 1, 1, 0.25 };
	struct plan_cut_farm farm = { .slots = 4, .speed = 3.25, .slowest = 0.25, .fastest = 1 };
	struct plan_cut cut;
	plan_cut(&map, &farm, 0, &cut);
	check_cut(&map, &cut);
	assert_true(makespan(&cut, speed, 4) <= 1.10 * 400 / 3.25); /* although it may take one of the last */
}

static void chunks_stay_whole(void **state)
{
	(void)state;
	struct plan_cut_map map = skewed();
	struct plan_cut_farm farm = farm_of(8, 1);
	struct plan_cut cut;
	map.align = 256; /* sixteen of them */
	plan_cut(&map, &farm, 0, &cut);
	check_cut(&map, &cut);
	assert_true(cut.count <= 16);
}

/* With a margin each piece costs rows of its neighbours: they are larger, and cheap pictures stay whole. */
static void margins_make_larger_pieces(void **state)
{
	(void)state;
	struct plan_cut_map map = { .height = 1080, .fixed = 0.08, .count = 1, .cost = { 200 } };
	struct plan_cut_farm farm = farm_of(4, 1);
	struct plan_cut with, without;
	plan_cut(&map, &farm, 0, &without);
	map.margin = 16;
	plan_cut(&map, &farm, 0, &with);
	check_cut(&map, &with);
	assert_true(with.count < without.count);
	double sum = 0;
	for (int i = 0; i < with.count; i++)
		sum += with.cost[i];
	assert_true(sum < 1.4 * 200);
	map.height = 40; /* nothing but margin */
	plan_cut(&map, &farm, 0, &with);
	assert_int_equal(with.count, 1);
}

static void what_stays_whole(void **state)
{
	(void)state;
	struct plan_cut_map map = { .height = 1080, .fixed = 0.08, .count = 2, .cost = { 1, 1 } };
	struct plan_cut_farm farm = farm_of(4, 1);
	struct plan_cut cut;
	plan_cut(&map, &farm, 0, &cut);
	assert_int_equal(cut.count, 1); /* less than two of the smallest pieces */
	map.cost[0] = map.cost[1] = 500;
	plan_cut(&map, &farm, 0, &cut);
	assert_true(cut.count > 8);
	farm = (struct plan_cut_farm){ .slots = 4, .speed = 10.3, .slowest = 0.1, .fastest = 10 };
	plan_cut(&map, &farm, 0, &cut);
	assert_int_equal(cut.count, 1); /* the fastest alone is done as soon as all of them */
}

static void any_map_any_farm(void **state)
{
	(void)state;
	for (seed = 1; seed < 3000; seed += 7) {
		struct plan_cut_map map = { .height = 1 + (int)dice(9000), .margin = dice(3) ? 0 : 16,
			.align = dice(3) ? 0 : 1 << dice(9), .fixed = 0.01 + dice(20) / 100.0, .count = 1 + (int)dice(PLAN_CUT_MAP_MAX) };
		for (int i = 0; i < map.count; i++)
			map.cost[i] = dice(4) ? dice(1000) / 10.0 : 0;
		struct plan_cut_farm farm = farm_of(4 + (int)dice(600), 0.1 + dice(100) / 10.0);
		farm.slowest /= 1 + dice(20);
		struct plan_cut cut;
		plan_cut(&map, &farm, dice(50), &cut);
		if (cut.count > 1)
			check_cut(&map, &cut);
	}
}

/* ---- jobs ---- */

static struct blender_scene still(void)
{
	return (struct blender_scene){ .engine = "CYCLES", .format = "PNG", .color_depth = 16, .frame_start = 1, .frame_end = 1,
		.width = 1920, .height = 1080, .picture_count = 1, .picture = { "a_####.png" }, .samples = 128, .missing = "",
		.warnings = "" };
}

static void plan(const struct blender_scene *scene, const char *pieces, struct wishes *wishes, struct plan_facts *facts,
	struct bf_job *job)
{
	struct bf_err err;
	*wishes = (struct wishes){0};
	snprintf(wishes->pieces, sizeof wishes->pieces, "%s", pieces);
	*facts = (struct plan_facts){ .scene = scene, .wishes = wishes, .dropped = "a.blend", .blend = "a.blend" };
	memset(job, 0, sizeof *job);
	assert_int_equal(plan_job(facts, job, &err), 0);
}

static bool asks(const struct blender_scene *scene, const char *pieces, int slots)
{
	struct wishes wishes;
	struct plan_facts facts;
	struct bf_job job;
	struct plan_cut_farm farm = farm_of(slots, 1);
	int32_t frame;
	plan(scene, pieces, &wishes, &facts, &job);
	bool asked = plan_auto_may(&facts, &job) && plan_auto_asks(&facts, &job, &farm, &frame);
	assert_true(!asked || frame == scene->frame_end);
	bf_job_clear(&job);
	return asked;
}

static void who_is_measured(void **state)
{
	(void)state;
	struct blender_scene scene = still();
	assert_true(asks(&scene, "", 4) && asks(&scene, "auto", 4));
	assert_false(asks(&scene, "none", 4) || asks(&scene, "1", 4) || asks(&scene, "8", 4));
	scene.frame_end = 10;
	assert_true(asks(&scene, "", 4));
	scene.frame_end = 250; /* ends evenly enough with whole frames, but not for many machines */
	assert_false(asks(&scene, "", 4));
	assert_true(asks(&scene, "", 40));
	scene = still();
	scene.width = 320;
	scene.height = 180;
	scene.samples = 4;
	assert_false(asks(&scene, "auto", 4)); /* light */
	scene = still();
	strcpy(scene.engine, "BLENDER_EEVEE");
	assert_false(asks(&scene, "auto", 4));
	scene = still();
	strcpy(scene.no_rectangles, "it has motes");
	assert_false(asks(&scene, "auto", 4));
}

static void cut_job(const struct blender_scene *scene, double seconds, double own, struct bf_job *job)
{
	struct wishes wishes;
	struct plan_facts facts;
	struct plan_cut_farm farm = farm_of(4, own);
	struct blender_measured measured = { .fixed_s = 0.02, .whole_s = seconds, .band_count = 2,
		.band_s = { seconds / 4, seconds * 3 / 4 } };
	plan(scene, "", &wishes, &facts, job);
	plan_auto(&measured, &farm, own, &facts, job);
}

static void jobs_are_cut(void **state)
{
	(void)state;
	struct blender_scene scene = still();
	struct bf_job job;
	cut_job(&scene, 3, 1, &job);
	assert_false(bf_job_in_pieces(&job)); /* cheap */
	bf_job_clear(&job);
	cut_job(&scene, 300, 2.5, &job);
	assert_true(job.columns == 1 && job.rows > 8 && job.piece_top_count == job.rows && job.piece_cost_count == job.rows);
	assert_true(bf_job_piece_cost(&job, 0) > 2.5 * 300 / 8 - 5 && bf_job_piece_cost(&job, 0) < 2.5 * 300 / 8 + 5);
	assert_int_equal(job.whole_frames, 0);
	assert_int_equal(job.piece_margin + job.piece_align, 0);
	bf_job_clear(&job);
	strcpy(scene.format, "OPEN_EXR");
	strcpy(scene.exr_codec, "ZIP");
	cut_job(&scene, 300, 1, &job);
	assert_int_equal(job.piece_align, 32);
	bf_job_clear(&job);
	scene.adaptive = true;
	cut_job(&scene, 300, 1, &job);
	assert_true(job.piece_align == 0 && job.piece_margin == 16 && job.rows > 1);
	bf_job_clear(&job);
	scene = still();
	scene.frame_end = 10;
	cut_job(&scene, 30, 1, &job);
	assert_int_equal(job.whole_frames, 6); /* each of four slots may be at one when these are handed out */
	assert_true(job.rows >= 8);
	bf_job_clear(&job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_fall_and_end_small), cmocka_unit_test(a_slow_slot_waits_for_nobody),
		cmocka_unit_test(chunks_stay_whole), cmocka_unit_test(margins_make_larger_pieces), cmocka_unit_test(what_stays_whole),
		cmocka_unit_test(any_map_any_farm), cmocka_unit_test(who_is_measured), cmocka_unit_test(jobs_are_cut),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
