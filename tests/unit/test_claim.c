#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/claim.h"
#include "share-layout/path.h"
#include "tests/lib/fresh_share.h"

#define JOB "shot_2026-01-02_030405"
#define SHARD "000"
#define ONE "pc1-abcdef-0-1"
#define TWO "pc2-abcdef-0-1"
#define HASH "0123456789abcdef0123456789abcdef"

static struct bf_place place_of(void **state)
{
	struct fresh_share *fresh = *state;
	return (struct bf_place){ &fresh->share, JOB, SHARD };
}

/* A task of its own in an otherwise empty directory. */
static struct bf_task put_open(void **state)
{
	struct bf_task task = bf_task_open(BF_TASK_FRAME, 12, 0);
	fresh_share_put_task(*state, JOB, SHARD, &task);
	return task;
}

static void only_file_is(void **state, const struct bf_task *task)
{
	assert_true(fresh_share_has_task(*state, JOB, SHARD, task));
	assert_int_equal(fresh_share_count(*state, bf_path_shard(JOB, SHARD).text), 1);
}

static void test_a_life(void **state)
{
	struct bf_place place = place_of(state);
	struct bf_err err;
	struct bf_task open = put_open(state), mine, done;
	assert_int_equal(bf_claim_take(&place, &open, ONE, &mine, &err), 1);
	assert_int_equal(mine.state, BF_RUN);
	assert_string_equal(mine.token, ONE);
	only_file_is(state, &mine);
	assert_int_equal(bf_claim_take(&place, &open, TWO, &done, &err), 0);
	assert_int_equal(bf_claim_commit(&place, &mine, HASH, &done, &err), 1);
	assert_int_equal(done.state, BF_DONE);
	assert_string_equal(done.hash, HASH);
	only_file_is(state, &done);
	assert_int_equal(bf_claim_reopen(&place, &done, &err), 1);
	open = bf_task_reopen(&done);
	only_file_is(state, &open);
	assert_int_equal(bf_claim_reopen(&place, &done, &err), 0);
}

static void test_giving_back(void **state)
{
	struct bf_place place = place_of(state);
	struct bf_err err;
	struct bf_task open = put_open(state), mine, next;
	assert_int_equal(bf_claim_take(&place, &open, ONE, &mine, &err), 1);
	assert_int_equal(bf_claim_release(&place, &mine, &err), 1);
	next = bf_task_release(&mine);
	only_file_is(state, &next);
	assert_int_equal(bf_claim_release(&place, &mine, &err), 0);
	assert_int_equal(bf_claim_take(&place, &next, TWO, &mine, &err), 1);
	assert_int_equal(bf_claim_fail(&place, &mine, &err), 1);
	next = bf_task_fail(&mine);
	only_file_is(state, &next);
	assert_int_equal(bf_claim_take(&place, &next, ONE, &mine, &err), 1);
	assert_int_equal(bf_claim_park(&place, &mine, &err), 1);
	next = bf_task_park(&mine);
	only_file_is(state, &next);
}

static void test_skip(void **state)
{
	struct bf_place place = place_of(state);
	struct bf_err err;
	struct bf_task open = put_open(state), parked = bf_task_skip(&open);
	assert_int_equal(bf_claim_skip(&place, &open, &err), 1);
	only_file_is(state, &parked);
	assert_int_equal(bf_claim_skip(&place, &open, &err), 0);
}

/* P3: whoever was taken over from can do nothing any more, whatever it tries. */
static void test_broken_owner_is_fenced(void **state)
{
	struct bf_place place = place_of(state);
	struct bf_err err;
	struct bf_task open = put_open(state), old, new_one, done;
	assert_int_equal(bf_claim_take(&place, &open, ONE, &old, &err), 1);
	assert_int_equal(bf_claim_break(&place, &old, TWO, &new_one, &err), 1);
	assert_int_equal(new_one.attempt, 2);
	assert_int_equal(bf_claim_commit(&place, &old, HASH, NULL, &err), 0);
	assert_int_equal(err.sys, 0);
	assert_int_equal(bf_claim_release(&place, &old, &err), 0);
	assert_int_equal(bf_claim_fail(&place, &old, &err), 0);
	assert_int_equal(bf_claim_park(&place, &old, &err), 0);
	assert_int_equal(bf_claim_break(&place, &old, ONE, &done, &err), 0);
	only_file_is(state, &new_one); /* also: nothing left over from looking */
	assert_int_equal(bf_claim_commit(&place, &new_one, HASH, NULL, &err), 1);
	assert_int_equal(bf_claim_commit(&place, &old, HASH, NULL, &err), 0);
}

