#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/control.h"
#include "tests/lib/fresh_share.h"

#define JOB "shot_2026-01-02_030405"

static struct bf_control control;

/* What a listing with these names means (NULL ends them). */
static void given(const char *first, ...)
{
	struct bf_name item[16];
	struct bf_names names = { .item = item };
	va_list args;
	va_start(args, first);
	for (const char *text = first; text; text = va_arg(args, const char *))
		item[names.count++] = (struct bf_name){ (char *)text, 0 }; /* only read */
	va_end(args);
	bf_control_of(&names, &control);
}

static void test_nothing_asked(void **state)
{
	(void)state;
	given("job.ini", "frames.txt", "source", "tasks", "logs", "PAUSED", "XPAUSE", "CANCELLED", "CAN", "PRIORITY",
		"PRIORITY.", "PRIORITY.high", "AVOID.", "PAUSE~", "1.PRIORITY", NULL);
	assert_false(control.paused);
	assert_false(control.cancelled);
	assert_false(control.has_priority);
	assert_int_equal(control.avoid_count, 0);
}

static void test_words_as_people_write_them(void **state)
{
	(void)state;
	static const char *const pause[] = { "PAUSE", "pause", "Pause.txt", "PAUSE.TXT", "pause.txt.txt" };
	for (size_t i = 0; i < sizeof pause / sizeof *pause; i++) {
		given(pause[i], NULL);
		assert_true(control.paused);
		assert_false(control.cancelled);
	}
	given("cancel.txt", "PAUSE", NULL);
	assert_true(control.cancelled);
	assert_true(control.paused);
}

static void priority(const char *name, bool has, int value)
{
	given(name, NULL);
	assert_int_equal(control.has_priority, has);
	if (has)
		assert_int_equal(control.priority, value);
}

static void test_priority(void **state)
{
	(void)state;
	priority("PRIORITY.50", true, 50);
	priority("priority.50.txt", true, 50);
	priority("PRIORITY.-7", true, -7);
	priority("PRIORITY.0", true, 0);
	priority("PRIORITY.99999", true, 1000);
	priority("PRIORITY.-99999999999999999999", true, -1000);
	priority("PRIORITY.5x", false, 0);
	priority("PRIORITY.5.5", true, 5);
	given("PRIORITY.-5", "PRIORITY.-9", NULL);
	assert_int_equal(control.priority, -5);
	given("PRIORITY.3", "PRIORITY.20", "PRIORITY.7", NULL);
	assert_int_equal(control.priority, 20);
}

static void test_avoid(void **state)
{
	(void)state;
	given("AVOID.pc1.txt", "avoid.PC2", NULL);
	assert_true(bf_control_avoids(&control, "pc1"));
	assert_true(bf_control_avoids(&control, "pc2"));
	assert_false(bf_control_avoids(&control, "pc"));
	struct bf_names crowd = {0};
	struct bf_name item[BF_AVOID_MAX + 5];
	char text[BF_AVOID_MAX + 5][32];
	for (crowd.item = item; crowd.count < BF_AVOID_MAX + 5; crowd.count++) {
		snprintf(text[crowd.count], sizeof *text, "AVOID.pc%zu.txt", crowd.count);
		item[crowd.count] = (struct bf_name){ text[crowd.count], 0 };
	}
	bf_control_of(&crowd, &control);
	assert_int_equal(control.avoid_count, BF_AVOID_MAX);
}

static void test_on_the_share(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	assert_int_equal(bf_control_read(&fresh->share, JOB, &control, &err), 0);
	fresh_share_mkdir(fresh, "jobs/" JOB);
	assert_int_equal(bf_control_read(&fresh->share, JOB, &control, &err), 1);
	assert_int_equal(control.avoid_count, 0);
	assert_int_equal(bf_control_avoid(&fresh->share, JOB, "pc-7", "five failures in a row", &err), 0);
	assert_int_equal(bf_control_avoid(&fresh->share, JOB, "pc-7", "six", &err), 0);
	fresh_share_put(fresh, "jobs/" JOB "/PRIORITY.9", "");
	assert_int_equal(bf_control_read(&fresh->share, JOB, &control, &err), 1);
	assert_int_equal(control.avoid_count, 1);
	assert_true(bf_control_avoids(&control, "pc-7"));
	assert_int_equal(control.priority, 9);
	assert_int_equal(bf_control_avoid(&fresh->share, "no_such_job", "pc-7", "x", &err), -1);
}

