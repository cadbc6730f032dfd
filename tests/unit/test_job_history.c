#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/fresh_share.h"
#include "tools/job_history.h"

#define JOB "shot_2026-01-02_030405"
#define HASH "0123456789abcdef0123456789abcdef"

static struct history history;

static int clear(void **state)
{
	history_clear(&history);
	return fresh_share_teardown(state);
}

static void read_it(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err = {0};
	if (history_read(&fresh->share, JOB, NULL, NULL, &history, &err) != 1)
		fail_msg("%s", err.text);
}

/* "EVENT TASK.ATTEMPT MACHINE" of each row. */
static void order_is(const char *wanted)
{
	char got[2000] = "";
	for (size_t i = 0; i < history.count; i++) {
		char task[BF_TASK_MAX], who[BF_NAME_MAX];
		size_t len = strlen(got);
		bf_task_name(&history.row[i].record.task, task);
		history_who(&history, &history.row[i], who);
		snprintf(got + len, sizeof got - len, "%s%s %s.%u %s", len ? ", " : "", history.row[i].record.event, task,
			history.row[i].record.task.attempt, who);
	}
	assert_string_equal(got, wanted);
}

static void test_by_clocks_where_nothing_else_tells(void **state)
{
	fresh_share_put(*state, "jobs/" JOB "/journal/one-abcdef",
		"done task=f0001.done.1.0.one-abcdef-0-1." HASH " seconds=1.000 ended=100\n"
		"done task=f0003.done.1.0.one-abcdef-0-2." HASH " seconds=1.000 ended=300\n");
	fresh_share_put(*state, "jobs/" JOB "/journal/two-abcdef",
		"done task=f0002.done.1.0.two-abcdef-0-1." HASH " seconds=2.000 ended=200\n"
		"done task=f0004.done.1.0.two-abcdef-0-1." HASH " seconds=2.000 ended=400\n"
		"done task=f0005.done.1.0.two-abcdef-0-1." HASH " seconds=2.000 en");
	read_it(state);
	order_is("done f0001.1 one, done f0002.1 two, done f0003.1 one, done f0004.1 two");
	assert_true(history_mean(&history) == 1.5);
}

/* two's clock is an hour behind. */
static void test_attempts_go_before_clocks(void **state)
{
	fresh_share_put(*state, "jobs/" JOB "/journal/one-abcdef",
		"failed task=f0001.run.1.0.one-abcdef-0-1 seconds=1.000 ended=5000 note=a%20b\n"
		"done task=f0002.done.1.0.one-abcdef-0-2." HASH " ended=5010\n"
		"late task=f0003.run.1.0.one-abcdef-0-3 ended=5020\n");
	fresh_share_put(*state, "jobs/" JOB "/journal/two-abcdef",
		"done task=f0001.done.2.1.two-abcdef-0-1." HASH " ended=1400\n"
		"broken task=f0003.run.1.0.one-abcdef-0-3 ended=1405\n"
		"done task=f0003.done.2.0.two-abcdef-0-2." HASH " ended=1415\n");
	fresh_share_put(*state, "jobs/" JOB "/journal/by.desk-abcdef", "retried task=f0003.open.3.0 ended=1 note=anna\n");
	read_it(state);
	for (size_t i = 0; i + 1 < history.count; i++)
		for (size_t k = i + 1; k < history.count; k++)
			if (bf_task_same(&history.row[i].record.task, &history.row[k].record.task))
				assert_true(history.row[i].record.task.attempt <= history.row[k].record.task.attempt);
	order_is("failed f0001.1 one, done f0001.2 two, broken f0003.1 two, done f0002.1 one, late f0003.1 one, "
		"done f0003.2 two, retried f0003.3 desk");
}

static void test_machines(void **state)
{
	fresh_share_put(*state, "jobs/" JOB "/journal/one-abcdef",
		"done task=f0001.done.1.0.one-abcdef-0-1." HASH " seconds=1.000 ended=1\n"
		"done task=f0002.join.done.1.0.one-abcdef-0-2." HASH " seconds=9.000 ended=2\n"
		"failed task=f0003.run.1.0.one-abcdef-0-3 seconds=9.000 ended=3\n"
		"nonsense\nfuture task=f0004.run.1.0.one-abcdef-0-4 key=value\n");
	fresh_share_put(*state, "jobs/" JOB "/journal/one-bcdefg", /* started again */
		"done task=f0004.p001.done.1.0.one-bcdefg-0-1." HASH " seconds=3.000 ended=4\n");
	fresh_share_put(*state, "jobs/" JOB "/journal/two-abcdef",
		"broken task=f0005.run.1.0.three-abcdef-0-3 ended=5\nparked task=f0005.run.2.2.two-abcdef-0-1 ended=6\n");
	fresh_share_put(*state, "jobs/" JOB "/journal/by.desk-abcdef", "retried task=f0003.open.3.0 ended=7\n");
	fresh_share_put(*state, "jobs/" JOB "/journal/notes.txt", "done task=f0001.done.1.0.no-abcdef-0-1." HASH "\n");
	fresh_share_mkdir(*state, "jobs/" JOB "/journal/dir-abcdef");
	read_it(state);
	assert_int_equal(history.machine_count, 3);
	assert_string_equal(history.machine[0].name, "one");
	assert_int_equal(history.machine[0].pictures, 2);
	assert_int_equal(history.machine[0].joins, 1);
	assert_int_equal(history.machine[0].failed, 1);
	assert_true(history.machine[0].seconds == 4.0);
	assert_string_equal(history.machine[1].name, "three");
	assert_int_equal(history.machine[1].lost, 1);
	assert_string_equal(history.machine[2].name, "two");
	assert_int_equal(history.machine[2].failed, 1);
	assert_true(history_mean(&history) == 2.0);
	assert_int_equal(history.count, 8);
}

/* Journals can be made up: whatever they say, there is an end. */
static void test_contradictions(void **state)
{
	fresh_share_put(*state, "jobs/" JOB "/journal/one-abcdef",
		"failed task=f0001.run.2.0.one-abcdef-0-1 ended=9223372036854775807\n"
		"failed task=f0002.run.1.0.one-abcdef-0-1 ended=1\n");
	fresh_share_put(*state, "jobs/" JOB "/journal/two-abcdef",
		"failed task=f0002.run.2.0.two-abcdef-0-1 ended=0\nfailed task=f0001.run.1.0.two-abcdef-0-1 ended=1\n");
	read_it(state);
	assert_int_equal(history.count, 4);
}

static void test_no_job(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	assert_int_equal(history_read(&fresh->share, JOB, NULL, NULL, &history, &err), 0);
}

int main(void)
{
	#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh_share_setup, clear)
	const struct CMUnitTest tests[] = {
		TEST(test_by_clocks_where_nothing_else_tells), TEST(test_attempts_go_before_clocks), TEST(test_machines),
		TEST(test_contradictions), TEST(test_no_job),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