/* A frame that came back to open is in another attempt: an old look at it claims nothing. */
static void test_old_looks_are_worth_nothing(void **state)
{
	struct bf_place place = place_of(state);
	struct bf_err err;
	struct bf_task first = put_open(state), mine, next;
	assert_int_equal(bf_claim_take(&place, &first, ONE, &mine, &err), 1);
	assert_int_equal(bf_claim_release(&place, &mine, &err), 1);
	next = bf_task_release(&mine);
	assert_int_equal(bf_claim_take(&place, &first, TWO, &mine, &err), 0);
	assert_int_equal(bf_claim_skip(&place, &first, &err), 0);
	only_file_is(state, &next);
}

/* NFS: the commit took place, its answer was lost, the retransmission says ENOENT. */
static void test_lost_answer_to_a_commit(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_place place = place_of(state);
	struct bf_err err;
	struct bf_task open = put_open(state), mine, done;
	assert_int_equal(bf_claim_take(&place, &open, ONE, &mine, &err), 1);
	done = bf_task_commit(&mine, HASH);
	assert_int_equal(bf_fs_rename(fresh->share.root, bf_path_task(JOB, SHARD, &mine).text,
		bf_path_task(JOB, SHARD, &done).text, &err), 1);
	struct bf_task out;
	assert_int_equal(bf_claim_commit(&place, &mine, HASH, &out, &err), 1);
	assert_memory_equal(&out, &done, sizeof out);
	only_file_is(state, &done);
}

/* Another's commit of the same task, even with the same picture, is not ours. */
static void test_commit_of_another(void **state)
{
	struct bf_place place = place_of(state);
	struct bf_err err;
	struct bf_task open = put_open(state), mine, other;
	assert_int_equal(bf_claim_take(&place, &open, ONE, &mine, &err), 1);
	assert_int_equal(bf_claim_break(&place, &mine, TWO, &other, &err), 1);
	assert_int_equal(bf_claim_commit(&place, &other, HASH, NULL, &err), 1);
	assert_int_equal(bf_claim_commit(&place, &mine, HASH, NULL, &err), 0);
}

/* The first commit wins; the other finds its claim gone. */
static void test_duplicates(void **state)
{
	struct bf_place place = place_of(state);
	struct bf_err err;
	struct bf_task open = put_open(state), mine, next, done;
	assert_int_equal(bf_claim_take(&place, &open, ONE, &mine, &err), 1);
	assert_int_equal(bf_claim_overtake(&place, &mine, TWO, HASH, &done, &err), 1);
	assert_string_equal(done.token, TWO);
	only_file_is(state, &done);
	assert_int_equal(bf_claim_commit(&place, &mine, HASH, NULL, &err), 0);
	assert_int_equal(bf_claim_reopen(&place, &done, &err), 1);
	next = bf_task_reopen(&done);
	assert_int_equal(bf_claim_take(&place, &next, ONE, &mine, &err), 1);
	assert_int_equal(bf_claim_commit(&place, &mine, HASH, &done, &err), 1);
	assert_int_equal(bf_claim_overtake(&place, &mine, TWO, HASH, NULL, &err), 0);
	only_file_is(state, &done);
}

/* It commits from the claim that it saw, not from the next one. */
static void test_duplicate_of_a_claim_that_was_broken(void **state)
{
	struct bf_place place = place_of(state);
	struct bf_err err;
	struct bf_task open = put_open(state), seen, mine;
	assert_int_equal(bf_claim_take(&place, &open, ONE, &seen, &err), 1);
	assert_int_equal(bf_claim_break(&place, &seen, TWO, &mine, &err), 1);
	assert_int_equal(bf_claim_overtake(&place, &seen, "c-000003-0-1", HASH, NULL, &err), 0);
	only_file_is(state, &mine);
}

static void test_a_job_that_is_gone(void **state)
{
	struct bf_place place = place_of(state);
	struct bf_err err;
	struct bf_task open = bf_task_open(BF_TASK_FRAME, 12, 0), mine = bf_task_take(&open, ONE), out;
	assert_int_equal(bf_claim_take(&place, &open, ONE, &out, &err), 0);
	assert_int_equal(bf_claim_release(&place, &mine, &err), 0);
	assert_int_equal(bf_claim_commit(&place, &mine, HASH, NULL, &err), 0); /* there is nothing to commit to */
	assert_int_equal(err.sys, ENOENT);
}

/* ---- races ---- */

enum { RACERS = 6, TASKS = 120 };

