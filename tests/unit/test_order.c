#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "share-layout/live.h"
#include "share-layout/order.h"

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(bf_order_parse("PAUSE.pc-1", "pc-1"), BF_ORDER_PAUSE);
	assert_int_equal(bf_order_parse("pause.PC-1.txt", "pc-1"), BF_ORDER_PAUSE);
	assert_int_equal(bf_order_parse("Finish.pc-1.", "pc-1"), BF_ORDER_FINISH);
	assert_int_equal(bf_order_parse("STOP.pc-1.tar.gz", "pc-1"), BF_ORDER_STOP);
	static const char *const none[] = { "", ".", "STOP", "STOP.", "STOP.pc", "STOP.pc-12", "STOP.pc-1-x", "STOPP.pc-1", "STO.pc-1",
		".pc-1", "pc-1", "pc-1-abcdef.17", "STOP pc-1", "STOP.txt", ".STOP.pc-1" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		assert_int_equal(bf_order_parse(none[i], "pc-1"), BF_ORDER_NONE);
}

static void test_path_says_what_is_parsed(void **state)
{
	(void)state;
	for (int i = BF_ORDER_PAUSE; i <= BF_ORDER_STOP; i++) {
		struct bf_path path = bf_path_order((enum bf_order)i, "pc-1");
		char id[BF_ID_MAX];
		unsigned long beat;
		assert_int_equal(strncmp(path.text, BF_AGENTS "/", strlen(BF_AGENTS "/")), 0);
		assert_int_equal(bf_order_parse(strrchr(path.text, '/') + 1, "pc-1"), i);
		assert_int_equal(bf_live_parse_card(strrchr(path.text, '/') + 1, id, &beat), -1);
	}
}

static void test_heaviest_and_removed(void **state)
{
	(void)state;
	char dir[] = "/tmp/test_order.XXXXXX";
	struct bf_names names = {0};
	struct bf_err err;
	assert_non_null(mkdtemp(dir));
	int root = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(root, BF_AGENTS, 0700), 0);
	static const char *const files[] = { "STOP.pc-1.txt", "pause.pc-1", "stop.pc-1", "STOP.pc-2" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		assert_int_equal(bf_fs_create(root, bf_path_in_agents(files[i]).text, "", 0, &err), 1);
	assert_int_equal(bf_fs_list(root, BF_AGENTS, &names, &err), 1);
	assert_int_equal(bf_order_of(&names, "pc-1"), BF_ORDER_STOP);
	assert_int_equal(bf_order_of(&names, "pc-3"), BF_ORDER_NONE);
	assert_int_equal(bf_order_remove(root, &names, "pc-1", BF_ORDER_STOP, &err), 0);
	assert_int_equal(bf_fs_list(root, BF_AGENTS, &names, &err), 1);
	assert_int_equal(names.count, 2);
	assert_int_equal(bf_order_of(&names, "pc-1"), BF_ORDER_PAUSE);
	assert_int_equal(bf_order_of(&names, "pc-2"), BF_ORDER_STOP);
	bf_names_clear(&names);
	assert_int_equal(bf_fs_remove_tree(AT_FDCWD, dir, &err), 0);
	close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_path_says_what_is_parsed),
		cmocka_unit_test(test_heaviest_and_removed),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
