#include "share-layout/look.h"

#include <string.h>

enum bf_move bf_look_move(const struct bf_task *seen, enum bf_whose whose)
{
	if (seen->state == BF_OPEN)
		return BF_TAKE;
	if (seen->state != BF_RUN)
		return BF_LEAVE;
	switch (whose) {
	case BF_OURS_LOST: return BF_GIVE_BACK; /* nobody else may touch it while we live */
	case BF_OF_DEAD:   return BF_BREAK;
	default:           return BF_LEAVE;
	}
}

bool bf_look_may_duplicate(const struct bf_task *seen, enum bf_whose whose)
{
	return seen->state == BF_RUN && whose == BF_OF_LIVING && (seen->kind == BF_TASK_FRAME || seen->kind == BF_TASK_PIECE);
}

bool bf_look_is_in_vain(const struct bf_task *base, const struct bf_task *seen)
{
	return bf_task_same(base, seen) && bf_task_later(seen, base);
}

enum bf_belief bf_look_after_rename(const struct bf_task *to, int renamed)
{
	if (renamed > 0)
		return BF_DID_IT;
	if (renamed < 0) /* soft mounts and FUSE report errors for calls that took place */
		return BF_LOOK;
	/* Fenced off, or the answer was lost: NFS says ENOENT for both. */
	return to->state == BF_DONE ? BF_LOOK_AFRESH : BF_DID_NOT;
}

enum bf_belief bf_look_result(enum bf_belief looked, int there)
{
	if (there > 0)
		return BF_DID_IT;
	return there == 0 && looked == BF_LOOK_AFRESH ? BF_DID_NOT : BF_UNCLEAR;
}

enum bf_heal bf_look_picture(bool there, bool certain)
{
	return there ? BF_HEAL_NOTHING : certain ? BF_HEAL_REOPEN : BF_HEAL_CERTAIN;
}

bool bf_look_is_waste(const struct bf_task *task, const struct bf_task *private_)
{
	if (private_->attempt != task->attempt)
		return private_->attempt < task->attempt;
	return task->state == BF_PARKED || (task->state == BF_DONE && strcmp(task->token, private_->token));
}
