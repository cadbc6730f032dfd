#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/path.h"
#include "tests/lib/scanned.h"

/* ---- figures ---- */

static void test_whole_frames(void **state)
{
	scanned_put_job(state, JOB, "5,4,3,2,1,-1,10-13", 1);
	scanned_put_tasks(state, "000", "f0001.open.1.0", "f0002.run.1.0." PC1 "-0-1", "f0003.done.1.0." PC1 "-0-2." HASH,
		"f0004.done.2.1." PC2 "-0-9." HASH, "f0005.parked.3.3", "f-0001.run.2.0." PC2 "-1-1",
		/* one in motion, seen before and after: the later state counts, once */
		"f0010.open.1.0", "f0010.run.1.0." PC2 "-2-1", "f0011.run.1.0." PC1 "-0-4", "f0011.open.2.1",
		"f0012.run.3.0." PC1 "-0-5", "f0012.done.3.0." PC1 "-0-5." HASH, /* 13 is in motion and not seen */
		/* and what does not belong there */
		"f0099.run.1.0." PC1 "-0-7", "f0001.p000.run.1.0." PC1 "-0-8", "f0001.join.run.1.0." PC1 "-0-8", "more.001.open.1.0",
		".nfs0123", "Thumbs.db", NULL);
	scanned_look(state);
	const struct bf_scan_job *job = scanned_job();
	scanned_counts_are(&job->frames, 10, 3, 3, 1, 3);
	scanned_counts_are(&job->tasks, 10, 3, 3, 1, 3);
	assert_int_equal(job->running_count, 3);
	assert_int_equal(job->running[0].task.frame, -1);
	assert_string_equal(job->running[0].agent, PC2);
	assert_int_equal(job->failed_count, 1);
	assert_int_equal(job->failed[0].task.frame, 5);
	assert_int_equal(job->machine_count, 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(job->machine[i].tasks, strcmp(job->machine[i].name, "pc1") ? 1 : 2);
	assert_int_equal(job->priority, 7);
}

/* A frame in pieces is done when its join is, and is in one state only. */
static void test_frames_in_pieces(void **state)
{
	scanned_put_job(state, JOB, "1-6", 2);
	scanned_put_tasks(state, "000",
		"f0001.p000.done.1.0." PC1 "-0-1." HASH, "f0001.p001.done.1.0." PC1 "-0-2." HASH, "f0001.join.done.1.0." PC1 "-0-3." HASH,
		"f0002.p000.done.1.0." PC1 "-0-4." HASH, "f0002.p001.done.1.0." PC1 "-0-5." HASH, "f0002.join.open.1.0",
		"f0003.p000.done.1.0." PC1 "-0-6." HASH, "f0003.p001.run.1.0." PC1 "-0-7", "f0003.join.open.1.0",
		"f0004.p000.parked.3.3", "f0004.p001.run.1.0." PC1 "-0-8", "f0004.join.open.1.0",
		"f0005.p000.parked.3.3", "f0005.p001.open.1.0", "f0005.join.parked.1.0",
		"f0006.p000.open.1.0", "f0006.p001.open.1.0", "f0006.join.open.1.0", "f0006.p002.run.1.0." PC1 "-0-9", "f0006.run.1.0." PC1 "-0-9",
		NULL);
	scanned_look(state);
	scanned_counts_are(&scanned_job()->frames, 6, 1, 2, 1, 2);
	scanned_counts_are(&scanned_job()->tasks, 18, 6, 2, 3, 7);
}

/* The first frames whole, the others in pieces: of each frame only what the plan has counts. */
static void test_last_frames_in_pieces(void **state)
{
	struct bf_job plan = scanned_plan("1-3");
	plan.columns = 2;
	plan.whole_frames = 2;
	scanned_put_plan(state, JOB, &plan);
	scanned_put_tasks(state, "000", "f0001.done.1.0." PC1 "-0-1." HASH, "f0002.run.1.0." PC1 "-0-2", "f0002.join.open.1.0",
		"f0003.p000.done.1.0." PC1 "-0-3." HASH, "f0003.p001.run.1.0." PC1 "-0-4", "f0003.join.open.1.0", "f0003.run.1.0." PC1 "-0-5",
		NULL);
	scanned_look(state);
	scanned_counts_are(&scanned_job()->frames, 3, 1, 2, 0, 0);
	scanned_counts_are(&scanned_job()->tasks, 5, 2, 2, 0, 1);
}

static void test_directories_to_come(void **state)
{
	scanned_put_job(state, JOB, "1-2500", 1);
	scanned_put_tasks(state, "000", "f0001.done.1.0." PC1 "-0-1." HASH, "f1001.done.1.0." PC1 "-0-2." HASH, "more.001.open.1.0", NULL);
	scanned_put_tasks(state, "001", "f1001.run.1.0." PC1 "-0-3", NULL);
	scanned_put_tasks(state, "007", "f0002.done.1.0." PC1 "-0-1." HASH, NULL); /* no such directory in this plan */
	scanned_put_tasks(state, "0", "f0003.done.1.0." PC1 "-0-1." HASH, NULL);
	scanned_put_tasks(state, ".new." PC1 "-0-9", "f2001.open.1.0", NULL);
	scanned_look(state);
	scanned_counts_are(&scanned_job()->frames, 2500, 1, 1, 0, 2498);
}

static void test_reasons(void **state)
{
	scanned_put_job(state, JOB, "1-4", 2);
	scanned_put_tasks(state, "000", "f0001.p000.parked.11.3", "f0001.join.parked.1.0", "f0002.p001.parked.6.0", NULL);
	scanned_put(state, "logs/f0001.p000.9.pc1.log", "an older reason\nmore\n");
	scanned_put(state, "logs/f0001.p000.11.pc-2.log", "out of memory\r\nBlender 3.4\n");
	scanned_put(state, "logs/f0001.p001.12.pc1.log", "another task\n");
	scanned_put(state, "logs/f0002.p001.5.pc3.lost", "pc3 was silent\n");
	scanned_put(state, "logs/f0002.p001.x.pc3.log", "no attempt\n");
	scanned_put(state, "logs/notes.txt", "x\n");
	scanned_look(state);
	const struct bf_scan_job *job = scanned_job();
	assert_int_equal(job->failed_count, 3);
	assert_string_equal(job->failed[0].why, "out of memory");
	assert_string_equal(job->failed[0].machine, "pc-2");
	assert_string_equal(job->failed[1].why, "");
	assert_string_equal(job->failed[2].why, "pc3 was silent");
	scanned_look(state);
	assert_string_equal(scanned_job()->failed[0].why, "out of memory");
}

static void map_is(const char *want)
{
	char got[64] = "";
	assert_true(scanned_job()->map.count < sizeof got);
	for (unsigned i = 0; i < scanned_job()->map.count; i++)
		got[i] = "orDP"[scanned_job()->map.piece[i].state];
	if (strcmp(got, want))
		fail_msg("the map is %s, wanted %s", got, want);
}

static void test_map(void **state)
{
	scanned_put_job(state, JOB, "1-3", 4);
	scanned_put_tasks(state, "000", "f0001.p000.open.1.0", "f0001.p001.open.1.0", NULL);
	scanned_look(state);
	map_is("oooo"); /* nothing has begun: the first */
	assert_int_equal(scanned_job()->map.frame, 1);
	scanned_put_tasks(state, "000", "f0002.p000.done.1.0." PC1 "-0-1." HASH, "f0002.p001.run.1.0." PC2 "-0-1", "f0002.p003.parked.3.3",
		"f0002.p001.open.1.0", NULL);
	scanned_look(state);
	map_is("DroP"); /* what is worked at goes first */
	assert_int_equal(scanned_job()->map.frame, 2);
	assert_string_equal(scanned_job()->machine[scanned_job()->map.piece[0].machine].name, "pc1");
	assert_string_equal(scanned_job()->machine[scanned_job()->map.piece[1].machine].name, "pc2");
	scanned_put_tasks(state, "000", "f0002.join.done.1.0." PC1 "-0-9." HASH, NULL);
	scanned_look(state);
	assert_int_equal(scanned_job()->map.frame, 1); /* done; the next that is not */
	scanned_put_tasks(state, "000", "f0001.join.done.1.0." PC1 "-0-8." HASH, "f0003.join.done.1.0." PC1 "-0-7." HASH, NULL);
	scanned_look(state);
	assert_int_equal(scanned_job()->map.frame, 3); /* all are: the last */
}

static void test_no_map_of_whole_frames(void **state)
{
	scanned_put_job(state, JOB, "1-2", 1);
	scanned_put_tasks(state, "000", "f0001.run.1.0." PC1 "-0-1", NULL);
	scanned_look(state);
	assert_int_equal(scanned_job()->map.count, 0);
}

/* ---- states ---- */

static void refreshed_state_is(void **state, enum bf_job_state want)
{
	scanned_look(state);
	assert_string_equal(bf_job_state_name(scanned_job()->state), bf_job_state_name(want));
}

/* At first sight: steps of a test may follow each other within one tick of the file system's clock. */
static void state_is(void **state, enum bf_job_state want)
{
	bf_scan_clear(&scanned);
	refreshed_state_is(state, want);
}

static void test_states(void **state)
{
	scanned_put_job(state, JOB, "1-2", 1);
	scanned_put_tasks(state, "000", "f0001.open.1.0", "f0002.open.1.0", NULL);
	scanned_put_tasks(state, BF_SHARD_END, "finish.open.1.0", NULL);
	state_is(state, BF_JOB_WAITING);
	scanned_put(state, "pause.txt", "");
	state_is(state, BF_JOB_PAUSED);
	scanned_step(state, "000", "f0001.open.1.0", "f0001.run.1.0." PC1 "-0-1");
	state_is(state, BF_JOB_PAUSED);
	scanned_remove(state, "pause.txt");
	state_is(state, BF_JOB_RUNNING);
	scanned_put(state, "CANCEL", "");
	state_is(state, BF_JOB_CANCELLED);
	assert_true(bf_scan_ended(scanned_job()));
	scanned_remove(state, "CANCEL");
	scanned_step(state, "000", "f0001.run.1.0." PC1 "-0-1", "f0001.done.1.0." PC1 "-0-1." HASH);
	scanned_step(state, "000", "f0002.open.1.0", "f0002.parked.3.3");
	state_is(state, BF_JOB_WAITING);
	scanned_step(state, BF_SHARD_END, "finish.open.1.0", "finish.run.1.0." PC1 "-0-2");
	state_is(state, BF_JOB_RUNNING);
	scanned_step(state, BF_SHARD_END, "finish.run.1.0." PC1 "-0-2", "finish.done.1.0." PC1 "-0-2." BF_HASH_NONE);
	state_is(state, BF_JOB_FAILED);
	scanned_step(state, "000", "f0002.parked.3.3", "f0002.done.4.0." PC1 "-0-3." HASH);
	state_is(state, BF_JOB_DONE);
	scanned_counts_are(&scanned_job()->frames, 2, 2, 0, 0, 0);
}

static void test_making_tasks_is_running(void **state)
{
	scanned_put_job(state, JOB, "1-2000", 1);
	scanned_put_tasks(state, "000", "more.001.run.1.0." PC1 "-0-1", NULL);
	state_is(state, BF_JOB_RUNNING);
	scanned_counts_are(&scanned_job()->tasks, 2000, 0, 0, 0, 2000);
	scanned_step(state, "000", "more.001.run.1.0." PC1 "-0-1", "more.001.open.2.0");
	state_is(state, BF_JOB_WAITING);
}

static void test_unreadable_plans(void **state)
{
	struct fresh_share *fresh = *state;
	fresh_share_mkdir(fresh, "jobs/just a folder");
	fresh_share_put(fresh, "jobs/file.txt", "x");
	fresh_share_put(fresh, bf_path_in_job(JOB, "job.ini").text, "[job]\nwidth = none\n");
	scanned_look(state);
	assert_int_equal(scanned.job_count, 1);
	assert_false(scanned_job()->plan_ok);
	assert_non_null(strstr(scanned_job()->error, "job.ini"));
	scanned_counts_are(&scanned_job()->frames, 0, 0, 0, 0, 0);
	scanned_put_job(state, JOB, "1-2", 1); /* repaired by hand */
	scanned_look(state);
	assert_true(scanned_job()->plan_ok);
	assert_string_equal(scanned_job()->error, "");
	scanned_counts_are(&scanned_job()->frames, 2, 0, 0, 0, 2);
}

static void test_control(void **state)
{
	scanned_put_job(state, JOB, "1-2", 1);
	scanned_put(state, "PRIORITY.50", "");
	scanned_put(state, "AVOID.pc9.txt", "five failures\n");
	scanned_look(state);
	assert_int_equal(scanned_job()->priority, 50);
	assert_int_equal(scanned_job()->avoid_count, 1);
	assert_string_equal(scanned_job()->avoid[0], "pc9");
}

/* ---- refreshing ---- */

static void set_back_in_time(void **state, const char *shard)
{
	struct fresh_share *fresh = *state;
	struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	assert_int_equal(utimensat(fresh->share.root, bf_path_shard(JOB, shard).text, times, 0), 0);
}

static void test_refresh_sees_changes(void **state)
{
	scanned_put_job(state, JOB, "1-3", 1);
	scanned_put_tasks(state, "000", "f0001.done.1.0." PC1 "-0-1." HASH, "f0002.done.1.0." PC1 "-0-2." HASH,
		"f0003.done.1.0." PC1 "-0-3." HASH, NULL);
	set_back_in_time(state, "000");
	scanned_look(state);
	scanned_counts_are(&scanned_job()->tasks, 3, 3, 0, 0, 0);
	scanned_step(state, "000", "f0002.done.1.0." PC1 "-0-2." HASH, "f0002.open.2.0");
	scanned_look(state);
	scanned_counts_are(&scanned_job()->tasks, 3, 2, 0, 0, 1);
	scanned_step(state, "000", "f0002.open.2.0", "f0002.run.2.0." PC2 "-0-1");
	scanned_look(state);
	scanned_counts_are(&scanned_job()->tasks, 3, 2, 1, 0, 0);
	assert_int_equal(scanned_job()->running_count, 1);
	scanned_step(state, "000", "f0002.run.2.0." PC2 "-0-1", "f0002.done.2.0." PC2 "-0-1." HASH);
	scanned_look(state);
	scanned_counts_are(&scanned_job()->tasks, 3, 3, 0, 0, 0);
	assert_int_equal(scanned_job()->running_count, 0);
}

/* A file system that keeps no times of directories: then a look in sixteen is a real one. */
static void test_refresh_without_times(void **state)
{
	scanned_put_job(state, JOB, "1-2", 1);
	scanned_put_tasks(state, "000", "f0001.done.1.0." PC1 "-0-1." HASH, "f0002.parked.3.3", NULL);
	set_back_in_time(state, "000");
	scanned_look(state);
	scanned_step(state, "000", "f0002.parked.3.3", "f0002.open.4.0");
	set_back_in_time(state, "000");
	scanned_look(state);
	scanned_counts_are(&scanned_job()->tasks, 2, 1, 0, 1, 0); /* it was not listed: that is the saving */
	for (int i = 0; i < 16; i++)
		scanned_look(state);
	scanned_counts_are(&scanned_job()->tasks, 2, 1, 0, 0, 1);
}

static void test_refresh_of_ended_jobs(void **state)
{
	struct fresh_share *fresh = *state;
	scanned_put_job(state, JOB, "1", 1);
	scanned_put_tasks(state, "000", "f0001.parked.3.3", NULL);
	scanned_put_tasks(state, BF_SHARD_END, "finish.done.1.0." PC1 "-0-2." BF_HASH_NONE, NULL);
	fresh_share_put(fresh, bf_path_ended(JOB).text, "");
	set_back_in_time(state, "000");
	refreshed_state_is(state, BF_JOB_FAILED);
	scanned_put(state, "CANCEL", "");
	refreshed_state_is(state, BF_JOB_FAILED); /* not looked at while the marker stands */
	scanned_remove(state, "CANCEL");
	scanned_step(state, "000", "f0001.parked.3.3", "f0001.open.4.0");
	scanned_step(state, BF_SHARD_END, "finish.done.1.0." PC1 "-0-2." BF_HASH_NONE, "finish.open.2.0");
	assert_int_equal(bf_fs_unlink(fresh->share.root, bf_path_ended(JOB).text, NULL), 1);
	refreshed_state_is(state, BF_JOB_WAITING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCANNED_TEST(test_whole_frames),
		SCANNED_TEST(test_frames_in_pieces),
		SCANNED_TEST(test_last_frames_in_pieces),
		SCANNED_TEST(test_directories_to_come),
		SCANNED_TEST(test_reasons),
		SCANNED_TEST(test_map),
		SCANNED_TEST(test_no_map_of_whole_frames),
		SCANNED_TEST(test_states),
		SCANNED_TEST(test_making_tasks_is_running),
		SCANNED_TEST(test_unreadable_plans),
		SCANNED_TEST(test_control),
		SCANNED_TEST(test_refresh_sees_changes),
		SCANNED_TEST(test_refresh_without_times),
		SCANNED_TEST(test_refresh_of_ended_jobs),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
