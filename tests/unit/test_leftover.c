/* What a killed bfsubmit leaves in queue/ is removed a day after its last change, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/leftover.h"
#include "share-layout/base/fs.h"
#include "tests/lib/fresh_share.h"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

static void look(struct fresh_share *fresh, struct leftovers *leftovers)
{
	struct worker w = { .share = &fresh->share };
	struct bf_names queue = {0};
	struct bf_err err;
	assert_int_equal(bf_fs_list(fresh->share.root, "queue", &queue, &err), 1);
	leftover_tidy(&w, leftovers, &queue);
	bf_names_clear(&queue);
}

/* As if so much time had passed. */
static void pass(struct leftovers *leftovers, int64_t ms)
{
	for (int i = 0; i < LEFTOVERS_MAX; i++)
		if (leftovers->one[i].looked_ms) {
			leftovers->one[i].looked_ms -= ms;
			leftovers->one[i].still_since_ms -= ms;
		}
}

static void test_old_ones_go(void **state)
{
	struct fresh_share *fresh = *state;
	struct leftovers leftovers = {0};
	fresh_share_put(fresh, "queue/.bf.submit.pc-abcdef", "half");
	fresh_share_put(fresh, "queue/.bf.submit.pc-ghijkl/textures/wood.png", "half");
	fresh_share_put(fresh, "queue/.hidden", "of somebody");
	fresh_share_put(fresh, "queue/shot.blend", "BLENDER");
	look(fresh, &leftovers);
	pass(&leftovers, DAY_MS - HOUR_MS);
	look(fresh, &leftovers);
	assert_int_equal(fresh_share_count(fresh, "queue"), 5); /* with rejected */
	pass(&leftovers, 2 * HOUR_MS);
	look(fresh, &leftovers);
	assert_false(fresh_share_has(fresh, "queue/.bf.submit.pc-abcdef"));
	assert_false(fresh_share_has(fresh, "queue/.bf.submit.pc-ghijkl"));
	assert_true(fresh_share_has(fresh, "queue/.hidden"));
	assert_true(fresh_share_has(fresh, "queue/shot.blend"));
}

static void test_what_grows_stays(void **state)
{
	struct fresh_share *fresh = *state;
	struct leftovers leftovers = {0};
	fresh_share_put(fresh, "queue/.bf.submit.pc-abcdef/a/one.png", "1");
	look(fresh, &leftovers);
	for (int i = 0; i < 4; i++) {
		char path[100];
		snprintf(path, sizeof path, "queue/.bf.submit.pc-abcdef/a/%d.png", i);
		pass(&leftovers, DAY_MS - HOUR_MS);
		fresh_share_put(fresh, path, "more");
		look(fresh, &leftovers);
	}
	assert_true(fresh_share_has(fresh, "queue/.bf.submit.pc-abcdef/a/3.png"));
}

/* More than can be watched at a time: all go in the end. */
static void test_many(void **state)
{
	struct fresh_share *fresh = *state;
	struct leftovers leftovers = {0};
	for (int i = 0; i < 3 * LEFTOVERS_MAX; i++) {
		char path[100];
		snprintf(path, sizeof path, "queue/.bf.submit.pc-%06d", i);
		fresh_share_put(fresh, path, "x");
	}
	for (int days = 0; days < 7; days++) {
		look(fresh, &leftovers);
		pass(&leftovers, DAY_MS + HOUR_MS);
	}
	assert_int_equal(fresh_share_count(fresh, "queue"), 1);
}

#define SHARE_TEST(test) cmocka_unit_test_setup_teardown(test, fresh_share_setup, fresh_share_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SHARE_TEST(test_old_ones_go), SHARE_TEST(test_what_grows_stays), SHARE_TEST(test_many),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
