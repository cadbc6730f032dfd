#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "tests/lib/fresh_share.h"

/* Paths beside the share, for tests that move whole folders about. */
struct beside { char text[280]; };

static struct beside beside(void **state, const char *tail)
{
	struct fresh_share *fresh = *state;
	struct beside path;
	snprintf(path.text, sizeof path.text, "%s%s", fresh->dir, tail);
	return path;
}

static void test_made_whole(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_share again;
	struct bf_err err;
	for (int i = 0; bf_skeleton_dirs[i]; i++)
		assert_true(fresh_share_has(fresh, bf_skeleton_dirs[i]));
	assert_true(fresh_share_has(fresh, "README.txt"));
	assert_int_equal(strlen(fresh->share.id), 32);
	assert_int_equal(bf_share_open(fresh->dir, &again, &err), 0);
	assert_string_equal(again.id, fresh->share.id);
	bf_share_close(&again);
	assert_int_equal(again.root, -1);
	bf_share_close(&again);
	assert_int_equal(bf_share_open_or_make(fresh->dir, &again, &err), 0);
	assert_string_equal(again.id, fresh->share.id); /* an existing share is not made again */
	bf_share_close(&again);
	struct bf_names names = {0};
	assert_int_equal(bf_fs_list(fresh->share.root, ".", &names, &err), 1);
	assert_int_equal(names.count, 6); /* queue jobs output agents README.txt FORMAT; no leftovers of the making */
	bf_names_clear(&names);
}

static void refuses(const char *path, const char *because)
{
	struct bf_share share;
	struct bf_err err;
	assert_int_equal(bf_share_open(path, &share, &err), -1);
	if (!strstr(err.text, because))
		fail_msg("\"%s\" does not say \"%s\"", err.text, because);
}

static void test_what_is_no_share(void **state)
{
	struct fresh_share *fresh = *state;
	refuses("/no/such/folder", "/no/such/folder");
	refuses(beside(state, "/FORMAT").text, "is not a folder");
	assert_int_equal(bf_fs_unlink(fresh->share.root, "FORMAT", NULL), 1);
	refuses(fresh->dir, "not a blendfolder share");
	fresh_share_put(fresh, "FORMAT", "something else\n");
	refuses(fresh->dir, "not a blendfolder FORMAT");
	fresh_share_put(fresh, "FORMAT", "blendfolder 2\nid 00112233445566778899aabbccddeeff\n");
	refuses(fresh->dir, "newer");
	fresh_share_put(fresh, "FORMAT", "blendfolder 1\n");
	refuses(fresh->dir, "no id");
	fresh_share_put(fresh, "FORMAT", "blendfolder 1\nid 0011\n");
	refuses(fresh->dir, "no id");
	fresh_share_put(fresh, "FORMAT", "blendfolder 1\nid 00112233445566778899aabbccddeeff"); /* half a line */
	refuses(fresh->dir, "no id");
	char big[5000];
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	fresh_share_put(fresh, "FORMAT", big);
	refuses(fresh->dir, "larger");
	assert_int_equal(bf_fs_unlink(fresh->share.root, "FORMAT", NULL), 1);
	assert_int_equal(symlinkat("README.txt", fresh->share.root, "FORMAT"), 0);
	refuses(fresh->dir, "symbolic link");
	assert_int_equal(bf_fs_unlink(fresh->share.root, "FORMAT", NULL), 1);
	assert_int_equal(mkfifoat(fresh->share.root, "FORMAT", 0600), 0);
	refuses(fresh->dir, "not a regular file");
}

