#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/journal.h"
#include "share-layout/path.h"
#include "tests/lib/fresh_share.h"

#define JOB "shot_2026-01-02_030405"
#define AGENT "pc1-abcdef"
#define DONE "f0012.p003.done.2.1.pc1-abcdef-0-17.0123456789abcdef0123456789abcdef"

static struct bf_record sample(void)
{
	struct bf_record record = { .event = "done", .seconds = 12.3456, .render_s = 11.5, .bytes = 1843200, .mem_mb = 512,
		.ended = 1767323045, .blender = "3.4.1", .device = "CPU" };
	assert_int_equal(bf_task_parse(DONE, &record.task), 0);
	return record;
}

static void test_line(void **state)
{
	(void)state;
	struct bf_record record = sample();
	struct bf_buf out = {0};
	strcpy(record.note, "two words, 50 % = half\n");
	bf_journal_format(&record, &out);
	assert_string_equal(out.data, "done task=" DONE " seconds=12.346 render_s=11.500 bytes=1843200 mem_mb=512"
		" ended=1767323045 blender=3.4.1 device=CPU note=two%20words,%2050%20%25%20%3D%20half%0A\n");
	bf_buf_clear(&out);
}

static void test_round_trip(void **state)
{
	(void)state;
	struct bf_record record = sample(), again;
	struct bf_buf out = {0};
	record.seconds = 12.346;
	strcpy(record.device, "GeForce RTX 4090 #2");
	strcpy(record.note, "caf\xc3\xa9 %41 a=b");
	bf_journal_format(&record, &out);
	assert_int_equal(bf_journal_parse(out.data, out.len - 1, &again), 0);
	assert_true(again.seconds > 12.3459 && again.seconds < 12.3461);
	assert_true(again.render_s == 11.5);
	assert_true(bf_task_same(&again.task, &record.task));
	assert_string_equal(again.task.hash, record.task.hash);
	assert_int_equal(again.bytes, record.bytes);
	assert_int_equal(again.mem_mb, record.mem_mb);
	assert_int_equal(again.ended, record.ended);
	assert_string_equal(again.event, "done");
	assert_string_equal(again.blender, record.blender);
	assert_string_equal(again.device, record.device);
	assert_string_equal(again.note, record.note);
	bf_buf_clear(&out);
}

/* The longest values there can be: the line stays a line, and the note pays for it. */
static void test_longest_line(void **state)
{
	(void)state;
	struct bf_record record = sample(), again;
	struct bf_buf out = {0};
	assert_int_equal(bf_task_parse("f-1048574.p99999.done.1000000000.1000000000."
		"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn-abcdef-999-999999999999999.0123456789abcdef0123456789abcdef", &record.task), 0);
	memset(record.blender, ' ', sizeof record.blender - 1);
	memset(record.device, '%', sizeof record.device - 1);
	memset(record.note, '\xff', sizeof record.note - 1);
	record.bytes = record.ended = INT64_MAX;
	record.seconds = record.render_s = 1e300;
	bf_journal_format(&record, &out);
	assert_true(out.len <= 1000);
	assert_ptr_equal(strchr(out.data, '\n'), out.data + out.len - 1);
	assert_int_equal(bf_journal_parse(out.data, out.len - 1, &again), 0);
	assert_string_equal(again.device, record.device);
	assert_true(strlen(again.note) > 50);
	assert_memory_equal(again.note, record.note, strlen(again.note));
	bf_buf_clear(&out);
}

static int parse(const char *line)
{
	struct bf_record record;
	return bf_journal_parse(line, strlen(line), &record);
}

static void test_foreign_lines(void **state)
{
	(void)state;
	assert_int_equal(parse("done task=" DONE), 0);
	assert_int_equal(parse("done task=" DONE " colour=red seconds=3"), 0); /* a newer agent's key */
	assert_int_equal(parse("dreamt task=" DONE), 0);                       /* a newer agent's event */
	static const char *const lines[] = { "", " ", "done", "done ", "done  task=" DONE, "DONE task=" DONE, "done task=",
		"done task=f0012", "done task=" DONE " seconds=", "done task=" DONE " seconds=-1", "done task=" DONE " seconds=1e5",
		"done task=" DONE " seconds=nan", "done task=" DONE " seconds=1.1234567890", "done task=" DONE " bytes=x",
		"done task=" DONE " bytes=99999999999999999999", "done task=" DONE " mem_mb=4294967296",
		"done task=" DONE " word", "an_event_of_more_than_16_letters task=" DONE, "done seconds=3", "\x1b[2J task=" DONE };
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (parse(lines[i]) == 0)
			fail_msg("\"%s\" must not parse", lines[i]);
	char big[3000];
	memset(big, 'a', sizeof big);
	struct bf_record record;
	assert_int_equal(bf_journal_parse(big, sizeof big, &record), -1);
	assert_int_equal(bf_journal_parse("done\0task", 9, &record), -1);
}

