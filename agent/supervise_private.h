/* What the files of the supervisor share, and nobody else sees. */
#ifndef AGENT_SUPERVISE_PRIVATE_H
#define AGENT_SUPERVISE_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/board.h"
#include "agent/config.h"
#include "agent/hooks.h"
#include "agent/probe.h"
#include "agent/rest.h"
#include "agent/scratch.h"
#include "share-layout/share.h"

struct child {
	pid_t pid;
	bool ended;
	int status;
	int64_t restart_ms;
};

struct supervisor {
	const struct config *config;
	struct bf_share *share;
	struct board *board;
	char id[BF_ID_MAX];
	char scratch[SCRATCH_PATH_MAX]; /* of this agent */
	struct child keeper, updater, worker[BF_SLOTS_MAX];
	struct probe probe;      /* blender --version … */
	bool probed;             /* … was asked */
	int64_t start_ms;
	struct rest rest;
	struct hooks hooks;
	int signals_fd;
	int64_t silent_since_ms; /* the share does not answer, and we have said so; 0 = it does */
	bool finishing;          /* we were asked to end, after what is in work */
	bool updating;           /* … to change to a newer program, and by nobody else */
	int64_t stop_ms;         /* when we were asked to stop, 0 = not */
	int status;
};

/* Start what runs beside the supervisor; the updater only where it is wanted. */
void supervise_start_keeper(struct supervisor *s);
void supervise_start_worker(struct supervisor *s, int slot);
void supervise_start_updater(struct supervisor *s);

/* Take note of those that have ended. Never blocks. */
void supervise_reap(struct supervisor *s);

/* Start again who crashed, a moment later; kill workers that hang in the share although it answers others; tell people
 * when it answers nobody. */
void supervise_restart_crashed(struct supervisor *s);
void supervise_kill_stuck(struct supervisor *s);
void supervise_say_silent_share(struct supervisor *s);

/* Have all workers ended, and is none of them to be started again? */
bool supervise_workers_are_over(const struct supervisor *s);
bool supervise_ended_orderly(const struct child *child);

/* The end. The keeper has a moment to take its card away. */
void supervise_end_keeper(struct supervisor *s);
void supervise_end_updater(struct supervisor *s);
void supervise_kill_all(struct supervisor *s);

#endif
