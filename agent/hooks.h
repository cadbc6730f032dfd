/* Hooks: programs of this machine's owner that are run when something happens (agent.ini(5), [hooks]).
 *
 * Workers tell (hooks_tell), the supervisor runs: one program at a time, in the order of what happened, each for no longer
 * than the limit, in a process group of its own. Nobody waits for them but the end of the agent, and that no longer than
 * the limit either. Like everything else of an agent they die with it. */
#ifndef AGENT_HOOKS_H
#define AGENT_HOOKS_H

#include <stdbool.h>

#include "agent/config.h"
#include "agent/listen.h"
#include "share-layout/limits.h"

enum { HOOKS_WAITING = 64 };

/* What happened. Texts may be empty; it goes through a pipe in one piece. */
struct hook_note {
	enum hook_event event;
	char job[BF_JOB_MAX];
	char task[BF_TASK_MAX];
	char why[512];            /* of a failure */
	char log[BF_PATH_MAX];    /* of a failure, on the share */
	bool given_up;            /* the task is not tried again */
	long long done, failed;   /* tasks of a job that ended */
};

struct hooks {
	const struct config *config;
	const char *share;        /* path */
	int notes[2];             /* pipe: [1] is for telling; -1 when there are no hooks */
	struct listen running;
	enum hook_event what;     /* runs */
	struct hook_note waiting[HOOKS_WAITING];
	int count;
};

const char *hook_name(enum hook_event event);

/* Make the pipe, when there is any hook; before workers are forked. */
void hooks_init(struct hooks *hooks, const struct config *config, const char *share_path);

/* Called by anybody who holds the pipe's end: never blocks; -1 is nobody. */
void hooks_tell(int fd, const struct hook_note *note);

/* Go on: hear what was told and what the running one says, end it when its time is up, start the next one. */
void hooks_step(struct hooks *hooks);

/* Is anything running or waiting? */
bool hooks_busy(const struct hooks *hooks);

void hooks_stop(struct hooks *hooks);

#endif
