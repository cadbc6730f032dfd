/* Who takes which piece. How well it ends on the whole is for dealsim to say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "share-layout/deal.h"

#define COUNT(array) (sizeof (array) / sizeof *(array))

static void the_largest_that_ends_in_time(void **unused)
{
	(void)unused;
	const double cost[] = { 3, 10, 6, 1 };
	const struct bf_deal_slot busy[] = { { 1, 4 } };
	/* 24 are left for two of speed 1: 12 s; the largest takes 10 */
	assert_int_equal(bf_deal_pick(cost, COUNT(cost), 1, busy, COUNT(busy), 0), 1);
	/* 24 left for a speed of 1.25: 19 s, in which a slot of a quarter does no more than 4 */
	assert_int_equal(bf_deal_pick(cost, COUNT(cost), 0.25, busy, COUNT(busy), 0), 0);
}

static void a_slow_one_takes_no_big_last_piece(void **unused)
{
	(void)unused;
	const double last[] = { 8 };
	const struct bf_deal_slot busy[] = { { 1, 2 }, { 1, 3 } }, slow[] = { { 0.25, 1 } };
	assert_int_equal(bf_deal_pick(last, 1, 0.25, busy, COUNT(busy), 0), BF_DEAL_NONE);
	assert_int_equal(bf_deal_pick(last, 1, 1, slow, COUNT(slow), 0), 0);
	/* … but one that the others would not come to any sooner */
	const struct bf_deal_slot buried[] = { { 1, 40 }, { 1, 30 } };
	assert_int_equal(bf_deal_pick(last, 1, 0.25, buried, COUNT(buried), 0), 0);
}

static void who_is_alone_takes_all(void **unused)
{
	(void)unused;
	const double cost[] = { 5, 7 };
	assert_int_equal(bf_deal_pick(cost, 2, 1, NULL, 0, 0), 1);
	assert_int_equal(bf_deal_pick(cost + 1, 1, 1, NULL, 0, 3), 0);
	assert_int_equal(bf_deal_pick(cost + 1, 1, 0, NULL, 0, 3), 0);
	assert_int_equal(bf_deal_pick(cost, 0, 1, NULL, 0, 0), BF_DEAL_NONE);
}

static void who_does_not_know_its_speed_begins_small(void **unused)
{
	(void)unused;
	const double cost[] = { 9, 2, 5, 8, 7 };
	const struct bf_deal_slot busy[] = { { 0, 5 }, { 2, 4 } };
	assert_int_equal(bf_deal_pick(cost, COUNT(cost), 0, busy, COUNT(busy), 7), 1);
}

/* Those who are idle at the same moment do not all run for the same piece, and none runs for one that does not fit. */
static void idle_ones_spread(void **unused)
{
	(void)unused;
	const double cost[] = { 1, 2, 3, 4, 5, 6 };
	const struct bf_deal_slot idle[] = { { 1, 0 }, { 1, 0 } };
	bool taken[COUNT(cost)] = { false };
	for (unsigned chance = 0; chance < 30; chance++)
		taken[bf_deal_pick(cost, COUNT(cost), 1, idle, COUNT(idle), chance)] = true;
	assert_true(taken[5] && taken[4] && taken[3]);
	assert_false(taken[0] || taken[1] || taken[2]);
}

static void what_is_left(void **unused)
{
	(void)unused;
	const struct bf_deal_run progress = { .elapsed_s = 30, .percent = 75, .cost = 100, .speed = 1 },
		early = { .elapsed_s = 2, .percent = 1, .cost = 100, .speed = 2 }, nothing = { .elapsed_s = 0, .percent = -1 },
		late = { .elapsed_s = 60, .percent = -1, .cost = 100, .speed = 2 }, unknown = { .elapsed_s = 20, .percent = 3 },
		over = { .elapsed_s = 20, .percent = 100 };
	assert_true(bf_deal_left_s(&progress) > 9.9 && bf_deal_left_s(&progress) < 10.1); /* he is where he says */
	assert_true(bf_deal_left_s(&early) > 47.9 && bf_deal_left_s(&early) < 48.1); /* one per cent says nothing */
	assert_true(bf_deal_left_s(&nothing) < 0);
	assert_true(bf_deal_left_s(&late) > 0);
	assert_true(bf_deal_left_s(&unknown) > 0);
	assert_true(bf_deal_left_s(&over) < 0.1);
}

static void duplicates_are_begun_only_where_they_gain(void **unused)
{
	(void)unused;
	assert_true(bf_deal_duplicate(5, 30, 10));
	assert_false(bf_deal_duplicate(0.5, 2.2, 10));  /* it ends in a moment */
	assert_false(bf_deal_duplicate(28, 30, 10));    /* hardly sooner */
	assert_false(bf_deal_duplicate(-1, 30, 10));    /* nobody knows */
	assert_false(bf_deal_duplicate(5, -1, 10));
	assert_false(bf_deal_duplicate(5, 30, 1));      /* not at once */
	assert_false(bf_deal_duplicate(40, 100, 3));    /* a slow one lets others come first … */
	assert_true(bf_deal_duplicate(40, 100, 11));    /* … if there are any */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_largest_that_ends_in_time),
		cmocka_unit_test(a_slow_one_takes_no_big_last_piece),
		cmocka_unit_test(who_is_alone_takes_all),
		cmocka_unit_test(who_does_not_know_its_speed_begins_small),
		cmocka_unit_test(idle_ones_spread),
		cmocka_unit_test(what_is_left),
		cmocka_unit_test(duplicates_are_begun_only_where_they_gain),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
