/* The order of work of a list of frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/frames_order.h"

static void arranged(const char *list, const char *order, const char *want)
{
	struct bf_frames frames = {0};
	struct bf_buf text = {0};
	enum bf_frames_order how;
	assert_int_equal(bf_frames_parse(list, &frames, NULL), 0);
	assert_int_equal(bf_frames_order_parse(order, &how), 0);
	bf_frames_arrange(&frames, how);
	for (size_t i = 0; i < frames.count; i++)
		bf_buf_printf(&text, i ? " %d" : "%d", frames.frame[i]);
	assert_string_equal(bf_buf_text(&text), want);
	bf_buf_clear(&text);
	bf_frames_clear(&frames);
}

static void test_orders(void **state)
{
	(void)state;
	arranged("3,1,2", "forward", "3 1 2");
	arranged("3,1,2", "Backward", "2 1 3");
	arranged("1-4", "backward", "4 3 2 1");
	arranged("1-9", "coarse", "1 9 5 3 7 2 4 6 8");
	arranged("1-6", "coarse", "1 6 5 3 2 4");
	arranged("10-30x10", "coarse", "10 30 20");
	arranged("1,2", "coarse", "1 2");
	arranged("7", "coarse", "7");
	arranged("7", "backward", "7");
}

/* Whatever the count, each frame is there once. */
static void test_nothing_is_lost(void **state)
{
	(void)state;
	for (int count = 1; count < 200; count++) {
		struct bf_frames frames = {0};
		char seen[200] = {0};
		assert_int_equal(bf_frames_range(0, count - 1, 1, &frames, NULL), 0);
		bf_frames_arrange(&frames, BF_FRAMES_COARSE);
		assert_int_equal(frames.count, count);
		for (size_t i = 0; i < frames.count; i++)
			assert_int_equal(seen[frames.frame[i]]++, 0);
		bf_frames_clear(&frames);
	}
}

static void test_unknown_words(void **state)
{
	enum bf_frames_order how;
	(void)state;
	assert_int_equal(bf_frames_order_parse("", &how), -1);
	assert_int_equal(bf_frames_order_parse("sideways", &how), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders), cmocka_unit_test(test_nothing_is_lost), cmocka_unit_test(test_unknown_words),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
