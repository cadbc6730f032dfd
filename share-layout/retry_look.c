#include "share-layout/retry_private.h"

#include <stdio.h>

#include "share-layout/base/fs.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

void bf_retry_token(const char *id, unsigned long count, char token[BF_TOKEN_MAX])
{
	struct bf_token it = { .count = count };
	snprintf(it.id, sizeof it.id, "%s", id);
	bf_token_format(&it, token);
}

int bf_retry_renew(const struct bf_place *place, const struct bf_task *seen, const char *token, struct bf_err *err)
{
	struct bf_task mine;
	int claimed;
	switch (seen->state) {
	case BF_OPEN:
		claimed = bf_claim_take(place, seen, token, &mine, err);
		break;
	case BF_RUN:
		claimed = bf_claim_break(place, seen, token, &mine, err);
		break;
	default:
		return bf_claim_reopen(place, seen, err);
	}
	return claimed == 1 ? bf_claim_release(place, &mine, err) : claimed;
}

/* Behind a change of our own, or some clients would show the same past again and again. Returns 1, 0 when it is not there
 * (being renamed just now), -1. */
static int find_finish(const struct bf_place *place, const char *token, struct bf_task *out, struct bf_err *err)
{
	struct bf_names names = {0};
	struct bf_task task;
	struct bf_path dir = bf_path_shard(place->job, BF_SHARD_END);
	int found = 0, result = bf_share_touch(place->share, dir.text, token, err);
	if (result == 0)
		result = bf_fs_list(place->share->root, dir.text, &names, err);
	if (result == 0)
		result = bf_err_set(err, "there is no job %s any more", place->job);
	for (size_t i = 0; i < names.count && result == 1; i++) {
		if (bf_task_parse(names.item[i].text, &task) < 0 || task.kind != BF_TASK_FINISH
			|| (found && !bf_task_later(&task, out)))
			continue;
		*out = task;
		found = 1;
	}
	bf_names_clear(&names);
	return result < 0 ? -1 : found;
}

int bf_retry_renew_finish(const struct bf_share *share, const char *job, struct bf_err *err)
{
	struct bf_place place = { share, job, BF_SHARD_END };
	char host[BF_NAME_MAX], id[BF_ID_MAX], token[BF_TOKEN_MAX];
	int result = 0;
	bf_name_of_host(host);
	bf_id_make(host, id);
	for (unsigned long i = 0; i < BF_RETRY_TRIES && result == 0; i++) {
		struct bf_task finish;
		bf_retry_token(id, i + 1, token);
		result = find_finish(&place, token, &finish, err);
		if (result == 1)
			result = bf_retry_renew(&place, &finish, token, err);
	}
	if (result == 0)
		return bf_err_set(err, "the last look at %s is being taken by others again and again; try once more", job);
	return result < 0 ? -1 : 0;
}

int bf_retry_last_look(const struct bf_share *share, const char *job, struct bf_err *err)
{
	if (bf_retry_renew_finish(share, job, err) < 0)
		return -1;
	return bf_fs_unlink(share->root, bf_path_ended(job).text, err) < 0 ? -1 : 0;
}
