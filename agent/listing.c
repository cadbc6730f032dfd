#include "agent/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

static uint64_t key_of(const struct job_view *job, const struct bf_task *task)
{
	enum { LAST = (1 << 20) - 1 };
	switch (task->kind) {
	case BF_TASK_FRAME: return (uint64_t)jobs_rank(job, task->frame) << 20;
	case BF_TASK_PIECE: return (uint64_t)jobs_rank(job, task->frame) << 20 | task->number;
	case BF_TASK_JOIN:  return (uint64_t)jobs_rank(job, task->frame) << 20 | LAST;
	case BF_TASK_MORE:  return 0; /* first: others wait for what it makes */
	default:            return UINT64_MAX;
	}
}

static int by_key(const void *a, const void *b)
{
	const struct listing_entry *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->task.kind < y->task.kind ? -1 : x->task.kind > y->task.kind;
}

/* A listing made while others rename may show a task twice: keep the later state. */
static void drop_doubles(struct listing *look)
{
	size_t kept = 0;
	for (size_t i = 0; i < look->count; i++) {
		struct listing_entry *last = kept ? &look->entry[kept - 1] : NULL;
		if (!last || !bf_task_same(&last->task, &look->entry[i].task))
			look->entry[kept++] = look->entry[i];
		else if (bf_task_later(&look->entry[i].task, &last->task))
			*last = look->entry[i];
	}
	look->count = kept;
}

struct taking { struct listing *look; const struct job_view *job; size_t room; };

static void take_duplicate(struct listing *look, const char *name)
{
	struct bf_task task;
	unsigned view;
	if (bf_private_parse(name, &task, &view) < 0)
		return;
	look->duplicate = realloc(look->duplicate, (look->duplicates + 1) * sizeof *look->duplicate);
	if (!look->duplicate)
		bf_bug("out of memory");
	look->duplicate[look->duplicates++] = task;
}


static void take_name(void *arg, const char *name, unsigned char kind)
{
	struct taking *into = arg;
	struct listing *look = into->look;
	(void)kind;
	if (look->count == into->room) {
		into->room = into->room ? 2 * into->room : 256;
		look->entry = realloc(look->entry, into->room * sizeof *look->entry);
		if (!look->entry)
			bf_bug("out of memory");
	}
	struct listing_entry *entry = &look->entry[look->count];
	if (bf_task_parse(name, &entry->task) < 0) {
		take_duplicate(look, name);
		return;
	}
	entry->key = key_of(into->job, &entry->task);
	look->count++;
}

int listing_take(struct worker *w, const struct job_view *job, const char *shard, struct listing *look, struct bf_err *err)
{
	struct taking into = { .look = look, .job = job };
	struct bf_path path = bf_path_shard(job->plan.id, shard);
	memset(look, 0, sizeof *look);
	if (bf_sys.list(w->share->root, path.text, take_name, &into) < 0) {
		int why = errno;
		listing_clear(look);
		bf_err_sys(err, why, "list(%s)", path.text);
		return why == ENOENT ? 0 : -1;
	}
	if (look->count)
		qsort(look->entry, look->count, sizeof *look->entry, by_key);
	drop_doubles(look);
	for (size_t i = 0; i < look->count; i++) {
		look->open += look->entry[i].task.state == BF_OPEN;
		look->run += look->entry[i].task.state == BF_RUN;
	}
	return 1;
}

void listing_clear(struct listing *look)
{
	free(look->entry);
	free(look->duplicate);
	memset(look, 0, sizeof *look);
}

/* Do we work on the claim? If it is ours but not in hand, the answer to a claim or a release was lost on its way. */
static bool is_in_hand(const struct worker *w, const char *token)
{
	const struct work *const hands[] = { &w->now, &w->next, &w->rendered };
	for (int i = 0; i < 3; i++)
		if (hands[i]->held && !strcmp(hands[i]->task.token, token))
			return true;
	return false;
}

enum bf_whose listing_whose(struct worker *w, const struct bf_task *task)
{
	struct bf_token token;
	if (task->state != BF_RUN || bf_token_parse(task->token, &token) < 0)
		return BF_OF_LIVING;
	if (!strcmp(token.id, w->id)) /* that of another slot is another worker's to release */
		return token.slot != w->slot ? BF_OF_LIVING : is_in_hand(w, task->token) ? BF_OURS : BF_OURS_LOST;
	if (!bf_live_find(w->live, token.id))
		board_note(w->board, w->slot, token.id);
	return bf_live_is_dead(w->live, token.id, w->config->lease_ms) ? BF_OF_DEAD : BF_OF_LIVING;
}

void listing_release_orphans(struct worker *w, const struct job_view *job, const char *shard, const struct listing *look)
{
	struct bf_place place = { w->share, job->plan.id, shard };
	for (size_t i = 0; i < look->count; i++) {
		const struct bf_task *task = &look->entry[i].task;
		if (task->state != BF_RUN || bf_look_move(task, listing_whose(w, task)) != BF_GIVE_BACK)
			continue;
		if (bf_claim_release(&place, task, NULL) == 1)
			bf_log(BF_LOG_INFO, "release job=%s token=%s: a claim of ours that we do not work on", job->plan.id,
				task->token);
	}
}