/* Take whatever is open until nothing is; the wins go to the pipe, one byte per task number. */
static void race_for_tasks(const struct bf_place *place, int racer, int wins)
{
	struct bf_names names = {0};
	char token[BF_TOKEN_MAX];
	unsigned count = 0;
	for (int left = 1; left;) {
		left = 0;
		if (bf_fs_list(place->share->root, bf_path_shard(JOB, SHARD).text, &names, NULL) != 1)
			_exit(3);
		for (size_t i = 0; i < names.count; i++) {
			struct bf_task task, mine;
			struct bf_err err;
			if (bf_task_parse(names.item[i].text, &task) < 0 || task.state != BF_OPEN)
				continue;
			left++;
			snprintf(token, sizeof token, "pc%d-abcdef-0-%u", racer, ++count);
			int result = bf_claim_take(place, &task, token, &mine, &err);
			if (result < 0)
				_exit(4);
			unsigned char won = (unsigned char)task.frame;
			if (result == 1 && write(wins, &won, 1) != 1)
				_exit(5);
		}
	}
	_exit(0);
}

static void test_race_to_take(void **state)
{
	struct bf_place place = place_of(state);
	int wins[2], count[TASKS] = {0};
	unsigned char won;
	for (int i = 0; i < TASKS; i++) {
		struct bf_task task = bf_task_open(BF_TASK_FRAME, i, 0);
		fresh_share_put_task(*state, JOB, SHARD, &task);
	}
	assert_int_equal(pipe(wins), 0);
	for (int racer = 0; racer < RACERS; racer++) {
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			race_for_tasks(&place, racer, wins[1]);
	}
	close(wins[1]);
	while (read(wins[0], &won, 1) == 1)
		count[won]++;
	close(wins[0]);
	for (int racer = 0, status; racer < RACERS; racer++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	for (int i = 0; i < TASKS; i++)
		if (count[i] != 1)
			fail_msg("task %d was won %d times", i, count[i]);
	assert_int_equal(fresh_share_count(*state, bf_path_shard(JOB, SHARD).text), TASKS);
}

/* The owner commits while others, who believe it dead, break: one of both happens, never both. */
static void race_owner(const struct bf_place *place, const struct bf_task *mine, int gate)
{
	struct bf_err err;
	char byte;
	if (read(gate, &byte, 1) < 0)
		_exit(9);
	_exit(bf_claim_commit(place, mine, HASH, NULL, &err));
}

static void race_breaker(const struct bf_place *place, const struct bf_task *run, int gate, int racer)
{
	struct bf_err err;
	struct bf_task mine;
	char byte, token[BF_TOKEN_MAX];
	snprintf(token, sizeof token, "pc%d-zzzzzz-0-1", racer);
	if (read(gate, &byte, 1) < 0)
		_exit(9);
	_exit(bf_claim_break(place, run, token, &mine, &err));
}

static void test_race_of_commit_and_break(void **state)
{
	struct bf_place place = place_of(state);
	struct bf_err err;
	for (int round = 0; round < 60; round++) {
		int gate[2], winners = 0, status;
		struct bf_task open = bf_task_open(BF_TASK_FRAME, round, 0), mine;
		fresh_share_put_task(*state, JOB, SHARD, &open);
		assert_int_equal(bf_claim_take(&place, &open, ONE, &mine, &err), 1);
		assert_int_equal(pipe(gate), 0);
		for (int racer = 0; racer < 3; racer++) {
			pid_t child = fork();
			assert_true(child >= 0);
			if (child == 0) {
				close(gate[1]);
				if (racer == 0)
					race_owner(&place, &mine, gate[0]);
				race_breaker(&place, &mine, gate[0], racer);
			}
		}
		close(gate[1]); /* opens the gate for all */
		close(gate[0]);
		for (int racer = 0; racer < 3; racer++) {
			assert_true(wait(&status) > 0);
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
			winners += WEXITSTATUS(status);
		}
		assert_int_equal(winners, 1);
		assert_int_equal(fresh_share_count(*state, bf_path_shard(JOB, SHARD).text), round + 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh_share_setup, fresh_share_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_life),
		TEST(test_giving_back),
		TEST(test_skip),
		TEST(test_broken_owner_is_fenced),
		TEST(test_old_looks_are_worth_nothing),
		TEST(test_lost_answer_to_a_commit),
		TEST(test_commit_of_another),
		TEST(test_duplicates),
		TEST(test_duplicate_of_a_claim_that_was_broken),
		TEST(test_a_job_that_is_gone),
		TEST(test_race_to_take),
		TEST(test_race_of_commit_and_break),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
