/* Times as people type them, and how far a copy has come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tools/progress.h"
#include "tools/submit_time.h"

enum { NOON = 1795348800 }; /* 2026-11-22 12:00 UTC */

static void means(const char *text, int64_t want)
{
	struct bf_err err;
	int64_t got = 0;
	if (submit_time_parse(text, NOON, &got, &err) < 0)
		fail_msg("%s", err.text);
	if (got != want)
		fail_msg("%s: %lld, not %lld", text, (long long)got, (long long)want);
}

static void test_times(void **state)
{
	(void)state;
	setenv("TZ", "XYZ-1", 1); /* an hour east: it is 13:00 */
	tzset();
	means("+90m", NOON + 90 * 60);
	means("+8h", NOON + 8 * 3600);
	means("+2d", NOON + 2 * 86400);
	means("14:30", NOON + 90 * 60);
	means("13:00", NOON + 86400); /* now is not later */
	means("9:05", NOON + 20 * 3600 + 5 * 60);
	means("2026-11-22 14:00", NOON + 3600);
	means("2026-11-22T14:00:30", NOON + 3630);
	means("2026-11-22 14:00Z", NOON + 7200);
}

static void test_no_times(void **state)
{
	static const char *const bad[] = { "", "tomorrow", "24:00", "12:60", "12:3x", "+8", "+h", "+8w", "+9999999h", "-5m", "12",
		"2026-02-30 06:00", "2026-11-22", "14:30 " };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct bf_err err = {0};
		int64_t got;
		if (submit_time_parse(bad[i], NOON, &got, &err) == 0)
			fail_msg("\"%s\" was believed", bad[i]);
		assert_non_null(strstr(err.text, "22:30"));
	}
}

static void test_sizes(void **state)
{
	static const struct { int64_t bytes; const char *want; } size[] = { { 0, "0 B" }, { 999, "999 B" }, { 1000, "1.0 kB" },
		{ 12345, "12 kB" }, { 999499, "999 kB" }, { 999500, "1.0 MB" }, { 2800000000, "2.8 GB" },
		{ INT64_MAX, "9223 PB" } };
	char text[16];
	(void)state;
	for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
		progress_size(size[i].bytes, text, sizeof text);
		assert_string_equal(text, size[i].want);
	}
}

static void test_progress(void **state)
{
	struct progress progress = { .what = "shot", .total = 2800000000, .done = 1200000000, .begun_ms = 1000 };
	char text[200];
	(void)state;
	progress_text(&progress, 13000, text, sizeof text);
	assert_string_equal(text, "shot  42 %  1.2 GB of 2.8 GB  100 MB/s");
	progress_text(&progress, 1000, text, sizeof text); /* no rate yet */
	assert_string_equal(text, "shot  42 %  1.2 GB of 2.8 GB");
	progress.total = progress.done = 0;
	progress_text(&progress, 1000, text, sizeof text);
	assert_string_equal(text, "shot  100 %  0 B of 0 B");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times), cmocka_unit_test(test_no_times), cmocka_unit_test(test_sizes), cmocka_unit_test(test_progress),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
