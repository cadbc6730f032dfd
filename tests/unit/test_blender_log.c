/* What Blender prints, of all generations, and the file it is kept in. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/blender_capture.h"
#include "agent/blender_log.h"

static void progress_of_all_versions(void **state)
{
	(void)state;
	static const struct { const char *line; int sample, samples, percent; } cases[] = {
		{ "Fra:1 Mem:10.01M (Peak 10.83M) | Time:00:00.04 | Remaining:00:00.00 | Mem:0.86M, Peak:0.86M | Scene, ViewLayer | Sample 1/4", 1, 4, 25 },
		{ "Fra:12 Mem:1.00M | Time:01:10:05.16 | Mem:0.86M, Peak:0.86M | Scene, ViewLayer | Sample 128/128", 128, 128, 100 },
		{ "Fra:1 Mem:10.79M (Peak 11.90M) | Time:00:04.78 | Rendering 51 / 64 samples", 51, 64, 79 },
		{ "Fra:1 Mem:1M | Time:00:01.00 | Mem:1M, Peak:1M | Scene, ViewLayer | Rendered 3/12 Tiles, Sample 64/128", 64, 128, 29 },
		{ "Fra:1 Mem:1M | Time:00:01.00 | Scene, ViewLayer | Path Tracing Tile 16/18, Sample 36/36", 36, 36, 88 },
		{ "Fra:1 Mem:1M | Time:00:01.00 | Scene, ViewLayer | Rendered 3/12 Tiles", 0, 0, 25 },
		{ "00:00.394  render           | Fra: 1 | Remaining: 00:00.00 | Mem: 1M | Sample 1/4", 1, 4, 25 },
		{ "00:00.394  render           | Fra: 1 | Rendering 2 / 64 samples", 2, 64, 3 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct blender_progress p;
		assert_true(blender_log_progress(cases[i].line, &p));
		assert_int_equal(p.sample, cases[i].sample);
		assert_int_equal(p.samples, cases[i].samples);
		assert_int_equal(p.percent, cases[i].percent);
	}
}

static void no_progress_in_other_lines(void **state)
{
	(void)state;
	static const char *const lines[] = { "", "Sample 1/4", "Fra:1 Mem:1M | Scene, Sample 3/4 | Updating Objects", "Fra:1 | Sample /",
		"Fra:1 | Sample 5/4", "Fra:1 | Sample 1/0", "Fra:1 | Sample 1/99999999999999999999", "Fra:1 | Rendering 3 / 4 things",
		"Fra:1 | Sample 99999999999999999999/4", "Saved: '/p/Sample 1/4.png'", "Fra:1 | Rendered 1/2 Cats", "Fra:1 | Path Tracing Tile 0/18" };
	struct blender_progress p;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (blender_log_progress(lines[i], &p))
			fail_msg("taken: %s", lines[i]);
}

static void the_prefix_is_removed(void **state)
{
	(void)state;
	assert_string_equal(blender_log_body("00:00.538  render           | Saved: '/p/o.png'"), "Saved: '/p/o.png'");
	assert_string_equal(blender_log_body("01:00:00.538  reports          | ERROR x | y"), "ERROR x | y");
	static const char *const same[] = { "Fra:1 | x", "00:00.5  render", "12 | 3", "", "00:00.5  two words | x" };
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_string_equal(blender_log_body(same[i]), same[i]);
}

static void fatal_words(void **state)
{
	(void)state;
	static const char *const fatal[] = { "CUDA error: Out of memory in cuMemAlloc_v2(&device_pointer, size)",
		"System is out of GPU memory", "Illegal address in CUDA queue", "00:03.1  cycles           | ERROR Out of memory in HIP",
		"Error: Render error (No space left) cannot save: '/p'", "Writing: /tmp/x.crash.txt", "std::bad_alloc",
		"Calloc returns null: len=123" };
	static const char *const harmless[] = { "Saved: '/out/CUDA error/out of memory.png'", "Fra:1 Mem:1M | CUDA error, Layer | Sample 1/2",
		"00:00.5  render           | Fra: 1 | bad_alloc | Sample 1/2", "Read blend: /x.blend", "Info: nothing", "" };
	for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
		if (!blender_log_is_fatal(fatal[i]))
			fail_msg("not seen: %s", fatal[i]);
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (blender_log_is_fatal(harmless[i]))
			fail_msg("taken for fatal: %s", harmless[i]);
}

static void whose_fault(void **state)
{
	(void)state;
	assert_int_equal(blender_log_fault("Cannot render, no camera"), BLENDER_FAULT_FILE);
	assert_int_equal(blender_log_fault("System is out of GPU memory"), BLENDER_FAULT_AGENT);
	assert_int_equal(blender_log_fault("Failed to denoise, build has no OpenImageDenoise support"), BLENDER_FAULT_AGENT);
	assert_int_equal(blender_log_fault("Build without OpenImageDenoiser"), BLENDER_FAULT_AGENT);
	assert_int_equal(blender_log_fault("something else"), BLENDER_FAULT_UNKNOWN);
}

/* ---- the file ---- */

