#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/journal.h"
#include "share-layout/path.h"
#include "share-layout/scan.h"
#include "tests/lib/fresh_share.h"

#define JOB "shot_2026-01-02_030405"
#define HASH "0123456789abcdef0123456789abcdef"
#define PC1 "pc1-abcdef"
#define PC2 "pc2-abcdef"

static struct bf_scan scan;

static int teardown(void **state)
{
	bf_scan_clear(&scan);
	return fresh_share_teardown(state);
}

static void take(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	if (bf_scan_take(&fresh->share, NULL, &scan, &err) < 0)
		fail_msg("%s", err.text);
}

static const struct bf_scan_job *the_job(void)
{
	const struct bf_scan_job *job;
	struct bf_err err;
	if (bf_scan_find(&scan, JOB, &job, &err) != 1)
		fail_msg(JOB " is not there");
	return job;
}

/* A job of these frames, cut into columns, without any task. */
static void put_job(void **state, const char *id, const char *frames, int columns)
{
	struct fresh_share *fresh = *state;
	static const char *const dirs[] = { "tasks/end", "logs", "journal" };
	struct bf_job job = { .width = 64, .height = 36, .columns = columns, .rows = 1, .picture_count = 1, .priority = 7 };
	struct bf_err err;
	strcpy(job.name, "shot.blend");
	strcpy(job.blend, "shot.blend");
	strcpy(job.ext, "png");
	strcpy(job.picture[0], "####.png");
	assert_int_equal(bf_frames_parse(frames, &job.frames, &err), 0);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		fresh_share_mkdir(fresh, bf_path_in_job(id, dirs[i]).text);
	if (bf_job_write(&fresh->share, bf_path_job(id).text, &job, &err) < 0)
		fail_msg("%s", err.text);
	bf_job_clear(&job);
}

static struct bf_path shard_file(const char *shard, const char *name)
{
	return bf_path_of("%s/%s", bf_path_shard(JOB, shard).text, name);
}

static void put_tasks(void **state, const char *shard, ...)
{
	va_list args;
	va_start(args, shard);
	for (const char *name; (name = va_arg(args, const char *));)
		fresh_share_put(*state, shard_file(shard, name).text, "");
	va_end(args);
}

static void step(void **state, const char *shard, const char *from, const char *to)
{
	struct fresh_share *fresh = *state;
	assert_int_equal(bf_fs_rename(fresh->share.root, shard_file(shard, from).text, shard_file(shard, to).text, NULL), 1);
}

static void put_in_job(void **state, const char *name, const char *text)
{
	fresh_share_put(*state, bf_path_in_job(JOB, name).text, text);
}

static void remove_in_job(void **state, const char *name)
{
	struct fresh_share *fresh = *state;
	assert_int_equal(bf_fs_unlink(fresh->share.root, bf_path_in_job(JOB, name).text, NULL), 1);
}

static void counts(const struct bf_count *count, int total, int done, int running, int failed, int waiting)
{
	if (count->total != total || count->done != done || count->running != running || count->failed != failed
		|| count->waiting != waiting)
		fail_msg("total %d done %d running %d failed %d waiting %d", (int)count->total, (int)count->done,
			(int)count->running, (int)count->failed, (int)count->waiting);
}

static void refreshed_state_is(void **state, enum bf_job_state want)
{
	take(state);
	assert_string_equal(bf_job_state_name(the_job()->state), bf_job_state_name(want));
}

/* At first sight: steps of a test may follow each other within one tick of the file system's clock. */
static void state_is(void **state, enum bf_job_state want)
{
	bf_scan_clear(&scan);
	refreshed_state_is(state, want);
}

/* ---- figures ---- */

static void test_empty_share(void **state)
{
	take(state);
	assert_int_equal(scan.job_count + scan.agent_count + scan.rejected_count + scan.queued_count, 0);
	take(state);
}

