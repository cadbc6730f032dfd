/* How a job is cut: into pieces, and its tasks into directories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "share-layout/frames.h"
#include "share-layout/job.h"

/* ---- pieces ---- */

static void pieces(const char *text, int columns, int rows)
{
	int c = 0, r = 0;
	struct bf_err err;
	assert_int_equal(bf_job_parse_pieces(text, 1920, 1080, &c, &r, &err), 0);
	assert_int_equal(c, columns);
	assert_int_equal(r, rows);
}

static void test_pieces(void **state)
{
	(void)state;
	int c, r;
	struct bf_err err;
	pieces("1", 1, 1);
	pieces("4x3", 4, 3);
	pieces("4X3 ", 4, 3);
	pieces("12", 4, 3);
	pieces("2", 2, 1);
	pieces("64x64", 64, 64);
	static const char *const bad[] = { "", "0", "-2", "x", "4x", "x4", "4x0", "4x-1", "4x3x2", "65x64", "1921x1", "1x1081",
		"99999999999999999999", "4 x 3", "four" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (bf_job_parse_pieces(bad[i], 1920, 1080, &c, &r, &err) == 0)
			fail_msg("pieces = \"%s\" was taken for %d x %d", bad[i], c, r);
	assert_int_equal(bf_job_parse_pieces("97", 10, 3, &c, &r, &err), 0); /* more than can be cut well */
	assert_true(c >= 1 && c <= 10 && r >= 1 && r <= 3);
}

/* Together the pieces are the picture: every pixel once. */
static void test_pieces_cover(void **state)
{
	(void)state;
	static const int sizes[][5] = { { 1920, 1080, 4, 3, 0 }, { 17, 13, 5, 7, 0 }, { 64, 64, 64, 1, 1 }, { 101, 7, 3, 7, 0 },
		{ 40, 1080, 1, 33, 32 }, { 40, 1000, 1, 3, 256 }, { 40, 97, 2, 3, 32 }, { 40, 96, 1, 3, 32 } };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct bf_job job = { .width = sizes[i][0], .height = sizes[i][1], .columns = sizes[i][2], .rows = sizes[i][3],
			.piece_align = sizes[i][4] };
		unsigned char *hit = calloc((size_t)job.width, (size_t)job.height);
		for (unsigned n = 0; n < (unsigned)(job.columns * job.rows); n++) {
			struct bf_rect rect = bf_job_piece(&job, n);
			assert_true(rect.left < rect.right && rect.top < rect.bottom);
			assert_true(!job.piece_align || rect.top % job.piece_align == 0);
			for (int y = rect.top; y < rect.bottom; y++)
				for (int x = rect.left; x < rect.right; x++)
					hit[y * job.width + x]++;
		}
		for (int p = 0; p < job.width * job.height; p++)
			assert_int_equal(hit[p], 1);
		free(hit);
	}
}

static void test_pieces_with_margin(void **state)
{
	(void)state;
	struct bf_job job = { .width = 100, .height = 60, .columns = 3, .rows = 2, .piece_margin = 16 };
	static const struct bf_rect want[] = { { 0, 0, 49, 46 }, { 17, 0, 82, 46 }, { 50, 0, 100, 46 }, { 0, 14, 49, 60 } };
	for (unsigned n = 0; n < sizeof want / sizeof *want; n++) {
		struct bf_rect rect = bf_job_piece_rendered(&job, n);
		assert_memory_equal(&rect, &want[n], sizeof rect);
	}
	job.piece_margin = 1000;
	struct bf_rect all = bf_job_piece_rendered(&job, 4);
	assert_memory_equal(&all, (&(struct bf_rect){ 0, 0, 100, 60 }), sizeof all);
}

/* ---- directories of tasks ---- */

struct tally { unsigned tasks, more, last_more; int32_t last_frame; };

static int count_task(void *arg, const struct bf_task *task)
{
	struct tally *tally = arg;
	assert_int_equal(task->state, BF_OPEN);
	assert_int_equal(task->attempt, 1);
	if (task->kind == BF_TASK_MORE) {
		tally->more++;
		tally->last_more = task->number;
	} else {
		tally->tasks++;
		tally->last_frame = task->frame;
	}
	return 0;
}

static void directories(const char *frames, int columns, int rows, unsigned want_shards, unsigned want_tasks)
{
	struct bf_job job = { .columns = columns, .rows = rows };
	struct bf_err err;
	unsigned tasks = 0;
	size_t covered = 0;
	assert_int_equal(bf_frames_parse(frames, &job.frames, &err), 0);
	assert_int_equal(bf_job_shard_count(&job), want_shards);
	for (unsigned shard = 0; shard < want_shards; shard++) {
		struct tally tally = {0};
		size_t first, count;
		bf_job_shard_frames(&job, shard, &first, &count);
		assert_int_equal(first, covered);
		assert_true(count > 0);
		covered += count;
		bf_job_shard_tasks(&job, shard, count_task, &tally);
		assert_int_equal(tally.more, shard + 1 < want_shards);
		if (tally.more)
			assert_int_equal(tally.last_more, shard + 1);
		assert_int_equal(tally.last_frame, job.frames.frame[covered - 1]);
		assert_true(tally.tasks <= BF_SHARD_TASKS || count == 1);
		tasks += tally.tasks;
	}
	size_t first, count;
	bf_job_shard_frames(&job, want_shards, &first, &count);
	assert_int_equal(count, 0);
	assert_int_equal(covered, job.frames.count);
	assert_int_equal(tasks, want_tasks);
	bf_job_clear(&job);
}

/* The first frames whole, the others in pieces: the same directories as if all were cut. */
static void test_whole_frames(void **state)
{
	(void)state;
	struct bf_job job = { .columns = 1, .rows = 9, .whole_frames = 150 };
	struct bf_err err;
	unsigned tasks = 0;
	assert_int_equal(bf_frames_parse("100,1-99,101-205", &job.frames, &err), 0);
	assert_int_equal(bf_job_task_count(&job), 150 + 55 * 10);
	assert_int_equal(bf_job_shard_count(&job), 3);
	for (unsigned shard = 0; shard < 3; shard++) {
		struct tally tally = {0};
		bf_job_shard_tasks(&job, shard, count_task, &tally);
		tasks += tally.tasks;
		assert_int_equal(tally.tasks, shard == 0 ? 100 : shard == 1 ? 550 : 50);
	}
	assert_int_equal(tasks, bf_job_task_count(&job));
	assert_false(bf_job_frame_in_pieces(&job, 100));
	assert_false(bf_job_frame_in_pieces(&job, 150));
	assert_true(bf_job_frame_in_pieces(&job, 151));
	assert_false(bf_job_frame_in_pieces(&job, 999));
	bf_job_clear(&job);
}

static void test_directories(void **state)
{
	(void)state;
	directories("7", 1, 1, 1, 1);
	directories("1-1000", 1, 1, 1, 1000);
	directories("1-1001", 1, 1, 2, 1001);
	directories("1-100000", 1, 1, 100, 100000);
	directories("10-100x10,1-100", 4, 3, 2, 1300); /* 13 tasks to a frame, 76 frames to a directory */
	directories("1-3", 64, 64, 3, 3 * 4097);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_pieces_cover),
		cmocka_unit_test(test_pieces_with_margin),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_whole_frames),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
