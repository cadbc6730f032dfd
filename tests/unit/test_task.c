#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "share-layout/task.h"

#define TOKEN "pc1-abcdef-0-17"
#define OTHER "pc-2-zzzzzz-1-3"
#define HASH "0123456789abcdef0123456789abcdef"

static struct bf_task parsed(const char *name)
{
	struct bf_task task;
	if (bf_task_parse(name, &task) < 0)
		fail_msg("%s does not parse", name);
	return task;
}

static void test_every_name_comes_back(void **state)
{
	(void)state;
	static const char *const names[] = {
		"f0001.open.1.0", "f0012.run.1.0." TOKEN, "f0012.done.3.1." TOKEN "." HASH, "f0012.parked.3.3",
		"f-0003.open.1.0", "f0000.open.1.0", "f12345.open.1.0", "f1048574.run.1.0." TOKEN,
		"f-1048574.p99999.open.1000000000.1000000000", "f0012.p000.open.1.0", "f0012.p003.done.1.0." TOKEN "." HASH,
		"f0012.join.open.1.0", "f0012.join.parked.1.0", "more.001.open.1.0", "more.1234.run.2.0." OTHER,
		"finish.open.1.0", "finish.done.2.0." OTHER "." BF_HASH_NONE,
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct bf_task task = parsed(names[i]);
		char again[BF_FILE_MAX];
		bf_task_format(&task, again);
		assert_string_equal(again, names[i]);
	}
}

static void test_fields(void **state)
{
	(void)state;
	struct bf_task task = parsed("f-0003.p012.done.4.2." TOKEN "." HASH);
	assert_int_equal(task.kind, BF_TASK_PIECE);
	assert_int_equal(task.frame, -3);
	assert_int_equal(task.number, 12);
	assert_int_equal(task.state, BF_DONE);
	assert_int_equal(task.attempt, 4);
	assert_int_equal(task.failures, 2);
	assert_string_equal(task.token, TOKEN);
	assert_string_equal(task.hash, HASH);
	task = parsed("more.007.open.2.1");
	assert_int_equal(task.kind, BF_TASK_MORE);
	assert_int_equal(task.number, 7);
	assert_string_equal(task.token, "");
	assert_string_equal(task.hash, "");
}

