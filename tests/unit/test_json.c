#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <math.h>

#include <cmocka.h>

#include "tools/json.h"
#include "tools/utf8.h"

static void text_is(const char *text, const char *want)
{
	struct bf_buf out = {0};
	struct json json = { .out = &out };
	json_text(&json, text);
	assert_string_equal(out.data, want);
	bf_buf_clear(&out);
}

static void test_texts(void **state)
{
	(void)state;
	text_is("", "\"\"");
	text_is("plain", "\"plain\"");
	text_is("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	text_is("\n\t\r\x01\x1f\x7f", "\"\\n\\u0009\\u000d\\u0001\\u001f\\u007f\"");
	text_is("\x1b[2J", "\"\\u001b[2J\"");
	text_is("\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xac", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xac\"");
	text_is("\xe2\x80\xae" "x", "\"\\u202ex\""); /* a change of direction is told, not done */
}

#define REPAIRED "\xef\xbf\xbd"

static void test_what_is_not_utf8(void **state)
{
	(void)state;
	text_is("a\xff" "b", "\"a" REPAIRED "b\"");
	text_is("\xc3", "\"" REPAIRED "\"");
	text_is("\xc3(", "\"" REPAIRED "(\"");
	text_is("\x80", "\"" REPAIRED "\"");
	text_is("\xe2\x82", "\"" REPAIRED REPAIRED "\"");
	text_is("\xc0\xaf", "\"" REPAIRED REPAIRED "\"");         /* overlong */
	text_is("\xed\xa0\x80", "\"" REPAIRED REPAIRED REPAIRED "\""); /* half of a pair of UTF-16 */
	text_is("\xf4\x90\x80\x80", "\"" REPAIRED REPAIRED REPAIRED REPAIRED "\"");
	text_is("\xf8\x88\x80\x80\x80", "\"" REPAIRED REPAIRED REPAIRED REPAIRED REPAIRED "\"");
}

static void test_numbers(void **state)
{
	(void)state;
	static const struct { double value; const char *want; } good[] = { { 0, "0" }, { 1, "1" }, { -1, "-1" }, { 0.5, "0.5" },
		{ -0.25, "-0.25" }, { 12.3456, "12.346" }, { 0.001, "0.001" }, { 0.0001, "0" }, { 0.9999, "1" }, { 1.05, "1.05" },
		{ 1e14, "100000000000000" }, { NAN, "null" }, { INFINITY, "null" }, { -INFINITY, "null" }, { 1e300, "null" } };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct bf_buf out = {0};
		struct json json = { .out = &out };
		json_number(&json, good[i].value);
		assert_string_equal(out.data, good[i].want);
		bf_buf_clear(&out);
	}
}

static void test_structure(void **state)
{
	(void)state;
	struct bf_buf out = {0};
	struct json json = { .out = &out };
	json_open(&json, '{');
	json_put_text(&json, "a", "x");
	json_put_int(&json, "b", INT64_MIN);
	json_key(&json, "c");
	json_open(&json, '[');
	json_close(&json, ']');
	json_key(&json, "d");
	json_open(&json, '[');
	json_null(&json);
	json_bool(&json, true);
	json_open(&json, '{');
	json_close(&json, '}');
	json_int(&json, 3);
	json_close(&json, ']');
	json_put_text(&json, "e\"", "");
	json_close(&json, '}');
	assert_string_equal(out.data, "{\"a\":\"x\",\"b\":-9223372036854775808,\"c\":[],\"d\":[null,true,{},3],\"e\\\"\":\"\"}");
	bf_buf_clear(&out);
}

static void test_columns(void **state)
{
	(void)state;
	assert_int_equal(utf8_columns('a'), 1);
	assert_int_equal(utf8_columns(0xe9), 1);
	assert_int_equal(utf8_columns(0x301), 0);  /* an accent on the letter before */
	assert_int_equal(utf8_columns(0x6f22), 2); /* kanji */
	assert_int_equal(utf8_columns(0x1f3ac), 2);
	assert_true(utf8_is_control(0x9b));        /* the one-character form of ESC [ */
	assert_true(utf8_is_control('\n'));
	assert_false(utf8_is_control(0xa0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_what_is_not_utf8),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_columns),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
