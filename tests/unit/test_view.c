#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/key.h"
#include "tools/report.h"
#include "tools/report_line.h"
#include "tools/screen.h"
#include "tools/view.h"

/* ---- keys ---- */

static void key_is(const char *bytes, int ended, int key, size_t used)
{
	size_t got_used = 99;
	int got = key_take(bytes, strlen(bytes), ended, &got_used);
	if (got != key || got_used != used)
		fail_msg("\"%s\": key %d in %zu bytes, wanted %d in %zu", bytes, got, got_used, key, used);
}

static void test_keys(void **state)
{
	(void)state;
	key_is("q", 0, 'q', 1);
	key_is("jq", 0, 'j', 1);
	key_is("\r", 0, KEY_ENTER, 1);
	key_is("\n", 0, KEY_ENTER, 1);
	key_is("\b", 0, KEY_BACK, 1);
	key_is("\033[A", 0, KEY_UP, 3);
	key_is("\033OB", 0, KEY_DOWN, 3);
	key_is("\033[1;5C", 0, KEY_RIGHT, 6);
	key_is("\033[5~x", 0, KEY_PAGE_UP, 4);
	key_is("\033[6~", 0, KEY_PAGE_DOWN, 4);
	key_is("\033[H", 0, KEY_HOME, 3);
	key_is("\033[4~", 0, KEY_END, 4);
	key_is("\033[Z", 0, KEY_TAB, 3);
	key_is("\033[15~", 0, KEY_NONE, 5);
	/* half of one, and when nothing follows */
	key_is("\033", 0, KEY_NONE, 0);
	key_is("\033", 1, KEY_ESC, 1);
	key_is("\033[", 0, KEY_NONE, 0);
	key_is("\033[", 1, KEY_NONE, 2);
	key_is("\033[1;", 0, KEY_NONE, 0);
	key_is("\033x", 0, KEY_ESC, 1);
	key_is("\033[11111111111111111", 0, KEY_NONE, 19); /* no terminal sends that */
	key_is("", 0, KEY_NONE, 0);
}

/* ---- the screen ---- */

enum { SIDE = 12 };

/* As much of a terminal as the screen needs: ESC [ row ; 1 H, ESC [ K, ESC [ 2 J, ESC [ 0 m, text. */
struct tiny { char cell[SIDE][SIDE + 1]; int row, column, written; };

static void feed(struct tiny *tiny, const char *bytes, size_t len)
{
	for (const char *p = bytes; p < bytes + len; p++) {
		if (*p != '\033') {
			assert_true(tiny->row < SIDE && tiny->column < SIDE);
			tiny->cell[tiny->row][tiny->column++] = *p;
			tiny->written++;
			continue;
		}
		int row = 0;
		assert_int_equal(p[1], '[');
		for (p += 2; *p >= '0' && *p <= '9'; p++)
			row = row * 10 + (*p - '0');
		if (*p == ';') {
			assert_memory_equal(p, ";1H", 3);
			p += 2;
			tiny->row = row - 1;
			tiny->column = 0;
		} else if (*p == 'K') {
			memset(tiny->cell[tiny->row] + tiny->column, ' ', (size_t)(SIDE - tiny->column));
		} else if (*p == 'J') {
			memset(tiny->cell, ' ', sizeof tiny->cell);
		} else {
			assert_int_equal(*p, 'm');
		}
	}
}

static int show(struct screen *screen, struct tiny *tiny, const char *text, int rows)
{
	struct bf_buf out = {0};
	tiny->written = 0;
	screen_update(screen, text, rows, &out);
	feed(tiny, bf_buf_text(&out), out.len);
	for (int row = 0; row < rows; row++) {
		size_t len = strcspn(text, "\n");
		char want[SIDE];
		memset(want, ' ', sizeof want);
		memcpy(want, text, len);
		assert_memory_equal(tiny->cell[row], want, SIDE);
		text += len + (text[len] == '\n');
	}
	int bytes = (int)out.len;
	bf_buf_clear(&out);
	return bytes;
}

