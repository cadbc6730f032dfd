#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/small_farm.h"
#include "tools/report.h"
#include "tools/report_line.h"
#include "tools/thumb.h"

static void text_is(const struct bf_scan_job *only, int columns, const char *want)
{
	struct bf_buf out = {0};
	struct report_style style = { .columns = columns };
	report_text(&farm.scan, "/farm", only, &style, &out);
	assert_string_equal(out.data, want);
	bf_buf_clear(&out);
}

/* How one job stands there, alone or among all. */
#define SHOT \
	"shot_2026-01-02_030405  running  priority 5\n" \
	"  [#####++.............]  25%  10/40 frames  4 running  2 failed  24 waiting  27.0 frames/h  ETA about 62 min  (55 min to 68 min)\n" \
	"  output/shot_2026-01-02_030405\n" \
	"  warning: missing: //wood.png\n" \
	"  warning: pc9 stays away from this job, see jobs/shot_2026-01-02_030405/AVOID.pc9.txt\n" \
	"  warning: 1 task is held by an agent that is lost; others take over\n" \
	"  failed f0012  3 times  last on pc2  out of memory\n" \
	"  failed f0013.join  a piece of it failed\n"

static void test_everything(void **state)
{
	(void)state;
	text_is(NULL, 0,
		"/farm  4 jobs  3 agents  1 lost\n"
		"done_2026-01-01_000000  done  4/4 frames  output/done_2026-01-01_000000\n"
		SHOT
		"film_2026-01-02_030406  paused\n"
		"  [##########..........]  50%  0/2 frames  2 waiting\n"
		"  3/6 pieces and joins  3 waiting\n"
		"  output/film_2026-01-02_030406\n"
		"next_2026-01-02_030407  planning\n"
		"agents\n"
		"  atelier     rendering  shot_2026-01-02_030405  f0013  duplicate  40 %  51/128 samples  77 s  CPU  900 MB\n"
		"              idle       CUDA:1  nothing to do\n"
		"  pc2         lost       silent for 3 min 20 s\n"
		"  pc3-abcdef  stuck      shot_2026-01-02_030405  f0014  1 h 06 min  no sign of Blender  silent for 25 s\n"
		"  pc3-bcdefg  idle\n"
		"rejected, see queue/rejected/\n"
		"  bad.blend:  it ends early\n"
		"queued\n"
		"  a.blend\n"
		"  b.blend  held back by its .suspend file\n");
}

static void test_one_job(void **state)
{
	(void)state;
	text_is(&farm.jobs[1], 0,
		SHOT
		"machines\n"
		"  atelier       1 task\n"
		"  pc2           9 tasks      12.5 s each   +25 % against the mean\n"
		"agents\n"
		"  atelier     rendering  f0013  duplicate  40 %  51/128 samples  77 s  CPU  900 MB\n"
		"  pc3-abcdef  stuck      f0014  1 h 06 min  no sign of Blender  silent for 25 s\n");
}

/* As the cards say, where they do; else as the seconds of whole frames tell. */
static void test_speeds(void **state)
{
	(void)state;
	struct bf_buf out = {0};
	farm.machines[1].seconds_per_task = 5;
	report_text(&farm.scan, "/farm", &farm.jobs[1], &(struct report_style){0}, &out);
	assert_non_null(strstr(out.data, "51/128 samples  77 s  speed 2.00x"));
	farm.agents[0].card.slot[0].speed = 3;
	farm.agents[2].card.slot[0].speed = 1;
	bf_buf_reset(&out);
	report_text(&farm.scan, "/farm", &farm.jobs[1], &(struct report_style){0}, &out);
	assert_non_null(strstr(out.data, "51/128 samples  77 s  speed 1.50x"));
	assert_non_null(strstr(out.data, "1 h 06 min  speed 0.50x"));
	bf_buf_clear(&out);
}

static void test_nothing(void **state)
{
	(void)state;
	struct bf_buf out = {0};
	farm.scan.job_count = farm.scan.agent_count = farm.scan.rejected_count = farm.scan.queued_count = 0;
	text_is(NULL, 0, "/farm  0 jobs  0 agents\nnothing to do: copy a .blend file into /farm/queue\n");
	farm.scan.job_count = 1; /* nobody need be there when all is done */
	farm.jobs[0].state = BF_JOB_DONE;
	bf_buf_reset(&out);
	report_text(&farm.scan, "/farm", NULL, &(struct report_style){0}, &out);
	assert_null(strstr(out.data, "no agent is alive"));
	farm.jobs[0].state = BF_JOB_PAUSED;
	bf_buf_reset(&out);
	report_text(&farm.scan, "/farm", NULL, &(struct report_style){0}, &out);
	assert_non_null(strstr(out.data, "\nno agent is alive"));
	farm.scan.job_count = 0;
	farm.scan.queued_count = 1;
	text_is(NULL, 0, "/farm  0 jobs  0 agents\nno agent is alive: start one with bfagent --share /farm\nqueued\n  a.blend\n");
	bf_buf_clear(&out);
}

