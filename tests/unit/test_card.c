#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "share-layout/card.h"
#include "tests/lib/fresh_share.h"

static struct bf_card full_card(void)
{
	struct bf_card card = { .id = "pc1-abcdef", .host = "PC-1.studio", .version = "0.1.0", .blender = "3.4.1",
		.beat_ms = 10000, .lease_ms = 60000, .boot = "0b1c", .pid_namespace = "pid:[4026531836]", .pid = 4242,
		.started = 987654321, .tags = "gpu,big", .note = "all \"well\"; 50 % # done", .slot_count = 2 };
	card.slot[0] = (struct bf_slot){ .state = BF_SLOT_RENDERING, .device = "CPU", .job = "shot_2026-01-02_030405",
		.task = "f0012.p003", .percent = 40, .sample = 51, .samples = 128, .mem_mb = 900, .seconds = 77,
		.note = "third try", .duplicate = true };
	card.slot[1] = (struct bf_slot){ .state = BF_SLOT_IDLE, .device = "CUDA:1", .note = "nothing to do",
		.speed = 12.625 };
	return card;
}

static void test_round_trip(void **state)
{
	(void)state;
	struct bf_card card = full_card(), again;
	struct bf_buf text = {0};
	struct bf_err err;
	bf_card_format(&card, &text);
	if (bf_card_parse(text.data, text.len, "card", &again, &err) < 0)
		fail_msg("%s", err.text);
	assert_memory_equal(&again, &card, sizeof card);
	bf_buf_clear(&text);
}

static void test_states_have_names(void **state)
{
	(void)state;
	for (int i = BF_SLOT_IDLE; i <= BF_SLOT_STUCK; i++) {
		struct bf_card card = full_card(), again;
		struct bf_buf text = {0};
		struct bf_err err;
		card.slot[0].state = (enum bf_slot_state)i;
		bf_card_format(&card, &text);
		assert_int_equal(bf_card_parse(text.data, text.len, "card", &again, &err), 0);
		assert_int_equal(again.slot[0].state, i);
		bf_buf_clear(&text);
	}
}

/* A reader may come while the owner writes: no beginning of a card is taken for a card. */
static void test_torn_at_every_byte(void **state)
{
	(void)state;
	struct bf_card card = full_card(), again;
	struct bf_buf text = {0};
	struct bf_err err;
	bf_card_format(&card, &text);
	for (size_t len = 0; len + 8 < text.len; len++)
		if (bf_card_parse(text.data, len, "card", &again, &err) == 0)
			fail_msg("the first %zu of %zu bytes were believed", len, text.len);
	bf_buf_clear(&text);
}

static void test_largest(void **state)
{
	(void)state;
	struct bf_card card = full_card(), again;
	struct bf_buf text = {0};
	struct bf_err err;
	card.slot_count = BF_SLOTS_MAX;
	for (int i = 0; i < BF_SLOTS_MAX; i++) {
		card.slot[i] = card.slot[0];
		memset(card.slot[i].job, 'j', sizeof card.slot[i].job - 1);
		memset(card.slot[i].device, 'd', sizeof card.slot[i].device - 1);
	}
	bf_card_format(&card, &text);
	assert_true(text.len <= BF_CARD_BYTES);
	if (bf_card_parse(text.data, text.len, "card", &again, &err) < 0)
		fail_msg("%s", err.text);
	assert_memory_equal(&again, &card, sizeof card);
	bf_buf_clear(&text);
}

static int parse(const char *agent_line, struct bf_card *card)
{
	char text[2000];
	struct bf_err err;
	snprintf(text, sizeof text, "[agent]\nid = pc1-abcdef\n%s\n[end]\nwhole = yes\n", agent_line);
	return bf_card_parse(text, strlen(text), "card", card, &err);
}

static void test_strange_cards(void **state)
{
	(void)state;
	struct bf_card card;
	struct bf_err err;
	assert_int_equal(parse("mood = good", &card), 0); /* a newer agent's key */
	assert_int_equal(parse("slots = 65", &card), -1);
	assert_int_equal(parse("slots = -1", &card), -1);
	assert_int_equal(parse("slots = many", &card), -1);
	assert_int_equal(parse("lease_ms = 99999999999999999999", &card), -1);
	assert_int_equal(parse("slots = 1\n[slot 0]\npercent = 101", &card), -1);
	assert_int_equal(parse("slots = 1\n[slot 0]\nstate = dancing", &card), 0);
	assert_int_equal(card.slot[0].state, BF_SLOT_IDLE);
	assert_int_equal(parse("host = \"%1B[2Jevil%0A\"", &card), 0);
	assert_string_equal(card.host, "?[2Jevil?");
	assert_int_equal(bf_card_parse("", 0, "card", &card, &err), -1);
	assert_int_equal(bf_card_parse("\0\0\0\0", 4, "card", &card, &err), -1);
}

static void test_read(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_card card = full_card(), again;
	struct bf_buf text = {0};
	struct bf_err err;
	bf_card_format(&card, &text);
	assert_int_equal(bf_card_read(&fresh->share, "pc1-abcdef", 7, &again, &err), 0);
	fresh_share_put(fresh, "agents/pc1-abcdef.7", text.data);
	assert_int_equal(bf_card_read(&fresh->share, "pc1-abcdef", 7, &again, &err), 1);
	assert_memory_equal(&again, &card, sizeof card);
	assert_int_equal(bf_card_read(&fresh->share, "pc1-abcdef", 8, &again, NULL), 0);
	text.data[text.len / 2] = '\0';
	fresh_share_put(fresh, "agents/pc1-abcdef.8", text.data);
	assert_int_equal(bf_card_read(&fresh->share, "pc1-abcdef", 8, &again, &err), -1);
	assert_non_null(strstr(err.text, "pc1-abcdef.8"));
	bf_buf_clear(&text);
}

static void test_own_process(void **state)
{
	(void)state;
	struct bf_card card = {0};
	bf_card_sign(&card, getpid());
	assert_int_equal(card.pid, getpid());
	assert_true(card.started > 0);
	assert_true(card.boot[0] && card.pid_namespace[0]);
	assert_false(bf_card_process_is_gone(&card));
	card.started++; /* the number was given to another process since */
	assert_true(bf_card_process_is_gone(&card));
	bf_card_sign(&card, getpid());
	strcpy(card.boot, "another boot");
	assert_false(bf_card_process_is_gone(&card)); /* cannot know */
	bf_card_sign(&card, getpid());
	strcpy(card.pid_namespace, "pid:[1]");
	assert_false(bf_card_process_is_gone(&card));
	memset(&card, 0, sizeof card);
	assert_false(bf_card_process_is_gone(&card));
}

static void test_dead_process(void **state)
{
	(void)state;
	struct bf_card card = {0};
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		bf_card_sign(&card, getpid());
		_exit(write(ends[1], &card, sizeof card) != (ssize_t)sizeof card);
	}
	assert_int_equal(read(ends[0], &card, sizeof card), sizeof card);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(card.pid, child);
	assert_true(bf_card_process_is_gone(&card));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_states_have_names),
		cmocka_unit_test(test_torn_at_every_byte),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_strange_cards),
		cmocka_unit_test_setup_teardown(test_read, fresh_share_setup, fresh_share_teardown),
		cmocka_unit_test(test_own_process),
		cmocka_unit_test(test_dead_process),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
