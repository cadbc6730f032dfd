#include "agent/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/accept.h"
#include "agent/duplicate.h"
#include "agent/pick.h"
#include "agent/publish.h"
#include "agent/record.h"
#include "agent/render_fault.h"
#include "agent/render_job.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"

enum {
	RENDERS_MAX = 2000,        /* then a fresh Blender: leaks are slow but nights are long */
	GROWTH_MB = 2048,          /* … or when it has grown by so much since its first pictures */
	AHEAD_MS = 1000,           /* claim the next task when the present one has about this long to go */
	BUSY_POLLS = 2,            /* who has work looks for other work half as often */
	WAIT_MS = 500,
	CANCEL_LOOK_MS = 3000,
	FADE_S = 60,
};

static bool is_picture(const struct work *work)
{
	return work->held && (work->task.kind == BF_TASK_FRAME || work->task.kind == BF_TASK_PIECE);
}

static void fill_piece(const struct bf_job *job, unsigned number, struct blender_render *render)
{
	struct bf_rect rect = bf_job_piece_rendered(job, number);
	struct bf_samples samples = bf_job_piece_samples(job, number);
	render->piece = !samples.count;
	render->left = rect.left;
	render->top = rect.top;
	render->right = rect.right;
	render->bottom = rect.bottom;
	render->sample_offset = samples.offset;
	render->sample_count = samples.count;
	render->passes = job->finish;
}

/* Hand a task to Blender, which must have its job open. */
static int start(struct worker *w, struct work *work)
{
	struct bf_err err;
	char name[BF_TASK_MAX];
	bf_task_name(&work->task, name);
	snprintf(work->stem, sizeof work->stem, "%s.%u-%d", name, work->task.attempt, w->renders);
	struct blender_render render = { .frame = work->task.frame, .name = work->stem };
	char joined[4400];
	if (work->task.kind == BF_TASK_PIECE)
		fill_piece(&work->job->plan, work->task.number, &render);
	if (work->joined[0]) {
		if (bf_fmt(joined, sizeof joined, "%s/join/%s", w->dir, work->joined) < 0)
			bf_bug("path of %s is too long", work->joined);
		render.joined = joined;
	} else { /* that began with joining */
		work->started_ms = bf_sys.now_ms();
	}
	work->share_turns = atomic_load(&w->board->share_turns);
	if (blender_send_render(w->blender, &render, &err) < 0)
		return -1; /* it is gone; the next wait says why */
	work->started = true;
	return 0;
}

/* How long the present task will take. */
static double expected_s(const struct worker *w)
{
	const struct work *work = &w->now;
	double speed = worker_speed(w), cost = work->task.kind == BF_TASK_PIECE
		? bf_job_piece_cost(&work->job->plan, work->task.number) : 0;
	return cost > 0 && speed > 0 && work->job->cost_s > 0 ? cost / speed : w->pace_s;
}

/* Claim the next task shortly before the present one ends, unless somebody else would be idle for want of
 * it or a submission waits to be accepted. */
static void claim_ahead(struct worker *w)
{
	struct bf_err err;
	int64_t now_ms = bf_sys.now_ms(), elapsed_ms = now_ms - w->now.started_ms;
	if (w->next.held || w->config->once || board_stopping(w->board) || board_resting(w->board) || w->pace_s <= 0
		|| w->share_turns != atomic_load(&w->board->share_turns)
		|| elapsed_ms < expected_s(w) * 1000 - AHEAD_MS || w->ahead_ms > now_ms)
		return;
	worker_share_begin(w);
	int result = 0;
	if (!w->refreshed_ms || now_ms - w->refreshed_ms >= BUSY_POLLS * w->config->poll_ms) {
		w->refreshed_ms = now_ms;
		accept_peek(w);
		result = jobs_refresh(&w->jobs, w->share, &err);
	}
	if (result == 0 && !accept_saw_ready(w->accept)) {
		w->ahead = true;
		result = pick_next(w, NULL, &w->next, &err);
		w->ahead = false;
	}
	worker_share_end(w);
	if (result != 1) /* nothing there, or the share has trouble: the main loop will see */
		w->ahead_ms = now_ms + AHEAD_MS * bf_live_crowd(w->live, w->config->lease_ms);
}