static void test_whole_frames(void **state)
{
	put_job(state, JOB, "5,4,3,2,1,-1,10-13", 1);
	put_tasks(state, "000", "f0001.open.1.0", "f0002.run.1.0." PC1 "-0-1", "f0003.done.1.0." PC1 "-0-2." HASH,
		"f0004.done.2.1." PC2 "-0-9." HASH, "f0005.parked.3.3", "f-0001.run.2.0." PC2 "-1-1",
		/* one in motion, seen before and after: the later state counts, once */
		"f0010.open.1.0", "f0010.run.1.0." PC2 "-2-1", "f0011.run.1.0." PC1 "-0-4", "f0011.open.2.1",
		"f0012.run.3.0." PC1 "-0-5", "f0012.done.3.0." PC1 "-0-5." HASH, /* 13 is in motion and not seen */
		/* and what does not belong there */
		"f0099.run.1.0." PC1 "-0-7", "f0001.p000.run.1.0." PC1 "-0-8", "f0001.join.run.1.0." PC1 "-0-8", "more.001.open.1.0",
		".nfs0123", "Thumbs.db", NULL);
	take(state);
	const struct bf_scan_job *job = the_job();
	counts(&job->frames, 10, 3, 3, 1, 3);
	counts(&job->tasks, 10, 3, 3, 1, 3);
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
	put_job(state, JOB, "1-6", 2);
	put_tasks(state, "000",
		"f0001.p000.done.1.0." PC1 "-0-1." HASH, "f0001.p001.done.1.0." PC1 "-0-2." HASH, "f0001.join.done.1.0." PC1 "-0-3." HASH,
		"f0002.p000.done.1.0." PC1 "-0-4." HASH, "f0002.p001.done.1.0." PC1 "-0-5." HASH, "f0002.join.open.1.0",
		"f0003.p000.done.1.0." PC1 "-0-6." HASH, "f0003.p001.run.1.0." PC1 "-0-7", "f0003.join.open.1.0",
		"f0004.p000.parked.3.3", "f0004.p001.run.1.0." PC1 "-0-8", "f0004.join.open.1.0",
		"f0005.p000.parked.3.3", "f0005.p001.open.1.0", "f0005.join.parked.1.0",
		"f0006.p000.open.1.0", "f0006.p001.open.1.0", "f0006.join.open.1.0", "f0006.p002.run.1.0." PC1 "-0-9", "f0006.run.1.0." PC1 "-0-9",
		NULL);
	take(state);
	counts(&the_job()->frames, 6, 1, 2, 1, 2);
	counts(&the_job()->tasks, 18, 6, 2, 3, 7);
}

/* The first frames whole, the others in pieces: of each frame only what the plan has counts. */
static void test_last_frames_in_pieces(void **state)
{
	struct fresh_share *fresh = *state;
	put_job(state, JOB, "1-3", 2);
	struct bf_job job;
	struct bf_err err;
	assert_int_equal(bf_job_read(&fresh->share, JOB, &job, &err), 1);
	job.whole_frames = 2;
	assert_int_equal(bf_job_write(&fresh->share, "jobs/" JOB, &job, &err), 0);
	bf_job_clear(&job);
	put_tasks(state, "000", "f0001.done.1.0." PC1 "-0-1." HASH, "f0002.run.1.0." PC1 "-0-2", "f0002.join.open.1.0",
		"f0003.p000.done.1.0." PC1 "-0-3." HASH, "f0003.p001.run.1.0." PC1 "-0-4", "f0003.join.open.1.0", "f0003.run.1.0." PC1 "-0-5",
		NULL);
	take(state);
	counts(&the_job()->frames, 3, 1, 2, 0, 0);
	counts(&the_job()->tasks, 5, 2, 2, 0, 1);
}

static void test_directories_to_come(void **state)
{
	put_job(state, JOB, "1-2500", 1);
	put_tasks(state, "000", "f0001.done.1.0." PC1 "-0-1." HASH, "f1001.done.1.0." PC1 "-0-2." HASH, "more.001.open.1.0", NULL);
	put_tasks(state, "001", "f1001.run.1.0." PC1 "-0-3", NULL);
	put_tasks(state, "007", "f0002.done.1.0." PC1 "-0-1." HASH, NULL); /* no such directory in this plan */
	put_tasks(state, "0", "f0003.done.1.0." PC1 "-0-1." HASH, NULL);
	put_tasks(state, ".new." PC1 "-0-9", "f2001.open.1.0", NULL);
	take(state);
	counts(&the_job()->frames, 2500, 1, 1, 0, 2498);
}

static void test_reasons(void **state)
{
	put_job(state, JOB, "1-4", 2);
	put_tasks(state, "000", "f0001.p000.parked.11.3", "f0001.join.parked.1.0", "f0002.p001.parked.6.0", NULL);
	put_in_job(state, "logs/f0001.p000.9.pc1.log", "an older reason\nmore\n");
	put_in_job(state, "logs/f0001.p000.11.pc-2.log", "out of memory\r\nBlender 3.4\n");
	put_in_job(state, "logs/f0001.p001.12.pc1.log", "another task\n");
	put_in_job(state, "logs/f0002.p001.5.pc3.lost", "pc3 was silent\n");
	put_in_job(state, "logs/f0002.p001.x.pc3.log", "no attempt\n");
	put_in_job(state, "logs/notes.txt", "x\n");
	take(state);
	const struct bf_scan_job *job = the_job();
	assert_int_equal(job->failed_count, 3);
	assert_string_equal(job->failed[0].why, "out of memory");
	assert_string_equal(job->failed[0].machine, "pc-2");
	assert_string_equal(job->failed[1].why, "");
	assert_string_equal(job->failed[2].why, "pc3 was silent");
	take(state);
	assert_string_equal(the_job()->failed[0].why, "out of memory");
}

