/* All that may allocate or lock is done before fork(), so that a program with threads can start
 * children: between fork and exec the child makes system calls only. */
#include "agent/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define FIRST_EXTRA 3
#define MAX_FDS (FIRST_EXTRA + PROC_EXTRA_FDS)

/* Where pidfd_open is missing we look this often. */
#define LOOK_MS 5

/* ---- what is prepared before fork ---- */

static bool names_variable(const char *pattern, const char *entry)
{
	size_t len = strlen(pattern);
	if (len && pattern[len - 1] == '*')
		return !strncmp(pattern, entry, len - 1);
	return !strncmp(pattern, entry, len) && entry[len] == '=';
}

static bool is_replaced(const char *entry, const char *const *set)
{
	for (; set && *set; set++) {
		size_t name_len = strcspn(*set, "=");
		if (!strncmp(*set, entry, name_len) && entry[name_len] == '=')
			return true;
	}
	return false;
}

static bool is_removed(const char *entry, const char *const *unset)
{
	for (; unset && *unset; unset++)
		if (names_variable(*unset, entry))
			return true;
	return false;
}

/* An array of borrowed strings; the caller frees the array. */
static const char **make_environment(const struct proc_spec *spec)
{
	size_t count = 1;
	for (char **e = environ; *e; e++)
		count++;
	for (const char *const *s = spec->env_set; s && *s; s++)
		count++;
	const char **made = malloc(count * sizeof *made);
	if (!made)
		return NULL;
	size_t n = 0;
	for (char **e = environ; *e; e++)
		if (!is_replaced(*e, spec->env_set) && !is_removed(*e, spec->env_unset))
			made[n++] = *e;
	for (const char *const *s = spec->env_set; s && *s; s++)
		made[n++] = *s;
	made[n] = NULL;
	return made;
}

static int look_at_program(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return 0;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 1 : -1;
}

int proc_find(const char *program, char *path, size_t size)
{
	int n;
	if (strchr(program, '/')) {
		n = snprintf(path, size, "%s", program);
		return n < 0 || (size_t)n >= size ? 0 : look_at_program(path);
	}
	const char *dirs = getenv("PATH");
	if (!dirs || !*dirs)
		dirs = "/usr/local/bin:/usr/bin:/bin";
	int found = 0;
	char denied[4096] = "";
	for (const char *d = dirs; ; d++) {
		size_t len = strcspn(d, ":");
		/* An empty entry would mean the current directory: never run what happens to lie there. */
		if (len) {
			n = snprintf(path, size, "%.*s/%s", (int)len, d, program);
			int look = n < 0 || (size_t)n >= size ? 0 : look_at_program(path);
			if (look > 0)
				return 1;
			if (look < 0 && !found) {
				found = -1;
				snprintf(denied, sizeof denied, "%s", path);
			}
		}
		d += len;
		if (!*d)
			break;
	}
	if (found < 0)
		snprintf(path, size, "%s", denied);
	return found;
}

/* ---- the child between fork and exec ---- */

static void close_from(int first)
{
	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0)
		return;
	struct rlimit limit;
	int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;
	for (int fd = first; fd < end; fd++)
		close(fd);
}

/* Put the wanted descriptors at 0, 1, 2 …; first out of each other's way, then into place. The
 * report pipe comes last and stays close-on-exec. Returns its new number or -1. */
static int place_fds(const struct proc_spec *spec, int report)
{
	int want[MAX_FDS + 1] = { spec->in, spec->out, spec->err };
	int count = FIRST_EXTRA;
	for (int i = 0; i < spec->extra_count; i++)
		want[count++] = spec->extra[i];
	want[count++] = report;
	for (int i = 0; i < count; i++) {
		int from = want[i];
		if (from < 0)
			from = open("/dev/null", i == 0 ? O_RDONLY : O_WRONLY);
		want[i] = from < 0 ? -1 : fcntl(from, F_DUPFD, MAX_FDS + 1);
		if (want[i] < 0)
			return -1;
	}
	for (int i = 0; i < count; i++)
		if (dup2(want[i], i) < 0)
			return -1;
	close_from(count);
	fcntl(count - 1, F_SETFD, FD_CLOEXEC);
	return count - 1;
}

static void reset_signals(void)
{
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void make_expendable(void)
{
	struct rlimit none = { 0, 0 };
	setrlimit(RLIMIT_CORE, &none);
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (write(fd, "500", 3) != 3) {
			/* Only a preference: the kernel's own choice is good enough. */
		}
		close(fd);
	}
}

static void run_child(const struct proc_spec *spec, const char *path, const char **env, pid_t parent,
	int report) __attribute__((noreturn));