/* Every width from nothing: no line is wider than the terminal, and nothing is out of bounds. */
static void test_every_width(void **state)
{
	(void)state;
	strcpy(farm.jobs[1].plan.id, "\xe6\xbc\xa2\xe5\xad\x97 with a name that is longer than most terminals are wide, to see what happens");
	for (int columns = 1; columns <= 200; columns++) {
		struct bf_buf out = {0};
		struct report_style style = { .columns = columns };
		report_text(&farm.scan, "/farm", NULL, &style, &out);
		report_text(&farm.scan, "/farm", &farm.jobs[1], &style, &out);
		for (char *line = out.data, *end; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			if (line_columns(line) > columns)
				fail_msg("%d columns: \"%s\"", columns, line);
		}
		bf_buf_clear(&out);
	}
}

static void test_narrow(void **state)
{
	(void)state;
	farm.scan.agent_count = farm.scan.rejected_count = farm.scan.queued_count = 0;
	farm.jobs[1].avoid_count = farm.jobs[1].plan.warning_count = 0;
	farm.jobs[1].running_count = farm.jobs[1].failed_count = 0;
	farm.scan.job = &farm.jobs[1];
	farm.scan.job_count = 1;
	farm.scan.agent = &farm.agents[3];
	farm.scan.agent_count = 1;
	text_is(NULL, 20,
		"/farm  1 job\n"
		"1 agent\n"
		"shot_2026-01-02_0304\n"
		"running  priority 5\n"
		"  [#####++..........\n"
		"  10/40 frames\n"
		"  4 running\n"
		"  2 failed\n"
		"  24 waiting\n"
		"  27.0 frames/h\n"
		"  ETA about 62 min\n"
		"  (55 min to 68 min)\n"
		"  output/shot_2026-0\n"
		"agents\n"
		"  pc3  idle\n");
}

/* Names and notes come from strangers: nothing of theirs may move the cursor. */
static void test_hostile_names(void **state)
{
	(void)state;
	strcpy(farm.jobs[1].plan.id, "a\x1b[2J\nb\xff\xc2\x9b" "31m");
	strcpy(farm.jobs[1].plan.warning[0], "\r\n\x07%s%n");
	strcpy(farm.failed[0].why, "\xe2\x80\xaetxt.exe\t");
	strcpy(farm.agents[0].card.slot[0].note, "\x1b]0;title\x07");
	strcpy(farm.rejected[0].name, "x\x7f\x08");
	strcpy(farm.queued[0].name, "\x1b[31m");
	for (int color = 0; color < 2; color++) {
		struct bf_buf out = {0};
		struct report_style style = { .columns = 0, .color = color };
		report_text(&farm.scan, "/fa\x1brm", NULL, &style, &out);
		report_text(&farm.scan, "/farm", &farm.jobs[1], &style, &out);
		assert_non_null(strstr(out.data, "a\\x1b[2J\\x0ab\\xff\\x9b31m"));
		assert_non_null(strstr(out.data, "\\u202etxt.exe\\x09"));
		for (const char *p = out.data; *p; p++) {
			if (color && *p == '\033') { /* ours: ESC [ digits m */
				assert_int_equal(p[1], '[');
				p += 2 + strspn(p + 2, "0123456789");
				assert_int_equal(*p, 'm');
			} else if ((unsigned char)*p < 0x20 || *p == 0x7f) {
				assert_int_equal(*p, '\n');
			}
		}
		bf_buf_clear(&out);
	}
}

static void test_color_takes_no_room(void **state)
{
	(void)state;
	struct bf_buf plain = {0}, color = {0};
	struct report_style style = { .columns = 60 };
	report_text(&farm.scan, "/farm", NULL, &style, &plain);
	style.color = true;
	report_text(&farm.scan, "/farm", NULL, &style, &color);
	assert_non_null(strchr(color.data, '\033'));
	char *to = color.data;
	for (const char *p = color.data; *p; p++) {
		if (*p == '\033')
			p = strchr(p, 'm');
		else
			*to++ = *p;
	}
	*to = '\0';
	assert_string_equal(color.data, plain.data);
	bf_buf_clear(&plain);
	bf_buf_clear(&color);
}

static void test_many_old_jobs(void **state)
{
	(void)state;
	struct bf_scan_job *many = small_farm_of_many_jobs(BF_JOB_FAILED);
	struct bf_buf out = {0};
	struct report_style style = {0};
	report_text(&farm.scan, "/farm", NULL, &style, &out);
	assert_non_null(strstr(out.data, "(489 older jobs are done and not shown)\n"));
	assert_null(strstr(out.data, "j489_"));
	assert_non_null(strstr(out.data, "j490_"));
	assert_non_null(strstr(out.data, "j3_")); /* failures are never hidden */
	bf_buf_clear(&out);
	free(many);
}