/* ---- states ---- */

static void test_states(void **state)
{
	put_job(state, JOB, "1-2", 1);
	put_tasks(state, "000", "f0001.open.1.0", "f0002.open.1.0", NULL);
	put_tasks(state, BF_SHARD_END, "finish.open.1.0", NULL);
	state_is(state, BF_JOB_WAITING);
	put_in_job(state, "pause.txt", "");
	state_is(state, BF_JOB_PAUSED);
	step(state, "000", "f0001.open.1.0", "f0001.run.1.0." PC1 "-0-1");
	state_is(state, BF_JOB_PAUSED);
	remove_in_job(state, "pause.txt");
	state_is(state, BF_JOB_RUNNING);
	put_in_job(state, "CANCEL", "");
	state_is(state, BF_JOB_CANCELLED);
	assert_true(bf_scan_ended(the_job()));
	remove_in_job(state, "CANCEL");
	step(state, "000", "f0001.run.1.0." PC1 "-0-1", "f0001.done.1.0." PC1 "-0-1." HASH);
	step(state, "000", "f0002.open.1.0", "f0002.parked.3.3");
	state_is(state, BF_JOB_WAITING);
	step(state, BF_SHARD_END, "finish.open.1.0", "finish.run.1.0." PC1 "-0-2");
	state_is(state, BF_JOB_RUNNING);
	step(state, BF_SHARD_END, "finish.run.1.0." PC1 "-0-2", "finish.done.1.0." PC1 "-0-2." BF_HASH_NONE);
	state_is(state, BF_JOB_FAILED);
	step(state, "000", "f0002.parked.3.3", "f0002.done.4.0." PC1 "-0-3." HASH);
	state_is(state, BF_JOB_DONE);
	counts(&the_job()->frames, 2, 2, 0, 0, 0);
}

static void test_making_tasks_is_running(void **state)
{
	put_job(state, JOB, "1-2000", 1);
	put_tasks(state, "000", "more.001.run.1.0." PC1 "-0-1", NULL);
	state_is(state, BF_JOB_RUNNING);
	counts(&the_job()->tasks, 2000, 0, 0, 0, 2000);
	step(state, "000", "more.001.run.1.0." PC1 "-0-1", "more.001.open.2.0");
	state_is(state, BF_JOB_WAITING);
}

static void test_planning(void **state)
{
	struct fresh_share *fresh = *state;
	static const char *const good[] = { "a.b.2_2026-01-02_030406.1." PC1 "-0-1", "c_2026-01-02_030407_2.12.open" };
	static const char *const foreign[] = { "x_2026-01-02_030408.1.nobody", "x_2026-01-02_030408.open", ".hidden.1.open", "x.y.open",
		"open", ".1.open" };
	for (size_t i = 0; i < 2; i++)
		fresh_share_put(fresh, bf_path_incoming_in(good[i], "source/x.blend").text, "x");
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		fresh_share_put(fresh, bf_path_incoming_in(foreign[i], "source/x.blend").text, "x");
	fresh_share_mkdir(fresh, bf_path_incoming_in("empty_2026-01-02_030409.1.open", "source").text);
	fresh_share_mkdir(fresh, bf_path_incoming("none_2026-01-02_030409.1.open").text);
	take(state);
	assert_int_equal(scan.job_count, 2);
	assert_string_equal(scan.job[0].plan.id, "a.b.2_2026-01-02_030406");
	assert_string_equal(scan.job[0].plan.name, "a.b.2");
	assert_string_equal(scan.job[1].plan.name, "c");
	assert_int_equal(scan.job[0].state, BF_JOB_PLANNING);
	assert_false(bf_scan_ended(&scan.job[0]));
}

/* Accepted between two listings: it is shown once, as what it is now. */
static void test_planned_and_accepted(void **state)
{
	put_job(state, JOB, "1-2", 1);
	fresh_share_put(*state, bf_path_incoming_in(JOB ".1." PC1 "-0-1", "source/x.blend").text, "x");
	take(state);
	assert_int_equal(scan.job_count, 1);
	assert_int_equal(scan.job[0].state, BF_JOB_WAITING);
}

