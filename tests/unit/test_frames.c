#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "share-layout/frames.h"

/* Parse text, write the frames one by one. */
static void expect(const char *text, const char *frames_text)
{
	struct bf_frames frames = {0};
	struct bf_err err = {0};
	if (bf_frames_parse(text, &frames, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	struct bf_buf got = {0};
	for (size_t i = 0; i < frames.count; i++)
		bf_buf_printf(&got, i ? " %d" : "%d", frames.frame[i]);
	assert_string_equal(bf_buf_text(&got), frames_text);
	bf_buf_clear(&got);
	bf_frames_clear(&frames);
}

static void expect_error(const char *text, const char *part)
{
	struct bf_frames frames = {0};
	struct bf_err err = {0};
	if (bf_frames_parse(text, &frames, &err) == 0)
		fail_msg("%s was accepted", text);
	assert_null(frames.frame);
	assert_int_equal(frames.count, 0);
	if (!strstr(err.text, part))
		fail_msg("%s: \"%s\" does not say \"%s\"", text, err.text, part);
}

static void expect_canonical(const char *text, const char *canonical)
{
	struct bf_frames frames = {0}, again = {0};
	struct bf_buf got = {0};
	assert_int_equal(bf_frames_parse(text, &frames, NULL), 0);
	bf_frames_format(&frames, &got);
	assert_string_equal(bf_buf_text(&got), canonical);
	assert_int_equal(bf_frames_parse(bf_buf_text(&got), &again, NULL), 0);
	assert_int_equal(frames.count, again.count);
	assert_memory_equal(frames.frame, again.frame, frames.count * sizeof *frames.frame);
	bf_buf_clear(&got);
	bf_frames_clear(&frames);
	bf_frames_clear(&again);
}

static void test_grammar(void **state)
{
	(void)state;
	expect("7", "7");
	expect("1-5", "1 2 3 4 5");
	expect("1..5", "1 2 3 4 5");
	expect(" 1, 3 ,5..7\t9\n", "1 3 5 6 7 9");
	expect("1-10x4", "1 5 9");
	expect("1-10:4", "1 5 9");
	expect("1-10step4", "1 5 9");
	expect("-5--3", "-5 -4 -3");
	expect("-5..-3", "-5 -4 -3");
	expect("-1-1", "-1 0 1");
	expect("5-5", "5");
	expect("0007", "7");
	expect("-1048574 1048574", "-1048574 1048574");
}

static void test_order_and_repeats(void **state)
{
	(void)state;
	expect("9,1,5", "9 1 5");
	expect("1-9x4,1-6", "1 5 9 2 3 4 6");
	expect("3,3,3", "3");
}

static void test_errors_say_what_is_right(void **state)
{
	(void)state;
	expect_error("", "1-250");
	expect_error("  ", "empty");
	expect_error("10-1", "write 1-10");
	expect_error("1--5", "write -5-1");
	expect_error("1,,2", "missing beside a comma");
	expect_error(",1", "missing beside a comma");
	expect_error("1,", "missing beside a comma");
	expect_error("1 - 10", "without blanks");
	expect_error("abc", "\"abc\"");
	expect_error("1-", "\"1-\"");
	expect_error("1-5x", "\"1-5x\"");
	expect_error("1-5x0", "step of 0");
	expect_error("1-5x-1", "\"1-5x-1\"");
	expect_error("1.5", "\"1.5\"");
	expect_error("5x2", "\"5x2\"");
	expect_error("1-5-9", "\"1-5-9\"");
	expect_error("+5", "\"+5\"");
	expect_error("1\xe2\x80\x93" "5", "is no frame");
	expect_error("1048575", "between -1048574 and 1048574");
	expect_error("0-1048575", "1048575 is out of reach");
	expect_error("99999999999999999999999999", "out of reach");
	expect_error("-1048574-1048574", "more than 1000000 frames");
}

static void test_work_is_bounded(void **state)
{
	(void)state;
	struct bf_buf text = {0};
	for (int i = 0; i < 5000; i++)
		bf_buf_puts(&text, "1-1000000,");
	bf_buf_putc(&text, '1');
	expect_error(bf_buf_text(&text), "names more than");
	bf_buf_clear(&text);
}

static void test_canonical(void **state)
{
	(void)state;
	expect_canonical("1,2,3,4", "1-4");
	expect_canonical("1 2", "1,2");
	expect_canonical("1-100x10,1-100", "1-91x10,2-100");
	expect_canonical("1-100x10,1-100x5,1-100", "1-91x10,6-96x10,2-100");
	expect_canonical("-5..-1", "-5--1");
	expect_canonical("9,8,7", "9,8,7");
	expect_canonical("1-9x2,100", "1-9x2,100");
	expect_canonical("5,1-10", "5,1-10");
}

static void test_range(void **state)
{
	(void)state;
	struct bf_frames frames = {0};
	struct bf_err err;
	assert_int_equal(bf_frames_range(1, 250, 1, &frames, &err), 0);
	assert_int_equal(frames.count, 250);
	assert_int_equal(bf_frames_index(&frames, 250), 249);
	assert_int_equal(bf_frames_index(&frames, 251), -1);
	assert_int_equal(bf_frames_range(-4, 5, 3, &frames, &err), 0);
	assert_int_equal(frames.count, 4);
	assert_int_equal(frames.frame[3], 5);
	assert_int_equal(bf_frames_range(5, 4, 1, &frames, &err), -1);
	assert_int_equal(bf_frames_range(1, 5, 0, &frames, &err), -1);
	assert_int_equal(bf_frames_range(INT64_MIN, INT64_MAX, 1, &frames, &err), -1);
	assert_int_equal(bf_frames_range(1, 5, INT64_MAX, &frames, &err), 0);
	assert_int_equal(frames.count, 1);
	bf_frames_clear(&frames);
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* Lists made to be slow: a million single numbers, and frames on both sides of a seen block. */
static void test_million_is_quick(void **state)
{
	(void)state;
	struct bf_buf text = {0}, out = {0};
	for (int i = 1000000; i > 0; i--)
		bf_buf_printf(&text, "%d,", i % 2 ? i / 2 : i / 2 + 500000);
	bf_buf_puts(&text, "0");
	struct timespec start;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	struct bf_frames frames = {0}, again = {0};
	assert_int_equal(bf_frames_parse(bf_buf_text(&text), &frames, NULL), 0);
	assert_int_equal(frames.count, 1000000);
	bf_frames_format(&frames, &out);
	double took = seconds_since(&start);
	if (took > 2) /* 0.1 s when measured; only a square law comes near the limit */
		fail_msg("took %f s", took);
	bf_buf_reset(&text);
	bf_buf_puts(&text, "1-400000");
	for (int i = 0; i < 200000; i++)
		bf_buf_printf(&text, ",%d,%d", -i, 500000 + i);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	assert_int_equal(bf_frames_parse(bf_buf_text(&text), &frames, NULL), 0);
	bf_buf_reset(&out);
	bf_frames_format(&frames, &out);
	took = seconds_since(&start);
	if (took > 2)
		fail_msg("took %f s", took);
	assert_int_equal(bf_frames_parse(bf_buf_text(&out), &again, NULL), 0);
	assert_int_equal(frames.count, again.count);
	assert_memory_equal(frames.frame, again.frame, frames.count * sizeof *frames.frame);
	bf_buf_clear(&text);
	bf_buf_clear(&out);
	bf_frames_clear(&frames);
	bf_frames_clear(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_order_and_repeats),
		cmocka_unit_test(test_errors_say_what_is_right),
		cmocka_unit_test(test_work_is_bounded),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_million_is_quick),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
