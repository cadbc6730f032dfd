#include "agent/accept.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/after.h"
#include "agent/ahead.h"
#include "agent/drop.h"
#include "agent/leftover.h"
#include "agent/plan.h"
#include "agent/reject.h"
#include "agent/render.h"
#include "agent/submission.h"
#include "agent/worker.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/blendfile.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

enum {
	LOOK_LOCAL_MS = 250,   /* between the two looks at a dropped file */
	LOOK_REMOTE_MS = 1000, /* … on a network share, where another machine may be writing it */
	INCOMING_MS = 5000,
	STUCK_MS = 10000,      /* what could not be moved is tried again so much later */
	HELD_MS = 2000,        /* what waits for another submission is looked at again so much later */
	DECLINED_MAX = 8,
};

struct accept {
	struct drop *drop;
	size_t count, room;
	struct bf_names queue, incoming;
	int64_t looked_ms, incoming_ms;
	bool saw_work, saw_ready, saw_incoming;
	char take_over[BF_FILE_MAX]; /* an entry of .incoming/ whose owner is gone */
	char elsewhere[BF_FILE_MAX]; /* an entry that another machine plans, "" = none */
	char ahead[BF_FILE_MAX];     /* the last one that was dealt with ahead */
	struct leftovers leftovers;
	struct submission mine;      /* owned, while it is planned */
	struct { char job[BF_JOB_MAX]; int64_t until_ms; } declined[DECLINED_MAX]; /* left to others so long */
	unsigned declined_count;
};

struct accept *accept_new(void)
{
	struct accept *accept = calloc(1, sizeof *accept);
	if (!accept)
		bf_bug("out of memory");
	return accept;
}

void accept_free(struct accept **accept)
{
	if (!*accept)
		return;
	bf_names_clear(&(*accept)->queue);
	bf_names_clear(&(*accept)->incoming);
	free((*accept)->drop);
	free(*accept);
	*accept = NULL;
}

bool accept_saw_work(const struct accept *accept)
{
	return accept->saw_work;
}

bool accept_saw_ready(const struct accept *accept)
{
	return accept->saw_ready;
}

/* ---- looking ---- */

static struct drop *find_or_add(struct accept *accept, const char *name)
{
	for (size_t i = 0; i < accept->count; i++)
		if (!strcmp(accept->drop[i].name, name))
			return &accept->drop[i];
	if (accept->count == accept->room) {
		accept->room = accept->room ? 2 * accept->room : 16;
		accept->drop = realloc(accept->drop, accept->room * sizeof *accept->drop);
		if (!accept->drop)
			bf_bug("out of memory");
	}
	struct drop *drop = &accept->drop[accept->count++];
	memset(drop, 0, sizeof *drop);
	snprintf(drop->name, sizeof drop->name, "%s", name);
	return drop;
}

/* What was here a moment ago is being accepted by somebody: look there. */
static void forget_unseen(struct accept *accept)
{
	size_t kept = 0;
	for (size_t i = 0; i < accept->count; i++)
		if (accept->drop[i].seen)
			accept->drop[kept++] = accept->drop[i];
	if (kept < accept->count)
		accept->incoming_ms = 0;
	accept->count = kept;
}

static void look_at_queue(struct worker *w)
{
	struct accept *accept = w->accept;
	struct bf_err err;
	int64_t gap_ms = bf_share_is_remote(w->share) ? LOOK_REMOTE_MS : LOOK_LOCAL_MS;
	if (bf_fs_list(w->share->root, BF_QUEUE, &accept->queue, &err) != 1)
		return;
	for (size_t i = 0; i < accept->count; i++)
		accept->drop[i].seen = false;
	for (size_t i = 0; i < accept->queue.count; i++) {
		const struct bf_name *name = &accept->queue.item[i];
		if (!drop_is_candidate(&accept->queue, name) || drop_is_named_by_job_file(w, &accept->queue, name->text))
			continue;
		struct drop *drop = find_or_add(accept, name->text);
		drop->seen = true;
		drop_look(w, &accept->queue, drop, gap_ms);
		accept->saw_work |= !drop->told; /* what we cannot move is not waited for */
		accept->saw_ready |= drop->ready || drop->reject[0];
	}
	forget_unseen(accept);
	leftover_tidy(w, &accept->leftovers, &accept->queue);
}

