#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/token.h"

static void clean(const char *text, const char *want)
{
	char name[BF_NAME_MAX];
	bf_name_clean(text, name);
	assert_string_equal(name, want);
}

static void test_machine_names(void **state)
{
	(void)state;
	clean("render1", "render1");
	clean("Render-1.studio.example", "render-1");
	clean("ATELIER PC", "atelier-pc");
	clean("--x--y--", "x-y");
	clean("", "agent");
	clean("...", "agent");
	clean("///", "agent");
	clean("a/../../b", "a");
	clean("m\xc3\xbchle", "m-hle");
	clean("\x1b[31mred\n", "31mred");
	clean("abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnopqrstuvwxyz012345");
	clean("abcdefghijklmnopqrstuvwxyz01234-6789", "abcdefghijklmnopqrstuvwxyz01234"); /* never a - at the end */
}

static void test_host_name(void **state)
{
	(void)state;
	char name[BF_NAME_MAX], again[BF_NAME_MAX];
	bf_name_of_host(name);
	bf_name_clean(name, again);
	assert_string_equal(name, again);
	assert_true(name[0] != '\0');
}

static void test_ids(void **state)
{
	(void)state;
	char first[BF_ID_MAX], second[BF_ID_MAX], name[BF_NAME_MAX];
	char longest[BF_NAME_MAX];
	memset(longest, 'n', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	bf_id_make("pc-2", first);
	bf_id_make("pc-2", second);
	assert_string_not_equal(first, second);
	assert_true(bf_id_ok(first));
	bf_id_name(first, name);
	assert_string_equal(name, "pc-2");
	bf_id_make(longest, first);
	assert_true(bf_id_ok(first));
	bf_id_name(first, name);
	assert_string_equal(name, longest);
}

static void test_foreign_ids(void **state)
{
	(void)state;
	static const char *const ids[] = { "", "-", "abcdef", "-abcdef", "pc-abcde", "pc-abcdefg", "PC-abcdef",
		"pc-ABCDEF", "pc_abcdef", "pc.abcdef", "../-abcdef", "p\n-abcdef", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn-abcdef" };
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (bf_id_ok(ids[i]))
			fail_msg("\"%s\" is no id", ids[i]);
	char name[BF_NAME_MAX];
	bf_id_name("short", name); /* must not run off either end */
	assert_string_equal(name, "");
	bf_id_name("nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn-abcdef", name);
	assert_int_equal(strlen(name), BF_NAME_MAX - 1);
}

static void test_tokens(void **state)
{
	(void)state;
	struct bf_token token = { .slot = 12, .count = 345678 }, again;
	char text[BF_TOKEN_MAX];
	strcpy(token.id, "pc-2-abc234");
	bf_token_format(&token, text);
	assert_string_equal(text, "pc-2-abc234-12-345678");
	assert_int_equal(bf_token_parse(text, &again), 0);
	assert_string_equal(again.id, token.id);
	assert_int_equal(again.slot, 12);
	assert_int_equal(again.count, 345678);
	assert_int_equal(bf_token_parse(text, NULL), 0);
}

static void test_longest_token(void **state)
{
	(void)state;
	struct bf_token token = { .slot = 999, .count = 999999999999999ul }, again;
	char text[BF_TOKEN_MAX];
	memset(token.id, 'n', BF_ID_MAX - 1);
	token.id[BF_ID_MAX - 8] = '-';
	assert_true(bf_id_ok(token.id));
	bf_token_format(&token, text);
	assert_int_equal(bf_token_parse(text, &again), 0);
	assert_string_equal(again.id, token.id);
	assert_true(again.count == token.count);
}

static void test_foreign_tokens(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "-", "--", "0-0", "open", "pc-abcdef", "pc-abcdef-0", "pc-abcdef-0-",
		"pc-abcdef--1", "pc-abcdef-00-1", "pc-abcdef-0-01", "pc-abcdef-0-1x", "pc-abcdef-x-1", "pc-abcdef-1000-1",
		"pc-abcdef-0-1000000000000000", "pc-abcdef-+0-1", "pc-abcdef-0- 1", "Pc-abcdef-0-1", "abcdef-0-1",
		"pc-abcdef-0-1.png", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn-abcdef-0-1",
		"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn-abcdef-0-1" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (bf_token_parse(texts[i], NULL) == 0)
			fail_msg("\"%s\" is no token", texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machine_names),
		cmocka_unit_test(test_host_name),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_foreign_ids),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_longest_token),
		cmocka_unit_test(test_foreign_tokens),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
