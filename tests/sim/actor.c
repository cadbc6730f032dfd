/* One agent. Its own code, called as its own loops call it: what there is to do (jobs, pick, look), the claim, the
 * placeholder, publishing, further directories of tasks, the last look, who is alive. Imitated, because they wait for
 * Blender or for signals: the loops of worker.c, render.c and beat.c themselves, with their intervals. Rendering is sleep. */
#include "tests/sim/sim.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/accept.h"
#include "agent/crew.h"
#include "agent/finish.h"
#include "agent/pick.h"
#include "agent/publish.h"
#include "agent/worker.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/control.h"

#define JOB "sim_2026-01-01_000000"

enum {
	AHEAD_MS = 1000, CANCEL_LOOK_MS = 3000, BUSY_POLLS = 2, FRESHEN_MS = 5000, IDLE_SLOW_MS = 15000, /* of those loops */
	WARM_BEATS = 2, /* the job appears when all agents have seen each other */
};

struct actor {
	struct worker w;
	struct config config;
	struct board *board;
	struct bf_share share;
	struct bf_names cards;
	struct bf_live *live;    /* the keeper's */
	unsigned long beat;
	int64_t idle_since_ms;   /* looks have found nothing to take since then; 0: the last one did */
	int64_t last_commit_us;  /* until when it had something to do */
	int index;
};

static const struct sim_plan *plan;
static struct actor *actor;

double sim_actor_frame_s(const struct sim_plan *p, int frame)
{
	uint64_t x = ((uint64_t)p->seed << 32 | (uint32_t)frame) * 0x9E3779B97F4A7C15u;
	x = (x ^ x >> 31) * 0xBF58476D1CE4E5B9u;
	x ^= x >> 29;
	return p->frame_s * (1 + p->spread * (2.0 * (double)(x >> 11) / 9007199254740992.0 - 1));
}

/* ---- working: as worker.c and render.c do ---- */

static void refresh(struct worker *w)
{
	struct bf_err err;
	int64_t now_ms = bf_sys.now_ms();
	if (w->refreshed_ms && now_ms - w->refreshed_ms < (w->ahead ? BUSY_POLLS : 1) * w->config->poll_ms)
		return;
	w->refreshed_ms = now_ms;
	sim_server_purpose(SIM_LOOK);
	if (w->ahead)
		accept_peek(w);
	if (jobs_refresh(&w->jobs, w->share, &err) < 0)
		bf_bug("%s", err.text);
	sim_server_purpose(SIM_WORK);
}

static bool claim_next(struct actor *a)
{
	struct worker *w = &a->w;
	struct bf_err err;
	if (w->next.held) {
		w->now = w->next;
		memset(&w->next, 0, sizeof w->next);
		return true;
	}
	refresh(w);
	sim_server_purpose(a->idle_since_ms ? SIM_LOOK : SIM_WORK);
	int result = pick_next(w, NULL, &w->now, &err);
	sim_server_purpose(SIM_WORK);
	if (result == 1)
		a->idle_since_ms = 0;
	if (result < 0)
		bf_bug("%s", err.text);
	return result == 1;
}

static int crowd(const struct bf_live *live, const struct config *config)
{
	return bf_live_crowd(live, config->lease_ms);
}

static void claim_ahead(struct worker *w)
{
	struct bf_err err;
	w->ahead = true;
	refresh(w);
	sim_server_purpose(w->ahead_ms ? SIM_LOOK : SIM_WORK);
	int result = pick_next(w, NULL, &w->next, &err);
	sim_server_purpose(SIM_WORK);
	w->ahead = false;
	w->ahead_ms = 0;
	if (result != 1)
		w->ahead_ms = bf_sys.now_ms() + AHEAD_MS * crowd(w->live, w->config);
}

static void make_picture(struct worker *w, struct work *done)
{
	char path[5000];
	done->file_count = 1;
	snprintf(done->file[0], BF_FILE_MAX, "%s.png", w->id);
	snprintf(path, sizeof path, "%s/out/%s", w->blender_dir, done->file[0]);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, path, 64) != 64)
		bf_bug("cannot write %s", path);
	close(fd);
}