static void test_texts_are_harmless(void **state)
{
	(void)state;
	struct bf_record record;
	const char *line = "done task=" DONE " device=%1B%5B2J%00%zz% note=%";
	assert_int_equal(bf_journal_parse(line, strlen(line), &record), 0);
	assert_string_equal(record.device, "?[2J?%zz%");
	assert_string_equal(record.note, "%");
}

/* ---- on the share ---- */

struct seen { int count; int32_t last; };

static void count_record(void *arg, const struct bf_record *record)
{
	struct seen *seen = arg;
	seen->count++;
	seen->last = record->task.frame;
}

static int read_on(void **state, int64_t *offset, struct seen *seen)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	return bf_journal_read(&fresh->share, JOB, AGENT, offset, count_record, seen, &err);
}

static void test_following(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_record record = sample();
	struct bf_err err;
	struct seen seen = {0};
	int64_t offset = 0;
	assert_int_equal(read_on(state, &offset, &seen), 0);
	assert_int_equal(bf_journal_append(&fresh->share, JOB, AGENT, &record, &err), -1); /* no such job */
	fresh_share_mkdir(fresh, "jobs/" JOB "/journal");
	for (int i = 1; i <= 3; i++) {
		record.task.frame = i;
		assert_int_equal(bf_journal_append(&fresh->share, JOB, AGENT, &record, &err), 0);
		assert_int_equal(read_on(state, &offset, &seen), 1);
		assert_int_equal(seen.count, i);
		assert_int_equal(seen.last, i);
	}
	int64_t before = offset;
	assert_int_equal(read_on(state, &offset, &seen), 1);
	assert_int_equal(seen.count, 3);
	assert_int_equal(offset, before);
	offset += 100000; /* an answer from before the file grew */
	assert_int_equal(read_on(state, &offset, &seen), 1);
	assert_int_equal(offset, before + 100000);
}

static void test_torn_last_line(void **state)
{
	struct fresh_share *fresh = *state;
	struct seen seen = {0};
	int64_t offset = 0;
	struct bf_path path = bf_path_journal(JOB, AGENT);
	fresh_share_put(fresh, path.text, "done task=" DONE "\ndone task=f0013.pa");
	assert_int_equal(read_on(state, &offset, &seen), 1);
	assert_int_equal(seen.count, 1);
	fresh_share_put(fresh, path.text, "done task=" DONE "\ndone task=f0013.parked.1.3\n");
	assert_int_equal(read_on(state, &offset, &seen), 1);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.last, 13);
}

/* Rubbish, and lines without end, cost only themselves. */
static void test_rubbish_between(void **state)
{
	struct fresh_share *fresh = *state;
	struct seen seen = {0};
	struct bf_buf text = {0};
	int64_t offset = 0;
	bf_buf_puts(&text, "done task=" DONE "\n\n\nrubbish\n");
	for (int i = 0; i < 300000; i++)
		bf_buf_putc(&text, 'x');
	bf_buf_puts(&text, "\ndone task=" DONE "\n");
	for (int i = 0; i < 1001; i++)
		bf_buf_putc(&text, 'y');
	bf_buf_puts(&text, "\nreleased task=f0014.open.2.0\n");
	fresh_share_put(fresh, bf_path_journal(JOB, AGENT).text, text.data);
	assert_int_equal(read_on(state, &offset, &seen), 1);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.last, 14);
	assert_int_equal(offset, text.len);
	bf_buf_clear(&text);
}

static void test_not_a_file(void **state)
{
	int64_t offset = 0;
	struct seen seen = {0};
	fresh_share_mkdir(*state, bf_path_journal(JOB, AGENT).text);
	assert_int_equal(read_on(state, &offset, &seen), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_foreign_lines),
		cmocka_unit_test(test_texts_are_harmless),
		cmocka_unit_test_setup_teardown(test_following, fresh_share_setup, fresh_share_teardown),
		cmocka_unit_test_setup_teardown(test_torn_last_line, fresh_share_setup, fresh_share_teardown),
		cmocka_unit_test_setup_teardown(test_rubbish_between, fresh_share_setup, fresh_share_teardown),
		cmocka_unit_test_setup_teardown(test_not_a_file, fresh_share_setup, fresh_share_teardown),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