static void test_unreadable_plans(void **state)
{
	struct fresh_share *fresh = *state;
	fresh_share_mkdir(fresh, "jobs/just a folder");
	fresh_share_put(fresh, "jobs/file.txt", "x");
	fresh_share_put(fresh, bf_path_in_job(JOB, "job.ini").text, "[job]\nwidth = none\n");
	take(state);
	assert_int_equal(scan.job_count, 1);
	assert_false(the_job()->plan_ok);
	assert_non_null(strstr(the_job()->error, "job.ini"));
	counts(&the_job()->frames, 0, 0, 0, 0, 0);
	put_job(state, JOB, "1-2", 1); /* repaired by hand */
	take(state);
	assert_true(the_job()->plan_ok);
	assert_string_equal(the_job()->error, "");
	counts(&the_job()->frames, 2, 0, 0, 0, 2);
}

static void test_control(void **state)
{
	put_job(state, JOB, "1-2", 1);
	put_in_job(state, "PRIORITY.50", "");
	put_in_job(state, "AVOID.pc9.txt", "five failures\n");
	take(state);
	assert_int_equal(the_job()->priority, 50);
	assert_int_equal(the_job()->avoid_count, 1);
	assert_string_equal(the_job()->avoid[0], "pc9");
}

/* ---- time ---- */

static void write_down(void **state, const char *agent, const char *event, int frame, double seconds)
{
	struct fresh_share *fresh = *state;
	struct bf_record record = { .seconds = seconds };
	strcpy(record.event, event);
	record.task = bf_task_open(BF_TASK_FRAME, frame, 0);
	assert_int_equal(bf_journal_append(&fresh->share, JOB, agent, &record, NULL), 0);
}

static void test_eta(void **state)
{
	put_job(state, JOB, "1-20", 1);
	put_tasks(state, "000", "f0001.run.1.0." PC1 "-0-1", NULL);
	take(state);
	assert_true(the_job()->eta.s < 0); /* nothing is known before the first */
	write_down(state, PC1, "done", 11, 10);
	write_down(state, PC1, "failed", 12, 1000);
	take(state);
	assert_true(the_job()->seconds_per_task == 10);
	assert_true(the_job()->eta.s == 200); /* 20 tasks, one slot, 10 s each */
	/* the same slot holds a second one in advance; another machine, twice as slow, has joined */
	put_tasks(state, "000", "f0002.run.1.0." PC1 "-0-2", "f0003.run.1.0." PC2 "-0-1", "f0020.done.1.0." PC2 "-0-0." HASH, NULL);
	write_down(state, PC2, "done", 20, 20);
	take(state);
	assert_true(the_job()->seconds_per_task == 15);
	assert_true(the_job()->eta.s > 126.6 && the_job()->eta.s < 126.7); /* 19 tasks at 0.15 tasks a second */
	for (size_t i = 0; i < the_job()->machine_count; i++)
		if (!strcmp(the_job()->machine[i].name, "pc2")) {
			assert_true(the_job()->machine[i].seconds_per_task == 20);
			assert_int_equal(the_job()->machine[i].tasks, 1);
		}
	put_in_job(state, "PAUSE", "");
	take(state);
	assert_true(the_job()->eta.s < 0);
}

/* One task tells nothing about how they differ; the more there are and the more alike, the surer it is. */
static void test_eta_says_how_sure_it_is(void **state)
{
	put_job(state, JOB, "1-20", 1);
	put_tasks(state, "000", "f0001.run.1.0." PC1 "-0-1", NULL);
	write_down(state, PC1, "done", 11, 10);
	take(state);
	assert_true(the_job()->eta.least_s < 0);
	write_down(state, PC1, "done", 12, 6); /* the first paid for Blender's start */
	take(state);
	assert_true(the_job()->seconds_per_task == 6);
	assert_true(the_job()->eta.s == 120);
	assert_true(the_job()->eta.least_s >= 0 && the_job()->eta.least_s < 60 && the_job()->eta.most_s > 180);
	write_down(state, PC1, "done", 13, 6);
	take(state);
	double unsure = the_job()->eta.most_s - the_job()->eta.least_s;
	assert_true(the_job()->eta.s == 120 && unsure > 24 && the_job()->eta.least_s < 120 && the_job()->eta.most_s > 120);
	for (int i = 0; i < 50; i++)
		write_down(state, PC1, "done", 14, 6);
	take(state);
	assert_true(the_job()->eta.most_s - the_job()->eta.least_s < unsure / 10);
	for (int i = 0; i < 50; i++)
		write_down(state, PC1, "done", 14, i % 2 ? 1 : 11);
	take(state);
	assert_true(the_job()->eta.most_s - the_job()->eta.least_s > unsure);
	assert_true(the_job()->eta.least_s >= 0);
	assert_true(the_job()->has_newest && the_job()->newest == 14);
}