static void publish(struct actor *a)
{
	int ended = a->w.ended;
	publish_rendered(&a->w);
	if (a->w.ended > ended)
		a->last_commit_us = sim_clock_now_us();
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Blender is busy until end_ms; what is done meanwhile. */
static void wait_for_picture(struct worker *w, int64_t end_ms)
{
	int64_t looked_ms = bf_sys.now_ms(), look_ms = CANCEL_LOOK_MS * crowd(w->live, w->config);
	while (bf_sys.now_ms() < end_ms) {
		int64_t now_ms = bf_sys.now_ms(), until_ms = earlier(end_ms, looked_ms + look_ms);
		int64_t ahead_ms = w->now.started_ms + (int64_t)(w->pace_s * 1000) - AHEAD_MS;
		ahead_ms = ahead_ms > w->ahead_ms ? ahead_ms : w->ahead_ms;
		if (!w->next.held && w->pace_s > 0) {
			if (now_ms >= ahead_ms) {
				claim_ahead(w);
				continue;
			}
			until_ms = earlier(until_ms, ahead_ms);
		}
		sim_clock_wait((until_ms - now_ms) * 1000);
		if (bf_sys.now_ms() - looked_ms >= look_ms) {
			looked_ms = bf_sys.now_ms();
			sim_server_purpose(SIM_LOOK);
			bf_control_read(w->share, w->now.job->plan.id, &w->now.job->control, NULL);
			sim_server_purpose(SIM_WORK);
		}
	}
}

static void render(struct actor *a)
{
	struct worker *w = &a->w;
	int64_t render_ms = (int64_t)(1000 * sim_actor_frame_s(plan, w->now.task.frame));
	if (!w->now.started)
		publish(a);
	if (!w->now.started_ms)
		w->now.started_ms = bf_sys.now_ms();
	int64_t end_ms = w->now.started_ms + render_ms;
	publish(a);
	publish_placeholder(w, &w->now);
	wait_for_picture(w, end_ms);
	struct work done = w->now;
	make_picture(w, &done);
	w->pace_s = (double)(bf_sys.now_ms() - done.started_ms) / 1000;
	memset(&w->now, 0, sizeof w->now);
	if (w->next.held && w->next.task.kind == BF_TASK_FRAME) {
		w->now = w->next;
		memset(&w->next, 0, sizeof w->next);
		w->now.started = true;
		w->now.started_ms = bf_sys.now_ms();
	}
	w->rendered = done;
}

static void work_on(struct actor *a)
{
	switch (a->w.now.task.kind) {
	case BF_TASK_FRAME: render(a); break;
	case BF_TASK_MORE: finish_make_shard(&a->w); break;
	case BF_TASK_FINISH: finish_job(&a->w); break;
	default: bf_bug("a task that the plan does not have");
	}
}

static void idle(struct actor *a)
{
	struct worker *w = &a->w;
	int64_t now_ms = bf_sys.now_ms(), poll_ms = w->config->poll_ms * crowd(w->live, w->config);
	if (!a->idle_since_ms)
		a->idle_since_ms = now_ms;
	sim_clock_wait((now_ms - a->idle_since_ms > IDLE_SLOW_MS ? 2 : 1) * accept_wait_ms(w->accept, poll_ms) * 1000);
	w->refreshed_ms = 0;
}

static void work(void *arg)
{
	struct actor *a = arg;
	struct worker *w = &a->w;
	sim_server_purpose(SIM_WORK);
	for (;;) {
		if (!w->now.held && !w->next.held) {
			sim_server_purpose(SIM_LOOK);
			accept_look(w);
			sim_server_purpose(SIM_WORK);
		}
		if (w->now.held || claim_next(a)) {
			work_on(a);
		} else if (w->rendered.held) {
			publish(a);
		} else {
			idle(a);
		}
	}
}

/* ---- beating: as beat.c does ---- */

static void put_card(struct actor *a, bool make)
{
	static const char text[400] = "the card of one agent";
	struct bf_path path = bf_path_card(a->w.id, a->beat);
	struct bf_err err;
	if ((make || a->w.now.held) && bf_fs_rewrite(a->share.root, path.text, text, sizeof text, &err) < 0)
		bf_bug("%s", err.text);
}

static void beat_and_look(struct actor *a)
{
	struct bf_err err;
	bf_share_is_here(&a->share);
	put_card(a, !a->beat);
	struct bf_path from = bf_path_card(a->w.id, a->beat), to = bf_path_card(a->w.id, a->beat + 1);
	if (bf_fs_rename(a->share.root, from.text, to.text, &err) != 1
		|| bf_fs_list(a->share.root, BF_AGENTS, &a->cards, &err) != 1)
		bf_bug("%s", err.text);
	a->beat++;
	bf_live_look(a->live, &a->cards, bf_sys.now_ms(), a->config.beat_ms);
	bf_names_clear(&a->cards);
	board_put_live(a->board, a->live);
}

static void keep(void *arg)
{
	struct actor *a = arg;
	sim_server_purpose(SIM_BEAT);
	int64_t beat_ms = bf_sys.now_ms(), freshen_ms = beat_ms + FRESHEN_MS;
	for (;;) {
		if (bf_sys.now_ms() >= beat_ms) {
			beat_and_look(a);
			beat_ms = bf_sys.now_ms() + a->config.beat_ms;
		} else {
			put_card(a, false);
		}
		if (bf_sys.now_ms() >= freshen_ms)
			freshen_ms = bf_sys.now_ms() + FRESHEN_MS * crowd(a->live, &a->config);
		sim_clock_wait((earlier(beat_ms, freshen_ms) - bf_sys.now_ms()) * 1000);
		sim_server_purpose(SIM_BEAT);
	}
}

/* ---- the farm ---- */

static void must(int result, const struct bf_err *err)
{
	if (result < 0)
		bf_bug("%s", err->text);
}

static void make_share(int root, struct bf_share *share)
{
	static const char *const dirs[] = { "queue", "queue/rejected", "jobs", "jobs/.incoming", "output", "agents",
		"output/" JOB, "jobs/" JOB, "jobs/" JOB "/tasks", "jobs/" JOB "/tasks/end", "jobs/" JOB "/pieces",
		"jobs/" JOB "/journal", "jobs/" JOB "/logs" };
	struct bf_err err;
	struct bf_job job = { .id = JOB, .name = "sim", .blend = "sim.blend", .hash = BF_HASH_NONE, .size = 1, .width = 1920,
		.height = 1080, .picture_count = 1, .picture = { "sim_######.png" }, .ext = "png", .columns = 1, .rows = 1,
		.blender = "3.4.1", .planner = "sim-000000", .created = "2026-01-01 00:00:00" };
	*share = (struct bf_share){ .root = root, .path = SIM_PATH };
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		must(bf_fs_mkdir(root, dirs[i], &err), &err);
	must(bf_frames_range(1, plan->tasks, 1, &job.frames, &err), &err);
	must(bf_job_write(share, "jobs/" JOB, &job, &err), &err);
	must(finish_write_shard(share, "jobs/" JOB "/tasks/000", &job, 0, &err), &err);
	must(bf_fs_create(root, "jobs/" JOB "/tasks/end/finish.open.1.0", "", 0, &err), &err);
	bf_job_clear(&job);
}

static void make_actor(struct actor *a, const struct bf_share *share, const char *scratch)
{
	config_default(&a->config);
	a->config.slots = 1;
	a->config.beat_ms = plan->beat_ms;
	a->config.lease_ms = plan->lease_ms;
	a->config.poll_ms = plan->poll_ms;
	snprintf(a->config.name, sizeof a->config.name, "m%04d", a->index);
	a->board = calloc(1, sizeof *a->board); /* no eventfd: nobody wakes anybody */
	a->live = calloc(1, sizeof *a->live);
	a->w.live = calloc(1, sizeof *a->w.live);
	if (!a->board || !a->live || !a->w.live)
		bf_bug("out of memory");
	a->board->slots = 1;
	a->board->slot[0].wake_fd = a->board->keeper_fd = -1;
	strcpy(a->board->blender, "3.4.1");
	a->share = *share;
	snprintf(a->w.id, sizeof a->w.id, "m%04d-%06d", a->index, a->index);
	snprintf(a->w.dir, sizeof a->w.dir, "%s", scratch);
	snprintf(a->w.blender_dir, sizeof a->w.blender_dir, "%s", scratch);
	a->w.config = &a->config;
	a->w.board = a->board;
	a->w.share = &a->share;
	a->w.has_oidn = -1;
	a->w.accept = accept_new();
	a->w.crew = crew_new();
}

/* A plan of a million frames, a thousand times: the frames are read once and shared, the rest is each agent's own. */
static void give_plan(struct actor *a, const struct job_view *first)
{
	struct job_view *view = malloc(sizeof *view);
	bool *ended = calloc(first->shard_count, sizeof *ended);
	a->w.jobs.view = calloc(16, sizeof *a->w.jobs.view);
	if (!view || !ended || !a->w.jobs.view)
		bf_bug("out of memory");
	*view = *first;
	view->shard_ended = ended;
	a->w.jobs.view[0] = view;
	a->w.jobs.count = 1;
	a->w.jobs.room = 16;
}

static void free_actor(struct actor *a)
{
	accept_free(&a->w.accept);
	bf_names_clear(&a->w.jobs.names);
	for (size_t i = 0; i < a->w.jobs.count; i++) {
		if (a->index == 0) {
			bf_job_clear(&a->w.jobs.view[i]->plan);
			free(a->w.jobs.view[i]->rank);
		}
		free(a->w.jobs.view[i]->shard_ended);
		free(a->w.jobs.view[i]);
	}
	free(a->w.jobs.view);
	free(a->w.live);
	free(a->live);
	free(a->board);
}

/* ---- what would be best ---- */

/* Whoever is free takes the next frame, at once. */
static void deal_out(struct sim_result *result)
{
	double *free_at_s = calloc((size_t)plan->agents, sizeof *free_at_s), sum_s = 0;
	size_t n = (size_t)plan->agents;
	if (!free_at_s)
		bf_bug("out of memory");
	for (int frame = 1; frame <= plan->tasks; frame++) {
		double at_s = free_at_s[0] + sim_actor_frame_s(plan, frame);
		result->ideal_s = at_s > result->ideal_s ? at_s : result->ideal_s;
		size_t i = 0, child;
		while ((child = 2 * i + 1) < n) { /* the first of a heap goes down */
			child += child + 1 < n && free_at_s[child + 1] < free_at_s[child];
			if (free_at_s[child] >= at_s)
				break;
			free_at_s[i] = free_at_s[child];
			i = child;
		}
		free_at_s[i] = at_s;
	}
	for (size_t i = 0; i < n; i++)
		sum_s += result->ideal_s - free_at_s[i];
	result->ideal_tail_s = sum_s / (double)n;
	free(free_at_s);
}

struct sim_result sim_actor_run(const struct sim_plan *the_plan, const char *scratch)
{
	struct sim_result result = {0};
	struct bf_share share;
	struct bf_err err;
	plan = the_plan;
	int64_t warm_us = WARM_BEATS * plan->beat_ms * 1000;
	srandom(plan->seed);
	sim_clock_reset();
	make_share(sim_memory_reset(), &share);
	actor = calloc((size_t)plan->agents, sizeof *actor);
	if (!actor)
		bf_bug("out of memory");
	for (int i = 0; i < plan->agents; i++) {
		struct actor *a = &actor[i];
		a->index = i;
		make_actor(a, &share, scratch);
		if (i == 0)
			must(jobs_refresh(&a->w.jobs, &a->share, &err), &err);
		else
			give_plan(a, actor[0].w.jobs.view[0]);
		sim_clock_start(keep, a, i, random() % (plan->beat_ms * 1000));
		sim_clock_start(work, a, i, warm_us + random() % (plan->poll_ms * 1000));
	}
	sim_clock_run();
	if (!sim_counts.ended || sim_counts.commits != plan->tasks)
		bf_bug("%lld of %d frames are done", (long long)sim_counts.commits, plan->tasks);
	for (int i = 0; i < plan->agents; i++) {
		result.tail_s += (double)(sim_counts.last_commit_us - actor[i].last_commit_us) / 1e6 / plan->agents;
		free_actor(&actor[i]);
	}
	free(actor);
	result.makespan_s = (double)(sim_counts.last_commit_us - warm_us) / 1e6;
	result.end_s = (double)(sim_clock_now_us() - sim_counts.last_commit_us) / 1e6;
	deal_out(&result);
	return result;
}
