#include "agent/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/accept.h"
#include "agent/crew.h"
#include "agent/duplicate.h"
#include "agent/finish.h"
#include "agent/join.h"
#include "agent/pick.h"
#include "agent/publish.h"
#include "agent/record.h"
#include "agent/render.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

enum {
	IDLE_QUIT_MS = 60000,  /* a Blender that had nothing to do for so long is ended: memory is for people */
	IDLE_FOLLOWER = 10,
	IDLE_SLOW_MS = 15000,  /* nothing to do for so long: look half as often */
	REST_MS = 3600000,     /* we are woken */
	DRAIN_LOOKS = 3,       /* looks without work, in a row, until --drain believes it */
};

/* ---- small things every verb needs ---- */

void worker_token(struct worker *w, char token[BF_TOKEN_MAX])
{
	struct bf_token it = { .slot = w->slot, .count = atomic_fetch_add(&w->board->slot[w->slot].claims, 1) + 1 };
	memcpy(it.id, w->id, sizeof it.id);
	bf_token_format(&it, token);
}

struct bf_place worker_place(const struct worker *w, const struct work *work)
{
	return (struct bf_place){ w->share, work->job->plan.id, work->shard.name };
}

void worker_show(struct worker *w, enum bf_slot_state state, const struct work *work)
{
	struct bf_slot *view = &w->view;
	bool falls_idle = state == BF_SLOT_IDLE && view->state != BF_SLOT_IDLE;
	view->state = state;
	if (work && work->held) {
		snprintf(view->job, sizeof view->job, "%s", work->job->plan.id);
		bf_task_name(&work->task, view->task);
		view->duplicate = work->of[0] != '\0';
		atomic_store(&w->board->slot[w->slot].started_ms, work->started_ms ? work->started_ms : work->claimed_ms);
	} else {
		view->job[0] = view->task[0] = '\0';
		view->duplicate = false;
		atomic_store(&w->board->slot[w->slot].started_ms, 0);
	}
	view->percent = -1;
	view->sample = view->samples = 0;
	board_show(w->board, w->slot, view);
	if (falls_idle)
		board_wake_keeper(w->board); /* nobody shall be seen at work that has ended */
}

double worker_speed(const struct worker *w)
{
	return w->view.speed > 0 ? w->view.speed : w->config->slot[w->slot].speed;
}

void worker_hold(struct work *out, struct job_view *job, const char *shard, const struct bf_task *task)
{
	memset(out, 0, sizeof *out);
	out->held = true;
	out->job = job;
	job->refs++;
	snprintf(out->shard.name, sizeof out->shard.name, "%s", shard);
	out->task = *task;
	out->claimed_ms = bf_sys.now_ms();
}

void worker_drop(struct work *work)
{
	if (work->held)
		work->job->refs--;
	memset(work, 0, sizeof *work);
}

void worker_sleep(struct worker *w, int64_t ms)
{
	struct pollfd wake = { .fd = w->board->slot[w->slot].wake_fd, .events = POLLIN };
	if (board_stopping(w->board))
		return;
	if (poll(&wake, 1, ms > INT32_MAX ? INT32_MAX : (int)ms) > 0) {
		uint64_t count;
		ssize_t ignored = read(wake.fd, &count, sizeof count);
		(void)ignored;
		w->refreshed_ms = 0; /* something changed: look at everything */
	}
}

bool worker_job_is_gone(struct worker *w, const struct work *work, const struct bf_err *why)
{
	if (why->sys != ENOENT || !publish_forget_if_gone(w, work))
		return false;
	bf_log(BF_LOG_WARN, "late job=%s: the job is gone, its task is dropped", work->job->plan.id);
	return true;
}

int worker_release(struct worker *w, struct work *work, const char *why)
{
	struct bf_place place = worker_place(w, work);
	struct bf_err err;
	char name[BF_TASK_MAX];
	if (work->of[0]) {
		duplicate_drop(w, work, why, false);
		return 1;
	}
	bf_task_name(&work->task, name);
	bf_log(BF_LOG_INFO, "release job=%s task=%s attempt=%u: %s", work->job->plan.id, name, work->task.attempt, why);
	worker_share_begin(w);
	/* When we are asked to stop there is one try: what stays behind runs out with the lease. */
	int released;
	while ((released = bf_claim_release(&place, &work->task, &err)) < 0)
		if (!worker_wait_for_share(w, &err))
			break;
	if (released == 1 && work->task.kind <= BF_TASK_JOIN)
		record_work(w, work, &work->task, "released", why);
	else if (released == 0)
		publish_forget_if_gone(w, work);
	worker_share_end(w);
	worker_drop(work);
	return released;
}

/* ---- the loop ---- */

static bool claim_next(struct worker *w)
{
	struct bf_err err;
	if (w->next.held) {
		w->now = w->next;
		memset(&w->next, 0, sizeof w->next);
		return true;
	}
	worker_share_begin(w);
	int64_t now_ms = bf_sys.now_ms();
	int result = 0;
	if (!w->refreshed_ms || now_ms - w->refreshed_ms >= w->config->poll_ms) {
		w->refreshed_ms = now_ms;
		result = jobs_refresh(&w->jobs, w->share, &err);
	}
	if (result == 0)
		result = pick_next(w, NULL, &w->now, &err);
	worker_share_end(w);
	if (result < 0) {
		w->work_seen = true; /* for all we know */
		worker_wait_for_share(w, &err);
	} else if (result == 1 || !worker_share_refuses_writing(w)) {
		worker_share_works(w);
	}
	return result == 1;
}

