#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/path.h"
#include "tests/lib/scanned.h"

static void test_eta(void **state)
{
	scanned_put_job(state, JOB, "1-20", 1);
	scanned_put_tasks(state, "000", "f0001.run.1.0." PC1 "-0-1", NULL);
	scanned_look(state);
	assert_true(scanned_job()->eta.s < 0); /* nothing is known before the first */
	scanned_write_down(state, PC1, "done", 11, 10);
	scanned_write_down(state, PC1, "failed", 12, 1000);
	scanned_look(state);
	assert_true(scanned_job()->seconds_per_task == 10);
	assert_true(scanned_job()->eta.s == 200); /* 20 tasks, one slot, 10 s each */
	/* the same slot holds a second one in advance; another machine, twice as slow, has joined */
	scanned_put_tasks(state, "000", "f0002.run.1.0." PC1 "-0-2", "f0003.run.1.0." PC2 "-0-1", "f0020.done.1.0." PC2 "-0-0." HASH, NULL);
	scanned_write_down(state, PC2, "done", 20, 20);
	scanned_look(state);
	assert_true(scanned_job()->seconds_per_task == 15);
	assert_true(scanned_job()->eta.s > 126.6 && scanned_job()->eta.s < 126.7); /* 19 tasks at 0.15 tasks a second */
	for (size_t i = 0; i < scanned_job()->machine_count; i++)
		if (!strcmp(scanned_job()->machine[i].name, "pc2")) {
			assert_true(scanned_job()->machine[i].seconds_per_task == 20);
			assert_int_equal(scanned_job()->machine[i].tasks, 1);
		}
	scanned_put(state, "PAUSE", "");
	scanned_look(state);
	assert_true(scanned_job()->eta.s < 0);
}

/* One task tells nothing about how they differ; the more there are and the more alike, the surer it is. */
static void test_eta_says_how_sure_it_is(void **state)
{
	scanned_put_job(state, JOB, "1-20", 1);
	scanned_put_tasks(state, "000", "f0001.run.1.0." PC1 "-0-1", NULL);
	scanned_write_down(state, PC1, "done", 11, 10);
	scanned_look(state);
	assert_true(scanned_job()->eta.least_s < 0);
	scanned_write_down(state, PC1, "done", 12, 6); /* the first paid for Blender's start */
	scanned_look(state);
	assert_true(scanned_job()->seconds_per_task == 6);
	assert_true(scanned_job()->eta.s == 120);
	assert_true(scanned_job()->eta.least_s >= 0 && scanned_job()->eta.least_s < 60 && scanned_job()->eta.most_s > 180);
	scanned_write_down(state, PC1, "done", 13, 6);
	scanned_look(state);
	double unsure = scanned_job()->eta.most_s - scanned_job()->eta.least_s;
	assert_true(scanned_job()->eta.s == 120 && unsure > 24 && scanned_job()->eta.least_s < 120 && scanned_job()->eta.most_s > 120);
	for (int i = 0; i < 50; i++)
		scanned_write_down(state, PC1, "done", 14, 6);
	scanned_look(state);
	assert_true(scanned_job()->eta.most_s - scanned_job()->eta.least_s < unsure / 10);
	for (int i = 0; i < 50; i++)
		scanned_write_down(state, PC1, "done", 14, i % 2 ? 1 : 11);
	scanned_look(state);
	assert_true(scanned_job()->eta.most_s - scanned_job()->eta.least_s > unsure);
	assert_true(scanned_job()->eta.least_s >= 0);
	assert_true(scanned_job()->has_newest && scanned_job()->newest == 14);
}

static double card_speed; /* of the cards that follow; 0 = they tell none */

static void put_rendering(void **state, const char *id, const char *task, int percent, int seconds)
{
	struct bf_card card = { .beat_ms = 10000, .lease_ms = 60000, .slot_count = 1 };
	struct bf_buf text = {0};
	struct fresh_share *fresh = *state;
	snprintf(card.id, sizeof card.id, "%s", id);
	card.slot[0] = (struct bf_slot){ .state = BF_SLOT_RENDERING, .percent = percent, .seconds = seconds, .speed = card_speed };
	strcpy(card.slot[0].job, JOB);
	strcpy(card.slot[0].task, task);
	bf_card_format(&card, &text);
	fresh_share_put(fresh, bf_path_card(id, 1).text, bf_buf_text(&text));
	bf_buf_clear(&text);
}

/* What runs counts as far as its card says; and the last task cannot be shared. */
static void test_eta_of_the_last_ones(void **state)
{
	scanned_put_job(state, JOB, "1-2", 1);
	scanned_put_tasks(state, "000", "f0001.run.1.0." PC1 "-0-1", "f0002.run.1.0." PC2 "-0-1", NULL);
	scanned_write_down(state, PC1, "done", 1, 100);
	put_rendering(state, PC1, "f0001", 75, 7);
	put_rendering(state, PC2, "f0002", 10, 7);
	scanned_look(state);
	assert_true(scanned_job()->eta.s > 89.9 && scanned_job()->eta.s < 90.1);
	put_rendering(state, PC2, "f0002", -1, 30);
	assert_int_equal(bf_fs_rename(((struct fresh_share *)*state)->share.root, bf_path_card(PC2, 1).text, bf_path_card(PC2, 2).text,
		NULL), 1);
	scanned_look(state);
	assert_true(scanned_job()->eta.s > 69.9 && scanned_job()->eta.s < 70.1); /* it took 30 of the usual 100 seconds */
}

/* Bands of known cost: a large one that waits is worth many small ones. */
static void test_eta_by_cost(void **state)
{
	static const int tops[] = { 0, 20, 30 }, costs[] = { 80, 20, 10 };
	struct bf_job plan = scanned_plan("1");
	plan.rows = plan.piece_top_count = plan.piece_cost_count = 3;
	for (int i = 0; i < 3; i++) {
		plan.piece_top[i] = tops[i];
		plan.piece_cost[i] = costs[i];
	}
	scanned_put_plan(state, JOB, &plan);
	scanned_put_tasks(state, "000", "f0001.p000.run.1.0." PC1 "-0-1", "f0001.p001.run.1.0." PC2 "-0-1", "f0001.p002.done.1.0." PC2 "-0-0." HASH,
		"f0001.join.open.1.0", NULL);
	card_speed = 2;
	put_rendering(state, PC1, "f0001.p000", 50, 20);
	card_speed = 0.5;
	put_rendering(state, PC2, "f0001.p001", 0, 0);
	card_speed = 0;
	scanned_write_down(state, PC2, "done", 1, 20);
	scanned_look(state);
	assert_true(scanned_job()->eta.s > 39.9 && scanned_job()->eta.s < 40.1); /* 20 ÷ 0.5: longer than (40 + 20) ÷ 2.5 */
	assert_true(scanned_job()->eta.least_s < 0);
}

/* A journal of a whole winter is not read from its beginning. */
static void test_long_journal(void **state)
{
	scanned_put_job(state, JOB, "1-20", 1);
	for (int i = 0; i < 3000; i++)
		scanned_write_down(state, PC1, "done", 1, i < 1500 ? 1000 : 4);
	scanned_look(state);
	assert_true(scanned_job()->seconds_per_task == 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCANNED_TEST(test_eta),
		SCANNED_TEST(test_eta_says_how_sure_it_is),
		SCANNED_TEST(test_eta_of_the_last_ones),
		SCANNED_TEST(test_eta_by_cost),
		SCANNED_TEST(test_long_journal),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
