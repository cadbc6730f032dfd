#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/path.h"
#include "share-layout/share.h"

#define TOKEN "pc1-abcdef-0-17"
#define JOB "shot_2026-01-02_030405"

static struct bf_task running(const char *name)
{
	struct bf_task task;
	if (bf_task_parse(name, &task) < 0)
		fail_msg("%s does not parse", name);
	return task;
}

/* The tree of SPEC.md, spelled out once more by hand. */
static void test_where_things_lie(void **state)
{
	(void)state;
	struct bf_task task = running("f0012.p003.run.2.1." TOKEN);
	assert_string_equal(bf_path_queue("a b.blend").text, "queue/a b.blend");
	assert_string_equal(bf_path_rejected("x").text, "queue/rejected/x");
	assert_string_equal(bf_path_incoming(JOB ".1." TOKEN).text, "jobs/.incoming/" JOB ".1." TOKEN);
	assert_string_equal(bf_path_incoming_in(JOB ".1.open", "source").text, "jobs/.incoming/" JOB ".1.open/source");
	assert_string_equal(bf_path_job(JOB).text, "jobs/" JOB);
	assert_string_equal(bf_path_in_job(JOB, "job.ini").text, "jobs/" JOB "/job.ini");
	assert_string_equal(bf_path_ended(JOB).text, "jobs/" JOB ".ended");
	assert_string_equal(bf_path_journal(JOB, "pc1-abcdef").text, "jobs/" JOB "/journal/pc1-abcdef");
	assert_string_equal(bf_path_output(JOB).text, "output/" JOB);
	assert_string_equal(bf_path_picture(JOB, "0012.png").text, "output/" JOB "/0012.png");
	assert_string_equal(bf_path_card("pc1-abcdef", 42).text, "agents/pc1-abcdef.42");
	assert_string_equal(bf_path_check("pc1-abcdef").text, ".bf.check.pc1-abcdef");
	assert_string_equal(bf_shard_of(7).name, "007");
	assert_string_equal(bf_shard_of(1234).name, "1234");
	assert_string_equal(bf_path_shard(JOB, "007").text, "jobs/" JOB "/tasks/007");
	assert_string_equal(bf_path_task(JOB, "007", &task).text, "jobs/" JOB "/tasks/007/f0012.p003.run.2.1." TOKEN);
	assert_string_equal(bf_path_private(JOB, &task, 0).text, "output/" JOB "/.bf.f0012.p003.2." TOKEN);
	assert_string_equal(bf_path_private(JOB, &task, 1).text, "output/" JOB "/.bf.f0012.p003.2." TOKEN ".2");
	assert_string_equal(bf_path_duplicate(JOB, "003", &task).text, "jobs/" JOB "/tasks/003/.bf.f0012.p003.2." TOKEN);
	assert_string_equal(bf_path_piece(JOB, &task, "exr").text, "jobs/" JOB "/pieces/f0012.p003.2." TOKEN ".exr");
	assert_string_equal(bf_path_failure_log(JOB, &task, "pc1", "log").text, "jobs/" JOB "/logs/f0012.p003.2.pc1.log");
}

static void test_skeleton_agrees(void **state)
{
	(void)state;
	static const char *const want[] = { "queue", "queue/rejected", "jobs", "jobs/.incoming", "output", "agents" };
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		assert_string_equal(bf_skeleton_dirs[i], want[i]);
	assert_null(bf_skeleton_dirs[sizeof want / sizeof *want]);
	assert_true(strlen(bf_skeleton_readme) > 100);
}

static void test_private_names_come_back(void **state)
{
	(void)state;
	static const char *const tasks[] = { "f0012.run.1.0." TOKEN, "f-0003.run.7.2." TOKEN, "f0012.p003.run.2.1." TOKEN,
		"f0012.join.run.1000000000.0." TOKEN, "f1048574.p99999.run.1.0." TOKEN };
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
		for (unsigned view = 0; view < BF_VIEWS_MAX; view++) {
			struct bf_task task = running(tasks[i]), again;
			char name[BF_FILE_MAX];
			unsigned view_again;
			bf_private_name(&task, view, name);
			assert_int_equal(bf_private_parse(name, &again, &view_again), 0);
			assert_true(bf_task_same(&task, &again));
			assert_int_equal(again.state, BF_RUN);
			assert_int_equal(again.attempt, task.attempt);
			assert_string_equal(again.token, TOKEN);
			assert_int_equal(view_again, view);
		}
}

#define HASH "0123456789abcdef0123456789abcdef"

