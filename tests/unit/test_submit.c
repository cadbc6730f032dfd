/* bfsubmit's parts, where a command line cannot reach: files that change meanwhile, what a failure leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "tests/lib/fresh_share.h"
#include "tools/submit.h"

#define WHOLE "BLENDER-v304........................ENDB....................."

/* A share with a queue, and beside the share's own files local.blend and a folder. */
static void prepare(struct fresh_share *fresh, const char *what, char path[400])
{
	fresh_share_mkdir(fresh, "queue/rejected");
	fresh_share_put(fresh, "local/shot.blend", WHOLE);
	fresh_share_put(fresh, "local/wood/oak.png", "oak");
	snprintf(path, 400, "%s/%s", fresh->dir, what);
}

static void look_at(struct submit *s, const char *path)
{
	struct bf_err err;
	if (submit_look(s, path, NULL, &err) < 0 || submit_digest(s, &err) < 0)
		fail_msg("%s", err.text);
	bf_buf_puts(&s->ini, "[job]\n");
}

static void test_sent(void **state)
{
	struct fresh_share *fresh = *state;
	struct submit s = {0};
	struct bf_err err;
	char path[400], twice[BF_DIGEST_HEX];
	prepare(fresh, "local", path);
	look_at(&s, path);
	assert_int_equal(s.count, 2);
	memcpy(twice, s.content, sizeof twice);
	assert_int_equal(submit_digest(&s, &err), 0);
	assert_string_equal(s.content, twice);
	assert_int_equal(submit_send(&fresh->share, &s, NULL, &err), 0);
	assert_true(fresh_share_has(fresh, "queue/local/wood/oak.png"));
	assert_true(fresh_share_has(fresh, "queue/local.ini"));
	assert_int_equal(fresh_share_count(fresh, "queue"), 3); /* with rejected */
	submit_clear(&s);
}

static void test_changed_meanwhile(void **state)
{
	struct fresh_share *fresh = *state;
	static const char *const given[] = { "local/shot.blend", "local" };
	for (size_t i = 0; i < 2; i++) {
		struct submit s = {0};
		struct bf_err err;
		char path[400];
		prepare(fresh, given[i], path);
		look_at(&s, path);
		fresh_share_put(fresh, "local/shot.blend", WHOLE " ");
		assert_int_equal(submit_send(&fresh->share, &s, NULL, &err), -1);
		assert_non_null(strstr(err.text, "was changed while it was copied"));
		assert_int_equal(fresh_share_count(fresh, "queue"), 1);
		submit_clear(&s);
	}
}

static void test_gone_meanwhile(void **state)
{
	struct fresh_share *fresh = *state;
	struct submit s = {0};
	struct bf_err err;
	char path[400];
	prepare(fresh, "local", path);
	look_at(&s, path);
	assert_int_equal(bf_fs_unlink(fresh->share.root, "local/wood/oak.png", &err), 1);
	assert_int_equal(submit_send(&fresh->share, &s, NULL, &err), -1);
	assert_int_equal(fresh_share_count(fresh, "queue"), 1);
	submit_clear(&s);
}

/* Nobody can be told apart from a lost answer but by what is in the queue. */
static void test_no_queue(void **state)
{
	struct fresh_share *fresh = *state;
	struct submit s = {0};
	struct bf_err err;
	char path[400];
	prepare(fresh, "local/shot.blend", path);
	look_at(&s, path);
	assert_int_equal(bf_fs_remove_tree(fresh->share.root, "queue", &err), 0);
	assert_int_equal(submit_send(&fresh->share, &s, NULL, &err), -1);
	assert_false(fresh_share_has(fresh, "queue"));
	submit_clear(&s);
}

static void test_content_is_of_names_and_bytes(void **state)
{
	struct fresh_share *fresh = *state;
	struct submit one = {0}, other = {0};
	char path[400];
	prepare(fresh, "local", path);
	look_at(&one, path);
	fresh_share_put(fresh, "local/wood/oak.png", "elm");
	look_at(&other, path);
	assert_string_not_equal(one.content, other.content);
	submit_clear(&other);
	fresh_share_put(fresh, "local/wood/oak.png", "oak");
	struct bf_err err;
	assert_int_equal(bf_fs_rename(fresh->share.root, "local/wood/oak.png", "local/wood/elm.png", &err), 1);
	look_at(&other, path);
	assert_string_not_equal(one.content, other.content);
	submit_clear(&one);
	submit_clear(&other);
}

#define SHARE_TEST(test) cmocka_unit_test_setup_teardown(test, fresh_share_setup, fresh_share_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SHARE_TEST(test_sent), SHARE_TEST(test_changed_meanwhile), SHARE_TEST(test_gone_meanwhile),
		SHARE_TEST(test_no_queue), SHARE_TEST(test_content_is_of_names_and_bytes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
