/* What may be concluded from a look at the share: the decisions the protocol's safety hangs on (SPEC.md, "Tasks",
 * "Publishing a picture"). Pure functions, no I/O, each from what was seen to what may be done. The agent acts by
 * them, and the model that is searched exhaustively acts by the same ones.
 *
 * The rule behind all: an answer of a network folder says what was, not what is. A name that is there was there once; a
 * name that is not there means something only behind a change of one's own in that directory; an error says nothing. */
#ifndef BF_LOOK_H
#define BF_LOOK_H

#include <stdbool.h>

#include "share-layout/task.h"

/* ---- a task seen in a listing ---- */

enum bf_whose {
	BF_OURS,        /* our token, and we work on it */
	BF_OURS_LOST,   /* our token, but we know nothing of it: the answer to a step was lost */
	BF_OF_LIVING,   /* somebody else's, or nobody's */
	BF_OF_DEAD      /* its owner was silent for the lease */
};
enum bf_move { BF_LEAVE, BF_TAKE, BF_BREAK, BF_GIVE_BACK };

/* The step that anybody may try. It is tried by a rename from exactly the name seen, so a look that was old does no harm. */
enum bf_move bf_look_move(const struct bf_task *seen, enum bf_whose whose);

/* May it be rendered a second time, beside its owner? Frames and pieces only: the others are short, or write elsewhere. */
bool bf_look_may_duplicate(const struct bf_task *seen, enum bf_whose whose);

/* base: the claim that a render is to be committed from, our own or the one we duplicate. Does another state of the task, seen at
 * any time, prove that this name is gone for ever, and the render in vain? */
bool bf_look_is_in_vain(const struct bf_task *base, const struct bf_task *seen);

/* So many listings in a row, each behind a change of our own, must lack a task before it counts as deleted: while it is
 * renamed a listing may lack it. */
enum { BF_LOOKS_TO_MISS = 3 };

/* ---- after the rename of a step ---- */

enum bf_belief {
	BF_DID_IT,
	BF_DID_NOT,
	BF_UNCLEAR,      /* the caller must ask again, and do nothing else with the task */
	BF_LOOK,         /* list the directory, then ask bf_look_result */
	BF_LOOK_AFRESH   /* the same behind a change of our own in the directory */
};

/* renamed: 1, 0 (ENOENT), -1 as bf_fs_rename says. A commit needs certainty, for a finished picture hangs on
 * it; any other step that says ENOENT was lost or shows up later as BF_OURS_LOST. */
enum bf_belief bf_look_after_rename(const struct bf_task *to, int renamed);

/* there: whether the listing held the name of the state to reach; 1, 0, -1 (the look failed). */
enum bf_belief bf_look_result(enum bf_belief looked, int there);

/* ---- a committed picture ---- */

enum bf_heal {
	BF_HEAL_NOTHING,  /* the picture is there */
	BF_HEAL_CERTAIN,  /* change something in output/, finish what the winner may have left, look again */
	BF_HEAL_REOPEN    /* it is lost */
};

/* there: a picture of a size above 0 lies under the final name. certain: this was seen behind a change of our own in output/
 * and behind a try to move the private picture of the commit there. */
enum bf_heal bf_look_picture(bool there, bool certain);

/* Will nobody ever need this private picture? task is any state of the same task seen at any time, private_ what the
 * picture's name says. Once true, true for ever. The picture of a commit is never waste. */
bool bf_look_is_waste(const struct bf_task *task, const struct bf_task *private_);

#endif
