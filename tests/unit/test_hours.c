#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/hours.h"

enum { SUN, MON, TUE, WED, THU, FRI, SAT };

static struct hours parsed(const char *text)
{
	struct hours hours = {0};
	struct bf_err err;
	if (hours_parse(text, &hours, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return hours;
}

static bool at(const struct hours *hours, int day, int hour, int minute)
{
	struct tm tm = { .tm_wday = day, .tm_hour = hour, .tm_min = minute };
	return hours_open(hours, &tm);
}

static int count(const struct hours *hours)
{
	int n = 0;
	for (int minute = 0; minute < HOURS_WEEK; minute++)
		n += at(hours, minute / 1440, minute / 60 % 24, minute % 60);
	return n;
}

static void test_no_rule(void **state)
{
	(void)state;
	struct hours hours = {0};
	assert_int_equal(count(&hours), HOURS_WEEK);
}

static void test_edges(void **state)
{
	(void)state;
	struct hours hours = parsed("9:00-17:30");
	assert_false(at(&hours, WED, 8, 59));
	assert_true(at(&hours, WED, 9, 0));
	assert_true(at(&hours, SUN, 17, 29));
	assert_false(at(&hours, SUN, 17, 30));
	assert_int_equal(count(&hours), 7 * 510);
}

static void test_over_midnight_belongs_to_the_first_day(void **state)
{
	(void)state;
	struct hours hours = parsed("Mon-Fri 19:00-07:00");
	assert_false(at(&hours, MON, 6, 59));
	assert_true(at(&hours, MON, 19, 0));
	assert_true(at(&hours, TUE, 6, 59));
	assert_false(at(&hours, TUE, 7, 0));
	assert_true(at(&hours, SAT, 6, 59));
	assert_false(at(&hours, SAT, 19, 0));
	assert_int_equal(count(&hours), 5 * 720);
	hours = parsed("sat 22-2");
	assert_true(at(&hours, SUN, 1, 59));
	assert_false(at(&hours, SAT, 1, 59));
}

static void test_several_spans(void **state)
{
	(void)state;
	struct hours hours = parsed(" mon - fri 19:00 - 7:00 ,saturday,Sunday 0:00-24:00");
	assert_true(at(&hours, SAT, 12, 0));
	assert_true(at(&hours, SUN, 23, 59));
	assert_false(at(&hours, MON, 12, 0));
	hours = parsed("fri-mon");
	assert_int_equal(count(&hours), 4 * 1440);
	assert_true(at(&hours, SUN, 0, 0));
	assert_false(at(&hours, TUE, 0, 0));
	hours = parsed("8-12, 12-16");
	assert_int_equal(count(&hours), 7 * 480);
	assert_int_equal(count((hours = parsed("20-24"), &hours)), 7 * 240);
	assert_int_equal(count((hours = parsed("mon-sun"), &hours)), HOURS_WEEK);
}

static void test_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "", ",", "mon,", "never", "mo", "mon-", "mon 9", "9:00", "9:00-", "9:00-9:00", "24:00-7:00",
		"25:00-7:00", "9:60-10:00", "9:5-10:00", "9:00-24:01", "mon 9:00-17:00 tue", "mon;tue", "mon-foo", "100-200", "-5-7",
		"mondayx", "9:00-17:00x", "mon 9-17,,tue", "09:000-10:00" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct hours hours = {0};
		struct bf_err err;
		if (hours_parse(bad[i], &hours, &err) == 0)
			fail_msg("\"%s\" was taken", bad[i]);
		assert_false(hours.any);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_rule), cmocka_unit_test(test_edges), cmocka_unit_test(test_over_midnight_belongs_to_the_first_day),
		cmocka_unit_test(test_several_spans), cmocka_unit_test(test_refused),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
