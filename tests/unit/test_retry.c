#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/path.h"
#include "share-layout/retry.h"
#include "tests/lib/fresh_share.h"

#define JOB "shot_2026-01-02_030405"
#define HASH "0123456789abcdef0123456789abcdef"
#define ONE "one-abcdef-0-"
#define TWO "two-abcdef-0-"

static struct bf_job job;

/* A job of frames 1 to 4 that has ended; pieces: 2 x 1 for each, or 0. */
static void put_job(void **state, bool pieces)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	memset(&job, 0, sizeof job);
	strcpy(job.id, JOB);
	strcpy(job.ext, "png");
	strcpy(job.picture[0], "####.png");
	job.picture_count = 1;
	job.width = job.height = 64;
	job.columns = pieces ? 2 : 1;
	job.rows = 1;
	assert_int_equal(bf_frames_range(1, 4, 1, &job.frames, &err), 0);
	fresh_share_mkdir(fresh, "jobs/" JOB "/tasks/000");
	fresh_share_mkdir(fresh, "jobs/" JOB "/journal");
	fresh_share_mkdir(fresh, "jobs/" JOB "/logs");
	fresh_share_mkdir(fresh, "jobs/" JOB "/pieces");
	fresh_share_mkdir(fresh, "output/" JOB);
	fresh_share_put(fresh, "jobs/" JOB ".ended", "");
	fresh_share_put(fresh, "jobs/" JOB "/tasks/end/finish.done.2.0." ONE "9." BF_HASH_NONE, "");
}

static void put(void **state, const char *name)
{
	fresh_share_put(*state, bf_path_of("jobs/" JOB "/tasks/000/%s", name).text, "");
}

static bool has(void **state, const char *name)
{
	return fresh_share_has(*state, bf_path_of("jobs/" JOB "/tasks/000/%s", name).text);
}

static int tasks(void **state)
{
	return fresh_share_count(*state, "jobs/" JOB "/tasks/000");
}

static struct bf_retry retry(void **state, struct bf_retry ask)
{
	struct fresh_share *fresh = *state;
	struct bf_err err = {0};
	if (bf_retry_tasks(&fresh->share, &job, &ask, &err) < 0)
		fail_msg("%s", err.text);
	bf_job_clear(&job);
	return ask;
}

static void job_is_open_again(void **state)
{
	assert_true(fresh_share_has(*state, "jobs/" JOB "/tasks/end/finish.open.4.0"));
	assert_int_equal(fresh_share_count(*state, "jobs/" JOB "/tasks/end"), 1);
	assert_false(fresh_share_has(*state, "jobs/" JOB ".ended"));
}

static void test_failed(void **state)
{
	put_job(state, false);
	put(state, "f0001.done.1.0." ONE "1." HASH);
	put(state, "f0002.parked.3.3");
	put(state, "f0003.run.1.0." TWO "1");
	put(state, "f0004.open.2.1");
	fresh_share_put(*state, "jobs/" JOB "/logs/f0002.3.one.log", "why");
	fresh_share_put(*state, "jobs/" JOB "/logs/f0002.2.one.lost", "why");
	fresh_share_put(*state, "jobs/" JOB "/logs/f0004.1.one.log", "why");
	fresh_share_put(*state, "jobs/" JOB "/logs/f0002.note", "somebody's own");
	fresh_share_put(*state, "jobs/" JOB "/AVOID.one.txt", "");
	fresh_share_put(*state, "output/" JOB "/0001.png", "picture");
	struct bf_retry did = retry(state, (struct bf_retry){ .what = BF_RETRY_FAILED });
	assert_int_equal(did.tasks, 1);
	assert_int_equal(did.pictures, 0);
	assert_true(has(state, "f0002.open.4.0"));
	assert_true(has(state, "f0001.done.1.0." ONE "1." HASH));
	assert_int_equal(tasks(state), 4);
	job_is_open_again(state);
	assert_true(fresh_share_has(*state, "output/" JOB "/0001.png"));
	assert_false(fresh_share_has(*state, "jobs/" JOB "/AVOID.one.txt"));
	assert_true(fresh_share_has(*state, "jobs/" JOB "/logs/retried/f0002.3.one.log"));
	assert_true(fresh_share_has(*state, "jobs/" JOB "/logs/retried/f0002.2.one.lost"));
	assert_int_equal(fresh_share_count(*state, "jobs/" JOB "/logs"), 3); /* with retried/ */
}