static void show_progress(struct worker *w, const struct blender_reply *reply)
{
	w->view.percent = reply->percent;
	w->view.sample = reply->sample;
	w->view.samples = reply->samples;
	board_show(w->board, w->slot, &w->view);
}

static void restart_if_old(struct worker *w, const struct blender_reply *reply)
{
	if (++w->renders == 3)
		w->first_rss_mb = reply->rss_mb;
	bool grown = w->renders > 3 && reply->rss_mb > w->first_rss_mb + GROWTH_MB;
	if (w->renders >= RENDERS_MAX || grown) {
		bf_log(BF_LOG_INFO, "restart blender: renders=%d memory_mb=%ld", w->renders, reply->rss_mb);
		w->restart = true;
	}
}

static void keep_log(struct worker *w, const struct work *done)
{
	struct bf_buf log = {0};
	struct bf_err err;
	char first[128];
	snprintf(first, sizeof first, "rendered by %s in %.2f s", w->config->name, done->render_s);
	render_task_log(w, false, &log);
	worker_share_begin(w);
	if (record_log(w, done, "txt", first, &log, &err) < 0)
		bf_log(BF_LOG_DEBUG, "log: %s", err.text);
	worker_share_end(w);
	bf_buf_clear(&log);
}

/* How long our tasks take, and how quick we are where it is known what a piece costs. Old experience fades. */
static void learn_speed(struct worker *w, const struct work *done)
{
	struct job_view *job = done->job;
	double cost = done->task.kind == BF_TASK_PIECE ? bf_job_piece_cost(&job->plan, done->task.number) : 0;
	job->task_s = job->task_s > 0 ? (job->task_s + w->pace_s) / 2 : w->pace_s;
	if (cost <= 0 || w->pace_s <= 0)
		return;
	if (job->cost_s > FADE_S) {
		job->cost_s /= 2;
		job->cost_done /= 2;
	}
	job->cost_s += w->pace_s;
	job->cost_done += cost;
	w->view.speed = job->cost_done / job->cost_s;
}

/* Blender has finished w->now. Feed it the next one first, then look at what it made. */
static void take_picture(struct worker *w, const struct blender_reply *reply)
{
	if (render_fault_of_share(w))
		return;
	struct work done = w->now;
	done.render_s += reply->seconds;
	done.mem_mb = (int)reply->mem_mb;
	done.file_count = reply->file_count;
	for (int i = 0; i < reply->file_count && i < BF_VIEWS_MAX; i++)
		snprintf(done.file[i], BF_FILE_MAX, "%s", reply->file[i]);
	w->view.mem_mb = done.mem_mb;
	w->pace_s = (double)(bf_sys.now_ms() - done.started_ms) / 1000;
	learn_speed(w, &done);
	restart_if_old(w, reply);
	memset(&w->now, 0, sizeof w->now);
	if (is_picture(&w->next) && !strcmp(w->next.job->plan.id, w->opened) && !w->restart
		&& !board_stopping(w->board) && !board_resting(w->board)) {
		w->now = w->next;
		memset(&w->next, 0, sizeof w->next);
		start(w, &w->now);
		worker_show(w, BF_SLOT_RENDERING, &w->now);
	}
	struct bf_err err;
	if (publish_check(w, &done, &err) < 0) {
		render_fault_of_picture(w, &done, err.text);
		return;
	}
	if (record_keeps_logs(w, done.job))
		keep_log(w, &done);
	w->rendered = done;
}