static void test_wishes(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	assert_int_equal(bf_control_pause(&fresh->share, JOB, &err), -1);
	assert_non_null(strstr(err.text, JOB));
	assert_int_equal(bf_control_resume(&fresh->share, JOB, &err), -1);
	fresh_share_mkdir(fresh, "jobs/" JOB);
	assert_int_equal(bf_control_resume(&fresh->share, JOB, &err), 0);
	assert_int_equal(bf_control_pause(&fresh->share, JOB, &err), 1);
	assert_int_equal(bf_control_pause(&fresh->share, JOB, &err), 0);
	assert_true(fresh_share_has(fresh, "jobs/" JOB "/PAUSE"));
	fresh_share_put(fresh, "jobs/" JOB "/Pause.txt", "");
	fresh_share_put(fresh, "jobs/" JOB "/PAUSED", "not a word of ours");
	fresh_share_put(fresh, "jobs/" JOB ".ended", "");
	assert_int_equal(bf_control_resume(&fresh->share, JOB, &err), 1);
	assert_int_equal(bf_control_read(&fresh->share, JOB, &control, &err), 1);
	assert_false(control.paused);
	assert_true(fresh_share_has(fresh, "jobs/" JOB "/PAUSED"));
	assert_true(fresh_share_has(fresh, "jobs/" JOB ".ended")); /* it did not end by being cancelled */
	assert_int_equal(bf_control_cancel(&fresh->share, JOB, &err), 1);
	assert_int_equal(bf_control_cancel(&fresh->share, JOB, &err), 0);
	assert_int_equal(bf_control_resume(&fresh->share, JOB, &err), 1);
	assert_false(fresh_share_has(fresh, "jobs/" JOB "/CANCEL"));
	assert_false(fresh_share_has(fresh, "jobs/" JOB ".ended"));
}

static void test_wished_priority(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	fresh_share_mkdir(fresh, "jobs/" JOB);
	assert_int_equal(bf_control_prioritize(&fresh->share, JOB, 1001, &err), -1);
	assert_int_equal(fresh_share_count(fresh, "jobs/" JOB), 0);
	assert_int_equal(bf_control_prioritize(&fresh->share, JOB, 50, &err), 1);
	assert_int_equal(bf_control_prioritize(&fresh->share, JOB, 50, &err), 0);
	fresh_share_put(fresh, "jobs/" JOB "/priority.70.txt", "");
	assert_int_equal(bf_control_prioritize(&fresh->share, JOB, -3, &err), 1);
	assert_int_equal(fresh_share_count(fresh, "jobs/" JOB), 1);
	assert_true(fresh_share_has(fresh, "jobs/" JOB "/PRIORITY.-3"));
}

static void test_all_allowed(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	fresh_share_mkdir(fresh, "jobs/" JOB);
	assert_int_equal(bf_control_allow_all(&fresh->share, JOB, &err), 0);
	assert_int_equal(bf_control_avoid(&fresh->share, JOB, "pc-7", "five failures", &err), 0);
	assert_int_equal(bf_control_allow_all(&fresh->share, JOB, &err), 1);
	assert_int_equal(fresh_share_count(fresh, "jobs/" JOB), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_asked),
		cmocka_unit_test(test_words_as_people_write_them),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_avoid),
		cmocka_unit_test_setup_teardown(test_on_the_share, fresh_share_setup, fresh_share_teardown),
		cmocka_unit_test_setup_teardown(test_wishes, fresh_share_setup, fresh_share_teardown),
		cmocka_unit_test_setup_teardown(test_wished_priority, fresh_share_setup, fresh_share_teardown),
		cmocka_unit_test_setup_teardown(test_all_allowed, fresh_share_setup, fresh_share_teardown),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
