#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/tags.h"

static void is(const char *text, const char *wanted)
{
	char tags[BF_TAGS_MAX];
	struct bf_err err;
	assert_int_equal(bf_tags_parse(text, tags, &err), 0);
	assert_string_equal(tags, wanted);
}

static void has_one_form(void **state)
{
	(void)state;
	is("", "");
	is(" , ", "");
	is("GPU, big", "gpu,big");
	is("gpu big,gpu ,  floor_2", "gpu,big,floor_2");
	is("big,bigger,bi", "big,bigger,bi");
}

static void refuses_what_is_no_word(void **state)
{
	(void)state;
	static const char *const bad[] = { "a;b", "gpu, b\xc3\xbcro", "a/b", "x\ny", "*" };
	char tags[BF_TAGS_MAX] = "as it was", many[BF_TAGS_MAX + 40];
	struct bf_err err;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(bf_tags_parse(bad[i], tags, &err), -1);
	memset(many, 'x', sizeof many - 1);
	many[sizeof many - 1] = '\0';
	assert_int_equal(bf_tags_parse(many, tags, &err), -1);
	for (size_t i = 0; i + 2 < sizeof many; i += 2)
		many[i] = (char)('a' + i / 2 % 26), many[i + 1] = i / 2 % 3 ? 'q' : ' ';
	bf_tags_parse(many, tags, &err); /* must not run over */
	assert_true(strlen(tags) < BF_TAGS_MAX);
}

static void covers(void **state)
{
	(void)state;
	assert_true(bf_tags_cover("gpu,big", ""));
	assert_true(bf_tags_cover("", ""));
	assert_true(bf_tags_cover("gpu,big", "big"));
	assert_true(bf_tags_cover("gpu,big", "big,gpu"));
	assert_false(bf_tags_cover("gpu,big", "big,fast"));
	assert_false(bf_tags_cover("bigger", "big"));
	assert_false(bf_tags_cover("big", "bigger"));
	assert_false(bf_tags_cover("", "big"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_one_form), cmocka_unit_test(refuses_what_is_no_word), cmocka_unit_test(covers),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