static double card_speed; /* of the cards that follow; 0 = they tell none */

static void put_rendering(void **state, const char *id, const char *task, int percent, int seconds)
{
	struct bf_card card = { .beat_ms = 10000, .lease_ms = 60000, .slot_count = 1 };
	struct bf_buf text = {0};
	struct fresh_share *fresh = *state;
	snprintf(card.id, sizeof card.id, "%s", id);
	card.slot[0] = (struct bf_slot){ .state = BF_SLOT_RENDERING, .percent = percent, .seconds = seconds, .speed = card_speed };
	strcpy(card.slot[0].job, JOB);
	strcpy(card.slot[0].task, task);
	bf_card_format(&card, &text);
	fresh_share_put(fresh, bf_path_card(id, 1).text, bf_buf_text(&text));
	bf_buf_clear(&text);
}

/* What runs counts as far as its card says; and the last task cannot be shared. */
static void test_eta_of_the_last_ones(void **state)
{
	put_job(state, JOB, "1-2", 1);
	put_tasks(state, "000", "f0001.run.1.0." PC1 "-0-1", "f0002.run.1.0." PC2 "-0-1", NULL);
	write_down(state, PC1, "done", 1, 100);
	put_rendering(state, PC1, "f0001", 75, 7);
	put_rendering(state, PC2, "f0002", 10, 7);
	take(state);
	assert_true(the_job()->eta.s > 89.9 && the_job()->eta.s < 90.1);
	put_rendering(state, PC2, "f0002", -1, 30);
	assert_int_equal(bf_fs_rename(((struct fresh_share *)*state)->share.root, bf_path_card(PC2, 1).text, bf_path_card(PC2, 2).text,
		NULL), 1);
	take(state);
	assert_true(the_job()->eta.s > 69.9 && the_job()->eta.s < 70.1); /* it took 30 of the usual 100 seconds */
}

/* Bands of known cost: a large one that waits is worth many small ones. */
static void test_eta_by_cost(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_job job = { .width = 64, .height = 36, .columns = 1, .rows = 3, .picture_count = 1,
		.piece_top_count = 3, .piece_top = { 0, 20, 30 }, .piece_cost_count = 3, .piece_cost = { 80, 20, 10 } };
	struct bf_err err;
	put_job(state, JOB, "1", 1);
	strcpy(job.name, "shot.blend");
	strcpy(job.blend, "shot.blend");
	strcpy(job.ext, "png");
	strcpy(job.picture[0], "####.png");
	assert_int_equal(bf_frames_parse("1", &job.frames, &err), 0);
	assert_int_equal(bf_fs_unlink(fresh->share.root, bf_path_in_job(JOB, "job.ini").text, NULL), 1);
	assert_int_equal(bf_fs_unlink(fresh->share.root, bf_path_in_job(JOB, "frames.txt").text, NULL), 1);
	if (bf_job_write(&fresh->share, bf_path_job(JOB).text, &job, &err) < 0)
		fail_msg("%s", err.text);
	bf_job_clear(&job);
	put_tasks(state, "000", "f0001.p000.run.1.0." PC1 "-0-1", "f0001.p001.run.1.0." PC2 "-0-1", "f0001.p002.done.1.0." PC2 "-0-0." HASH,
		"f0001.join.open.1.0", NULL);
	card_speed = 2;
	put_rendering(state, PC1, "f0001.p000", 50, 20);
	card_speed = 0.5;
	put_rendering(state, PC2, "f0001.p001", 0, 0);
	card_speed = 0;
	write_down(state, PC2, "done", 1, 20);
	take(state);
	assert_true(the_job()->eta.s > 39.9 && the_job()->eta.s < 40.1); /* 20 ÷ 0.5: longer than (40 + 20) ÷ 2.5 */
	assert_true(the_job()->eta.least_s < 0);
}

static void map_is(const char *want)
{
	char got[64] = "";
	assert_true(the_job()->map.count < sizeof got);
	for (unsigned i = 0; i < the_job()->map.count; i++)
		got[i] = "orDP"[the_job()->map.piece[i].state];
	if (strcmp(got, want))
		fail_msg("the map is %s, wanted %s", got, want);
}

