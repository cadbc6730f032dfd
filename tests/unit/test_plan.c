/* plan_job: what becomes of a scene and of wishes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/plan_base.h"
#include "agent/plan_job.h"

static struct blender_scene plain_scene(void)
{
	struct blender_scene scene = { .version_text = "3.4.1", .engine = "CYCLES", .format = "PNG", .color_depth = 16,
		.frame_start = 3, .frame_end = 9, .frame_step = 3, .width = 640, .height = 480, .picture_count = 1,
		.picture = { "shot_####.PNG" }, .samples = 16, .missing = "", .warnings = "" };
	return scene;
}

/* Plan it; returns what plan_job does. */
static int plan(const struct blender_scene *scene, struct wishes *wishes, struct bf_job *job, struct bf_err *err)
{
	const struct plan_facts facts = { .scene = scene, .wishes = wishes, .dropped = "my\nshot.blend", .blend = "my\nshot.blend" };
	memset(job, 0, sizeof *job);
	memset(err, 0, sizeof *err);
	return plan_job(&facts, job, err);
}

static void as_the_file_says(void **state)
{
	(void)state;
	struct blender_scene scene = plain_scene();
	struct wishes wishes = {0};
	struct bf_job job;
	struct bf_err err;
	assert_int_equal(plan(&scene, &wishes, &job, &err), 0);
	assert_string_equal(job.name, "my?shot.blend");
	assert_string_equal(job.blend, "my\nshot.blend");
	assert_string_equal(job.folder, "");
	assert_string_equal(job.ext, "png");
	assert_string_equal(job.picture[0], "shot_####.PNG");
	assert_string_equal(job.blender, "3.4.1");
	assert_int_equal(job.frames.count, 3);
	assert_int_equal(job.frames.frame[0], 3);
	assert_int_equal(job.frames.frame[2], 9);
	assert_int_equal(job.columns * job.rows, 1);
	assert_int_equal(job.warning_count, 0);
	bf_job_clear(&job);
}

static void as_people_wish(void **state)
{
	(void)state;
	struct blender_scene scene = plain_scene();
	struct wishes wishes = { .name = "poster", .pieces = "4x3", .priority = 7, .percent = 50, .scene = "Two" };
	struct bf_job job;
	struct bf_err err;
	assert_int_equal(bf_frames_parse("1,5", &wishes.frames, &err), 0);
	bf_buf_puts(&wishes.warnings, "unknown key\n");
	assert_int_equal(plan(&scene, &wishes, &job, &err), 0);
	assert_string_equal(job.name, "poster");
	assert_string_equal(job.scene, "Two");
	assert_int_equal(job.frames.count, 2);
	assert_int_equal(wishes.frames.count, 0); /* it has moved */
	assert_int_equal(job.columns, 4);
	assert_int_equal(job.rows, 3);
	assert_int_equal(job.priority, 7);
	assert_int_equal(job.percent, 50);
	assert_int_equal(job.warning_count, 1);
	assert_string_equal(job.warning[0], "unknown key");
	bf_job_clear(&job);
	wishes_clear(&wishes);
}

static void missing_files(void **state)
{
	(void)state;
	struct blender_scene scene = plain_scene();
	struct wishes wishes = {0};
	struct bf_job job;
	struct bf_err err;
	scene.missing_count = 2;
	scene.missing = "//wood.png\n//stone.png";
	assert_int_equal(plan(&scene, &wishes, &job, &err), -1);
	assert_non_null(strstr(err.text, "(2): //wood.png, //stone.png. Pack them"));
	wishes.missing_ok = true;
	assert_int_equal(plan(&scene, &wishes, &job, &err), 0);
	assert_int_equal(job.warning_count, 2);
	assert_string_equal(job.warning[1], "//stone.png");
	bf_job_clear(&job);
}

static void what_cannot_be_cut(void **state)
{
	(void)state;
	struct bf_err err;
	struct bf_job job;
	for (int i = 0; i < 12; i++) {
		struct blender_scene scene = plain_scene();
		struct wishes wishes = { .pieces = "2x2" };
		bool finishable = i >= 6, cut = i >= 5;
		if (i == 0)
			strcpy(scene.format, "JPEG");
		scene.uses_compositor = i == 1 || i == 6;
		scene.uses_stamp = i == 2 || i == 7;
		scene.picture_count = i == 3 ? 2 : 1;
		if (i == 4)
			strcpy(scene.no_rectangles, "denoising needs the whole picture");
		if (!finishable)
			strcpy(scene.no_finishing, "only Cycles' pictures can be finished after joining");
		scene.adaptive = i == 5 || i == 8;
		scene.dithers = i == 8;
		if (i == 9)
			strcpy(scene.format, "TIFF");
		if (i >= 10) {
			strcpy(scene.format, "OPEN_EXR");
			strcpy(scene.exr_codec, i == 10 ? "HTJ2K" : "DWAA");
			scene.adaptive = i == 11;
		}
		strcpy(scene.picture[1], "b_####.png");
		assert_int_equal(plan(&scene, &wishes, &job, &err), 0);
		assert_int_equal(bf_job_piece_count(&job), cut ? 4 : 1);
		assert_int_equal(job.finish, finishable);
		assert_int_equal(job.warning_count, !cut);
		assert_int_equal(job.piece_margin > 0, scene.adaptive);
		if (!cut && strncmp(job.warning[0], "rendered whole, not in pieces: ", 31))
			fail_msg("%s", job.warning[0]);
		bf_job_clear(&job);
	}
}