static void test_frames(void **state)
{
	struct bf_frames frames = {0};
	put_job(state, false);
	put(state, "f0001.done.1.0." ONE "1." HASH);
	put(state, "f0002.done.2.0." ONE "2." HASH);
	put(state, "f0003.open.1.0");
	put(state, "f0004.done.1.0." ONE "3." HASH);
	fresh_share_put(*state, "output/" JOB "/0001.png", "picture");
	fresh_share_put(*state, "output/" JOB "/0002.png", "picture");
	fresh_share_put(*state, "output/" JOB "/.bf.f0002.2." ONE "2", "picture");
	fresh_share_put(*state, "output/" JOB "/.bf.f0002.3." TWO "2", "somebody's next attempt");
	assert_int_equal(bf_frames_parse("3,2", &frames, NULL), 0);
	struct bf_retry did = retry(state, (struct bf_retry){ .what = BF_RETRY_FRAMES, .frames = &frames });
	bf_frames_clear(&frames);
	assert_int_equal(did.tasks, 1);
	assert_int_equal(did.pictures, 1);
	assert_int_equal(did.going, 1);
	assert_true(has(state, "f0002.open.3.0"));
	assert_true(has(state, "f0003.open.1.0"));
	assert_false(fresh_share_has(*state, "output/" JOB "/0002.png"));
	assert_false(fresh_share_has(*state, "output/" JOB "/.bf.f0002.2." ONE "2"));
	assert_true(fresh_share_has(*state, "output/" JOB "/.bf.f0002.3." TWO "2"));
	assert_true(fresh_share_has(*state, "output/" JOB "/0001.png"));
	job_is_open_again(state);
}

static void test_machine(void **state)
{
	put_job(state, false);
	put(state, "f0001.done.1.0." ONE "1." HASH);
	put(state, "f0002.done.1.0." TWO "1." HASH);
	put(state, "f0003.parked.3.3");
	put(state, "f0004.done.1.0.one-more-abcdef-0-1." HASH);
	fresh_share_put(*state, "jobs/" JOB "/AVOID.one.txt", "");
	struct bf_retry did = retry(state, (struct bf_retry){ .what = BF_RETRY_MACHINE, .machine = "one" });
	assert_int_equal(did.tasks, 1);
	assert_true(has(state, "f0001.open.2.0"));
	assert_int_equal(tasks(state), 4);
	assert_true(fresh_share_has(*state, "jobs/" JOB "/AVOID.one.txt"));
}

static void test_pieces_go_with_their_join(void **state)
{
	put_job(state, true);
	put(state, "f0001.p000.done.1.0." ONE "1." HASH);
	put(state, "f0001.p001.done.1.0." TWO "1." HASH);
	put(state, "f0001.join.done.1.0." TWO "2." HASH);
	put(state, "f0002.p000.done.1.0." TWO "3." HASH);
	put(state, "f0002.p001.parked.3.3");
	put(state, "f0002.join.parked.1.0");
	fresh_share_put(*state, "jobs/" JOB "/pieces/f0001.p000.1." ONE "1.png", "piece");
	fresh_share_put(*state, "jobs/" JOB "/pieces/f0001.p001.1." TWO "1.png", "piece");
	fresh_share_put(*state, "jobs/" JOB "/pieces/f0002.p000.1." TWO "3.png", "piece");
	fresh_share_put(*state, "output/" JOB "/0001.png", "picture");
	struct bf_retry did = retry(state, (struct bf_retry){ .what = BF_RETRY_MACHINE, .machine = "one" });
	assert_int_equal(did.tasks, 2);
	assert_true(has(state, "f0001.p000.open.2.0"));
	assert_true(has(state, "f0001.p001.done.1.0." TWO "1." HASH));
	assert_true(has(state, "f0001.join.open.2.0"));
	assert_false(fresh_share_has(*state, "output/" JOB "/0001.png"));
	put_job(state, true);
	did = retry(state, (struct bf_retry){ .what = BF_RETRY_FAILED });
	assert_int_equal(did.tasks, 2);
	assert_true(has(state, "f0002.p000.done.1.0." TWO "3." HASH));
	assert_true(has(state, "f0002.p001.open.4.0"));
	assert_true(has(state, "f0002.join.open.2.0"));
}

/* The pieces of a job that has ended are gone: joining it again needs them. */
static void test_a_join_brings_its_lost_pieces(void **state)
{
	put_job(state, true);
	put(state, "f0001.p000.done.1.0." ONE "1." HASH);
	put(state, "f0001.p001.done.1.0." ONE "2." HASH);
	put(state, "f0001.join.done.1.0." TWO "2." HASH);
	fresh_share_put(*state, "jobs/" JOB "/pieces/f0001.p001.1." ONE "2.png", "piece");
	struct bf_retry did = retry(state, (struct bf_retry){ .what = BF_RETRY_MACHINE, .machine = "two" });
	assert_int_equal(did.tasks, 2);
	assert_true(has(state, "f0001.p000.open.2.0"));
	assert_true(has(state, "f0001.p001.done.1.0." ONE "2." HASH));
	assert_true(has(state, "f0001.join.open.2.0"));
}

