/* All that may allocate or lock is done before fork(), so that a program with threads can start children. */
#include "agent/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/proc_child.h"

extern char **environ;

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
		proc_child_run(spec, path, env, parent, report[1]);
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
