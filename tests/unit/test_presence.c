#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utmpx.h>

#include <cmocka.h>

#include "agent/presence.h"
#include "agent/usage.h"
#include "share-layout/base/fs.h"

static char dir[32], utmp[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_presence.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(utmp, sizeof utmp, "%s/utmp", dir);
	return 0;
}

static int clean_up(void **state)
{
	(void)state;
	return bf_fs_remove_tree(AT_FDCWD, dir, NULL);
}

static void log_in(short type, const char *line)
{
	struct utmpx entry = { .ut_type = type };
	FILE *file = fopen(utmp, "a");
	memcpy(entry.ut_line, line, strlen(line));
	memcpy(entry.ut_user, "anna", 4);
	assert_int_equal(fwrite(&entry, sizeof entry, 1, file), 1);
	fclose(file);
}

static void make_terminal(const char *line, int idle_s)
{
	char path[96];
	snprintf(path, sizeof path, "%s/%s", dir, line);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	struct timespec times[2] = { { .tv_sec = time(NULL) - idle_s }, { .tv_sec = time(NULL) } };
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static void test_nobody(void **state)
{
	(void)state;
	assert_true(presence_of_terminals(utmp, dir) == INT64_MAX); /* no such file */
	make_terminal("tty1", 5);
	log_in(LOGIN_PROCESS, "tty1");
	log_in(DEAD_PROCESS, "tty1");
	log_in(USER_PROCESS, ":0");
	log_in(USER_PROCESS, "../tty1");
	assert_true(presence_of_terminals(utmp, dir) == INT64_MAX);
}

static void test_the_least_idle_counts(void **state)
{
	(void)state;
	make_terminal("tty1", 5000);
	make_terminal("tty2", 600);
	make_terminal("tty3", 4);
	log_in(USER_PROCESS, "tty1");
	log_in(USER_PROCESS, "tty2");
	int64_t idle_ms = presence_of_terminals(utmp, dir);
	assert_true(idle_ms >= 600000 && idle_ms < 700000);
	log_in(USER_PROCESS, "tty3");
	assert_true(presence_of_terminals(utmp, dir) < 100000);
}

static void test_answers_of_logind(void **state)
{
	(void)state;
	int64_t since_ms;
	assert_true(presence_parse_logind("b false\nt 0\n", &since_ms));
	assert_true(since_ms == INT64_MAX);
	assert_true(presence_parse_logind("b true\nt 12345678\n", &since_ms));
	assert_true(since_ms == 12345);
	assert_true(presence_parse_logind("b true\nt 0\n", &since_ms));
	assert_true(since_ms == INT64_MIN);
	assert_false(presence_parse_logind("", &since_ms));
	assert_false(presence_parse_logind("Call failed: no such file", &since_ms));
}

static void test_usage(void **state)
{
	(void)state;
	int64_t machine_ms = usage_machine_ms(), ours_ms = usage_cpu_ms(getpid());
	assert_true(machine_ms >= 0);
	for (volatile int i = 0; usage_cpu_ms(getpid()) < ours_ms + 30; i++)
		continue;
	assert_true(usage_machine_ms() > machine_ms);
	assert_int_equal(usage_cpu_ms(0), 0);
	assert_int_equal(usage_memory_mb(0), 0);
	char *taken = malloc(64 << 20);
	assert_non_null(taken);
	for (size_t i = 0; i < 64 << 20; i += 512)
		((volatile char *)taken)[i] = 1;
	assert_true(usage_memory_mb(getpid()) >= 64);
	free(taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nobody, set_up, clean_up),
		cmocka_unit_test_setup_teardown(test_the_least_idle_counts, set_up, clean_up),
		cmocka_unit_test(test_answers_of_logind), cmocka_unit_test(test_usage),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