static void test_map(void **state)
{
	put_job(state, JOB, "1-3", 4);
	put_tasks(state, "000", "f0001.p000.open.1.0", "f0001.p001.open.1.0", NULL);
	take(state);
	map_is("oooo"); /* nothing has begun: the first */
	assert_int_equal(the_job()->map.frame, 1);
	put_tasks(state, "000", "f0002.p000.done.1.0." PC1 "-0-1." HASH, "f0002.p001.run.1.0." PC2 "-0-1", "f0002.p003.parked.3.3",
		"f0002.p001.open.1.0", NULL);
	take(state);
	map_is("DroP"); /* what is worked at goes first */
	assert_int_equal(the_job()->map.frame, 2);
	assert_string_equal(the_job()->machine[the_job()->map.piece[0].machine].name, "pc1");
	assert_string_equal(the_job()->machine[the_job()->map.piece[1].machine].name, "pc2");
	put_tasks(state, "000", "f0002.join.done.1.0." PC1 "-0-9." HASH, NULL);
	take(state);
	assert_int_equal(the_job()->map.frame, 1); /* done; the next that is not */
	put_tasks(state, "000", "f0001.join.done.1.0." PC1 "-0-8." HASH, "f0003.join.done.1.0." PC1 "-0-7." HASH, NULL);
	take(state);
	assert_int_equal(the_job()->map.frame, 3); /* all are: the last */
}

static void test_no_map_of_whole_frames(void **state)
{
	put_job(state, JOB, "1-2", 1);
	put_tasks(state, "000", "f0001.run.1.0." PC1 "-0-1", NULL);
	take(state);
	assert_int_equal(the_job()->map.count, 0);
}

/* A journal of a whole winter is not read from its beginning. */
static void test_long_journal(void **state)
{
	put_job(state, JOB, "1-20", 1);
	for (int i = 0; i < 3000; i++)
		write_down(state, PC1, "done", 1, i < 1500 ? 1000 : 4);
	take(state);
	assert_true(the_job()->seconds_per_task == 4);
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
	put_job(state, JOB, "1-3", 1);
	put_tasks(state, "000", "f0001.done.1.0." PC1 "-0-1." HASH, "f0002.done.1.0." PC1 "-0-2." HASH,
		"f0003.done.1.0." PC1 "-0-3." HASH, NULL);
	set_back_in_time(state, "000");
	take(state);
	counts(&the_job()->tasks, 3, 3, 0, 0, 0);
	step(state, "000", "f0002.done.1.0." PC1 "-0-2." HASH, "f0002.open.2.0");
	take(state);
	counts(&the_job()->tasks, 3, 2, 0, 0, 1);
	step(state, "000", "f0002.open.2.0", "f0002.run.2.0." PC2 "-0-1");
	take(state);
	counts(&the_job()->tasks, 3, 2, 1, 0, 0);
	assert_int_equal(the_job()->running_count, 1);
	step(state, "000", "f0002.run.2.0." PC2 "-0-1", "f0002.done.2.0." PC2 "-0-1." HASH);
	take(state);
	counts(&the_job()->tasks, 3, 3, 0, 0, 0);
	assert_int_equal(the_job()->running_count, 0);
}

/* A file system that keeps no times of directories: then a look in sixteen is a real one. */
static void test_refresh_without_times(void **state)
{
	put_job(state, JOB, "1-2", 1);
	put_tasks(state, "000", "f0001.done.1.0." PC1 "-0-1." HASH, "f0002.parked.3.3", NULL);
	set_back_in_time(state, "000");
	take(state);
	step(state, "000", "f0002.parked.3.3", "f0002.open.4.0");
	set_back_in_time(state, "000");
	take(state);
	counts(&the_job()->tasks, 2, 1, 0, 1, 0); /* it was not listed: that is the saving */
	for (int i = 0; i < 16; i++)
		take(state);
	counts(&the_job()->tasks, 2, 1, 0, 0, 1);
}

static void test_refresh_of_ended_jobs(void **state)
{
	struct fresh_share *fresh = *state;
	put_job(state, JOB, "1", 1);
	put_tasks(state, "000", "f0001.parked.3.3", NULL);
	put_tasks(state, BF_SHARD_END, "finish.done.1.0." PC1 "-0-2." BF_HASH_NONE, NULL);
	fresh_share_put(fresh, bf_path_ended(JOB).text, "");
	set_back_in_time(state, "000");
	refreshed_state_is(state, BF_JOB_FAILED);
	put_in_job(state, "CANCEL", "");
	refreshed_state_is(state, BF_JOB_FAILED); /* not looked at while the marker stands */
	remove_in_job(state, "CANCEL");
	step(state, "000", "f0001.parked.3.3", "f0001.open.4.0");
	step(state, BF_SHARD_END, "finish.done.1.0." PC1 "-0-2." BF_HASH_NONE, "finish.open.2.0");
	assert_int_equal(bf_fs_unlink(fresh->share.root, bf_path_ended(JOB).text, NULL), 1);
	refreshed_state_is(state, BF_JOB_WAITING);
}

