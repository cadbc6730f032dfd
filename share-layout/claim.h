/* Claims: the steps of a task, carried out on the share (SPEC.md, "Tasks").
 *
 *                 take                     commit
 *        open  ─────────►  run (token)  ─────────►  done (token, hash)
 *          ▲                │  ▲   │                  │
 *          └── release/fail ┘  └───┘ break            └── reopen ──► open
 *                                     (by another)
 *
 * A duplicate, which owns nothing, goes from run to done as well, under a token of its own: overtake.
 *
 * Each is one rename from the exact name that was seen. All return
 *    1  done: the task is in the new state, through us
 *    0  the task was no longer in the state we saw: somebody else was quicker
 *   -1  an error of the share; whether the step took place is not known. Look again before
 *       doing anything else with the task.
 * All may block while the file server is away. */
#ifndef BF_CLAIM_H
#define BF_CLAIM_H

#include "share-layout/base/err.h"
#include "share-layout/share.h"
#include "share-layout/task.h"

/* Where a task lies. The strings belong to the caller. */
struct bf_place {
	const struct bf_share *share;
	const char *job;
	const char *shard;
};

/* mine_out is filled in when 1 is returned. A lost answer can make 0 out of a success: the claim then
 * shows up in the next listing, as run with a token of ours that we do not work on. Release it. */
int bf_claim_take(const struct bf_place *place, const struct bf_task *open, const char *token,
	struct bf_task *mine_out, struct bf_err *err);
int bf_claim_break(const struct bf_place *place, const struct bf_task *run, const char *token,
	struct bf_task *mine_out, struct bf_err *err);

/* Steps of the owner; 0 means that the claim was broken by somebody. */
int bf_claim_release(const struct bf_place *place, const struct bf_task *mine, struct bf_err *err);
int bf_claim_fail(const struct bf_place *place, const struct bf_task *mine, struct bf_err *err);
int bf_claim_park(const struct bf_place *place, const struct bf_task *mine, struct bf_err *err);

/* Make a result final. 1 is certain; 0 is certain too (it looks after a change of its own): the
 * result must be thrown away; err->sys is ENOENT if the job itself is gone, else 0. On -1 ask again. done_out (may be NULL) is the committed state. */
int bf_claim_commit(const struct bf_place *place, const struct bf_task *mine, const char *hash,
	struct bf_task *done_out, struct bf_err *err);

/* The same by a duplicate: run is the claim of another that was seen when it was begun, token its own. */
int bf_claim_overtake(const struct bf_place *place, const struct bf_task *run, const char *token, const char *hash,
	struct bf_task *done_out, struct bf_err *err);

/* Take an ended task up again. The caller has removed the private pictures of the commit before. */
int bf_claim_reopen(const struct bf_place *place, const struct bf_task *ended, struct bf_err *err);
int bf_claim_skip(const struct bf_place *place, const struct bf_task *open, struct bf_err *err);

#endif
