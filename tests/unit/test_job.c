#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/job.h"
#include "share-layout/path.h"
#include "tests/lib/fresh_share.h"

#define JOB "shot_2026-01-02_030405"

static struct bf_job sample(void)
{
	struct bf_job job = { .id = JOB, .name = "my \"shot\"; v2 # final.blend", .blend = "my shot.blend", .folder = "fold er",
		.hash = "0123456789abcdef0123456789abcdef", .size = 1234567890123, .scene = "Szene \xc3\xa4", .camera = "Cam.001",
		.view_layer = "", .engine = "CYCLES", .format = "PNG", .percent = 50, .samples = 128, .denoise_off = true,
		.width = 1920, .height = 1080, .picture_count = 2, .ext = "png", .columns = 4, .rows = 3, .blender = "3.4.1",
		.needs_oidn = true, .priority = -5, .missing_ok = true, .planner = "pc1-abcdef",
		.created = "2026-01-02 03:04:05", .warning_count = 2 };
	strcpy(job.picture[0], "shot_####_L.png");
	strcpy(job.picture[1], "shot_####_R.png");
	strcpy(job.warning[0], "missing: //textures/wood.png");
	strcpy(job.warning[1], "100% sure\n");
	assert_int_equal(bf_frames_parse("10-1000x10,1-1000", &job.frames, NULL), 0);
	return job;
}

static void test_round_trip(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_job job = sample(), again;
	struct bf_err err;
	fresh_share_mkdir(fresh, "jobs/" JOB);
	assert_int_equal(bf_job_write(&fresh->share, "jobs/" JOB, &job, &err), 0);
	if (bf_job_read(&fresh->share, JOB, &again, &err) != 1)
		fail_msg("%s", err.text);
	assert_int_equal(again.frames.count, job.frames.count);
	assert_memory_equal(again.frames.frame, job.frames.frame, job.frames.count * sizeof *job.frames.frame);
	free(again.frames.frame);
	again.frames = job.frames;
	assert_memory_equal(&again, &job, sizeof job);
	bf_job_clear(&job);
	assert_int_equal(fresh_share_count(fresh, "jobs/" JOB), 2); /* no leftovers */
}

static void test_parts_of_samples(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_job job = sample(), again;
	struct bf_err err;
	job.columns = job.rows = 1;
	job.sample_parts = 7;
	job.finish = true;
	fresh_share_mkdir(fresh, "jobs/" JOB);
	assert_int_equal(bf_job_write(&fresh->share, "jobs/" JOB, &job, &err), 0);
	assert_int_equal(bf_job_read(&fresh->share, JOB, &again, &err), 1);
	assert_int_equal(again.sample_parts, 7);
	assert_true(again.finish);
	assert_true(bf_job_in_pieces(&again));
	assert_int_equal(bf_job_tasks_per_frame(&again), 8);
	assert_string_equal(bf_job_piece_ext(&again), "exr");
	int next = 0;
	for (unsigned n = 0; n < bf_job_piece_count(&again); n++) {
		struct bf_samples part = bf_job_piece_samples(&again, n);
		struct bf_rect rect = bf_job_piece_rendered(&again, n);
		assert_int_equal(part.offset, next);
		assert_in_range(part.count, 18, 19); /* 128 / 7 */
		assert_int_equal(rect.right - rect.left, 1920);
		assert_int_equal(rect.bottom - rect.top, 1080);
		next += part.count;
	}
	assert_int_equal(next, 128);
	bf_job_clear(&again);
	job.samples = 6; /* fewer than parts */
	assert_int_equal(bf_job_write(&fresh->share, "jobs/" JOB, &job, &err), 0);
	assert_int_equal(bf_job_read(&fresh->share, JOB, &again, &err), -1);
	job.samples = 128;
	job.finish = false;
	assert_int_equal(bf_job_write(&fresh->share, "jobs/" JOB, &job, &err), 0);
	assert_int_equal(bf_job_read(&fresh->share, JOB, &again, &err), -1);
	bf_job_clear(&job);
}