static bool has_declined(const struct accept *accept, const char *job)
{
	for (unsigned i = 0; i < DECLINED_MAX; i++)
		if (!strcmp(accept->declined[i].job, job) && bf_sys.now_ms() < accept->declined[i].until_ms)
			return true;
	return false;
}

void accept_decline(struct accept *accept, const char *job, int64_t ms)
{
	unsigned at = accept->declined_count++ % DECLINED_MAX;
	snprintf(accept->declined[at].job, BF_JOB_MAX, "%s", job);
	accept->declined[at].until_ms = bf_sys.now_ms() + ms;
}

static void look_at_incoming(struct worker *w)
{
	struct accept *accept = w->accept;
	accept->take_over[0] = accept->elsewhere[0] = '\0';
	accept->saw_incoming = false;
	if (bf_fs_list(w->share->root, BF_INCOMING, &accept->incoming, NULL) != 1)
		return;
	board_get_live(w->board, w->live);
	for (size_t i = 0; i < accept->incoming.count; i++) {
		struct submission s;
		struct bf_token token;
		const char *entry = accept->incoming.item[i].text;
		if (submission_parse(entry, &s) < 0)
			continue;
		accept->saw_incoming = true;
		if (has_declined(accept, s.job))
			continue;
		bool free_for_all = bf_token_parse(s.token, &token) < 0;
		if (!free_for_all && !bf_live_find(w->live, token.id))
			board_note(w->board, w->slot, token.id);
		bool ours = !free_for_all && !strcmp(token.id, w->id) && token.slot == w->slot;
		if (free_for_all || ours || bf_live_is_dead(w->live, token.id, w->config->lease_ms))
			snprintf(accept->take_over, sizeof accept->take_over, "%s", entry);
		else if (strcmp(entry, accept->ahead))
			snprintf(accept->elsewhere, sizeof accept->elsewhere, "%s", entry);
	}
}

void accept_peek(struct worker *w)
{
	struct accept *accept = w->accept;
	accept->looked_ms = bf_sys.now_ms();
	accept->saw_work = accept->saw_ready = false;
	look_at_queue(w);
	/* What others are accepting concerns us only when they die, or when we wait for the farm to run dry. */
	int64_t interval_ms = w->config->drain || w->config->once || accept->saw_incoming ? 0 : INCOMING_MS;
	if (accept->looked_ms - accept->incoming_ms >= interval_ms || !accept->incoming_ms) {
		accept->incoming_ms = accept->looked_ms;
		look_at_incoming(w);
	}
	accept->saw_work |= accept->saw_incoming;
	accept->saw_ready |= accept->take_over[0] != '\0';
}

int64_t accept_wait_ms(const struct accept *accept, int64_t poll_ms)
{
	/* while something new lies there the second look is near */
	return accept->count && poll_ms > LOOK_LOCAL_MS + 10 ? LOOK_LOCAL_MS + 10 : poll_ms;
}

/* ---- accepting one ---- */

static struct drop *find_ready(struct worker *w)
{
	struct accept *accept = w->accept;
	for (size_t i = 0; i < accept->count; i++) {
		struct drop *drop = &accept->drop[i];
		if (drop->reject[0] || (drop->ready && !after_is_held(w, &accept->queue, drop->name)))
			return drop;
		if (drop->ready)
			drop->retry_ms = bf_sys.now_ms() + HELD_MS;
		drop->ready = false;
	}
	return NULL;
}