/* Blender may be talking all the time: this is asked between any two of its words. */
static void give_back_if_cancelled(struct worker *w, int64_t *looked_ms)
{
	struct bf_err err;
	int64_t now_ms = bf_sys.now_ms();
	if (now_ms - *looked_ms < CANCEL_LOOK_MS * bf_live_crowd(w->live, w->config->lease_ms))
		return;
	*looked_ms = now_ms;
	worker_share_begin(w);
	int there = bf_control_read(w->share, w->now.job->plan.id, &w->now.job->control, &err);
	worker_share_end(w);
	if (there == 0 || (there == 1 && w->now.job->control.cancelled)) {
		render_stop(w, 1000);
		worker_release(w, &w->now, there ? "the job was cancelled" : "the job is gone");
	}
}

/* A person's PAUSE file lets what runs come to its end, as PAUSE does everywhere. */
static void give_back_if_resting(struct worker *w)
{
	enum board_rest rest = (enum board_rest)atomic_load(&w->board->rest);
	if (!w->config->release_at_rest || rest == BOARD_WORK || rest == BOARD_REST_ORDER)
		return;
	render_stop(w, 1000);
	worker_release(w, &w->now, board_rest_name(rest));
}

static void drop_if_in_vain(struct worker *w, int64_t *looked_ms)
{
	if (!w->now.held || !duplicate_is_in_vain(w, &w->now, looked_ms))
		return;
	render_stop(w, 1000);
	duplicate_in_vain(w, &w->now);
}

/* Asked to stop: at once, or when the frame is done, within the grace. */
static bool should_break_off(struct worker *w, int64_t *stop_ms)
{
	if (!board_breaking_off(w->board))
		return false;
	if (!*stop_ms)
		*stop_ms = bf_sys.now_ms();
	return !w->config->finish_on_stop || bf_sys.now_ms() - *stop_ms > w->config->grace_ms - 3000;
}

static void wait_for_picture(struct worker *w, struct blender_reply *reply)
{
	int64_t looked_ms = bf_sys.now_ms(), vain_ms = looked_ms, stop_ms = 0;
	int wake = w->board->slot[w->slot].wake_fd;
	while (w->now.held && !should_break_off(w, &stop_ms)) {
		enum blender_event event;
		claim_ahead(w);
		blender_wait(w->blender, WAIT_MS, wake, &event, reply);
		switch (event) {
		case BLENDER_RENDERED:
			take_picture(w, reply);
			return;
		case BLENDER_GONE:
			/* Killed, perhaps for want of memory: this frame may be too much for this machine; that says nothing of
			 * the others. A machine on which many die steps back all the same. */
			reply->agent_fault = false;
			render_fault(w, reply, true);
			return;
		case BLENDER_FAILED:
			render_fault(w, reply, false);
			return;
		case BLENDER_PROGRESS:
			show_progress(w, reply);
			break;
		case BLENDER_NOTHING: {
			uint64_t count;
			ssize_t ignored = read(wake, &count, sizeof count);
			(void)ignored;
			break;
		}
		default:
			break;
		}
		give_back_if_cancelled(w, &looked_ms);
		if (w->now.held)
			give_back_if_resting(w);
		if (w->now.held && render_fault_of_limits(w))
			return;
		drop_if_in_vain(w, &vain_ms);
	}
}

void render_work(struct worker *w)
{
	struct blender_reply *reply = calloc(1, sizeof *reply);
	if (!reply)
		bf_bug("out of memory");
	if (!w->now.started) {
		publish_rendered(w); /* what lies in Blender's folder goes when Blender goes */
		if (w->restart)
			render_stop(w, 5000);
		w->restart = false;
		worker_show(w, BF_SLOT_RENDERING, &w->now);
		if (strcmp(w->opened, w->now.job->plan.id))
			w->pace_s = 0;
		if (!render_job_open(w))
			goto out;
		start(w, &w->now);
	}
	publish_rendered(w);
	publish_placeholder(w, &w->now);
	wait_for_picture(w, reply);
out:
	free(reply);
}
