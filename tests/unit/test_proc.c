/* Children: what they get, how they end, and that nothing of them stays. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/proc.h"

static struct proc_spec shell(const char **argv, const char *script)
{
	/* The shell is the subject's child here, a convenient program that can do many things. */
	argv[0] = "/bin/sh", argv[1] = "-c", argv[2] = script, argv[3] = NULL;
	return (struct proc_spec){ .argv = argv, .in = -1, .out = -1, .err = -1 };
}

/* Start it with its output in a pipe. Returns the end to read from; of the other end we keep nothing. */
static int start_piped(struct proc *proc, struct proc_spec spec)
{
	struct bf_err err;
	int pipes[2];
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	spec.out = pipes[1];
	assert_int_equal(proc_start(proc, &spec, &err), 0);
	close(pipes[1]);
	return pipes[0];
}

/* Everybody who could write into the pipe is dead. */
static void expect_end(int pipe_end)
{
	char byte;
	struct pollfd p = { .fd = pipe_end, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(read(pipe_end, &byte, 1), 0);
}

/* Run a script to its end and collect its standard output. */
static int run(const char *script, struct proc_spec *change, char *out, size_t size)
{
	const char *argv[4];
	struct proc_spec spec = shell(argv, script);
	struct proc proc;
	if (change) {
		change->argv = argv;
		spec = *change;
	}
	int from = start_piped(&proc, spec);
	size_t len = 0;
	ssize_t n;
	while (len < size - 1 && (n = read(from, out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(from);
	assert_true(proc_wait(&proc, -1));
	int status = proc.status;
	proc_stop(&proc, 0);
	return status;
}

static void gives_output_and_exit_code(void **state)
{
	(void)state;
	char out[64], text[64];
	int status = run("echo hello; exit 3", NULL, out, sizeof out);
	assert_string_equal(out, "hello\n");
	assert_int_equal(WEXITSTATUS(status), 3);
	proc_describe(status, text, sizeof text);
	assert_string_equal(text, "exit code 3");
}

static void a_missing_program_is_an_error_not_a_child(void **state)
{
	(void)state;
	const char *names[] = { "no-such-program-anywhere", "/nowhere/blender", "/proc/version", "/tmp" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *argv[] = { names[i], NULL };
		struct proc_spec spec = { .argv = argv, .in = -1, .out = -1, .err = -1 };
		struct proc proc;
		struct bf_err err;
		assert_int_equal(proc_start(&proc, &spec, &err), -1);
		assert_int_equal(proc.pid, 0);
		assert_non_null(strstr(err.text, names[i]));
		if (err.sys != EACCES)
			assert_int_equal(err.sys, ENOENT);
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void a_file_that_is_no_program_is_an_error(void **state)
{
	(void)state;
	char path[] = "/tmp/bf-proc-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "\x7f" "ELF nonsense", 13), 13);
	fchmod(fd, 0700);
	close(fd);
	const char *argv[] = { path, NULL };
	struct proc_spec spec = { .argv = argv, .in = -1, .out = -1, .err = -1 };
	struct proc proc;
	struct bf_err err;
	assert_int_equal(proc_start(&proc, &spec, &err), -1);
	assert_int_equal(err.sys, ENOEXEC);
	unlink(path);
}

static void the_current_directory_is_never_searched(void **state)
{
	(void)state;
	char dir[] = "/tmp/bf-proc-XXXXXX", path[4096], old_dir[4096], found[4096];
	assert_non_null(mkdtemp(dir));
	assert_non_null(getcwd(old_dir, sizeof old_dir));
	snprintf(path, sizeof path, "%s/bf-trap", dir);
	close(open(path, O_CREAT | O_WRONLY, 0700));
	char *old = strdup(getenv("PATH"));
	assert_int_equal(chdir(dir), 0);
	setenv("PATH", ":/usr/bin::", 1);
	assert_int_equal(proc_find("bf-trap", found, sizeof found), 0);
	setenv("PATH", dir, 1);
	assert_int_equal(proc_find("bf-trap", found, sizeof found), 1);
	assert_string_equal(found, path);
	chmod(path, 0600);
	if (geteuid() != 0)
		assert_int_equal(proc_find("bf-trap", found, sizeof found), -1);
	setenv("PATH", old, 1);
	free(old);
	assert_int_equal(chdir(old_dir), 0);
	unlink(path);
	rmdir(dir);
}

static void environment_is_changed_as_asked(void **state)
{
	(void)state;
	const char *set[] = { "TMPDIR=/somewhere", "BF_NEW=1", NULL };
	const char *unset[] = { "PYTHONPATH", "BLENDER_*", NULL };
	struct proc_spec spec = { .in = -1, .out = -1, .err = -1, .env_set = set, .env_unset = unset };
	char out[256];
	setenv("PYTHONPATH", "x", 1);
	setenv("PYTHONPATHS", "stays", 1);
	setenv("BLENDER_USER_SCRIPTS", "x", 1);
	setenv("TMPDIR", "old", 1);
	run("echo \"$TMPDIR $BF_NEW [$PYTHONPATH] $PYTHONPATHS [$BLENDER_USER_SCRIPTS]\"", &spec, out, sizeof out);
	assert_string_equal(out, "/somewhere 1 [] stays []\n");
}

static void only_named_descriptors_arrive(void **state)
{
	(void)state;
	int leak = open("/dev/zero", O_RDONLY), passed[2];
	assert_true(leak >= 0);
	assert_int_equal(pipe2(passed, O_CLOEXEC), 0);
	struct proc_spec spec = { .in = -1, .out = -1, .err = -1, .extra = { passed[0], passed[1] }, .extra_count = 2 };
	char out[512], in[8] = "";
	/* not their numbers: the shell itself opens and closes some while it looks */
	run("readlink /proc/$$/fd/*; echo ok >&4", &spec, out, sizeof out);
	assert_null(strstr(out, "/dev/zero"));
	assert_non_null(strstr(out, "/dev/null"));
	assert_int_equal(read(passed[0], in, sizeof in), 3);
	assert_string_equal(in, "ok\n");
	close(leak);
	close(passed[0]);
	close(passed[1]);
}

static void descriptors_may_be_given_crosswise(void **state)
{
	(void)state;
	int a[2], b[2];
	assert_int_equal(pipe2(a, O_CLOEXEC), 0);
	assert_int_equal(pipe2(b, O_CLOEXEC), 0);
	/* Ask for descriptor 4's file at 3 and the other way round, whatever numbers ours have. */
	int low3 = fcntl(a[1], F_DUPFD_CLOEXEC, 3), low4 = fcntl(b[1], F_DUPFD_CLOEXEC, 3);
	struct proc_spec spec = { .in = -1, .out = -1, .err = -1, .extra = { low4, low3 }, .extra_count = 2 };
	char out[8], got[8] = "";
	run("printf three >&3; printf four >&4", &spec, out, sizeof out);
	assert_int_equal(read(b[0], got, 5), 5);
	assert_memory_equal(got, "three", 5);
	assert_int_equal(read(a[0], got, 4), 4);
	assert_memory_equal(got, "four", 4);
	int all[] = { a[0], a[1], b[0], b[1], low3, low4 };
	for (size_t i = 0; i < 6; i++)
		close(all[i]);
}

static void signals_are_back_to_default(void **state)
{
	(void)state;
	char out[64];
	sigset_t set, old;
	sigfillset(&set);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_SETMASK, &set, &old);
	run("sed -n 's/^Sig\\(Blk\\|Ign\\):/0x/p' /proc/self/status", NULL, out, sizeof out);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	unsigned long long blocked = 1, ignored = 1;
	assert_int_equal(sscanf(out, "%llx %llx", &blocked, &ignored), 2);
	/* 32 and 33 belong to the C library, which hands them on ignored when it found them so */
	const unsigned long long of_libc = 3ULL << 31;
	assert_int_equal(blocked & ~of_libc, 0);
	assert_int_equal(ignored & ~of_libc, 0);
}

static void stop_takes_the_whole_group(void **state)
{
	(void)state;
	const char *argv[4];
	struct proc proc;
	/* Parent and grandchild both ignore SIGTERM; the pipe closes when the last of them is dead. */
	int from = start_piped(&proc,
		shell(argv, "trap '' TERM; sh -c 'trap \"\" TERM; sleep 1000; sleep 1000' & echo up; wait; sleep 1000"));
	char up[4];
	assert_int_equal(read(from, up, 3), 3);
	assert_false(proc_wait(&proc, 0));
	proc_stop(&proc, 50);
	assert_int_equal(proc.pid, 0);
	expect_end(from);
	close(from);
	proc_stop(&proc, 50); /* twice is harmless */
}

static void what_a_dead_child_left_behind_is_killed(void **state)
{
	(void)state;
	/* The sleeper holds the pipe open: run() would wait for ever if it stayed. The leader's end is
	 * seen through proc_wait, so collect it there. */
	const char *argv[4];
	struct proc proc;
	int from = start_piped(&proc, shell(argv, "sleep 1000 & exit 0"));
	assert_true(proc_wait(&proc, 5000));
	expect_end(from);
	close(from);
	proc_stop(&proc, 0);
}

static void a_signal_is_described(void **state)
{
	(void)state;
	char out[8], text[64];
	int status = run("kill -9 $$", NULL, out, sizeof out);
	proc_describe(status, text, sizeof text);
	assert_string_equal(text, "killed by signal 9 (Killed)");
}

static void a_stopped_child_can_be_stopped(void **state)
{
	(void)state;
	const char *argv[4];
	struct proc_spec spec = shell(argv, "kill -STOP $$; sleep 1000");
	struct proc proc;
	struct bf_err err;
	assert_int_equal(proc_start(&proc, &spec, &err), 0);
	assert_false(proc_wait(&proc, 30));
	proc_stop(&proc, 5000);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Our own child starts a grandchild and is killed: the kernel must take the grandchild. */
static void dies_with_the_parent(void **state)
{
	(void)state;
	int pipes[2];
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		const char *argv[4];
		struct proc_spec spec = shell(argv, "echo up; exec sleep 1000");
		spec.out = pipes[1];
		struct proc proc;
		if (proc_start(&proc, &spec, NULL) == 0)
			pause();
		_exit(1);
	}
	close(pipes[1]);
	char up[4];
	assert_int_equal(read(pipes[0], up, 3), 3);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	expect_end(pipes[0]);
	close(pipes[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_output_and_exit_code),
		cmocka_unit_test(a_missing_program_is_an_error_not_a_child),
		cmocka_unit_test(a_file_that_is_no_program_is_an_error),
		cmocka_unit_test(the_current_directory_is_never_searched),
		cmocka_unit_test(environment_is_changed_as_asked),
		cmocka_unit_test(only_named_descriptors_arrive),
		cmocka_unit_test(descriptors_may_be_given_crosswise),
		cmocka_unit_test(signals_are_back_to_default),
		cmocka_unit_test(stop_takes_the_whole_group),
		cmocka_unit_test(what_a_dead_child_left_behind_is_killed),
		cmocka_unit_test(a_signal_is_described),
		cmocka_unit_test(a_stopped_child_can_be_stopped),
		cmocka_unit_test(dies_with_the_parent),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
