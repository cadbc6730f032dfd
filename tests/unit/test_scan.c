#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/path.h"
#include "tests/lib/scanned.h"

static void test_empty_share(void **state)
{
	scanned_look(state);
	assert_int_equal(scanned.job_count + scanned.agent_count + scanned.rejected_count + scanned.queued_count, 0);
	scanned_look(state);
}

/* ---- jobs ---- */

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
	scanned_look(state);
	assert_int_equal(scanned.job_count, 2);
	assert_string_equal(scanned.job[0].plan.id, "a.b.2_2026-01-02_030406");
	assert_string_equal(scanned.job[0].plan.name, "a.b.2");
	assert_string_equal(scanned.job[1].plan.name, "c");
	assert_int_equal(scanned.job[0].state, BF_JOB_PLANNING);
	assert_false(bf_scan_ended(&scanned.job[0]));
}

/* Accepted between two listings: it is shown once, as what it is now. */
static void test_planned_and_accepted(void **state)
{
	scanned_put_job(state, JOB, "1-2", 1);
	fresh_share_put(*state, bf_path_incoming_in(JOB ".1." PC1 "-0-1", "source/x.blend").text, "x");
	scanned_look(state);
	assert_int_equal(scanned.job_count, 1);
	assert_int_equal(scanned.job[0].state, BF_JOB_WAITING);
}

static void test_jobs_come_and_go(void **state)
{
	struct fresh_share *fresh = *state;
	scanned_put_job(state, "b_2026-01-02_030405", "1", 1);
	scanned_put_job(state, "a_2026-01-03_030405", "1", 1);
	scanned_put_job(state, "c_2025-12-31_235959", "1", 1);
	scanned_look(state);
	assert_int_equal(scanned.job_count, 3);
	assert_string_equal(scanned.job[0].plan.id, "c_2025-12-31_235959"); /* by age */
	assert_string_equal(scanned.job[2].plan.id, "a_2026-01-03_030405");
	assert_int_equal(bf_fs_remove_tree(fresh->share.root, "jobs/b_2026-01-02_030405", NULL), 0);
	scanned_put_job(state, JOB, "1", 1);
	scanned_look(state);
	assert_int_equal(scanned.job_count, 3);
	assert_string_equal(scanned.job[1].plan.id, JOB);
}

static void test_lost_share_keeps_the_snapshot(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	scanned_put_job(state, JOB, "1-3", 1);
	scanned_look(state);
	static const char *const dirs[] = { "queue", "jobs", "agents", "output" };
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(bf_fs_remove_tree(fresh->share.root, dirs[i], NULL), 0);
	assert_int_equal(bf_scan_take(&fresh->share, NULL, &scanned, &err), -1);
	assert_non_null(strstr(err.text, "mounted"));
	assert_int_equal(scanned_job()->frames.total, 3);
}

