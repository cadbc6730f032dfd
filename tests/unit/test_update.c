#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/update.h"

static void test_names(void **state)
{
	(void)state;
	struct bf_update update;
	assert_int_equal(bf_update_parse("0.2.10-x86_64", &update), 0);
	assert_string_equal(update.version, "0.2.10");
	assert_string_equal(update.machine, "x86_64");
	assert_string_equal(bf_path_update(&update, "bfagent").text, "agents/update/0.2.10-x86_64/bfagent");
	assert_int_equal(bf_update_parse("1-aarch64", &update), 0);
	static const char *const bad[] = { "", "-", "1-", "-x86_64", "0.2", "v1-x86_64", "1.-x86_64", ".1-x86_64", "1..2-x86_64", "1.2.3.4.5-x86_64",
		"1234567.0-x86_64", "1.0-x86/64", "1.0-..", "1.0-x86_64.tmp", "../1.0-x86_64", "1.0 -x86_64", "1.0-X86_64" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (bf_update_parse(bad[i], &update) == 0)
			fail_msg("%s was taken", bad[i]);
}

static void test_order(void **state)
{
	(void)state;
	static const char *const rising[] = { "0.1.0", "0.1.9", "0.1.10", "0.2", "0.2.1", "1", "1.0.0.1", "2.0" };
	for (size_t i = 0; i < sizeof rising / sizeof *rising; i++)
		for (size_t j = 0; j < sizeof rising / sizeof *rising; j++)
			assert_int_equal(bf_version_later(rising[i], rising[j]), i > j);
	assert_false(bf_version_later("0.2", "0.2.0"));
	assert_false(bf_version_later("0.2.0", "0.2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names), cmocka_unit_test(test_order) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
