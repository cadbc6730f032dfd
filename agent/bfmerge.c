#include "agent/bfmerge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/proc.h"
#include "share-layout/base/sys.h"

enum { MESSAGES_MAX = 4096, STOP_LOOK_MS = 300, EXIT_SHARE = 3 /* its exit code for trouble with a disk */ };

void bfmerge_find(char *path, size_t size)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	self[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(self, '/');
	if (slash) {
		*slash = '\0';
		snprintf(path, size, "%s/bfmerge", self);
		if (access(path, X_OK) == 0)
			return;
	}
	snprintf(path, size, "bfmerge");
}

static int outcome(const struct proc *proc, int log, struct bf_err *err)
{
	char message[MESSAGES_MAX], how[128];
	if (WIFEXITED(proc->status) && WEXITSTATUS(proc->status) == 0)
		return 1;
	proc_describe(proc->status, how, sizeof how);
	ssize_t n = pread(log, message, sizeof message - 1, 0);
	message[n > 0 ? n : 0] = '\0';
	message[strcspn(message, "\n")] = '\0';
	bf_err_set(err, "the pieces could not be joined: %s", message[0] ? message : how);
	if (WIFEXITED(proc->status) && WEXITSTATUS(proc->status) == EXIT_SHARE)
		err->sys = EIO;
	return -1;
}

int bfmerge_run(struct worker *w, const struct bfmerge_run *run, struct bf_err *err)
{
	struct proc proc = PROC_NONE;
	int log = memfd_create("bfmerge", MFD_CLOEXEC), result = -1;
	struct proc_spec spec = { .argv = run->argv, .dir = run->dir, .in = -1, .out = log, .err = log, .nice = run->nice };
	int64_t until_ms = run->patience_ms ? bf_sys.now_ms() + run->patience_ms : INT64_MAX;
	if (proc_start(&proc, &spec, err) == 0) {
		while (!proc_wait(&proc, STOP_LOOK_MS) && !board_breaking_off(w->board) && bf_sys.now_ms() < until_ms)
			;
		if (proc.ended)
			result = outcome(&proc, log, err);
		else
			result = board_breaking_off(w->board) ? 0 : bf_err_set(err, "the pieces could not be joined in time");
		proc_stop(&proc, 2000);
	}
	if (log >= 0)
		close(log);
	return result;
}