static void test_means(void **state)
{
	(void)state;
	static const char *const foreign[] = { "", "f0012", "f0012.exr", "f0012.2." TOKEN ".exr", "f0012.02." TOKEN "." HASH ".exr",
		"f0012.0." TOKEN "." HASH ".exr", "f0012.2." TOKEN "." HASH, "f0012.2." TOKEN "." HASH ".png", "f12.2." TOKEN "." HASH ".exr",
		"f0012.join.2." TOKEN "." HASH ".exr", "f0012.p001.2." TOKEN "." HASH ".exr", "f0012.2.TOKEN." HASH ".exr",
		"f0012.2.0." TOKEN "." HASH ".exr", "finish.2." TOKEN "." HASH ".exr", "f0012.2." TOKEN "." HASH ".exr.exr", ".exr", "..exr" };
	struct bf_task join = running("f-0012.join.run.2.1." TOKEN), mean;
	char name[BF_FILE_MAX];
	strcpy(join.hash, HASH);
	bf_mean_name(&join, name);
	assert_string_equal(name, "f-0012.2." TOKEN "." HASH ".exr");
	assert_string_equal(bf_path_mean(JOB, BF_MEANS, &join).text, "jobs/" JOB "/means/f-0012.2." TOKEN "." HASH ".exr");
	assert_int_equal(bf_mean_parse(name, &mean), 0);
	assert_true(bf_task_same(&mean, &join));
	assert_int_equal(mean.attempt, 2);
	assert_string_equal(mean.token, TOKEN);
	assert_string_equal(mean.hash, HASH);
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		if (bf_mean_parse(foreign[i], &mean) == 0)
			fail_msg("\"%s\" is no mean", foreign[i]);
}

static void test_foreign_private_names(void **state)
{
	(void)state;
	static const char *const names[] = { "", ".bf", ".bf.", ".bf.f0012", ".bf.f0012.1", ".bf.f0012.1.", "0012.png",
		".bf.f0012." TOKEN, ".bf.f0012.0." TOKEN, ".bf.f0012.01." TOKEN, ".bf.f0012.-1." TOKEN,
		".bf.f0012.4294967297." TOKEN, ".bf.f12.1." TOKEN, ".bf.f0012.1." TOKEN ".1", ".bf.f0012.1." TOKEN ".0",
		".bf.f0012.1." TOKEN ".02", ".bf.f0012.1." TOKEN ".9", ".bf.f0012.1." TOKEN ".2.3", ".bf.f0012.1." TOKEN ".png",
		".bf.f0012.1.PC-abcdef-0-1", ".BF.f0012.1." TOKEN, ".bf.f0012.open.1." TOKEN, ".bf..1." TOKEN,
		".bf.f0012.1." TOKEN "." TOKEN, ".bf.f0012.1.." TOKEN };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct bf_task task;
		unsigned view;
		if (bf_private_parse(names[i], &task, &view) == 0)
			fail_msg("\"%s\" is nobody's private picture", names[i]);
	}
	char longest[600];
	struct bf_task task;
	unsigned view;
	memset(longest, 'f', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	memcpy(longest, ".bf.", 4);
	assert_int_equal(bf_private_parse(longest, &task, &view), -1);
}

/* The longest names that limits.h allows still make a path and a file name. */
static void test_longest(void **state)
{
	(void)state;
	char job[BF_JOB_MAX], file[BF_FILE_MAX];
	struct bf_task task = running("f-1048574.p99999.run.1000000000.1000000000." TOKEN);
	memset(job, 'j', sizeof job - 1);
	job[sizeof job - 1] = '\0';
	memset(file, 'x', sizeof file - 1);
	file[sizeof file - 1] = '\0';
	memset(task.token, 'n', sizeof task.token - 1);
	task.token[sizeof task.token - 1] = '\0';
	task.state = BF_DONE;
	memset(task.hash, '0', sizeof task.hash - 1);
	assert_true(strlen(bf_path_task(job, "9999", &task).text) < BF_PATH_MAX);
	assert_true(strlen(bf_path_private(job, &task, BF_VIEWS_MAX - 1).text) < BF_PATH_MAX);
	assert_true(strlen(bf_path_picture(job, file).text) < BF_PATH_MAX);
	assert_true(strlen(bf_path_mean(job, BF_MEANS, &task).text) < BF_PATH_MAX);
	assert_true(strlen(bf_path_piece(job, &task, "exr").text) < BF_PATH_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_things_lie),
		cmocka_unit_test(test_skeleton_agrees),
		cmocka_unit_test(test_private_names_come_back),
		cmocka_unit_test(test_means),
		cmocka_unit_test(test_foreign_private_names),
		cmocka_unit_test(test_longest),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
