#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/live.h"

enum { BEAT = 10000, LEASE = 60000, DAY = 24 * 3600 * 1000 };

static struct bf_live live;

static int fresh(void **state)
{
	(void)state;
	memset(&live, 0, sizeof live);
	return 0;
}

/* Take in a listing that holds these names (NULL ends them). */
static void look(int64_t now_ms, ...)
{
	struct bf_name item[16];
	struct bf_names names = { .item = item };
	va_list args;
	va_start(args, now_ms);
	for (char *text; (text = va_arg(args, char *));)
		item[names.count++] = (struct bf_name){ text, 0 };
	va_end(args);
	bf_live_look(&live, &names, now_ms, BEAT);
}

static int64_t silence(const char *id)
{
	const struct bf_live_agent *agent = bf_live_find(&live, id);
	return agent ? agent->silent_ms : -1;
}

static void test_beating_agents_live(void **state)
{
	(void)state;
	char card[64];
	for (int beat = 0; beat < 100; beat++) {
		snprintf(card, sizeof card, "pc1-abcdef.%d", beat);
		look(1000 + beat * (int64_t)BEAT, card, NULL);
		assert_false(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
		assert_int_equal(bf_live_count(&live, LEASE), 1);
	}
}

static void test_silence_adds_up_to_death(void **state)
{
	(void)state;
	for (int i = 0; i <= 6; i++) {
		assert_false(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
		look(1000 + i * (int64_t)BEAT, "pc1-abcdef.5", NULL);
	}
	assert_int_equal(silence("pc1-abcdef"), LEASE);
	assert_true(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
	assert_int_equal(bf_live_count(&live, LEASE), 0);
	look(1000 + 7 * (int64_t)BEAT, "pc1-abcdef.6", NULL); /* it only slept */
	assert_false(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
	look(1000 + 8 * (int64_t)BEAT, "pc1-abcdef.5", NULL); /* a server's power cut took a beat back */
	assert_int_equal(silence("pc1-abcdef"), 0);
}

/* Names are enough: an agent nobody ever saw is not dead, whatever the time. */
static void test_unknown_is_not_dead(void **state)
{
	(void)state;
	look(DAY * (int64_t)100, NULL, NULL);
	assert_false(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
	assert_false(bf_live_is_dead(&live, "pc1-abcdef", 0));
}

/* P5: who was suspended for an hour comes back and must not find the whole farm dead. */
static void test_paused_observer(void **state)
{
	(void)state;
	look(1000, "pc1-abcdef.5", NULL);
	look(1000 + 3600 * 1000, "pc1-abcdef.5", NULL);
	assert_int_equal(silence("pc1-abcdef"), 2 * BEAT);
	assert_false(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
	look(1000 + 7200 * 1000, "pc1-abcdef.5", NULL);
	look(1000 + 10800 * 1000, "pc1-abcdef.5", NULL); /* three looks that saw no change: three times two beats */
	assert_true(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
}

/* P5: while the share was away nobody could beat, and nobody could look either. */
static void test_lost_share(void **state)
{
	(void)state;
	look(0, "pc1-abcdef.5", "pc2-abcdef.9", NULL);
	look(BEAT, "pc1-abcdef.6", "pc2-abcdef.10", NULL);
	/* ten minutes without a listing; then the agents need a moment to beat again */
	look(600 * 1000, "pc1-abcdef.6", "pc2-abcdef.10", NULL);
	look(600 * 1000 + BEAT, "pc1-abcdef.7", "pc2-abcdef.10", NULL);
	assert_false(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
	assert_false(bf_live_is_dead(&live, "pc2-abcdef", LEASE));
	assert_int_equal(silence("pc2-abcdef"), 3 * BEAT);
}

/* The first look at time 0 counts as a look. */
static void test_clock_may_start_at_zero(void **state)
{
	(void)state;
	for (int i = 0; i <= 7; i++)
		look(i * (int64_t)BEAT, "pc1-abcdef.5", NULL);
	assert_true(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
}

static void test_a_claim_without_card(void **state)
{
	(void)state;
	look(1000, NULL, NULL);
	bf_live_note(&live, "pc1-abcdef");
	bf_live_note(&live, "pc1-abcdef");
	assert_int_equal(live.count, 1);
	assert_int_equal(silence("pc1-abcdef"), 0);
	assert_int_equal(bf_live_count(&live, LEASE), 0); /* no card: nobody to count on */
	for (int i = 1; i <= 6; i++)
		look(1000 + i * (int64_t)BEAT, NULL, NULL);
	assert_true(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
}

/* Beat 0 of an agent known from a claim is a sign of life too. */
static void test_first_card_after_note(void **state)
{
	(void)state;
	look(1000, NULL, NULL);
	bf_live_note(&live, "pc1-abcdef");
	for (int i = 1; i <= 5; i++)
		look(1000 + i * (int64_t)BEAT, NULL, NULL);
	look(1000 + 6 * (int64_t)BEAT, "pc1-abcdef.0", NULL);
	assert_false(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
}

static void test_two_cards_in_one_listing(void **state)
{
	(void)state;
	look(1000, "pc1-abcdef.5", NULL);
	look(1000 + BEAT, "pc1-abcdef.5", "pc1-abcdef.6", NULL);
	assert_int_equal(live.count, 1);
	assert_int_equal(silence("pc1-abcdef"), 0);
	assert_int_equal(bf_live_count(&live, LEASE), 1);
}

/* A lost answer can leave two cards; their owner may die before it has removed one. */
static void test_two_cards_of_a_dead_agent(void **state)
{
	(void)state;
	for (int i = 0; i <= 7; i++)
		look(1000 + i * (int64_t)BEAT, i % 2 ? "pc1-abcdef.5" : "pc1-abcdef.6", i % 2 ? "pc1-abcdef.6" : "pc1-abcdef.5", NULL);
	assert_true(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
}

static void test_kill_and_forget(void **state)
{
	(void)state;
	look(1000, "pc1-abcdef.5", NULL);
	bf_live_kill(&live, "pc1-abcdef");
	assert_true(bf_live_is_dead(&live, "pc1-abcdef", LEASE));
	assert_int_equal(bf_live_count(&live, LEASE), 0);
	for (int64_t i = 1; i <= DAY / (2 * BEAT) + 1; i++)
		look(1000 + i * 2 * BEAT, NULL, NULL);
	assert_null(bf_live_find(&live, "pc1-abcdef"));
	assert_int_equal(live.count, 0);
}

static void test_foreign_cards(void **state)
{
	(void)state;
	look(1000, ".nfs0001", "Thumbs.db", "pc1-abcdef", "pc1-abcdef.", "pc1-abcdef.x", "pc1-abcdef.-1", "PC1-abcdef.1",
		".5", "pc1-abcdef.1.tmp", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn-abcdef.1",
		"pc1-abcdef.9999999999999999", NULL);
	assert_int_equal(live.count, 0);
}

static void test_a_crowd_has_an_end(void **state)
{
	(void)state;
	char id[BF_ID_MAX];
	for (int i = 0; i < BF_LIVE_MAX + 10; i++) {
		snprintf(id, sizeof id, "pc%d-abcdef", i);
		bf_live_note(&live, id);
	}
	assert_int_equal(live.count, BF_LIVE_MAX);
	bf_live_kill(&live, "one-more-abcdef");
	assert_int_equal(live.count, BF_LIVE_MAX);
}

/* Cards of n agents, in an order that is not theirs. */
static void look_at_crowd(int n)
{
	struct bf_names names = {0};
	names.item = calloc((size_t)n, sizeof *names.item);
	assert_non_null(names.item);
	for (; names.count < (size_t)n; names.count++) {
		char *text = malloc(64);
		assert_non_null(text);
		snprintf(text, 64, "pc%zu-abcdef.1", names.count * 7919 % (size_t)n);
		names.item[names.count].text = text;
	}
	memset(&live, 0, sizeof live);
	bf_live_look(&live, &names, 1000, BEAT);
	bf_names_clear(&names);
}

static void test_the_larger_a_crowd_the_rarer_its_looks(void **state)
{
	(void)state;
	static const struct { int agents, crowd; } want[] = { { 1, 1 }, { 64, 1 }, { 65, 2 }, { 300, 5 }, { 1000, 8 }, { 4000, 8 } };
	assert_int_equal(bf_live_crowd(&live, LEASE), 1);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		look_at_crowd(want[i].agents);
		assert_int_equal(bf_live_count(&live, LEASE), want[i].agents);
		assert_int_equal(bf_live_crowd(&live, LEASE), want[i].crowd);
	}
	for (int i = 0; i < 4000; i++) {
		char id[BF_ID_MAX];
		snprintf(id, sizeof id, "pc%d-abcdef", i);
		assert_string_equal(bf_live_find(&live, id)->id, id);
	}
}

static void test_a_card_in_a_listing(void **state)
{
	(void)state;
	struct bf_name item[] = { { (char *)"pc1-abcdef.8", 0 }, { (char *)"pc10-abcdef.99", 0 }, { (char *)"PAUSE.pc2", 0 },
		{ (char *)"pc1-abcdef.9", 0 }, { (char *)"pc1-abcdef.7", 0 }, { (char *)"pc3-abcdef.0", 0 } };
	struct bf_names names = { .item = item, .count = sizeof item / sizeof *item };
	unsigned long beat = 1;
	assert_true(bf_live_listed_card(&names, "pc1-abcdef", &beat)); /* in motion: the larger counts */
	assert_int_equal(beat, 9);
	assert_true(bf_live_listed_card(&names, "pc3-abcdef", &beat));
	assert_int_equal(beat, 0);
	assert_false(bf_live_listed_card(&names, "pc2-abcdef", &beat));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_beating_agents_live, fresh),
		cmocka_unit_test_setup(test_silence_adds_up_to_death, fresh),
		cmocka_unit_test_setup(test_unknown_is_not_dead, fresh),
		cmocka_unit_test_setup(test_paused_observer, fresh),
		cmocka_unit_test_setup(test_lost_share, fresh),
		cmocka_unit_test_setup(test_clock_may_start_at_zero, fresh),
		cmocka_unit_test_setup(test_a_claim_without_card, fresh),
		cmocka_unit_test_setup(test_first_card_after_note, fresh),
		cmocka_unit_test_setup(test_two_cards_in_one_listing, fresh),
		cmocka_unit_test_setup(test_two_cards_of_a_dead_agent, fresh),
		cmocka_unit_test_setup(test_kill_and_forget, fresh),
		cmocka_unit_test_setup(test_foreign_cards, fresh),
		cmocka_unit_test_setup(test_a_card_in_a_listing, fresh),
		cmocka_unit_test_setup(test_a_crowd_has_an_end, fresh),
		cmocka_unit_test_setup(test_the_larger_a_crowd_the_rarer_its_looks, fresh),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
