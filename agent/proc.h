/* Child processes: started from an argv array, never through a shell, and always ended.
 *
 * Order of calls: proc_start, then proc_wait or proc_ended until it is over, or proc_stop at any
 * time. proc_stop also sweeps up: after it neither the child nor anything left in its process
 * group runs, and the struct is as before proc_start. Every child gets a process group of its
 * own, default signal handling, an empty standard input unless one is given, no descriptor but
 * those named, and a SIGKILL when the thread that started it dies: a killed agent leaves nothing. */
#ifndef AGENT_PROC_H
#define AGENT_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "share-layout/base/err.h"

#define PROC_EXTRA_FDS 4

struct proc_spec {
	const char *const *argv;      /* argv[0] with a '/' is a path, without one is looked up in PATH */
	const char *const *env_set;   /* "NAME=value", NULL-terminated; may be NULL */
	const char *const *env_unset; /* "NAME", or "PREFIX*"; NULL-terminated; may be NULL */
	const char *dir;              /* working directory, NULL = ours */
	int in, out, err;             /* become 0, 1, 2; -1 = /dev/null */
	int extra[PROC_EXTRA_FDS];    /* become 3, 4, … */
	int extra_count;
	int nice;                     /* added to ours */
	bool expendable;              /* no core file, and first to go when memory runs out */
};

struct proc {
	pid_t pid;     /* 0 = nothing was started, or all is swept up */
	int pidfd;     /* readable when the child has ended; -1 where the kernel has none */
	bool ended;
	int status;    /* as waitpid gives it, once ended */
};

/* A proc that was never started; everything below accepts it. */
#define PROC_NONE ((struct proc){ .pid = 0, .pidfd = -1 })

/* Start. Returns 0 once the program runs, -1 when it could not be started (not found, not
 * executable, no memory); then there is no child. The caller keeps his descriptors. */
int proc_start(struct proc *proc, const struct proc_spec *spec, struct bf_err *err);

/* Wait at most timeout_ms (-1 = for ever). Returns true when the child has ended; proc->status is
 * set then, and whatever it left in its process group has been killed. */
bool proc_wait(struct proc *proc, int timeout_ms);

/* proc_wait without waiting. */
bool proc_ended(struct proc *proc);

/* Signal the child's whole process group. Does nothing when it is over. */
void proc_signal(const struct proc *proc, int sig);

/* End it: SIGTERM to the group, up to grace_ms of patience, SIGKILL to the group, reap. A grace of
 * 0 kills at once. Blocks no longer than the grace, and what the kernel needs to end a process. */
void proc_stop(struct proc *proc, int grace_ms);

/* Say how it ended: "exit code 3", "killed by signal 9 (Killed)". */
void proc_describe(int status, char *text, size_t size);

/* Where PATH leads for a program name. Returns 1, 0 when there is no such program, -1 when it is
 * there but cannot be executed; path is then the one that was found. */
int proc_find(const char *program, char *path, size_t size);

/* Milliseconds that pass for children too: the real monotonic clock, never a test's. */
int64_t proc_now_ms(void);

#endif