static void test_find(void **state)
{
	struct fresh_share *fresh = *state;
	const struct bf_scan_job *job;
	struct bf_err err;
	scanned_put_job(state, "shot_2026-01-02_030405", "1", 1);
	scanned_put_job(state, "my_film_2026-01-02_030405_2", "1", 1);
	scanned_put_job(state, "twice_2026-01-02_030405", "1", 1);
	scanned_put_job(state, "twice_2026-01-02_030406", "1", 1);
	scanned_look(state);
	assert_int_equal(bf_scan_find(&scanned, "shot_2026-01-02_030405", &job, &err), 1);
	assert_int_equal(bf_scan_find(&scanned, "shot", &job, &err), 1);
	assert_int_equal(bf_scan_find(&scanned, "shot.blend", &job, &err), 1);
	assert_string_equal(job->plan.id, "shot_2026-01-02_030405");
	assert_int_equal(bf_scan_find(&scanned, "my film", &job, &err), 1);
	assert_string_equal(job->plan.id, "my_film_2026-01-02_030405_2");
	static const char *const unknown[] = { "", "sho", "shot_2026-01-02", "SHOT", "../shot", "shot_2026-01-02_030405.ended" };
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		assert_int_equal(bf_scan_find(&scanned, unknown[i], &job, &err), 0);
	assert_int_equal(bf_scan_find(&scanned, "twice", &job, &err), -1);
	assert_non_null(strstr(err.text, "twice_2026-01-02_030405"));
	assert_non_null(strstr(err.text, "twice_2026-01-02_030406"));
	/* looking at one job only */
	bf_scan_clear(&scanned);
	assert_int_equal(bf_scan_take(&fresh->share, "my film.blend", &scanned, &err), 0);
	assert_int_equal(scanned.job_count, 1);
	assert_int_equal(bf_scan_take(&fresh->share, "twice", &scanned, &err), 0);
	assert_int_equal(scanned.job_count, 2);
	assert_int_equal(bf_scan_take(&fresh->share, "twice_2026-01-02_030406", &scanned, &err), 0);
	assert_int_equal(scanned.job_count, 1);
	assert_int_equal(bf_scan_take(&fresh->share, "nothing", &scanned, &err), 0);
	assert_int_equal(scanned.job_count, 0);
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
	scanned_look(state);
	assert_int_equal(scanned.agent_count, 3);
	assert_string_equal(scanned.agent[0].name, "pc1");
	assert_true(scanned.agent[0].card_ok);
	assert_false(scanned.agent[0].lost);
	assert_true(scanned.agent[0].seen_s < 30);
	assert_string_equal(scanned.agent[2].name, "torn");
	assert_false(scanned.agent[2].card_ok);
	assert_int_equal(bf_fs_unlink(fresh->share.root, "agents/" PC1 ".3", NULL), 1);
	put_card(state, PC1, 4, 1234);
	assert_int_equal(bf_fs_unlink(fresh->share.root, "agents/" PC2 ".7", NULL), 1);
	scanned_look(state);
	assert_int_equal(scanned.agent_count, 2);
	assert_int_equal(scanned.agent[0].card.lease_ms, 1234);
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
	scanned_put_job(state, JOB, "1-2", 1);
	scanned_put_tasks(state, "000", "f0001.run.1.0." PC1 "-0-1", "f0002.run.1.0." PC2 "-0-1", NULL);
	scanned_look(state);
	assert_true(scanned.agent[0].lost);
	assert_true(scanned.agent[0].seen_s >= 0.01);
	assert_false(scanned.agent[1].lost);
	assert_true(scanned_job()->running[0].lost);
	assert_false(scanned_job()->running[1].lost);
	struct fresh_share *fresh = *state;
	assert_int_equal(bf_fs_rename(fresh->share.root, "agents/" PC1 ".3", "agents/" PC1 ".4", NULL), 1);
	scanned_look(state);
	assert_true(scanned.agent[0].seen_s < 0.005); /* it beats */
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
		scanned_look(state);
		assert_int_equal(scanned.queued_count, 4);
		assert_string_equal(scanned.queued[0].name, "b.blend");
		assert_true(scanned.queued[0].held);
		assert_string_equal(scanned.queued[1].name, "c.BLEND");
		assert_false(scanned.queued[1].held);
		assert_string_equal(scanned.queued[3].name, "folder");
		assert_int_equal(scanned.rejected_count, 2);
		assert_string_equal(scanned.rejected[0].name, "bad.blend");
		assert_string_equal(scanned.rejected[0].why, "not a .blend file: it ends early");
		assert_string_equal(scanned.rejected[1].why, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCANNED_TEST(test_empty_share),
		SCANNED_TEST(test_planning),
		SCANNED_TEST(test_planned_and_accepted),
		SCANNED_TEST(test_jobs_come_and_go),
		SCANNED_TEST(test_lost_share_keeps_the_snapshot),
		SCANNED_TEST(test_find),
		SCANNED_TEST(test_agents),
		SCANNED_TEST(test_lost_at_first_sight),
		SCANNED_TEST(test_queue),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