/* Pieces where they lie; the least finished one is seen where there is no room for all. */
static void map_is(int columns, int rows, const char *states, int width, const char *want)
{
	static struct bf_scan_piece piece[64];
	struct bf_buf out = {0};
	struct report_style style = { .columns = width };
	struct bf_scan_job *job = &farm.jobs[2];
	job->plan.columns = columns;
	job->plan.rows = rows;
	job->plan.width = 400;
	job->plan.height = 200;
	job->machine = farm.machines;
	job->machine_count = 2;
	job->map.frame = 7;
	job->map.count = (unsigned)strlen(states);
	job->map.piece = piece;
	for (unsigned i = 0; i < job->map.count; i++)
		piece[i] = (struct bf_scan_piece){ .state = states[i] == '.' ? BF_OPEN : states[i] == '!' ? BF_PARKED
			: states[i] < 'a' ? BF_DONE : BF_RUN, .machine = states[i] == 'a' || states[i] == 'A' };
	report_text(&farm.scan, "/farm", job, &style, &out);
	const char *title = strstr(out.data, job->plan.sample_parts ? "samples of f" : "pieces of f");
	const char *map = title ? strchr(title, '\n') + 1 : NULL, *end = map ? strstr(map, "machines\n") : NULL;
	assert_non_null(end);
	if (strncmp(map, want, (size_t)(end - map)) || want[end - map])
		fail_msg("got\n%.*swanted\n%s", (int)(end - map), map, want);
	bf_buf_clear(&out);
}

static void test_map(void **state)
{
	(void)state;
	map_is(2, 2, "Ab.!", 18, /* farm.machines[1] is atelier: A by its name */
		"  AAAAAAAAbbbbbbbb\n  AAAAAAAAbbbbbbbb\n  ........!!!!!!!!\n  ........!!!!!!!!\n"
		"  A atelier\n  1 done\n  B pc2  0 done\n  1 running\n");
	/* bands: a line each, though the picture is flat */
	map_is(1, 6, "AAB.a!", 12, "AAAAAAAAAA\nAAAAAAAAAA\nBBBBBBBBBB\n..........\naaaaaaaaaa\n!!!!!!!!!!\n"
		"A atelier\n2 done\n1 running\nB pc2\n1 done\n");
	/* forty bands in 32 lines: what is not done is not hidden */
	struct bf_buf out = {0};
	static struct bf_scan_piece piece[40];
	for (int i = 0; i < 40; i++)
		piece[i].state = i == 21 ? BF_RUN : BF_DONE;
	farm.jobs[2].plan.columns = 1;
	farm.jobs[2].plan.rows = 40;
	farm.jobs[2].map = (struct bf_scan_map){ .frame = 1, .count = 40, .piece = piece };
	report_text(&farm.scan, "/farm", &farm.jobs[2], &(struct report_style){0}, &out);
	assert_non_null(strstr(out.data, "AA\n  aa"));
	bf_buf_clear(&out);
}

/* Parts of the samples cover the whole picture: side by side. */
static void test_map_of_samples(void **state)
{
	(void)state;
	farm.jobs[2].plan.sample_parts = 4;
	map_is(4, 1, "Ab.!", 14, "AAAbbb...!!!\nAAAbbb...!!!\nAAAbbb...!!!\nAAAbbb...!!!\n"
		"A atelier\n1 done\nB pc2  0 done\n1 running\n");
}

static void test_thumbnails_bring_only_text_and_colour(void **state)
{
	(void)state;
	static const char from[] = "\033[38;5;160;48;5;196m\xe2\x96\x84\033[0m\033[2Jx\033[?25l\033]0;title\007\r\ny\xffz\n\033[1m";
	struct bf_buf out = {0};
	thumb_clean(from, sizeof from - 1, &out);
	assert_string_equal(out.data, "\033[38;5;160;48;5;196m\xe2\x96\x84\033[0m[2Jx[?25l]0;title\033[0m\nyz\033[0m\n\033[1m");
	bf_buf_clear(&out);
}

/* Readers of the contract know these states and no others. */
static void test_agent_states(void **state)
{
	(void)state;
	static const char *const want[] = { "idle", "planning", "rendering", "paused", "stopping", "rendering" };
	for (int i = BF_SLOT_IDLE; i <= BF_SLOT_STUCK; i++) {
		farm.agents[3].card.slot[0].state = (enum bf_slot_state)i;
		assert_string_equal(report_agent_state(&farm.agents[3]), want[i]);
	}
	farm.agents[3].lost = true;
	assert_string_equal(report_agent_state(&farm.agents[3]), "lost");
	farm.agents[3].lost = false;
	farm.agents[3].card.slot_count = 0;
	assert_string_equal(report_agent_state(&farm.agents[3]), "idle");
}

#define TEST(name) cmocka_unit_test_setup(name, small_farm_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_everything),
		TEST(test_one_job),
		TEST(test_speeds),
		TEST(test_nothing),
		TEST(test_every_width),
		TEST(test_narrow),
		TEST(test_hostile_names),
		TEST(test_color_takes_no_room),
		TEST(test_many_old_jobs),
		TEST(test_map),
		TEST(test_map_of_samples),
		TEST(test_thumbnails_bring_only_text_and_colour),
		TEST(test_agent_states),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