static void test_never_made_among_other_things(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_share share;
	struct bf_err err;
	assert_int_equal(bf_fs_unlink(fresh->share.root, "FORMAT", NULL), 1);
	fresh_share_put(fresh, "holiday.jpg", "x");
	assert_int_equal(bf_share_open_or_make(fresh->dir, &share, &err), -1);
	assert_non_null(strstr(err.text, "holiday.jpg"));
	assert_false(fresh_share_has(fresh, "FORMAT"));
	assert_int_equal(bf_fs_unlink(fresh->share.root, "holiday.jpg", NULL), 1);
	fresh_share_put(fresh, ".DS_Store", "x"); /* what an operating system leaves does not count */
	assert_int_equal(bf_share_open_or_make(fresh->dir, &share, &err), 0);
	bf_share_close(&share);
	assert_int_equal(bf_share_open_or_make("/no/such/parent/share", &share, &err), -1);
}

static void test_path_may_be_a_link(void **state)
{
	struct fresh_share *fresh = *state;
	struct beside link = beside(state, ".link");
	struct bf_share share;
	struct bf_err err;
	assert_int_equal(symlink(fresh->dir, link.text), 0);
	assert_int_equal(bf_share_open(link.text, &share, &err), 0);
	assert_string_equal(share.path, fresh->dir);
	bf_share_close(&share);
	unlink(link.text);
}

static void test_reopen(void **state)
{
	struct fresh_share *fresh = *state;
	struct beside away = beside(state, ".away");
	struct bf_share other;
	struct bf_err err;
	assert_int_equal(bf_share_reopen(&fresh->share, &err), 1);
	/* the mount is gone: first nothing, then the empty mount point */
	assert_int_equal(rename(fresh->dir, away.text), 0);
	assert_int_equal(bf_share_reopen(&fresh->share, &err), 0);
	assert_int_equal(mkdir(fresh->dir, 0777), 0);
	assert_int_equal(bf_share_reopen(&fresh->share, &err), 0);
	assert_non_null(strstr(err.text, "not mounted"));
	assert_true(fresh_share_has(fresh, "FORMAT")); /* the old descriptor still works */
	/* another share in its place */
	assert_int_equal(bf_share_open_or_make(fresh->dir, &other, &err), 0);
	assert_string_not_equal(other.id, fresh->share.id);
	bf_share_close(&other);
	assert_int_equal(bf_share_reopen(&fresh->share, &err), 0);
	assert_non_null(strstr(err.text, "another share"));
	assert_int_equal(bf_fs_remove_tree(AT_FDCWD, fresh->dir, &err), 0);
	/* it is back */
	assert_int_equal(rename(away.text, fresh->dir), 0);
	assert_int_equal(bf_share_reopen(&fresh->share, &err), 1);
	assert_true(fresh_share_has(fresh, "FORMAT"));
}

/* Several machines are switched on at once on an empty folder: there is one share afterwards. */
static void test_race_to_make(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	for (int round = 0; round < 20; round++) {
		char ids[6][33];
		int ends[2];
		bf_share_close(&fresh->share);
		assert_int_equal(bf_fs_remove_tree(AT_FDCWD, fresh->dir, &err), 0);
		assert_int_equal(pipe(ends), 0);
		for (int i = 0; i < 6; i++) {
			pid_t child = fork();
			assert_true(child >= 0);
			if (child == 0) {
				struct bf_share share;
				if (bf_share_open_or_make(fresh->dir, &share, &err) < 0) {
					fprintf(stderr, "# %s\n", err.text);
					_exit(1);
				}
				_exit(write(ends[1], share.id, 33) != 33);
			}
		}
		for (int i = 0, status; i < 6; i++) {
			assert_true(wait(&status) > 0);
			assert_int_equal(status, 0);
			assert_int_equal(read(ends[0], ids[i], 33), 33);
			assert_string_equal(ids[i], ids[0]);
		}
		close(ends[0]);
		close(ends[1]);
		assert_int_equal(bf_share_open(fresh->dir, &fresh->share, &err), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh_share_setup, fresh_share_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_made_whole),
		TEST(test_what_is_no_share),
		TEST(test_never_made_among_other_things),
		TEST(test_path_may_be_a_link),
		TEST(test_reopen),
		TEST(test_race_to_make),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
