#include "share-layout/claim.h"

#include <errno.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/look.h"
#include "share-layout/path.h"

/* Is there a file of exactly this state? 1 / 0 / -1. */
static int is_there(const struct bf_place *place, const struct bf_task *wanted, struct bf_err *err)
{
	struct bf_names names = {0};
	char name[BF_FILE_MAX];
	bf_task_format(wanted, name);
	int result = bf_fs_list(place->share->root, bf_path_shard(place->job, place->shard).text, &names, err);
	if (result == 1)
		result = bf_names_has(&names, name);
	bf_names_clear(&names);
	return result;
}

static int step(const struct bf_place *place, const struct bf_task *from, const struct bf_task *to,
	struct bf_err *err)
{
	struct bf_path from_path = bf_path_task(place->job, place->shard, from);
	struct bf_path to_path = bf_path_task(place->job, place->shard, to);
	int result = bf_fs_rename(place->share->root, from_path.text, to_path.text, err);
	if (bf_look_after_rename(to, result) == BF_LOOK) {
		struct bf_err unused;
		if (bf_look_result(BF_LOOK, is_there(place, to, &unused)) == BF_DID_IT)
			result = 1;
	}
	char name[BF_TASK_MAX];
	bf_task_name(from, name);
	bf_trace("claim", "%s %s: %s.%u -> %s.%u: %s", place->job, name, bf_task_state_name(from->state),
		from->attempt, bf_task_state_name(to->state), to->attempt,
		result == 1 ? "done" : result == 0 ? "not in that state any more" : err ? err->text : "error");
	return result;
}

int bf_claim_take(const struct bf_place *place, const struct bf_task *open, const char *token,
	struct bf_task *mine_out, struct bf_err *err)
{
	struct bf_task mine = bf_task_take(open, token);
	int result = step(place, open, &mine, err);
	if (result == 1)
		*mine_out = mine;
	return result;
}

int bf_claim_break(const struct bf_place *place, const struct bf_task *run, const char *token,
	struct bf_task *mine_out, struct bf_err *err)
{
	struct bf_task mine = bf_task_break(run, token);
	int result = step(place, run, &mine, err);
	if (result == 1)
		*mine_out = mine;
	return result;
}

int bf_claim_release(const struct bf_place *place, const struct bf_task *mine, struct bf_err *err)
{
	struct bf_task next = bf_task_release(mine);
	return step(place, mine, &next, err);
}

int bf_claim_fail(const struct bf_place *place, const struct bf_task *mine, struct bf_err *err)
{
	struct bf_task next = bf_task_fail(mine);
	return step(place, mine, &next, err);
}

int bf_claim_park(const struct bf_place *place, const struct bf_task *mine, struct bf_err *err)
{
	struct bf_task next = bf_task_park(mine);
	return step(place, mine, &next, err);
}

/* A commit wants certainty: after ENOENT it looks behind a change of its own. */
static int commit(const struct bf_place *place, const struct bf_task *from, const struct bf_task *done,
	struct bf_task *done_out, struct bf_err *err)
{
	int result = step(place, from, done, err);
	if (bf_look_after_rename(done, result) == BF_LOOK_AFRESH) {
		struct bf_err why = {0};
		if (bf_share_touch(place->share, bf_path_shard(place->job, place->shard).text, done->token, &why) < 0)
			result = why.sys == ENOENT ? 0 : -1; /* ENOENT: the job itself is gone */
		else
			result = is_there(place, done, &why);
		if (err)
			*err = why;
	}
	if (result == 1 && done_out)
		*done_out = *done;
	return result;
}

int bf_claim_commit(const struct bf_place *place, const struct bf_task *mine, const char *hash,
	struct bf_task *done_out, struct bf_err *err)
{
	struct bf_task done = bf_task_commit(mine, hash);
	return commit(place, mine, &done, done_out, err);
}

int bf_claim_overtake(const struct bf_place *place, const struct bf_task *run, const char *token, const char *hash,
	struct bf_task *done_out, struct bf_err *err)
{
	struct bf_task done = bf_task_overtake(run, token, hash);
	return commit(place, run, &done, done_out, err);
}

int bf_claim_reopen(const struct bf_place *place, const struct bf_task *ended, struct bf_err *err)
{
	struct bf_task next = bf_task_reopen(ended);
	return step(place, ended, &next, err);
}

int bf_claim_skip(const struct bf_place *place, const struct bf_task *open, struct bf_err *err)
{
	struct bf_task next = bf_task_skip(open);
	return step(place, open, &next, err);
}