static void test_jobs_come_and_go(void **state)
{
	struct fresh_share *fresh = *state;
	put_job(state, "b_2026-01-02_030405", "1", 1);
	put_job(state, "a_2026-01-03_030405", "1", 1);
	put_job(state, "c_2025-12-31_235959", "1", 1);
	take(state);
	assert_int_equal(scan.job_count, 3);
	assert_string_equal(scan.job[0].plan.id, "c_2025-12-31_235959"); /* by age */
	assert_string_equal(scan.job[2].plan.id, "a_2026-01-03_030405");
	assert_int_equal(bf_fs_remove_tree(fresh->share.root, "jobs/b_2026-01-02_030405", NULL), 0);
	put_job(state, JOB, "1", 1);
	take(state);
	assert_int_equal(scan.job_count, 3);
	assert_string_equal(scan.job[1].plan.id, JOB);
}

static void test_lost_share_keeps_the_snapshot(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	put_job(state, JOB, "1-3", 1);
	take(state);
	static const char *const dirs[] = { "queue", "jobs", "agents", "output" };
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(bf_fs_remove_tree(fresh->share.root, dirs[i], NULL), 0);
	assert_int_equal(bf_scan_take(&fresh->share, NULL, &scan, &err), -1);
	assert_non_null(strstr(err.text, "mounted"));
	assert_int_equal(the_job()->frames.total, 3);
}

/* ---- agents, queue ---- */

static void put_card(void **state, const char *id, unsigned long beat, int64_t lease_ms)
{
	struct fresh_share *fresh = *state;
	struct bf_card card = { .lease_ms = lease_ms, .slot_count = 1 };
	struct bf_buf text = {0};
	strcpy(card.id, id);
	strcpy(card.host, "host");
	bf_card_format(&card, &text);
	fresh_share_put(fresh, bf_path_card(id, beat).text, text.data);
	bf_buf_clear(&text);
}

static void test_agents(void **state)
{
	struct fresh_share *fresh = *state;
	put_card(state, PC2, 7, 60000);
	put_card(state, PC1, 3, 60000);
	fresh_share_put(fresh, "agents/torn-abcdef.1", "[agent]\nid = torn");
	fresh_share_put(fresh, "agents/Thumbs.db", "x");
	take(state);
	assert_int_equal(scan.agent_count, 3);
	assert_string_equal(scan.agent[0].name, "pc1");
	assert_true(scan.agent[0].card_ok);
	assert_false(scan.agent[0].lost);
	assert_true(scan.agent[0].seen_s < 30);
	assert_string_equal(scan.agent[2].name, "torn");
	assert_false(scan.agent[2].card_ok);
	assert_int_equal(bf_fs_unlink(fresh->share.root, "agents/" PC1 ".3", NULL), 1);
	put_card(state, PC1, 4, 1234);
	assert_int_equal(bf_fs_unlink(fresh->share.root, "agents/" PC2 ".7", NULL), 1);
	take(state);
	assert_int_equal(scan.agent_count, 2);
	assert_int_equal(scan.agent[0].card.lease_ms, 1234);
}

static int64_t stamp_ms(void **state, const char *path)
{
	struct fresh_share *fresh = *state;
	struct stat st;
	assert_int_equal(fstatat(fresh->share.root, path, &st, 0), 0);
	return (int64_t)st.st_ctim.tv_sec * 1000 + st.st_ctim.tv_nsec / 1000000;
}

/* The first look can only compare the server's own stamps: who is that much older than the newest is lost. */
static void test_lost_at_first_sight(void **state)
{
	put_card(state, PC1, 3, 5);
	do
		put_card(state, PC2, 7, 5);
	while (stamp_ms(state, "agents/" PC2 ".7") - stamp_ms(state, "agents/" PC1 ".3") < 10);
	put_job(state, JOB, "1-2", 1);
	put_tasks(state, "000", "f0001.run.1.0." PC1 "-0-1", "f0002.run.1.0." PC2 "-0-1", NULL);
	take(state);
	assert_true(scan.agent[0].lost);
	assert_true(scan.agent[0].seen_s >= 0.01);
	assert_false(scan.agent[1].lost);
	assert_true(the_job()->running[0].lost);
	assert_false(the_job()->running[1].lost);
	struct fresh_share *fresh = *state;
	assert_int_equal(bf_fs_rename(fresh->share.root, "agents/" PC1 ".3", "agents/" PC1 ".4", NULL), 1);
	take(state);
	assert_true(scan.agent[0].seen_s < 0.005); /* it beats */
}

