/* What a job was told to wait for, and whom it is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/job_when.h"

#define JOB "shot_2026-01-02_030405"

static int parse(const char *text, struct bf_job_when *when, struct bf_err *err)
{
	struct bf_ini *ini = NULL;
	assert_int_equal(bf_ini_parse(text, strlen(text), "x.ini", &ini, err), 0);
	int result = bf_job_when_parse(ini, "job", when, err);
	bf_ini_free(&ini);
	return result;
}

static void test_round_trip(void **state)
{
	struct bf_job_when when, again;
	struct bf_err err;
	struct bf_buf text = {0};
	(void)state;
	assert_int_equal(parse("[job]\nafter = " JOB " , my shot.blend,\nnot_before = 2026-11-22 06:00\n"
		"tags = GPU big\nmax_agents = 3\n", &when, &err), 0);
	assert_int_equal(when.after_count, 2);
	assert_string_equal(when.after[0], JOB);
	assert_string_equal(when.after[1], "my shot.blend");
	assert_int_equal(when.not_before_s, 1795327200);
	assert_string_equal(when.tags, "gpu,big");
	assert_int_equal(when.max_agents, 3);
	bf_buf_puts(&text, "[job]\n");
	assert_int_equal(bf_job_when_format(&when, &text, &err), 0);
	assert_int_equal(parse(bf_buf_text(&text), &again, &err), 0);
	assert_memory_equal(&when, &again, sizeof when);
	bf_buf_clear(&text);
}

static void test_nothing_said(void **state)
{
	struct bf_job_when when;
	struct bf_err err;
	struct bf_buf text = {0};
	(void)state;
	assert_int_equal(parse("[job]\nafter = \"\"\n", &when, &err), 0);
	assert_int_equal(when.after_count, 0);
	assert_int_equal(bf_job_when_format(&when, &text, &err), 0);
	assert_int_equal(text.len, 0);
	assert_false(bf_job_waits_for(&when, &(struct bf_names){0}, 0, NULL));
}

static void test_bad_values(void **state)
{
	static const char *const bad[] = {
		"after = a/b", "after = a,b,c,d,e,f", "not_before = tomorrow", "not_before = 2026-13-01 06:00",
		"not_before = 2026-04-31 06:00", "not_before = 2026-11-22", "not_before = 2026-11-22 24:00",
		"not_before = 2026-11-22 06:00+01:00", "tags = gpu!", "max_agents = -1", "max_agents = many",
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct bf_job_when when;
		struct bf_err err = {0};
		char text[200];
		snprintf(text, sizeof text, "[job]\n%s\n", bad[i]);
		if (parse(text, &when, &err) != -1)
			fail_msg("%s was believed", bad[i]);
		if (!strstr(err.text, "x.ini:2: [job]"))
			fail_msg("%s: %s", bad[i], err.text);
	}
}

static void test_times(void **state)
{
	static const char *const same[] = { "2026-11-22 06:00", "2026-11-22T06:00", "2026-11-22T06:00:00Z", "2026-11-22 06:00:00" };
	char text[BF_WHEN_TIME_MAX];
	int64_t time_s;
	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		assert_int_equal(bf_job_when_parse_time(same[i], &time_s, NULL), 0);
		assert_int_equal(time_s, 1795327200);
	}
	bf_job_when_format_time(1795327200, text);
	assert_string_equal(text, "2026-11-22T06:00:00Z");
}

static void test_waiting(void **state)
{
	struct bf_name names[] = { { (char[]){ "other_2026-01-02_030405" }, 0 }, { (char[]){ JOB }, 0 },
		{ (char[]){ JOB ".ended" }, 0 } };
	struct bf_names running = { names, 2, 2 }, ended = { names, 3, 3 }, gone = { names, 1, 1 };
	struct bf_job_when when = { .after_count = 1, .after = { JOB } };
	char why[BF_FILE_MAX];
	(void)state;
	assert_true(bf_job_waits_for(&when, &running, 5000, why));
	assert_string_equal(why, "until " JOB " has ended");
	assert_false(bf_job_waits_for(&when, &ended, 5000, why));
	assert_false(bf_job_waits_for(&when, &gone, 5000, why));
	when = (struct bf_job_when){ .not_before_s = 5000 };
	assert_true(bf_job_waits_for(&when, &running, 4999, why));
	assert_non_null(strstr(why, "until 1970-01-0"));
	assert_false(bf_job_waits_for(&when, &running, 5000, why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_nothing_said), cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_times), cmocka_unit_test(test_waiting),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