/* It stays where it is: said once, to the log and to people, and tried again. Others may be allowed to move it. */
static void leave_stuck(struct worker *w, struct drop *drop, const struct bf_err *why)
{
	char text[512];
	int64_t now_ms = bf_sys.now_ms();
	drop->ready = false;
	drop->reject[0] = '\0';
	drop->retry_ms = now_ms + STUCK_MS;
	if (drop->told || now_ms - drop->still_since_ms < w->config->settle_limit_ms)
		return;
	drop->told = true;
	snprintf(text, sizeof text, "This still lies in queue/: the machines of the farm may not move it away (%s). Let everybody"
		" write to it, or drop a copy that the farm may move.", strerror(why->sys));
	reject_in_place(w, drop->name, text);
}

/* Out of queue/, into our hands. */
static int take_drop(struct worker *w, struct drop *drop, struct bf_err *err)
{
	char stem[BF_FILE_MAX], name[BF_FILE_MAX];
	size_t len = submission_stem(drop->name);
	snprintf(stem, sizeof stem, "%.*s", (int)len, drop->name);
	snprintf(name, sizeof name, "%s", drop->name);
	if (!drop->reject[0] && !strcasecmp(drop->name + len, ".job") && drop_read_job_file(w, drop->name, name) != 1)
		return 0;
	int taken = submission_take(w, name, stem, &w->accept->mine, err);
	if (taken == SUBMISSION_STUCK) {
		leave_stuck(w, drop, err);
		return 0;
	}
	return taken;
}

static int accept_mine(struct worker *w, const char *reject, struct bf_err *err)
{
	struct submission *mine = &w->accept->mine;
	int result = reject[0] ? reject_submission(w, mine, reject, err) : plan_submission(w, mine, err);
	if (result >= 0)
		mine->entry[0] = '\0';
	return result < 0 ? -1 : 1;
}

/* Something may be coming: Blender needs a second to start, and the second look is not yet due. */
static void start_early(struct worker *w)
{
	struct bf_err err;
	if (!w->blender && w->accept->count && render_ensure_blender(w, &err) < 0)
		bf_log(BF_LOG_DEBUG, "blender: %s", err.text);
}

static int accept_one(struct worker *w, struct bf_err *err)
{
	struct accept *accept = w->accept;
	struct drop *drop = accept->take_over[0] ? NULL : find_ready(w);
	char reject[sizeof drop->reject] = "";
	int taken = 0;
	if (accept->take_over[0]) {
		taken = submission_take_over(w, accept->take_over, &accept->mine, err);
	} else if (drop) {
		snprintf(reject, sizeof reject, "%s", drop->reject);
		taken = take_drop(w, drop, err);
	}
	return taken == 1 && accept->mine.entry[0] ? accept_mine(w, reject, err) : taken;
}

bool accept_look(struct worker *w)
{
	struct bf_err err;
	int64_t now_ms = bf_sys.now_ms();
	struct accept *accept = w->accept;
	int64_t interval_ms = accept_wait_ms(accept, w->config->poll_ms);
	if (accept->looked_ms && w->refreshed_ms && now_ms - accept->looked_ms < interval_ms)
		return false;
	worker_share_begin(w);
	accept_peek(w);
	start_early(w);
	int did = accept->saw_ready ? accept_one(w, &err) : 0;
	worker_share_end(w);
	if (did < 0) {
		accept_let_go(w);
		worker_wait_for_share(w, &err);
	}
	if (did == 1)
		accept->looked_ms = accept->incoming_ms = 0; /* there may be more of them */
	return did == 1;
}

bool accept_ahead(struct worker *w)
{
	struct accept *accept = w->accept;
	if (!accept->elsewhere[0] || !ahead_open(w, accept->elsewhere))
		return false;
	memcpy(accept->ahead, accept->elsewhere, sizeof accept->ahead);
	accept->elsewhere[0] = '\0';
	return true;
}

void accept_let_go(struct worker *w)
{
	if (w->accept->mine.entry[0])
		submission_give_back(w, &w->accept->mine);
}