static char capture_path[64];

static struct blender_capture fresh_capture(int64_t keep)
{
	struct blender_capture c;
	struct bf_err err;
	strcpy(capture_path, "/tmp/bf-capture-XXXXXX");
	close(mkstemp(capture_path));
	assert_int_equal(blender_capture_open(&c, capture_path, keep, &err), 0);
	return c;
}

static void drop_capture(struct blender_capture *c)
{
	blender_capture_close(c);
	unlink(capture_path);
}

static char *part(struct blender_capture *c, int64_t from, int64_t to, size_t max)
{
	struct bf_buf out = { 0 };
	assert_int_equal(blender_capture_read(c, from, to, max, &out, NULL), 0);
	char *text = strdup(bf_buf_text(&out));
	bf_buf_clear(&out);
	return text;
}

static void a_part_can_be_read_back(void **state)
{
	(void)state;
	struct blender_capture c = fresh_capture(1000);
	blender_capture_add(&c, "first task\nsecond task\n", 23);
	char *text = part(&c, 11, 23, 100);
	assert_string_equal(text, "second task\n");
	free(text);
	text = part(&c, 23, 23, 100);
	assert_string_equal(text, "");
	free(text);
	text = part(&c, 0, 99, 8);
	assert_non_null(strstr(text, "15 bytes left out"));
	assert_int_equal(strncmp(text, "firs", 4), 0);
	assert_string_equal(text + strlen(text) - 4, "ask\n");
	free(text);
	drop_capture(&c);
}

static void the_middle_is_cut(void **state)
{
	(void)state;
	struct blender_capture c = fresh_capture(1000);
	char line[32];
	for (int i = 0; i < 3000; i++) {
		snprintf(line, sizeof line, "line %04d\n", i);
		blender_capture_add(&c, line, 10);
	}
	struct stat st;
	assert_int_equal(stat(capture_path, &st), 0);
	assert_true(st.st_size <= 4100);
	assert_int_equal(c.total, 30000);
	char *text = part(&c, 0, 20, 100);
	assert_string_equal(text, "line 0000\nline 0001\n");
	free(text);
	text = part(&c, 29980, 30000, 100); /* positions hold although the middle is gone */
	assert_string_equal(text, "line 2998\nline 2999\n");
	free(text);
	text = part(&c, 15000, 30000, 10000); /* begins in what was cut */
	assert_non_null(strstr(text, "bytes left out"));
	assert_string_equal(text + strlen(text) - 10, "line 2999\n");
	assert_null(strstr(text, "line 0001"));
	free(text);
	drop_capture(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(progress_of_all_versions), cmocka_unit_test(no_progress_in_other_lines),
		cmocka_unit_test(the_prefix_is_removed), cmocka_unit_test(fatal_words), cmocka_unit_test(whose_fault),
		cmocka_unit_test(a_part_can_be_read_back), cmocka_unit_test(the_middle_is_cut),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