static void test_added_samples(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_job job = sample(), again;
	struct bf_err err;
	job.columns = job.rows = job.sample_parts = 1;
	job.finish = true;
	job.base_samples = 125;
	strcpy(job.base, "first_2026-01-02_030405");
	fresh_share_mkdir(fresh, "jobs/" JOB);
	assert_int_equal(bf_job_write(&fresh->share, "jobs/" JOB, &job, &err), 0);
	assert_int_equal(bf_job_read(&fresh->share, JOB, &again, &err), 1);
	assert_string_equal(again.base, job.base);
	assert_int_equal(bf_job_own_samples(&again), 3);
	assert_true(bf_job_in_pieces(&again));
	assert_int_equal(bf_job_tasks_per_frame(&again), 2); /* a piece, and a join with what is there */
	struct bf_samples part = bf_job_piece_samples(&again, 0);
	assert_int_equal(part.offset, 125);
	assert_int_equal(part.count, 3);
	bf_job_clear(&again);
	static const struct { int parts, before; const char *base; } bad[] = {
		{ 1, 128, "first" }, { 1, 0, "first" }, { 1, 1, "" }, { 1, 1, "../first" }, { 4, 125, "first" }, { 0, 125, "first" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		job.sample_parts = bad[i].parts;
		job.base_samples = bad[i].before;
		strcpy(job.base, bad[i].base);
		assert_int_equal(bf_job_write(&fresh->share, "jobs/" JOB, &job, &err), 0);
		if (bf_job_read(&fresh->share, JOB, &again, &err) != -1)
			fail_msg("plan %zu is accepted", i);
	}
	bf_job_clear(&job);
}

static void test_words_for_parts(void **state)
{
	(void)state;
	int parts = 0;
	struct bf_err err;
	assert_int_equal(bf_job_parse_samples("samples:12", &parts, &err), 1);
	assert_int_equal(parts, 12);
	assert_int_equal(bf_job_parse_samples("4x3", &parts, &err), 0);
	static const char *const bad[] = { "samples:", "samples:0", "samples:12x", "samples:99999", "samples:1234567", "samples: 4" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(bf_job_parse_samples(bad[i], &parts, &err), -1);
}

/* Bands of all heights, what they cost, and frames that are not cut. */
static void test_round_trip_of_bands(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_job job = sample(), again;
	struct bf_err err;
	job.columns = 1;
	job.rows = job.piece_top_count = job.piece_cost_count = 135;
	job.piece_align = 4;
	job.piece_margin = 16;
	job.whole_frames = 999;
	for (int i = 0; i < job.rows; i++) {
		job.piece_top[i] = i ? 4 * i + 540 : 0;
		job.piece_cost[i] = 1000.0 - i / 8.0;
	}
	fresh_share_mkdir(fresh, "jobs/" JOB);
	assert_int_equal(bf_job_write(&fresh->share, "jobs/" JOB, &job, &err), 0);
	if (bf_job_read(&fresh->share, JOB, &again, &err) != 1)
		fail_msg("%s", err.text);
	free(again.frames.frame);
	again.frames = job.frames;
	assert_memory_equal(&again, &job, sizeof job);
	struct bf_rect rect = bf_job_piece(&job, 0), last = bf_job_piece(&job, 134), rendered = bf_job_piece_rendered(&job, 1);
	assert_true(rect.left == 0 && rect.right == 1920 && rect.top == 0 && rect.bottom == 544);
	assert_true(last.top == 1076 && last.bottom == 1080 && rendered.top == 528 && rendered.bottom == 564);
	assert_true(bf_job_piece_cost(&job, 8) == 999.0 && bf_job_piece_cost(&job, 135) == 0);
	assert_int_equal(bf_job_task_count(&job), 999 + 136);
	bf_job_clear(&job);
}

static void test_not_there(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_job job;
	struct bf_err err;
	assert_int_equal(bf_job_read(&fresh->share, JOB, &job, &err), 0);
	fresh_share_mkdir(fresh, "jobs/" JOB);
	assert_int_equal(bf_job_read(&fresh->share, JOB, &job, &err), 0);
	static const char *const ids[] = { "", ".", "..", ".incoming", "../jobs", "a/b", "-rf", "x.ended", "new\nline" };
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		assert_int_equal(bf_job_read(&fresh->share, ids[i], &job, &err), -1);
}

/* A good job.ini with one more or other line. */
static int read_with(void **state, const char *key, const char *value)
{
	struct fresh_share *fresh = *state;
	static const char *const good[][2] = { { "blend", "a.blend" }, { "ext", "png" }, { "width", "64" }, { "height", "36" },
		{ "pieces", "1x1" }, { "picture", "####.png" } };
	struct bf_buf text = {0};
	struct bf_job job;
	struct bf_err err;
	bf_buf_puts(&text, "[job]\n");
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (strcmp(good[i][0], key))
			bf_buf_printf(&text, "%s = \"%s\"\n", good[i][0], good[i][1]);
	if (value)
		bf_buf_printf(&text, "%s = \"%s\"\n", key, value);
	fresh_share_put(fresh, "jobs/" JOB "/job.ini", text.data);
	fresh_share_put(fresh, "jobs/" JOB "/frames.txt", "1-10\n");
	int result = bf_job_read(&fresh->share, JOB, &job, &err);
	if (result < 0 && !err.text[0])
		fail_msg("no message for %s = %s", key, value);
	if (result == 1)
		bf_job_clear(&job);
	bf_buf_clear(&text);
	return result;
}

/* job.ini lies where anybody can write. */
static void test_hostile_plans(void **state)
{
	static const struct { const char *key, *value; } bad[] = {
		{ "blend", NULL }, { "blend", "" }, { "blend", ".." }, { "blend", "../../etc/passwd" }, { "blend", "/etc/passwd" },
		{ "blend", "a%2Fb.blend" }, { "folder", ".." }, { "folder", "." }, { "folder", "a/b" },
		{ "folder", "%2E%2E" }, { "ext", NULL }, { "ext", "p/ng" }, { "ext", "PNG" }, { "width", "0" }, { "width", "-1" },
		{ "width", "99999999" }, { "width", NULL }, { "height", "1e3" }, { "piece_margin", "-1" }, { "piece_margin", "5000" },
		{ "piece_align", "257" }, { "piece_align", "200" }, { "pieces", "0x0" }, { "pieces", "65x1" },
		{ "pieces", "1x37" }, { "pieces", "100000" }, { "pieces", "4x" }, { "pieces", "-4x-4" }, { "pieces", NULL },
		{ "pieces", "samples:4" }, { "pieces", "samples:" }, { "pieces", "samples:-2" }, { "pieces", "samples:0" },
		{ "picture", NULL }, { "picture", "noframe.png" }, { "picture", "../####.png" }, { "picture", ".bf.####" },
		{ "picture", "a/####.png" }, { "percent", "99999" }, { "samples", "x" }, { "priority", "1001" }, { "size", "-1" },
		{ "name", "%zz" }, { "piece_tops", "1" }, { "piece_costs", "x" }, { "piece_costs", "1 2" }, { "whole_frames", "1" },
		{ "whole_frames", "-1" },
	};
	assert_int_equal(read_with(state, "colour", "red"), 1);
	assert_int_equal(read_with(state, "folder", "sub folder"), 1);
	assert_int_equal(read_with(state, "blend", "new%0Aline.blend"), 1); /* odd, but a plain name */
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (read_with(state, bad[i].key, bad[i].value) != -1)
			fail_msg("%s = %s was believed", bad[i].key, bad[i].value ? bad[i].value : "(missing)");
}

static void test_hostile_bands(void **state)
{
	#define BANDS "1x3\"\npiece_tops = \""
	static const char *const good[] = { BANDS "0 1 35", BANDS "0 1\"\npiece_tops.2 = \"35", BANDS "0 16 32\"\npiece_align = \"16",
		BANDS "0 16 32\"\npiece_costs = \"1.5 0 100000000", "3x1\"\npiece_costs = \"1 2 3\"\nwhole_frames = \"9" };
	static const char *const bad[] = { BANDS "1 2 3", BANDS "0 2 2", BANDS "0 3 2", BANDS "0 1 36", BANDS "0 1", BANDS "0 1 2 3",
		BANDS "0 1 2.5", BANDS "0 1 -2", BANDS "0 1 1e1", BANDS "0,1,2", BANDS "0 1 x", BANDS "0 1 99999999999999999999999",
		BANDS "0 16 33\"\npiece_align = \"16", BANDS "0 1 2\"\npiece_costs = \"1 2", BANDS "0 1 2\"\npiece_costs = \"1 2 3 4",
		BANDS "0 1 2\"\npiece_costs = \"1 2 nan", BANDS "0 1 2\"\npiece_costs = \"1 2 0x3",
		BANDS "0 1 2\"\npiece_costs = \"1 2 100000001", "3x1\"\npiece_tops = \"0 1 2", "2x2\"\npiece_tops = \"0 1 2 3",
		BANDS "0 1 2\"\nwhole_frames = \"10" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (read_with(state, "pieces", good[i]) != 1)
			fail_msg("%s was refused", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (read_with(state, "pieces", bad[i]) != -1)
			fail_msg("%s was believed", bad[i]);
	#undef BANDS
}

static void test_hostile_frames(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_job job;
	struct bf_err err;
	assert_int_equal(read_with(state, "name", "x"), 1);
	static const char *const lists[] = { "", "\n", "all\n", "1-99999999\n", "5-1\n", "1-10x0\n" };
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		fresh_share_put(fresh, "jobs/" JOB "/frames.txt", lists[i]);
		assert_int_equal(bf_job_read(&fresh->share, JOB, &job, &err), -1);
	}
	assert_int_equal(bf_fs_unlink(fresh->share.root, "jobs/" JOB "/frames.txt", &err), 1);
	assert_int_equal(bf_job_read(&fresh->share, JOB, &job, &err), 0);
}

/* ---- names ---- */

static void clean(const char *dropped, const char *want)
{
	char out[BF_JOB_MAX];
	bf_job_clean_name(dropped, ".blend", out);
	assert_string_equal(out, want);
	assert_true(bf_job_id_ok(out));
}

static void test_clean_names(void **state)
{
	(void)state;
	clean("shot.blend", "shot");
	clean("Shot 12.BLEND", "Shot_12");
	clean("a/b\\c:d*e?f\"g<h>i|j.blend", "a_b_c_d_e_f_g_h_i_j");
	clean("caf\xc3\xa9.blend", "caf\xc3\xa9");
	clean("bad\xff\xc3.blend", "bad"); /* not UTF-8, and nothing but it behind */
	clean("bad\xc3(x.blend", "bad__x");
	clean("\xe2\x80\xaegpj.blend", "___gpj"); /* a direction override */
	clean(".blend", "_blend");
	clean("...", "job");
	clean("", "job");
	clean(".hidden.blend", "_hidden");
	clean("-rf.blend", "_rf");
	clean("$(reboot);'.blend", "__reboot");
	clean("x\n\x1b[31m.blend", "x___31m");
	char longest[400];
	memset(longest, 'n', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	char out[BF_JOB_MAX];
	bf_job_clean_name(longest, ".blend", out);
	assert_int_equal(strlen(out), 100);
	for (size_t i = 1; i + 1 < sizeof longest; i += 2)
		memcpy(longest + i, "\xc3\xa9", 2); /* an odd number of bytes in front: 100 falls into a letter */
	bf_job_clean_name(longest, ".blend", out);
	assert_int_equal(strlen(out), 99);
}

static void test_ids(void **state)
{
	(void)state;
	char longest[BF_JOB_MAX + 1];
	assert_true(bf_job_id_ok(JOB));
	assert_true(bf_job_id_ok(".ended") == false);
	assert_false(bf_job_id_ok("x.ended"));
	assert_true(bf_job_id_ok("ended"));
	memset(longest, 'j', BF_JOB_MAX);
	longest[BF_JOB_MAX] = '\0';
	assert_false(bf_job_id_ok(longest));
	longest[BF_JOB_MAX - 1] = '\0';
	assert_true(bf_job_id_ok(longest));
}

static void picture(const char *pattern, int32_t frame, const char *want)
{
	struct bf_job job = { .picture_count = 1 };
	char out[BF_FILE_MAX];
	strcpy(job.picture[0], pattern);
	bf_job_picture(&job, 0, frame, out);
	assert_string_equal(out, want);
}

static void test_picture_names(void **state)
{
	(void)state;
	picture("####.png", 12, "0012.png");
	picture("####.png", -3, "-0003.png");
	picture("####.png", 123456, "123456.png");
	picture("a##b###.exr", 7, "a##b007.exr"); /* the last run counts */
	picture("#", 0, "0");
	picture("x#%s%n.png", 5, "x5%s%n.png");
}

#define SHARE_TEST(name) cmocka_unit_test_setup_teardown(name, fresh_share_setup, fresh_share_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SHARE_TEST(test_round_trip),
		SHARE_TEST(test_parts_of_samples), SHARE_TEST(test_added_samples),
		cmocka_unit_test(test_words_for_parts),
		SHARE_TEST(test_round_trip_of_bands),
		SHARE_TEST(test_not_there),
		SHARE_TEST(test_hostile_plans),
		SHARE_TEST(test_hostile_frames),
		SHARE_TEST(test_hostile_bands),
		cmocka_unit_test(test_clean_names),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_picture_names),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