static void test_only_what_differs_is_written(void **state)
{
	(void)state;
	struct screen screen = {0};
	struct tiny tiny = {0};
	show(&screen, &tiny, "one\ntwo\nthree\n", 5);
	assert_int_equal(show(&screen, &tiny, "one\ntwo\nthree\n", 5), 0);
	show(&screen, &tiny, "one\nTWO\nthree\n", 5);
	assert_int_equal(tiny.written, 3);
	show(&screen, &tiny, "one\nTWO\n", 5);
	assert_int_equal(tiny.written, 0);
	show(&screen, &tiny, "one\nTWO\n\nfour\nlonger line\nbehind the end\n", 5);
	show(&screen, &tiny, "a\n", 3); /* smaller */
	show(&screen, &tiny, "a\nb\nc\nd\ne\nf\ng\n", 7); /* larger */
	screen_forget(&screen);
	show(&screen, &tiny, "a\n", 7);
	assert_int_equal(tiny.written, 1);
	screen_clear(&screen);
}

/* ---- the view ---- */

enum { JOBS = 40 };
static struct bf_scan_job jobs[JOBS];
static struct bf_scan_failed failed[3];
static struct bf_scan_agent agents[30];
static struct bf_scan scan;
static struct view view;
static const struct view_size usual = { .columns = 79, .rows = 24 };

static int setup(void **state)
{
	(void)state;
	memset(jobs, 0, sizeof jobs);
	memset(agents, 0, sizeof agents);
	memset(failed, 0, sizeof failed);
	memset(&scan, 0, sizeof scan);
	memset(&view, 0, sizeof view);
	for (int i = 0; i < JOBS; i++) {
		struct bf_scan_job *job = &jobs[i];
		snprintf(job->plan.id, sizeof job->plan.id, "job%02d_2026-01-02_030405", i);
		job->plan.columns = job->plan.rows = 1;
		job->plan_ok = true;
		job->state = i < 20 ? BF_JOB_DONE : i == 30 ? BF_JOB_FAILED : BF_JOB_RUNNING;
		job->frames = job->tasks = (struct bf_count){ 10, 5, 1, 0, 4 };
		job->eta.s = -1;
	}
	for (int i = 0; i < 3; i++) {
		failed[i].task = (struct bf_task){ .kind = BF_TASK_FRAME, .frame = i + 1, .state = BF_PARKED, .attempt = 3, .failures = 3 };
		snprintf(failed[i].why, sizeof failed[i].why, "reason %d", i);
		snprintf(failed[i].log, sizeof failed[i].log, "f%04d.3.pc.log", i + 1);
	}
	jobs[30].failed = failed;
	jobs[30].failed_count = 3;
	for (int i = 0; i < 30; i++) {
		snprintf(agents[i].id, sizeof agents[i].id, "pc%02d-abcdef", i);
		snprintf(agents[i].name, sizeof agents[i].name, "pc%02d", i);
	}
	scan.job = jobs;
	scan.job_count = JOBS;
	scan.agent = agents;
	scan.agent_count = 30;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	view_clear(&view);
	return 0;
}

static struct bf_buf drawn;

static const char *draw(const struct view_size *size)
{
	bf_buf_reset(&drawn);
	view_draw(&view, &scan, "/farm", "", size, &drawn);
	int rows = 0;
	for (char *line = drawn.data, *end; line && (end = strchr(line, '\n')); line = end + 1, rows++) {
		*end = '\0';
		if (!size->color && line_columns(line) > size->columns)
			fail_msg("%dx%d: \"%s\"", size->columns, size->rows, line);
		*end = '\n';
	}
	if (rows != size->rows)
		fail_msg("%dx%d: %d rows", size->columns, size->rows, rows);
	return bf_buf_text(&drawn);
}

/* Type, drawing after each key as people do. */
static enum view_wish type(int key)
{
	enum view_wish wish = view_key(&view, &scan, key);
	draw(&usual);
	return wish;
}

static void selected_is(const char *job)
{
	char line[64];
	snprintf(line, sizeof line, "\n> %s_2026", job);
	if (!strstr(draw(&usual), line))
		fail_msg("%s is not selected:\n%s", job, drawn.data);
}

static void test_selection_is_always_seen(void **state)
{
	(void)state;
	selected_is("job20"); /* the first that is in work */
	type('j');
	selected_is("job21");
	type('k');
	type(KEY_UP);
	selected_is("job19");
	for (int i = 0; i < 60; i++)
		type(KEY_UP);
	selected_is("job10"); /* the older ones are not shown */
	type('a');
	for (int i = 0; i < 60; i++)
		type(KEY_UP);
	selected_is("job00");
	type('G');
	selected_is("job39");
	type('j');
	selected_is("job39");
	type('g');
	selected_is("job00");
	for (int i = 0; i < JOBS; i++) {
		char name[16];
		snprintf(name, sizeof name, "job%02d", i);
		selected_is(name);
		type(KEY_DOWN);
	}
	type(KEY_PAGE_UP); /* scrolling leaves it where it is */
	type(KEY_PAGE_UP);
	assert_null(strstr(draw(&usual), "> job39"));
	type('k');
	selected_is("job38");
}

