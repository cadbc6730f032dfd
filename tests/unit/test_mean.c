/* Means: which count, which are waste, what is said of those that are not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/mean.h"
#include "tests/lib/fresh_share.h"

#define JOB "shot_2026-01-02_030405"
#define PC1 "pc1-abcdef-0-1"
#define PC2 "pc2-abcdef-0-1"
#define HASH "0123456789abcdef0123456789abcdef"
#define SHARE_TEST(test) cmocka_unit_test_setup_teardown(test, fresh_share_setup, fresh_share_teardown)
#define XYZ "58e93d2a3e0b80f6c7d86b7c3f0dd3ed"

static void put(struct fresh_share *fresh, const char *below)
{
	fresh_share_put(fresh, bf_path_in_job(JOB, below).text, "");
}

static void fill(struct fresh_share *fresh)
{
	static const char *const dirs[] = { "jobs/" JOB, "jobs/" JOB "/tasks", "jobs/" JOB "/tasks/000", "jobs/" JOB "/means" };
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		fresh_share_mkdir(fresh, dirs[i]);
	put(fresh, "tasks/000/f0001.join.done.2.0." PC2 "." HASH);
	put(fresh, "tasks/000/f0001.join.done.1.0." PC1 "." HASH); /* seen for the last time while it was reopened */
	put(fresh, "tasks/000/f0002.join.done.1.0." PC1 "." HASH);
	put(fresh, "tasks/000/f0003.join.run.1.0." PC1);
	put(fresh, "tasks/000/f0001.p000.done.1.0." PC1 "." HASH);
	put(fresh, "means/f0001.1." PC1 "." XYZ ".exr");
	put(fresh, "means/f0001.2." PC1 "." XYZ ".exr");
	put(fresh, "means/f0001.2." PC2 "." HASH ".exr");
	put(fresh, "means/f0003.1." PC1 "." XYZ ".exr");
	put(fresh, "means/notes.txt");
}

static bool is_waste(const struct bf_means *means, const char *name)
{
	struct bf_task mean;
	assert_int_equal(bf_mean_parse(name, &mean), 0);
	return bf_means_is_waste(means, &mean);
}

static void test_which_count(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_job job = { .id = JOB, .columns = 1, .rows = 1, .sample_parts = 2 };
	struct bf_means means = {0};
	struct bf_task mean;
	struct bf_err err;
	fill(fresh);
	assert_int_equal(bf_frames_range(1, 4, 1, &job.frames, &err), 0);
	assert_int_equal(bf_means_read(&fresh->share, &job, &means, &err), 0);
	assert_int_equal(bf_means_find(&means, 1, &mean, &err), 0);
	assert_string_equal(bf_path_mean(JOB, BF_MEANS, &mean).text, "jobs/" JOB "/means/f0001.2." PC2 "." HASH ".exr");
	assert_int_equal(bf_means_find(&means, 2, &mean, &err), -1);
	assert_non_null(strstr(err.text, "frame 2 are not kept any more"));
	assert_int_equal(bf_means_find(&means, 3, &mean, &err), -1);
	assert_non_null(strstr(err.text, "frame 3 is not finished"));
	assert_true(is_waste(&means, "f0001.1." PC1 "." XYZ ".exr"));
	assert_true(is_waste(&means, "f0001.2." PC1 "." XYZ ".exr"));
	assert_false(is_waste(&means, "f0001.2." PC2 "." HASH ".exr"));
	assert_false(is_waste(&means, "f0001.3." PC1 "." XYZ ".exr")); /* may be committed yet */
	assert_false(is_waste(&means, "f0003.1." PC1 "." XYZ ".exr"));
	bf_means_clear(&means);
	bf_frames_clear(&job.frames);
}

static void test_of_a_base(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_task mean;
	struct bf_err err = {0};
	fresh_share_mkdir(fresh, "jobs/" JOB);
	assert_int_equal(bf_mean_find_base(&fresh->share, JOB, 7, &mean, &err), 0);
	fresh_share_mkdir(fresh, "jobs/" JOB "/base");
	put(fresh, "base/f0006.1." PC1 "." HASH ".exr");
	put(fresh, "base/f0007.1." PC1 ".99aa06d3014798d86001c324468d497f.exr"); /* what the hash of no bytes is */
	put(fresh, "base/f0007.exr");
	assert_int_equal(bf_mean_find_base(&fresh->share, JOB, 7, &mean, &err), 1);
	assert_int_equal(mean.frame, 7);
	assert_int_equal(bf_mean_check(&fresh->share, bf_path_mean(JOB, BF_BASE, &mean).text, &mean, &err), 0);
	assert_int_equal(bf_mean_find_base(&fresh->share, JOB, 6, &mean, &err), 1);
	assert_int_equal(bf_mean_check(&fresh->share, bf_path_mean(JOB, BF_BASE, &mean).text, &mean, &err), -1);
	assert_int_equal(err.sys, 0);
	assert_non_null(strstr(err.text, "is not what was joined"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { SHARE_TEST(test_which_count), SHARE_TEST(test_of_a_base) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