static void work_on(struct worker *w)
{
	switch (w->now.task.kind) {
	case BF_TASK_FRAME:
	case BF_TASK_PIECE:
		render_work(w);
		break;
	case BF_TASK_JOIN:
		join_work(w);
		break;
	case BF_TASK_MORE:
		finish_make_shard(w);
		break;
	case BF_TASK_FINISH:
		finish_job(w);
		break;
	}
}

/* Is there nothing more for --drain to wait for? One look is not enough: a job may be between two folders, a task
 * between two names. */
static bool is_drained(struct worker *w, int *quiet_looks)
{
	if (w->work_seen || accept_saw_work(w->accept)) {
		*quiet_looks = 0;
		return false;
	}
	return ++*quiet_looks >= DRAIN_LOOKS;
}

static bool is_idle_below(struct worker *w)
{
	for (unsigned i = 0; i < w->slot; i++) {
		struct bf_slot slot;
		board_read_slot(w->board, i, &slot);
		if (slot.state == BF_SLOT_IDLE)
			return true;
	}
	return false;
}

static int idle(struct worker *w, int *quiet_looks, int64_t *idle_since_ms)
{
	int64_t now_ms = bf_sys.now_ms();
	worker_show(w, BF_SLOT_IDLE, NULL);
	if (!*idle_since_ms)
		*idle_since_ms = now_ms;
	if (accept_ahead(w)) {
		w->refreshed_ms = 0;
		return -1;
	}
	bool expects = w->opened_ahead && accept_saw_work(w->accept);
	if (w->blender && !expects && now_ms - *idle_since_ms > IDLE_QUIT_MS)
		render_stop(w, 5000);
	bool drained = is_drained(w, quiet_looks);
	if (w->config->drain && drained)
		return 0;
	if (w->config->once && drained)
		return w->ended ? 0 : 4;
	int64_t poll_ms = w->config->poll_ms * bf_live_crowd(w->live, w->config->lease_ms);
	int64_t wait_ms = accept_wait_ms(w->accept, poll_ms);
	if (wait_ms == poll_ms && now_ms - *idle_since_ms > IDLE_SLOW_MS)
		wait_ms *= 2;
	int64_t again_ms = bf_share_is_remote(w->share) ? 300 : 50;
	if ((w->config->drain || w->config->once) && *quiet_looks)
		wait_ms = again_ms;
	else if (is_idle_below(w)) /* one idle worker of this machine is enough to look; it wakes us */
		wait_ms *= IDLE_FOLLOWER;
	worker_sleep(w, wait_ms);
	w->refreshed_ms = 0;
	return -1;
}

/* Nothing is taken, nothing is held, the share is not even looked at; the supervisor wakes us. */
static void rest(struct worker *w)
{
	publish_rendered(w);
	if (w->next.held)
		worker_release(w, &w->next, "resting");
	render_stop(w, 5000);
	snprintf(w->view.note, sizeof w->view.note, "%s", board_rest_name((enum board_rest)atomic_load(&w->board->rest)));
	worker_show(w, BF_SLOT_PAUSED, NULL);
	while (board_resting(w->board) && !board_stopping(w->board))
		worker_sleep(w, REST_MS);
	w->view.note[0] = '\0';
}

static int loop(struct worker *w)
{
	int quiet_looks = 0;
	int64_t idle_since_ms = 0;
	struct bf_err err;
	while (!board_stopping(w->board)) {
		if (w->config->once)
			publish_rendered(w);
		if (w->config->once && w->ended)
			return 0;
		if (!w->now.held && board_resting(w->board))
			rest(w);
		if (!w->now.held && !worker_follow_share(w, &err))
			break;
		bool did = !w->now.held && !w->next.held && !board_resting(w->board) && accept_look(w);
		if (!board_stopping(w->board) && (w->now.held || claim_next(w))) {
			work_on(w);
			did = true;
		}
		if (!did && w->rendered.held) { /* the last one of a row: nothing follows that it could hide behind */
			publish_rendered(w);
			did = true;
		}
		if (did) {
			if (idle_since_ms)
				board_wake_others(w->board, w->slot);
			quiet_looks = 0;
			idle_since_ms = 0;
			continue;
		}
		int status = idle(w, &quiet_looks, &idle_since_ms);
		if (status >= 0)
			return status;
	}
	return 0;
}

/* Give back everything that is held: called once, at the end. */
static void let_go(struct worker *w)
{
	worker_show(w, BF_SLOT_STOPPING, NULL);
	publish_rendered(w);
	render_stop(w, board_stopping(w->board) ? 2000 : 5000);
	struct work *const hands[] = { &w->now, &w->next, &w->rendered };
	for (int i = 0; i < 3; i++)
		if (hands[i]->held)
			worker_release(w, hands[i], "stopping");
	accept_let_go(w);
}

int worker_run(const struct config *config, const char *agent_id, unsigned slot, struct board *board,
	struct bf_share *share, const char *scratch)
{
	struct worker *w = calloc(1, sizeof *w);
	if (!w || !(w->live = calloc(1, sizeof *w->live)))
		return 1;
	w->config = config;
	w->board = board;
	w->share = share;
	w->slot = slot;
	w->has_oidn = -1;
	snprintf(w->id, sizeof w->id, "%s", agent_id);
	if (bf_fmt(w->dir, sizeof w->dir, "%s/slot%u", scratch, slot) < 0)
		return 1;
	srandom((unsigned)getpid() ^ (unsigned)bf_sys.now_ms());
	w->accept = accept_new();
	w->crew = crew_new();
	int status = loop(w);
	let_go(w);
	accept_free(&w->accept);
	crew_free(&w->crew);
	jobs_clear(&w->jobs);
	free(w->live);
	free(w);
	return status;
}
