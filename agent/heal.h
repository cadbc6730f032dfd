/* The last look at a job: is every task there, and every committed picture where it belongs? (SPEC.md, "Heal")
 *
 * By the owner of finish, w->now. In this order: heal_look; then, when it found work (again), give finish back and
 * heal_reopen_lost if that succeeded, or else heal_clean_up and commit finish; heal_clear. A crash anywhere leaves what the
 * next last look finishes. All block while the file server is away. */
#ifndef AGENT_HEAL_H
#define AGENT_HEAL_H

#include "agent/worker.h"

/* Below tasks/: folders through which tasks are made anew, by the token of their owner; and those taken from him. */
#define HEAL_ANEW ".anew."
#define HEAL_GONE ".gone."

struct heal {
	struct worker *w;          /* set these three before */
	struct job_view *job;
	struct bf_err *err;

	bool again;                /* something is left to do */
	int64_t done, parked;      /* frames */

	/* private */
	struct bf_shard shard;     /* the directory being looked at, and what was seen in it, sorted */
	struct bf_names tasks, output;
	struct bf_task *state; size_t state_count;
	struct { struct bf_task done; struct bf_shard shard; } *lost; size_t lost_count;
	bool missing;              /* a task was not in any listing so far */
	bool fenced;               /* tasks may be made anew */
	int result;
};

/* Look at everything, put into place what winners left, make anew what was deleted. May claim finish once more (w->now changes
 * then). Returns 0 / -1. */
int heal_look(struct heal *heal);

/* Reopen tasks whose pictures are lost. Only behind a release of finish that succeeded: it proves that nobody had taken
 * over, so that nobody has ended the job by an older look. */
void heal_reopen_lost(struct heal *heal);

/* Remove pieces that were joined, previews, and what killed agents left half-made (heal_clean.c). 0 / -1: something is still there. */
int heal_clean_up(struct heal *heal);

void heal_clear(struct heal *heal);

#endif