static void test_queue(void **state)
{
	struct fresh_share *fresh = *state;
	static const char *const files[] = { "queue/b.blend", "queue/c.BLEND", "queue/d.job", "queue/b.ini", "queue/b.suspend",
		"queue/notes.txt", "queue/.hidden.blend", "queue/folder/x.blend", "queue/b.blend1",
		"queue/rejected/bad.blend", "queue/rejected/bad.ini", "queue/rejected/silent.blend" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		fresh_share_put(fresh, files[i], "x");
	fresh_share_put(fresh, "queue/rejected/bad.blend.why.txt", "not a .blend file: it ends early\nMore about it.\n");
	for (int look = 0; look < 2; look++) {
		take(state);
		assert_int_equal(scan.queued_count, 4);
		assert_string_equal(scan.queued[0].name, "b.blend");
		assert_true(scan.queued[0].held);
		assert_string_equal(scan.queued[1].name, "c.BLEND");
		assert_false(scan.queued[1].held);
		assert_string_equal(scan.queued[3].name, "folder");
		assert_int_equal(scan.rejected_count, 2);
		assert_string_equal(scan.rejected[0].name, "bad.blend");
		assert_string_equal(scan.rejected[0].why, "not a .blend file: it ends early");
		assert_string_equal(scan.rejected[1].why, "");
	}
}

/* ---- finding ---- */

static void test_find(void **state)
{
	struct fresh_share *fresh = *state;
	const struct bf_scan_job *job;
	struct bf_err err;
	put_job(state, "shot_2026-01-02_030405", "1", 1);
	put_job(state, "my_film_2026-01-02_030405_2", "1", 1);
	put_job(state, "twice_2026-01-02_030405", "1", 1);
	put_job(state, "twice_2026-01-02_030406", "1", 1);
	take(state);
	assert_int_equal(bf_scan_find(&scan, "shot_2026-01-02_030405", &job, &err), 1);
	assert_int_equal(bf_scan_find(&scan, "shot", &job, &err), 1);
	assert_int_equal(bf_scan_find(&scan, "shot.blend", &job, &err), 1);
	assert_string_equal(job->plan.id, "shot_2026-01-02_030405");
	assert_int_equal(bf_scan_find(&scan, "my film", &job, &err), 1);
	assert_string_equal(job->plan.id, "my_film_2026-01-02_030405_2");
	static const char *const unknown[] = { "", "sho", "shot_2026-01-02", "SHOT", "../shot", "shot_2026-01-02_030405.ended" };
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		assert_int_equal(bf_scan_find(&scan, unknown[i], &job, &err), 0);
	assert_int_equal(bf_scan_find(&scan, "twice", &job, &err), -1);
	assert_non_null(strstr(err.text, "twice_2026-01-02_030405"));
	assert_non_null(strstr(err.text, "twice_2026-01-02_030406"));
	/* looking at one job only */
	bf_scan_clear(&scan);
	assert_int_equal(bf_scan_take(&fresh->share, "my film.blend", &scan, &err), 0);
	assert_int_equal(scan.job_count, 1);
	assert_int_equal(bf_scan_take(&fresh->share, "twice", &scan, &err), 0);
	assert_int_equal(scan.job_count, 2);
	assert_int_equal(bf_scan_take(&fresh->share, "twice_2026-01-02_030406", &scan, &err), 0);
	assert_int_equal(scan.job_count, 1);
	assert_int_equal(bf_scan_take(&fresh->share, "nothing", &scan, &err), 0);
	assert_int_equal(scan.job_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh_share_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_empty_share),
		TEST(test_whole_frames),
		TEST(test_frames_in_pieces),
		TEST(test_last_frames_in_pieces),
		TEST(test_directories_to_come),
		TEST(test_reasons),
		TEST(test_states),
		TEST(test_making_tasks_is_running),
		TEST(test_planning),
		TEST(test_planned_and_accepted),
		TEST(test_unreadable_plans),
		TEST(test_control),
		TEST(test_eta),
		TEST(test_eta_says_how_sure_it_is),
		TEST(test_eta_of_the_last_ones),
		TEST(test_eta_by_cost),
		TEST(test_map),
		TEST(test_no_map_of_whole_frames),
		TEST(test_long_journal),
		TEST(test_refresh_sees_changes),
		TEST(test_refresh_without_times),
		TEST(test_refresh_of_ended_jobs),
		TEST(test_jobs_come_and_go),
		TEST(test_lost_share_keeps_the_snapshot),
		TEST(test_agents),
		TEST(test_lost_at_first_sight),
		TEST(test_queue),
		TEST(test_find),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