/* Who joins old pieces just now must not come to commit that. */
static void test_a_join_at_work_is_broken(void **state)
{
	put_job(state, true);
	put(state, "f0001.p000.done.1.0." ONE "1." HASH);
	put(state, "f0001.p001.done.1.0." ONE "2." HASH);
	put(state, "f0001.join.run.1.0." TWO "2");
	put(state, "f0002.p000.run.1.0." TWO "3");
	put(state, "f0002.join.open.1.0");
	struct bf_retry did = retry(state, (struct bf_retry){ .what = BF_RETRY_ALL });
	assert_int_equal(did.tasks, 3);
	assert_int_equal(did.going, 2);
	assert_true(has(state, "f0001.p000.open.2.0"));
	assert_true(has(state, "f0001.join.open.3.0"));
	assert_true(has(state, "f0002.p000.run.1.0." TWO "3"));
	assert_true(has(state, "f0002.join.open.1.0"));
}

static void note_name(void *arg, const struct bf_task *task)
{
	char name[BF_TASK_MAX];
	bf_task_name(task, name);
	strcat(strcat(arg, name), " ");
}

static void test_only_looking(void **state)
{
	char names[200] = "";
	put_job(state, false);
	put(state, "f0001.parked.3.3");
	put(state, "f0001.open.2.2"); /* seen twice: an older state */
	put(state, "f0002.parked.3.3");
	struct bf_retry did = retry(state, (struct bf_retry){ .what = BF_RETRY_ALL, .look_only = true, .each = note_name,
		.arg = names });
	assert_int_equal(did.tasks, 2);
	assert_string_equal(names, "f0001 f0002 ");
	assert_int_equal(tasks(state), 3);
	assert_true(fresh_share_has(*state, "jobs/" JOB ".ended"));
}

static void test_nothing_to_retry(void **state)
{
	put_job(state, false);
	put(state, "f0001.done.1.0." ONE "1." HASH);
	struct bf_retry did = retry(state, (struct bf_retry){ .what = BF_RETRY_FAILED });
	assert_int_equal(did.tasks, 0);
	assert_true(fresh_share_has(*state, "jobs/" JOB ".ended"));
	assert_true(fresh_share_has(*state, "jobs/" JOB "/tasks/end/finish.done.2.0." ONE "9." BF_HASH_NONE));
}

/* Whatever has become of the last look, it is made anew after what was changed. */
static void test_last_look(void **state)
{
	static const char *const from_to[][2] = {
		{ "finish.open.4.0", "finish.open.5.0" }, { "finish.run.4.0." TWO "7", "finish.open.6.0" },
		{ "finish.done.4.0." TWO "7." BF_HASH_NONE, "finish.open.5.0" }, { "finish.parked.4.1", "finish.open.5.0" },
	};
	struct fresh_share *fresh = *state;
	struct bf_err err;
	for (size_t i = 0; i < sizeof from_to / sizeof *from_to; i++) {
		bf_fs_remove_tree(fresh->share.root, "jobs/" JOB "/tasks/end", NULL);
		fresh_share_put(fresh, bf_path_of("jobs/" JOB "/tasks/end/%s", from_to[i][0]).text, "");
		assert_int_equal(bf_retry_last_look(&fresh->share, JOB, &err), 0);
		assert_true(fresh_share_has(fresh, bf_path_of("jobs/" JOB "/tasks/end/%s", from_to[i][1]).text));
		assert_int_equal(fresh_share_count(fresh, "jobs/" JOB "/tasks/end"), 1);
	}
	bf_fs_remove_tree(fresh->share.root, "jobs/" JOB "/tasks/end", NULL);
	assert_int_equal(bf_retry_last_look(&fresh->share, JOB, &err), -1);
}

static void test_job_is_gone(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	struct bf_retry ask = { .what = BF_RETRY_ALL };
	put_job(state, false);
	bf_fs_remove_tree(fresh->share.root, "jobs/" JOB, NULL);
	assert_int_equal(bf_retry_tasks(&fresh->share, &job, &ask, &err), -1);
	assert_non_null(strstr(err.text, "no job " JOB " any more"));
	assert_false(fresh_share_has(fresh, "jobs/" JOB));
	bf_job_clear(&job);
}

int main(void)
{
	#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh_share_setup, fresh_share_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_failed), TEST(test_frames), TEST(test_machine), TEST(test_pieces_go_with_their_join),
		TEST(test_a_join_brings_its_lost_pieces), TEST(test_a_join_at_work_is_broken), TEST(test_only_looking), TEST(test_nothing_to_retry),
		TEST(test_last_look), TEST(test_job_is_gone),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