static void run_child(const struct proc_spec *spec, const char *path, const char **env, pid_t parent,
	int report)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* died before the line above took effect */
		_exit(127);
	reset_signals();
	if (spec->nice) {
		errno = 0;
		if (nice(spec->nice) == -1 && errno) {
			/* Raising the priority needs rights; rendering at the present one is fine. */
		}
	}
	if (spec->expendable)
		make_expendable();
	int fd = place_fds(spec, report);
	if (fd >= 0 && (!spec->dir || chdir(spec->dir) == 0))
		execve(path, (char *const *)spec->argv, (char *const *)env);
	int why = errno;
	if (write(fd >= 0 ? fd : report, &why, sizeof why) < 0)
		_exit(126);
	_exit(127);
}

/* ---- starting ---- */

/* The pipe is closed by a successful exec; otherwise errno comes through it. */
static int exec_result(int fd)
{
	int why = 0;
	ssize_t n;
	do
		n = read(fd, &why, sizeof why);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno;
	return n == (ssize_t)sizeof why ? why : 0;
}

static void reap(struct proc *proc)
{
	while (waitpid(proc->pid, &proc->status, 0) < 0 && errno == EINTR)
		continue;
	proc->ended = true;
}

static void forget(struct proc *proc)
{
	if (proc->pidfd >= 0)
		close(proc->pidfd);
	*proc = PROC_NONE;
}

int proc_start(struct proc *proc, const struct proc_spec *spec, struct bf_err *err)
{
	*proc = PROC_NONE;
	char path[4096];
	int report[2] = { -1, -1 }, result = -1;
	const char **env = NULL;
	if (spec->extra_count > PROC_EXTRA_FDS)
		bf_bug("proc_start: too many descriptors");
	int found = proc_find(spec->argv[0], path, sizeof path);
	if (found == 0)
		return bf_err_sys(err, ENOENT, "cannot start %s", spec->argv[0]);
	if (found < 0)
		return bf_err_sys(err, EACCES, "cannot start %s", path);
	env = make_environment(spec);
	if (!env || pipe2(report, O_CLOEXEC) < 0) {
		bf_err_sys(err, errno, "cannot start %s", path);
		goto out;
	}
	pid_t parent = getpid(), pid = fork();
	if (pid < 0) {
		bf_err_sys(err, errno, "fork for %s", path);
		goto out;
	}
	if (pid == 0)
		run_child(spec, path, env, parent, report[1]);
	setpgid(pid, pid); /* both sides do it: whoever comes first */
	close(report[1]);
	report[1] = -1;
	proc->pid = pid;
	int why = exec_result(report[0]);
	if (why) {
		reap(proc);
		forget(proc);
		bf_err_sys(err, why, "cannot start %s", path);
		goto out;
	}
	proc->pidfd = (int)syscall(SYS_pidfd_open, pid, 0U); /* close-on-exec by definition */
	result = 0;
out:
	free(env);
	if (report[0] >= 0)
		close(report[0]);
	if (report[1] >= 0)
		close(report[1]);
	return result;
}

/* ---- ending ---- */

int64_t proc_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Look without reaping: as long as the dead leader is kept, its number stays the group's, and
 * the kill cannot hit strangers. */
bool proc_ended(struct proc *proc)
{
	if (!proc->pid || proc->ended)
		return true;
	siginfo_t info = { .si_pid = 0 };
	if (waitid(P_PID, (id_t)proc->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0) {
		if (errno == EINTR)
			return false;
		proc->ended = true; /* somebody else reaped it: nothing is known but that it is gone */
		return true;
	}
	if (info.si_pid != proc->pid)
		return false;
	kill(-proc->pid, SIGKILL);
	reap(proc);
	return true;
}

bool proc_wait(struct proc *proc, int timeout_ms)
{
	int64_t end = proc_now_ms() + timeout_ms;
	while (!proc_ended(proc)) {
		int64_t left = timeout_ms < 0 ? 1000 : end - proc_now_ms();
		if (left <= 0)
			return false;
		if (left > 1000)
			left = 1000;
		struct pollfd p = { .fd = proc->pidfd, .events = POLLIN };
		if (proc->pidfd >= 0)
			poll(&p, 1, (int)left);
		else
			poll(NULL, 0, left < LOOK_MS ? (int)left : LOOK_MS);
	}
	return true;
}

void proc_signal(const struct proc *proc, int sig)
{
	if (proc->pid && !proc->ended)
		kill(-proc->pid, sig);
}

void proc_stop(struct proc *proc, int grace_ms)
{
	if (proc->pid && !proc_ended(proc)) {
		if (grace_ms > 0)
			proc_signal(proc, SIGTERM);
		proc_signal(proc, SIGCONT); /* a stopped process would sleep through the grace */
		if (grace_ms <= 0 || !proc_wait(proc, grace_ms)) {
			proc_signal(proc, SIGKILL);
			reap(proc);
		}
	}
	forget(proc);
}

void proc_describe(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "exit code %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
