#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/ini.h"
#include "tests/lib/fresh_folder.h"

static struct bf_ini *parse(const char *text)
{
	struct bf_ini *ini = NULL;
	struct bf_err err = {0};
	if (bf_ini_parse(text, strlen(text), "agent.ini", &ini, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return ini;
}

static void expect(const char *text, const char *section, const char *key, const char *value)
{
	struct bf_ini *ini = parse(text);
	const char *got = bf_ini_get(ini, section, key);
	if (value) {
		if (!got)
			fail_msg("%s: nothing there", text);
		assert_string_equal(got, value);
	} else {
		assert_null(got);
	}
	bf_ini_free(&ini);
	assert_null(ini);
}

static void expect_error_bytes(const char *text, size_t len, const char *part)
{
	struct bf_ini *ini = (struct bf_ini *)8;
	struct bf_err err = {0};
	if (bf_ini_parse(text, len, "agent.ini", &ini, &err) == 0)
		fail_msg("accepted: %.40s", text);
	assert_null(ini);
	if (!strstr(err.text, part))
		fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

static void expect_error(const char *text, const char *part)
{
	expect_error_bytes(text, strlen(text), part);
}

static void test_values_mean_what_they_say(void **state)
{
	(void)state;
	expect("[a]\nk = v\n", "a", "k", "v");
	expect("[a]\nk=v", "a", "k", "v");
	expect("[a]\r\nk = v\r\nl = w\r\n", "a", "k", "v");
	expect("[a]\rk = v\r", "a", "k", "v");
	expect("\xef\xbb\xbf[a]\nk = v\n", "a", "k", "v");
	expect("[a] ; comment\nk = v ; comment\n", "a", "k", "v");
	expect("[a]\nk = v # comment\n", "a", "k", "v");
	expect("[a]\nk = /srv/a#b;c\n", "a", "k", "/srv/a#b;c");
	expect("[a]\nk = C:\\share\\\nq = 2\n", "a", "k", "C:\\share\\");
	expect("[a]\nk = C:\\share\\\nq = 2\n", "a", "q", "2");
	expect("[a]\nk = \"C:\\tmp\\\"\n", "a", "k", "C:\\tmp\\");
	expect("[a]\nk = \" x ; y # z \" ; tail\n", "a", "k", " x ; y # z ");
	expect("[a]\nk = 'say \"hi\"'\n", "a", "k", "say \"hi\"");
	expect("[a]\nk = it's\n", "a", "k", "it's");
	expect("[a]\nk = a = b\n", "a", "k", "a = b");
	expect("[a]\nk = \"\"\n", "a", "k", "");
	expect("[a]\nk =\n", "a", "k", "");
	expect("[a]\nk = ; nothing\n", "a", "k", "");
	expect("[a]\nk = one\ttwo   three\n", "a", "k", "one\ttwo   three");
	expect("[a]\nk = 100%\n", "a", "k", "100%");
	expect("[a]\nk = %41\n", "a", "k", "%41");
	expect("[a]\nk = M\xc3\xbcller\n", "a", "k", "M\xc3\xbcller");
	expect("[Slot 0]\nDevice = CPU\n", "slot 0", "device", "CPU");
	expect("[slot 0]\ndevice = CPU\n", "Slot 0", "DEVICE", "CPU");
	expect("[ a ]\n k = v\n", "a", "k", "v");
	expect("k = v\n[a]\nk = w\n", "", "k", "v");
	expect("[a]\nk = v\n[b]\n[a]\nl = w\n", "a", "l", "w");
	expect("", "a", "k", NULL);
	expect("; only\n\n# comments", "a", "k", NULL);
	expect("[a]\nk = v\n", "a", "l", NULL);
	expect("[a]\nk = v\n", "b", "k", NULL);
	expect("[a]\n", "a", "", NULL);
}

static void test_errors_name_the_line(void **state)
{
	(void)state;
	expect_error("[a]\nfoo\n", "agent.ini:2: \"foo\": want key = value");
	expect_error("\n\n[a\n", "agent.ini:3: \"[a\": want a ]");
	expect_error("[]\n", "name is missing");
	expect_error("[a:b]\n", "names hold");
	expect_error("[a] b\n", "behind the ]");
	expect_error("[a]\n= v\n", "name is missing");
	expect_error("[a]\na:b = v\n", "names hold");
	expect_error("[a]\nk = \"v\n", "closing quote is missing");
	expect_error("[a]\nk = \"v\" w\n", "behind the closing quote");
	expect_error("[a]\nk = v\n[b]\n[A]\nK = w\n", "agent.ini:5: [a] k stands in line 2 already");
	expect_error("[a]\nk = \x01\n", "agent.ini:2: a control byte (01)");
	expect_error("[a]\nk = \x7f\n", "control byte");
	expect_error_bytes("[a]\nk = v\0w\n", 12, "control byte (00)");
}

static void test_limits(void **state)
{
	(void)state;
	struct bf_buf text = {0};
	bf_buf_puts(&text, "[a]\nk = ");
	while (text.len < 4 + BF_INI_LINE_MAX)
		bf_buf_putc(&text, 'x');
	struct bf_ini *ini = parse(bf_buf_text(&text));
	assert_int_equal(strlen(bf_ini_get(ini, "a", "k")), BF_INI_LINE_MAX - 4);
	bf_ini_free(&ini);
	bf_buf_putc(&text, 'x');
	expect_error(bf_buf_text(&text), "agent.ini:2: the line has 1001 bytes");
	bf_buf_reset(&text);
	for (int i = 0; i < 300; i++)
		bf_buf_putc(&text, 'n');
	bf_buf_puts(&text, " = v");
	expect_error(bf_buf_text(&text), "too long");
	bf_buf_reset(&text);
	while (text.len <= BF_INI_SIZE_MAX)
		bf_buf_puts(&text, "; some comment\n");
	expect_error(bf_buf_text(&text), "larger than");
	bf_buf_reset(&text);
	for (int i = 0; i <= BF_INI_KEYS_MAX; i++)
		bf_buf_printf(&text, "k%d=\n", i);
	expect_error(bf_buf_text(&text), "too many keys");
	bf_buf_clear(&text);
}

static void test_int_and_bool(void **state)
{
	(void)state;
	struct bf_ini *ini = parse("[a]\nn = 010\nm = -9223372036854775808\nbig = 9223372036854775808\n"
		"word = abc\nempty =\ntail = 30s\non = On\noff = FALSE\nmaybe = perhaps\nfloat = 1.5\n");
	struct bf_err err;
	int64_t n = 77;
	bool b = false;
	assert_int_equal(bf_ini_int(ini, "a", "n", 0, 100, &n, &err), 1);
	assert_int_equal(n, 10);
	assert_int_equal(bf_ini_int(ini, "a", "m", INT64_MIN, 0, &n, &err), 1);
	assert_true(n == INT64_MIN);
	n = 77;
	assert_int_equal(bf_ini_int(ini, "a", "absent", 0, 9, &n, &err), 0);
	assert_int_equal(bf_ini_int(ini, "a", "n", 0, 9, &n, &err), -1);
	assert_string_equal(err.text, "agent.ini:2: [a] n = \"010\": want a whole number from 0 to 9");
	assert_int_equal(bf_ini_int(ini, "a", "big", 0, INT64_MAX, &n, &err), -1);
	assert_int_equal(bf_ini_int(ini, "a", "word", 0, 9, &n, &err), -1);
	assert_int_equal(bf_ini_int(ini, "a", "empty", 0, 9, &n, &err), -1);
	assert_int_equal(bf_ini_int(ini, "a", "tail", 0, 99, &n, &err), -1);
	assert_int_equal(bf_ini_int(ini, "a", "float", 0, 99, &n, &err), -1);
	assert_int_equal(n, 77);
	assert_int_equal(bf_ini_bool(ini, "a", "on", &b, &err), 1);
	assert_true(b);
	assert_int_equal(bf_ini_bool(ini, "a", "off", &b, &err), 1);
	assert_false(b);
	assert_int_equal(bf_ini_bool(ini, "a", "maybe", &b, &err), -1);
	assert_non_null(strstr(err.text, "want yes or no"));
	bf_ini_free(&ini);
}

static void expect_ms(const char *value, int64_t want)
{
	char text[200];
	snprintf(text, sizeof text, "[agent]\nlease = %s\n", value);
	struct bf_ini *ini = parse(text);
	struct bf_err err = {0};
	int64_t ms = -5;
	int result = bf_ini_seconds_ms(ini, "agent", "lease", 0, INT64_MAX, &ms, &err);
	if (want < 0) {
		if (result != -1 || ms != -5)
			fail_msg("%s was accepted", value);
		assert_non_null(strstr(err.text, "want a number of seconds such as 60 or 2m"));
	} else {
		if (result != 1)
			fail_msg("%s", err.text);
		assert_int_equal(ms, want);
	}
	bf_ini_free(&ini);
}

static void test_seconds(void **state)
{
	(void)state;
	expect_ms("60", 60000);
	expect_ms("0", 0);
	expect_ms("1.5", 1500);
	expect_ms("0.001", 1);
	expect_ms("500ms", 500);
	expect_ms("2m", 120000);
	expect_ms("2 m", 120000);
	expect_ms("1.5H", 5400000);
	expect_ms("3s", 3000);
	expect_ms("abc", -1);
	expect_ms("", -1);
	expect_ms("-1", -1);
	expect_ms("5d", -1);
	expect_ms("1.0000001", -1);
	expect_ms("99999999999999999999", -1);
	expect_ms("90000000000000000h", -1);
	struct bf_ini *ini = parse("[agent]\nlease = 1\n");
	struct bf_err err;
	int64_t ms;
	assert_int_equal(bf_ini_seconds_ms(ini, "agent", "lease", 5000, 600000, &ms, &err), -1);
	assert_string_equal(err.text, "agent.ini:2: [agent] lease = \"1\": want a number of seconds such as "
		"60 or 2m, from 5 s to 600 s");
	bf_ini_free(&ini);
}

static void test_text(void **state)
{
	(void)state;
	struct bf_ini *ini = parse("[a]\nk = four\n");
	struct bf_err err;
	char five[5] = "?", four[4] = "?";
	assert_int_equal(bf_ini_text(ini, "a", "k", five, sizeof five, &err), 1);
	assert_string_equal(five, "four");
	assert_int_equal(bf_ini_text(ini, "a", "k", four, sizeof four, &err), -1);
	assert_string_equal(four, "?");
	assert_int_equal(bf_ini_text(ini, "a", "none", four, sizeof four, &err), 0);
	assert_int_equal(bf_ini_bad(ini, "a", "none", &err, "%d of them", 3), -1);
	assert_string_equal(err.text, "agent.ini: [a] none is missing: want 3 of them");
	bf_ini_free(&ini);
}

static void test_walk(void **state)
{
	(void)state;
	struct bf_ini *ini = parse("top = 1\n[b]\nx = 2\n[a]\n[B]\ny = 3\n");
	assert_string_equal(bf_ini_section(ini, 0), "");
	assert_string_equal(bf_ini_section(ini, 1), "b");
	assert_string_equal(bf_ini_section(ini, 2), "a");
	assert_null(bf_ini_section(ini, 3));
	const char *section, *key, *value;
	assert_true(bf_ini_entry(ini, 0, &section, &key, &value));
	assert_string_equal(key, "top");
	assert_true(bf_ini_entry(ini, 2, &section, &key, &value));
	assert_string_equal(section, "b");
	assert_string_equal(key, "y");
	assert_string_equal(value, "3");
	assert_false(bf_ini_entry(ini, 3, &section, &key, &value));
	bf_ini_free(&ini);
}

static void collect(void *arg, const char *line)
{
	bf_buf_printf(arg, "%s\n", line);
}

static void test_unknown_keys(void **state)
{
	(void)state;
	static const char *const known[] = { "agent.lease", "slot *.device", "hooks.*", NULL };
	struct bf_ini *ini = parse("[agent]\nleese = 5\nlease = 5\n[slot 3]\ndevice = CPU\nthreads = 2\n"
		"[hooks]\nanything = 1\n[elsewhere]\nlease = 1\n");
	struct bf_buf lines = {0};
	bf_ini_warn_unknown(ini, known, collect, &lines);
	assert_string_equal(bf_buf_text(&lines),
		"agent.ini:2: [agent] leese is not known, did you mean lease?\n"
		"agent.ini:6: [slot 3] threads is not known\n"
		"agent.ini:10: [elsewhere] lease is not known\n");
	bf_buf_clear(&lines);
	bf_ini_free(&ini);
}

static void expect_round_trip(const char *value)
{
	struct bf_buf text = {0}, back = {0};
	bf_ini_put_section(&text, "job");
	assert_int_equal(bf_ini_put(&text, "k", value, NULL), 0);
	bf_ini_put_int(&text, "n", INT64_MIN);
	struct bf_ini *ini = parse(bf_buf_text(&text));
	assert_int_equal(bf_ini_decoded(ini, "job", "k", &back, NULL), 1);
	assert_string_equal(bf_buf_text(&back), value);
	int64_t n;
	assert_int_equal(bf_ini_int(ini, "job", "n", INT64_MIN, INT64_MAX, &n, NULL), 1);
	assert_true(n == INT64_MIN);
	for (const char *p = bf_buf_text(&text); *p; p++)
		assert_true((unsigned char)*p >= 0x20 || *p == '\n');
	bf_ini_free(&ini);
	bf_buf_clear(&text);
	bf_buf_clear(&back);
}

static void test_every_byte_survives(void **state)
{
	(void)state;
	expect_round_trip("");
	expect_round_trip(" ");
	expect_round_trip("  two  ");
	expect_round_trip("\\");
	expect_round_trip("C:\\tmp\\\"");
	expect_round_trip("%41%%");
	expect_round_trip("a\nb\r\nc\td");
	expect_round_trip("; # ' = [x]");
	expect_round_trip("M\xc3\xbcller \xf0\x9f\x98\x80 \xff\xfe \xc3");
	expect_round_trip("\xed\xa0\x80 \xc0\x80 \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80");
	char every[256];
	for (int i = 1; i < 256; i++)
		every[i - 1] = (char)i;
	every[255] = '\0';
	expect_round_trip(every);
	srand(7);
	for (int round = 0; round < 500; round++) {
		char some[40];
		size_t len = (size_t)rand() % sizeof some;
		for (size_t i = 0; i < len; i++)
			some[i] = (char)(rand() % 255 + 1);
		some[len ? len - 1 : 0] = '\0';
		expect_round_trip(some);
	}
}

static void test_put_refuses_what_cannot_be_read(void **state)
{
	(void)state;
	char value[BF_INI_LINE_MAX + 1];
	struct bf_buf text = {0};
	struct bf_err err;
	memset(value, 'x', sizeof value);
	value[BF_INI_LINE_MAX - 6] = '\0';
	assert_int_equal(bf_ini_put(&text, "k", value, &err), 0);
	struct bf_ini *ini = parse(bf_buf_text(&text));
	assert_string_equal(bf_ini_get(ini, "", "k"), value);
	bf_ini_free(&ini);
	size_t before = text.len;
	value[BF_INI_LINE_MAX - 6] = 'x';
	value[BF_INI_LINE_MAX - 5] = '\0';
	assert_int_equal(bf_ini_put(&text, "k", value, &err), -1);
	assert_int_equal(text.len, before);
	bf_buf_clear(&text);
}

static void test_decode(void **state)
{
	(void)state;
	struct bf_buf out = {0};
	assert_int_equal(bf_ini_decode("a%2fB%2Fc", &out), 0);
	assert_string_equal(bf_buf_text(&out), "a/B/c");
	assert_int_equal(bf_ini_decode("%", &out), -1);
	assert_int_equal(bf_ini_decode("%4", &out), -1);
	assert_int_equal(bf_ini_decode("%zz", &out), -1);
	assert_int_equal(bf_ini_decode("%00", &out), -1);
	bf_buf_clear(&out);
	struct bf_ini *ini = parse("[a]\nk = 100%\n");
	struct bf_err err;
	assert_int_equal(bf_ini_decoded(ini, "a", "k", &out, &err), -1);
	assert_string_equal(bf_buf_text(&out), "");
	assert_int_equal(bf_ini_decoded(ini, "a", "none", &out, &err), 0);
	bf_ini_free(&ini);
	bf_buf_clear(&out);
}

static void test_files(void **state)
{
	(void)state;
	char path[300];
	struct bf_err err;
	struct bf_ini *ini;
	fresh_folder(path, sizeof path);
	int dir = bf_fs_open_dir(AT_FDCWD, path, &err);
	assert_int_equal(bf_ini_read(dir, "absent.ini", &ini, &err), 0);
	assert_null(ini);
	assert_int_equal(bf_fs_create(dir, "a.ini", "[a]\nk = v\n", 10, &err), 1);
	assert_int_equal(bf_ini_read(dir, "a.ini", &ini, &err), 1);
	assert_string_equal(bf_ini_get(ini, "a", "k"), "v");
	bf_ini_free(&ini);
	assert_int_equal(symlinkat("a.ini", dir, "link.ini"), 0);
	assert_int_equal(bf_ini_read(dir, "link.ini", &ini, &err), -1);
	assert_int_equal(mkfifoat(dir, "fifo.ini", 0600), 0);
	assert_int_equal(bf_ini_read(dir, "fifo.ini", &ini, &err), -1);
	assert_int_equal(bf_ini_read(dir, ".", &ini, &err), -1);
	int big = openat(dir, "big.ini", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(ftruncate(big, (off_t)1 << 40), 0);
	close(big);
	assert_int_equal(bf_ini_read(dir, "big.ini", &ini, &err), -1);
	close(dir);
	assert_int_equal(bf_fs_remove_tree(AT_FDCWD, path, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_mean_what_they_say),
		cmocka_unit_test(test_errors_name_the_line),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_int_and_bool),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_unknown_keys),
		cmocka_unit_test(test_every_byte_survives),
		cmocka_unit_test(test_put_refuses_what_cannot_be_read),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_files),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
