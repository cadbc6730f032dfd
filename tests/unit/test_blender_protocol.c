/* The lines between us and Blender: what is taken, what is refused, what is made of hostile text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "agent/blender_protocol.h"

static int parse(const char *text, struct blender_line *line)
{
	static char copy[8192];
	snprintf(copy, sizeof copy, "%s", text);
	return blender_line_parse(copy, line);
}

static void takes_pairs_apart(void **state)
{
	(void)state;
	struct blender_line line;
	assert_int_equal(parse("opened scene=My%20Scene a=b=c empty= percent=100%25 a=second", &line), 0);
	assert_string_equal(line.verb, "opened");
	assert_int_equal(line.count, 5);
	assert_string_equal(blender_line_get(&line, "scene"), "My Scene");
	assert_string_equal(blender_line_get(&line, "a"), "b=c");
	assert_string_equal(blender_line_get(&line, "empty"), "");
	assert_string_equal(blender_line_get(&line, "percent"), "100%");
	assert_null(blender_line_get(&line, "other"));
	assert_int_equal(parse("quit", &line), 0);
	assert_int_equal(line.count, 0);
}

static void refuses_what_is_not_our_form(void **state)
{
	(void)state;
	static const char *const bad[] = { "", " a=b", "verb  a=b", "verb ", "verb word", "verb =x", "verb a=%", "verb a=%4",
		"verb a=%zz", "verb a=%00", "verb a=b " };
	struct blender_line line;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (parse(bad[i], &line) != -1)
			fail_msg("taken: '%s'", bad[i]);
	char many[4096] = "verb";
	for (int i = 0; i < BLENDER_LINE_PAIRS; i++)
		strcat(many, " a=b");
	assert_int_equal(parse(many, &line), 0);
	strcat(many, " a=b");
	assert_int_equal(parse(many, &line), -1);
}

static void clamps_numbers(void **state)
{
	(void)state;
	struct blender_line line;
	assert_int_equal(parse("v a=7 b=-9 c=99999999999999999999999 d=-99999999999999999999999 e=7x f= g=1e999 h=nan i=2.5", &line), 0);
	assert_int_equal(blender_line_int(&line, "a", 0, 10, -1), 7);
	assert_int_equal(blender_line_int(&line, "b", 0, 10, -1), 0);
	assert_int_equal(blender_line_int(&line, "c", 0, 10, -1), 10);
	assert_int_equal(blender_line_int(&line, "d", -5, 10, -1), -5);
	assert_int_equal(blender_line_int(&line, "e", 0, 10, -1), -1);
	assert_int_equal(blender_line_int(&line, "f", 0, 10, -1), -1);
	assert_int_equal(blender_line_int(&line, "none", 0, 10, -1), -1);
	assert_true(blender_line_double(&line, "g", 0, 5, 1) == 5);
	assert_true(blender_line_double(&line, "h", 0, 5, 1) == 1);
	assert_true(blender_line_double(&line, "i", 0, 5, 1) == 2.5);
}

static void cleans_text(void **state)
{
	(void)state;
	static const struct { const char *from, *to; } cases[] = {
		{ "plain", "plain" }, { "a\nb\x1b[2J", "a?b?[2J" }, { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xff\xfe", "??" }, { "a\xc3", "a?" }, { "\xc0\xaf", "??" }, { "\xe0\x80\xaf", "???" },
		{ "\xed\xa0\x80", "???" }, { "\xf4\x90\x80\x80", "????" }, { "\xc2\x9b" "31m", "?31m" },
	};
	char text[64];
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		blender_clean_text(text, sizeof text, cases[i].from);
		assert_string_equal(text, cases[i].to);
	}
	char small[4];
	blender_clean_text(small, sizeof small, "ab\xc3\xa4");
	assert_string_equal(small, "ab"); /* never half a character */
	char self[16] = "a\x01" "b";
	blender_clean_text(self, sizeof self, self);
	assert_string_equal(self, "a?b");
}

static void what_is_written_can_be_read(void **state)
{
	(void)state;
	static const char nasty[] = "a b%20=\n\t\x7f\xc3\xa4\x01 ";
	struct bf_buf out = { 0 };
	struct blender_line line;
	blender_line_begin(&out, "open");
	blender_line_put(&out, "blend", nasty);
	blender_line_put(&out, "scene", NULL);
	blender_line_put(&out, "empty", "");
	blender_line_put_int(&out, "frame", -12);
	blender_line_end(&out);
	assert_int_equal(out.data[out.len - 1], '\n');
	out.data[out.len - 1] = '\0';
	assert_null(strchr(out.data, '\n'));
	assert_int_equal(blender_line_parse(out.data, &line), 0);
	assert_int_equal(line.count, 3);
	assert_string_equal(blender_line_get(&line, "blend"), nasty);
	assert_string_equal(blender_line_get(&line, "empty"), "");
	assert_int_equal(blender_line_int(&line, "frame", -100, 100, 0), -12);
	bf_buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_pairs_apart), cmocka_unit_test(refuses_what_is_not_our_form),
		cmocka_unit_test(clamps_numbers), cmocka_unit_test(cleans_text),
		cmocka_unit_test(what_is_written_can_be_read),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
