#include "agent/proc_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_EXTRA 3
#define MAX_FDS (FIRST_EXTRA + PROC_EXTRA_FDS)

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

void proc_child_run(const struct proc_spec *spec, const char *path, const char **env, pid_t parent,
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