static void test_a_job_that_goes_leaves_its_place(void **state)
{
	(void)state;
	selected_is("job20");
	type('j');
	memmove(&jobs[21], &jobs[22], sizeof jobs[0] * 18);
	scan.job_count = 39;
	selected_is("job22");
	scan.job_count = 0;
	draw(&usual);
	assert_int_equal(type('p'), VIEW_NOTHING);
	assert_true(view.message_is_bad);
	assert_int_equal(type(KEY_ENTER), VIEW_NOTHING);
	assert_int_equal(type('G'), VIEW_NOTHING);
	scan.job_count = 3;
	draw(&usual);
}

static void test_wishes(void **state)
{
	(void)state;
	draw(&usual);
	assert_int_equal(type('p'), VIEW_PAUSE);
	assert_int_equal(type('r'), VIEW_RESUME);
	assert_int_equal(type('+'), VIEW_RAISE);
	assert_int_equal(type('-'), VIEW_LOWER);
	assert_int_equal(type('f'), VIEW_NOTHING); /* nothing has failed */
	assert_non_null(strstr(view.message, "no task of job20"));
	assert_int_equal(type('l'), VIEW_NOTHING);
	assert_int_equal(type('x'), VIEW_NOTHING);
	assert_string_equal(view.message, "");
	/* asked, and answered by anything but y */
	assert_int_equal(type('c'), VIEW_NOTHING);
	assert_non_null(strstr(draw(&usual), "cancel? y/n  job20"));
	assert_int_equal(type(KEY_ENTER), VIEW_NOTHING);
	assert_int_equal(type('c'), VIEW_NOTHING);
	assert_int_equal(type('q'), VIEW_NOTHING);
	assert_int_equal(type('c'), VIEW_NOTHING);
	assert_int_equal(type('y'), VIEW_CANCEL);
	assert_int_equal(type('y'), VIEW_NOTHING);
	for (int i = 0; i < 10; i++)
		type('j');
	selected_is("job30");
	assert_int_equal(type('f'), VIEW_RETRY);
	assert_int_equal(type('l'), VIEW_READ_LOG);
	assert_string_equal(view_failed(&view, &scan)->log, "f0001.3.pc.log");
	assert_int_equal(type('c'), VIEW_NOTHING); /* it has ended */
	assert_false(view.asking);
	assert_int_equal(type('q'), VIEW_LEAVE);
}

static void test_pages(void **state)
{
	(void)state;
	struct bf_buf log = {0};
	draw(&usual);
	while (view.row != 30)
		type('j');
	type(KEY_ENTER);
	assert_int_equal(view.page, VIEW_JOB);
	assert_non_null(strstr(draw(&usual), ">   failed f0001"));
	type('j');
	type('j');
	type('j');
	assert_non_null(strstr(draw(&usual), ">   failed f0003"));
	assert_int_equal(type(KEY_ENTER), VIEW_READ_LOG);
	bf_buf_puts(&log, "first\nse\033[2Jcond\n");
	for (int i = 0; i < 100; i++)
		bf_buf_printf(&log, "line %d\n", i);
	view_show_log(&view, "f0003.3.pc.log", &log);
	assert_null(log.data);
	assert_non_null(strstr(draw(&usual), "f0003.3.pc.log\nfirst\nse\\x1b[2Jcond\nline 0\n"));
	type('G');
	assert_non_null(strstr(draw(&usual), "line 99\n"));
	assert_null(strstr(draw(&usual), "line 0\n"));
	type('?');
	assert_non_null(strstr(draw(&usual), "any key: back"));
	assert_int_equal(type('q'), VIEW_NOTHING);
	assert_int_equal(view.page, VIEW_LOG);
	type(KEY_ESC);
	assert_int_equal(view.page, VIEW_JOB);
	assert_int_equal(type('q'), VIEW_NOTHING);
	selected_is("job30");
}

static void test_one_job_has_no_list(void **state)
{
	(void)state;
	view_one_job(&view, jobs[25].plan.id);
	assert_null(strstr(draw(&usual), "job24"));
	assert_int_equal(type(KEY_ESC), VIEW_NOTHING);
	assert_int_equal(view.page, VIEW_JOB);
	assert_int_equal(type('p'), VIEW_PAUSE);
	assert_int_equal(type('q'), VIEW_LEAVE);
	scan.job_count = 3;
	assert_non_null(strstr(draw(&usual), "job25_2026-01-02_030405 is not there"));
}