/* A state has one spelling; everything else in the directory is somebody else's. */
static void test_foreign_names(void **state)
{
	(void)state;
	static const char *const names[] = {
		"", ".", "..", ".DS_Store", "Thumbs.db", ".nfs000000000000aa01", ".look." TOKEN, "f", "f0001", "f0001.",
		"f0001.open", "f0001.open.", "f0001.open.1", "f0001.open.1.", "f0001.open.0.0", "f0001.open.01.0",
		"f0001.open.1.00", "f0001.open.+1.0", "f0001.open. 1.0", "f0001.open.1.-1", "f0001.open.1.0 ",
		"f0001.open.1.0.", "f0001.open.1.0." TOKEN, "f1.open.1.0", "f00001.open.1.0", "f+001.open.1.0",
		"f-003.open.1.0", "f-0000.open.1.0", "f 001.open.1.0", "F0001.open.1.0", "f0001.OPEN.1.0",
		"f1048575.open.1.0", "f-1048575.open.1.0", "f99999999999999999999.open.1.0",
		"f0001.p1.open.1.0", "f0001.p0001.open.1.0", "f0001.p-01.open.1.0", "f0001.p100000.open.1.0",
		"f0001.p.open.1.0", "f0001.joined.open.1.0", "f0001.join.p001.open.1.0", "more.open.1.0", "more.1.open.1.0",
		"more.0001.open.1.0", "more.-01.open.1.0", "finish.001.open.1.0", "finished.open.1.0",
		"f0001.run.1.0", "f0001.run.1.0.", "f0001.run.1.0.token", "f0001.run.1.0." TOKEN ".",
		"f0001.run.1.0." TOKEN "." HASH, "f0001.run.1.0.PC1-abcdef-0-17", "f0001.run.1.0.pc1-abcdef-00-17",
		"f0001.run.1.0.pc1-abcdef-0-017", "f0001.run.1.0.-abcdef-0-17", "f0001.run.1.0.pc1-abcde-0-17",
		"f0001.run.1.0.pc1_abcdef-0-17", "f0001.run.1.0.pc1-abcdef-0", "f0001.run.1.0.../../x-abcdef-0-1",
		"f0001.done.1.0." TOKEN, "f0001.done.1.0." TOKEN ".", "f0001.done.1.0." TOKEN ".0123",
		"f0001.done.1.0." TOKEN ".0123456789ABCDEF0123456789abcdef", "f0001.done.1.0." TOKEN "." HASH "0",
		"f0001.done.1.0." TOKEN "." HASH ".png", "f0001.parked.1.0." TOKEN, "f0001.open.1.0~", "f0001.open.1.0.tmp",
		"f0001.open.1000000001.0", "f0001.open.99999999999.0", "f0001.open.4294967297.0", "f0001.open.1.4294967296",
		"f0001 (copy).open.1.0", "\xff\xfe.open.1.0", "f0001.open.1.0\n", "f0001.run.open.1.0", "f0001.open.run.1.0",
		"f0001.open.1.0.open.1.0", "open.1.0", ".open.1.0", "..open.1.0",
		"f0001.run.1.0.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-abcdef-0-1",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct bf_task task;
		if (bf_task_parse(names[i], &task) == 0)
			fail_msg("\"%s\" must not parse", names[i]);
	}
	char longest[600];
	memset(longest, '1', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	memcpy(longest, "f0001.open.1.", 13);
	struct bf_task task;
	assert_int_equal(bf_task_parse(longest, &task), -1);
	longest[0] = '.';
	assert_int_equal(bf_task_parse(longest, &task), -1);
}

static uint32_t random_next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Whatever parses must be the very name that its fields are written as: else two files could mean
 * one state. */
static void test_damaged_names(void **state)
{
	(void)state;
	static const char *const seeds[] = { "f0012.run.1.0." TOKEN, "f0012.p003.done.1.2." TOKEN "." HASH,
		"f-0003.join.parked.3.3", "more.001.open.1.0", "finish.open.11.0" };
	static const char bytes[] = "0123456789.-fpjoinmrx %\x01\xff";
	uint32_t seed = 2463534242u;
	int good = 0;
	for (int round = 0; round < 200000; round++) {
		char name[200], again[BF_FILE_MAX];
		strcpy(name, seeds[random_next(&seed) % 5]);
		for (unsigned n = random_next(&seed) % 3 + 1; n; n--) {
			size_t len = strlen(name), at = random_next(&seed) % len;
			char byte = bytes[random_next(&seed) % (sizeof bytes - 1)];
			switch (random_next(&seed) % 3) {
			case 0: name[at] = byte; break;
			case 1: memmove(name + at, name + at + 1, len - at); break;
			case 2: memmove(name + at + 1, name + at, len - at + 1); name[at] = byte; break;
			}
			if (!name[0])
				strcpy(name, "f");
		}
		struct bf_task task;
		if (bf_task_parse(name, &task) < 0)
			continue;
		good++;
		bf_task_format(&task, again);
		assert_string_equal(name, again);
		assert_true(task.attempt >= 1);
	}
	assert_true(good > 1000);
}

static void test_own_names(void **state)
{
	(void)state;
	struct bf_task task;
	assert_int_equal(bf_task_parse_name("f0012.p003", &task), 0);
	assert_int_equal(task.kind, BF_TASK_PIECE);
	assert_int_equal(task.state, BF_OPEN);
	assert_int_equal(task.attempt, 1);
	assert_int_equal(bf_task_parse_name("finish", &task), 0);
	assert_int_equal(bf_task_parse_name("f0012.open.1.0", &task), -1);
	assert_int_equal(bf_task_parse_name("", &task), -1);
	assert_int_equal(bf_task_parse_name("f0012.p003.p004", &task), -1);
	assert_int_equal(bf_task_parse_name("../f0012", &task), -1);
}

static void test_same_and_later(void **state)
{
	(void)state;
	struct bf_task a = parsed("f0012.open.2.0"), b = parsed("f0012.parked.1.3");
	assert_true(bf_task_same(&a, &b));
	assert_true(bf_task_later(&a, &b));
	assert_false(bf_task_later(&b, &a));
	b = parsed("f0012.p000.open.1.0");
	assert_false(bf_task_same(&a, &b));
	b = parsed("f0012.join.open.1.0");
	assert_false(bf_task_same(&a, &b));
	b = parsed("f0013.open.2.0");
	assert_false(bf_task_same(&a, &b));
	struct bf_task run = parsed("f0012.run.2.0." TOKEN), done = parsed("f0012.done.2.0." TOKEN "." HASH);
	assert_true(bf_task_later(&run, &a) && bf_task_later(&done, &run) && bf_task_later(&done, &a));
	assert_false(bf_task_later(&run, &run));
}

/* ---- steps ---- */

static void reaches(struct bf_task next, const char *name)
{
	char text[BF_FILE_MAX];
	bf_task_format(&next, text);
	assert_string_equal(text, name);
	struct bf_task again = parsed(name);
	assert_memory_equal(&again, &next, sizeof next); /* nothing of the old owner is left in it */
}

static void test_steps(void **state)
{
	(void)state;
	struct bf_task open = parsed("f0012.open.2.1"), run = parsed("f0012.run.2.1." TOKEN),
		done = parsed("f0012.done.2.1." TOKEN "." HASH), parked = parsed("f0012.parked.4.3");
	reaches(bf_task_open(BF_TASK_PIECE, 12, 3), "f0012.p003.open.1.0");
	reaches(bf_task_open(BF_TASK_FINISH, 0, 0), "finish.open.1.0");
	reaches(bf_task_take(&open, TOKEN), "f0012.run.2.1." TOKEN);
	reaches(bf_task_release(&run), "f0012.open.3.1");
	reaches(bf_task_fail(&run), "f0012.open.3.2");
	reaches(bf_task_park(&run), "f0012.parked.2.2");
	reaches(bf_task_break(&run, OTHER), "f0012.run.3.1." OTHER);
	reaches(bf_task_commit(&run, HASH), "f0012.done.2.1." TOKEN "." HASH);
	reaches(bf_task_overtake(&run, "b-1a2b3c-0-9", HASH), "f0012.done.2.1.b-1a2b3c-0-9." HASH);
	reaches(bf_task_reopen(&done), "f0012.open.3.0");
	reaches(bf_task_reopen(&parked), "f0012.open.5.0");
	reaches(bf_task_skip(&open), "f0012.parked.2.1");
}

/* No step leads back to a name that was: the attempt grows, or the state moves on within it. */
static void test_every_step_moves_on(void **state)
{
	(void)state;
	struct bf_task open = parsed("f0012.open.2.1"), run = parsed("f0012.run.2.1." TOKEN),
		done = parsed("f0012.done.2.1." TOKEN "." HASH), parked = parsed("f0012.parked.4.3"), next;
	next = bf_task_take(&open, TOKEN); assert_true(bf_task_later(&next, &open));
	next = bf_task_skip(&open); assert_true(bf_task_later(&next, &open));
	next = bf_task_release(&run); assert_true(bf_task_later(&next, &run));
	next = bf_task_fail(&run); assert_true(bf_task_later(&next, &run));
	next = bf_task_park(&run); assert_true(bf_task_later(&next, &run));
	next = bf_task_break(&run, OTHER); assert_true(bf_task_later(&next, &run));
	next = bf_task_commit(&run, HASH); assert_true(bf_task_later(&next, &run));
	next = bf_task_reopen(&done); assert_true(bf_task_later(&next, &done));
	next = bf_task_reopen(&parked); assert_true(bf_task_later(&next, &parked));
}

static void do_step(int step, const struct bf_task *task)
{
	switch (step) {
	case 0: bf_task_take(task, TOKEN); break;
	case 1: bf_task_release(task); break;
	case 2: bf_task_fail(task); break;
	case 3: bf_task_park(task); break;
	case 4: bf_task_break(task, OTHER); break;
	case 5: bf_task_commit(task, HASH); break;
	case 6: bf_task_reopen(task); break;
	case 7: bf_task_skip(task); break;
	case 8: bf_task_commit(task, "no hash"); break;
	}
}

static bool step_aborts(int step, const struct bf_task *task)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit no_core = { 0, 0 };
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		do_step(step, task);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* The table of SPEC.md, every step from every state: what is not in it is a bug and stops us. */
static void test_no_other_steps(void **state)
{
	(void)state;
	struct bf_task from[] = { parsed("f0012.open.2.1"), parsed("f0012.run.2.1." TOKEN),
		parsed("f0012.done.2.1." TOKEN "." HASH), parsed("f0012.parked.4.3") };
	static const char *const allowed[] = { "+---", "-+--", "-+--", "-+--", "-+--", "-+--", "--++", "+---", "----" };
	for (int step = 0; step < 9; step++)
		for (int i = 0; i < 4; i++)
			if (step_aborts(step, &from[i]) != (allowed[step][i] == '-'))
				fail_msg("step %d from %s", step, bf_task_state_name(from[i].state));
}

static void test_made_anew(void **unused)
{
	(void)unused;
	struct bf_task finish = bf_task_open(BF_TASK_FINISH, 0, 0), gone = bf_task_open(BF_TASK_PIECE, 12, 3), anew;
	char name[BF_FILE_MAX];
	finish.attempt = 3;
	anew = bf_task_anew(&gone, &finish);
	bf_task_format(&anew, name);
	assert_string_equal(name, "f0012.p003.open.3000.0");
	finish.attempt = 1000000000;
	anew = bf_task_anew(&gone, &finish);
	bf_task_format(&anew, name);
	assert_int_equal(bf_task_parse(name, &anew), 0); /* a name that can still be read, with room to grow */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_name_comes_back),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_foreign_names),
		cmocka_unit_test(test_damaged_names),
		cmocka_unit_test(test_own_names),
		cmocka_unit_test(test_same_and_later),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_every_step_moves_on),
		cmocka_unit_test(test_no_other_steps),
		cmocka_unit_test(test_made_anew),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