static void parts_of_samples(void **state)
{
	(void)state;
	struct bf_err err;
	struct bf_job job;
	struct blender_scene scene = plain_scene();
	struct wishes wishes = { .pieces = "samples:40" };
	strcpy(scene.sample_parts_note, "other noise");
	assert_int_equal(plan(&scene, &wishes, &job, &err), 0);
	assert_int_equal(bf_job_piece_count(&job), 16); /* there are no more samples */
	assert_int_equal(job.samples, 16);
	assert_true(job.finish);
	assert_int_equal(job.piece_margin, 0);
	assert_string_equal(job.warning[0], "other noise");
	bf_job_clear(&job);
	strcpy(wishes.pieces, "samples:3");
	assert_int_equal(plan(&scene, &wishes, &job, &err), 0);
	assert_int_equal(bf_job_piece_count(&job), 3);
	bf_job_clear(&job);
	strcpy(scene.no_sample_parts, "adaptive sampling decides");
	scene.samples = 0;
	assert_int_equal(plan(&scene, &wishes, &job, &err), 0);
	assert_int_equal(bf_job_piece_count(&job), 1);
	assert_int_equal(job.samples, 0);
	assert_false(job.finish);
	assert_string_equal(job.warning[0], "rendered whole, not in pieces: adaptive sampling decides");
	bf_job_clear(&job);
}

/* As the base has been read, before the plan is made. */
static int plan_more(const struct blender_scene *scene, struct wishes *wishes, const struct bf_job *base, struct bf_job *job,
	struct bf_err *err)
{
	const struct plan_facts facts = { .scene = scene, .wishes = wishes, .dropped = "shot.blend", .blend = "shot.blend" };
	*job = (struct bf_job){ .base_samples = base->samples };
	*err = (struct bf_err){0};
	strcpy(job->base, base->id);
	return plan_job(&facts, job, err) < 0 ? -1 : plan_base_check(job, base, err);
}

static void added_samples(void **state)
{
	(void)state;
	struct bf_err err;
	struct bf_job job, base = { .id = "first", .samples = 12, .sample_parts = 2, .width = 640, .height = 480, .blender = "3.4.0" };
	struct blender_scene scene = plain_scene();
	struct wishes wishes = { .pieces = "samples:40" };
	assert_int_equal(plan_more(&scene, &wishes, &base, &job, &err), 0);
	assert_int_equal(bf_job_piece_count(&job), 4); /* 16 in all */
	assert_int_equal(job.samples, 16);
	bf_job_clear(&job);
	strcpy(wishes.pieces, "samples:1");
	assert_int_equal(plan_more(&scene, &wishes, &base, &job, &err), 0);
	assert_int_equal(bf_job_piece_count(&job), 1);
	assert_true(bf_job_in_pieces(&job) && job.finish);
	bf_job_clear(&job);
	static const struct { const char *pieces, *camera, *blender; int width, samples; const char *why; } bad[] = {
		{ "4x3", "", "3.4.0", 640, 12, "Only parts" }, { "", "", "3.4.0", 640, 12, "Only parts" },
		{ "samples:2", "Other", "3.4.0", 640, 12, "camera" }, { "samples:2", "", "3.4.0", 320, 12, "size" },
		{ "samples:2", "", "4.2.0", 640, 12, "version" }, { "samples:2", "", "3.4.0", 640, 16, "want more than the 16" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		strcpy(wishes.pieces, bad[i].pieces);
		strcpy(base.camera, bad[i].camera);
		strcpy(base.blender, bad[i].blender);
		base.width = bad[i].width;
		base.samples = bad[i].samples;
		assert_int_equal(plan_more(&scene, &wishes, &base, &job, &err), -1);
		if (!strstr(err.text, bad[i].why))
			fail_msg("%s", err.text);
		bf_job_clear(&job);
	}
}

static void what_cannot_be_planned(void **state)
{
	(void)state;
	struct blender_scene scene = plain_scene();
	struct wishes wishes = { .pieces = "700x1" };
	struct bf_job job;
	struct bf_err err;
	assert_int_equal(plan(&scene, &wishes, &job, &err), -1);
	assert_true(err.text[0]);
	bf_job_clear(&job);
	wishes.pieces[0] = '\0';
	strcpy(scene.picture[0], "shot_####");
	assert_int_equal(plan(&scene, &wishes, &job, &err), -1);
	assert_non_null(strstr(err.text, "ending"));
	bf_job_clear(&job);
	scene = plain_scene();
	scene.frame_end = 1; /* before its start */
	assert_int_equal(plan(&scene, &wishes, &job, &err), -1);
	assert_true(err.text[0]);
	bf_job_clear(&job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_file_says), cmocka_unit_test(as_people_wish), cmocka_unit_test(missing_files),
		cmocka_unit_test(what_cannot_be_cut), cmocka_unit_test(parts_of_samples), cmocka_unit_test(added_samples), cmocka_unit_test(what_cannot_be_planned),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