static void test_two_halves(void **state)
{
	(void)state;
	assert_non_null(strstr(draw(&usual), "\n  agents\n    pc00"));
	assert_null(strstr(draw(&usual), "pc29"));
	type(KEY_TAB);
	type('G');
	assert_non_null(strstr(draw(&usual), "pc29"));
	type(KEY_TAB);
	selected_is("job20");
	assert_null(strstr(draw(&usual), "pc00")); /* they stay where they were scrolled to */
	scan.job_count = 0;
	scan.agent_count = 1; /* all fits */
	assert_non_null(strstr(draw(&usual), "/farm  0 jobs  1 agent\n"));
}

/* Whatever the size: exactly as many lines as the terminal has, none wider. */
static void test_every_size(void **state)
{
	(void)state;
	struct bf_buf log = {0};
	for (int i = 0; i < 50; i++)
		bf_buf_puts(&log, "a line of a log that is a little longer than many a terminal is wide \xe6\xbc\xa2\xe5\xad\x97\n");
	for (int page = 0; page < VIEW_PAGES; page++) {
		if (page == VIEW_LOG)
			view_show_log(&view, "f0003.3.pc.log", &log);
		view.page = (enum view_page)page;
		for (int columns = 1; columns < 100; columns += columns < 30 ? 1 : 7)
			for (int rows = 1; rows < 40; rows++) {
				struct view_size size = { .columns = columns, .rows = rows };
				draw(&size);
				view.asking = rows % 2;
				view.on_agents = rows % 3 == 0;
			}
	}
}

/* The last line of the screen. */
static void foot_of(int columns, char *foot, size_t size)
{
	struct view_size narrow = { .columns = columns, .rows = 24 };
	char *text = strdup(draw(&narrow)), *line;
	text[strlen(text) - 1] = '\0';
	line = strrchr(text, '\n') + 1;
	assert_true(strlen(line) < size);
	strcpy(foot, line);
	free(text);
}

/* As many keys as there is room for, from the left, each with the whole of what it does. */
static void test_keys_are_left_out_but_never_cut(void **state)
{
	(void)state;
	char all[200], foot[200];
	for (int page = 0; page < VIEW_HELP; page++) {
		view.page = (enum view_page)page;
		foot_of(190, all, sizeof all);
		assert_non_null(strstr(all, "? help"));
		for (int columns = 6; columns < 130; columns++) {
			foot_of(columns, foot, sizeof foot);
			size_t len = strlen(foot);
			assert_memory_equal(foot, all, len);
			const char *rest = all + len, *next = strstr(rest + 2 * !!*rest, "  ");
			if (*rest && strncmp(rest, "  ", 2) != 0)
				fail_msg("%d columns: \"%s\"", columns, foot);
			if (*rest && (next ? (size_t)(next - all) : strlen(all)) <= (size_t)columns)
				fail_msg("%d columns: \"%s\" could be longer", columns, foot);
		}
	}
}

static void test_foreign_lines_are_folded(void **state)
{
	(void)state;
	struct bf_buf out = {0};
	struct report_style style = { .columns = 6 };
	report_foreign("abcdefgh\n\nab\033[2J\n\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97", &style, &out);
	assert_string_equal(out.data, "abcdef\ngh\n\nab\\x1b\n[2J\n\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\n\xe5\xad\x97\n");
	bf_buf_clear(&out);
}

static void test_trouble_is_said(void **state)
{
	(void)state;
	bf_buf_reset(&drawn);
	view_draw(&view, &scan, "/farm", "the share cannot be read: \033[2J", &usual, &drawn);
	assert_non_null(strstr(drawn.data, "\nthe share cannot be read: \\x1b[2J\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_only_what_differs_is_written),
		TEST(test_selection_is_always_seen),
		TEST(test_a_job_that_goes_leaves_its_place),
		TEST(test_wishes),
		TEST(test_pages),
		TEST(test_one_job_has_no_list),
		TEST(test_two_halves),
		TEST(test_every_size),
		TEST(test_keys_are_left_out_but_never_cut),
		TEST(test_trouble_is_said),
		cmocka_unit_test(test_foreign_lines_are_folded),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int bad = cmocka_run_group_tests(tests, NULL, NULL);
	bf_buf_clear(&drawn);
	return bad;
}
