#include "agent/pick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/duplicate.h"
#include "agent/failure.h"
#include "agent/finish.h"
#include "agent/listing.h"
#include "agent/pick_piece.h"
#include "agent/wait.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/look.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

enum {
	MORE_BELOW = 100,   /* make the next directory when fewer open tasks are left … */
	MORE_BELOW_MAX = 500, /* … or as many as there are agents: making it takes a second, they take one each */
	TRIES = 8,          /* claims lost in a row before we look elsewhere */
	WINDOW_MAX = 1024,
	LOOK_AGAIN_MS = 3000,
};

/* ---- what may be taken ---- */

/* What the pieces of one frame have come to. */
static void count_pieces(const struct listing *look, const struct bf_task *join, unsigned *done, unsigned *parked,
	unsigned *going)
{
	*done = *parked = *going = 0;
	for (size_t i = 0; i < look->count; i++) {
		const struct bf_task *task = &look->entry[i].task;
		if (task->kind != BF_TASK_PIECE || task->frame != join->frame)
			continue;
		*done += task->state == BF_DONE;
		*parked += task->state == BF_PARKED;
		*going += task->state == BF_OPEN || task->state == BF_RUN;
	}
}

static bool join_is_ripe(struct worker *w, const struct job_view *job, const char *shard, const struct listing *look,
	const struct bf_task *join)
{
	unsigned done, parked, going;
	count_pieces(look, join, &done, &parked, &going);
	if (done == bf_job_piece_count(&job->plan))
		return true;
	if (parked && !going) { /* never to be whole */
		struct bf_place place = { w->share, job->plan.id, shard };
		bf_claim_skip(&place, join, NULL);
	}
	return false;
}

static size_t more_below(const struct worker *w)
{
	size_t takers = (size_t)(bf_live_count(w->live, w->config->lease_ms) * w->config->slots);
	return takers < MORE_BELOW ? MORE_BELOW : takers > MORE_BELOW_MAX ? MORE_BELOW_MAX : takers;
}

static bool may_take(struct worker *w, const struct job_view *job, const char *shard, const struct listing *look,
	const struct bf_task *task)
{
	enum bf_move move = bf_look_move(task, listing_whose(w, task));
	if (move != BF_TAKE)
		return move == BF_BREAK;
	if (task->kind == BF_TASK_MORE && look->open >= more_below(w))
		return false;
	if (task->kind == BF_TASK_JOIN && !join_is_ripe(w, job, shard, look, task))
		return false;
	return !task->failures || !failure_leaves_to_others(w, job, task);
}

/* ---- taking it ---- */

static int claim(struct worker *w, struct job_view *job, const char *shard, const struct bf_task *task,
	struct work *out, struct bf_err *err)
{
	struct bf_place place = { w->share, job->plan.id, shard };
	char token[BF_TOKEN_MAX];
	struct bf_task mine;
	worker_token(w, token);
	int result = task->state == BF_OPEN ? bf_claim_take(&place, task, token, &mine, err)
		: bf_claim_break(&place, task, token, &mine, err);
	if (result != 1)
		return result;
	worker_hold(out, job, shard, &mine);
	if (task->state == BF_RUN) {
		char name[BF_TASK_MAX];
		bf_task_name(task, name);
		bf_log(BF_LOG_WARN, "takeover job=%s task=%s of=%s: silent for the lease", job->plan.id, name, task->token);
		bf_fs_unlink(w->share->root, bf_path_private(job->plan.id, task, 0).text, NULL);
		return failure_of_owner(w, out, task);
	}
	return 1;
}

/* Pieces of the first frames, as many as there is anybody to take them, and then by their costs. */
static bool is_enough_to_deal(const struct bf_task *last, const struct bf_task *next, int n, int takers)
{
	return n >= 2 * takers && last->frame != next->frame;
}

/* Who claims ahead leaves the last tasks of a job to machines that would be idle without them. */
static bool is_for_the_idle(struct worker *w, const struct job_view *job, unsigned number, const struct listing *look)
{
	size_t takers = (size_t)(bf_live_count(w->live, w->config->lease_ms) * w->config->slots);
	size_t next, in_next, frames = job->plan.frames.count;
	bf_job_shard_frames(&job->plan, number + 1, &next, &in_next);
	return takers > 1 && look->open + (next < frames ? frames - next : 0) < takers;
}

/* One of the first few that are free, so that not all run for the same name. */
static const struct bf_task *choose(struct worker *w, struct job_view *job, unsigned number,
	const struct listing *look)
{
	struct bf_shard shard = bf_shard_of(number);
	const struct bf_task *window[WINDOW_MAX];
	int alive = bf_live_count(w->live, w->config->lease_ms), n = 0;
	int width = alive < 1 ? 1 : alive > WINDOW_MAX ? WINDOW_MAX : alive;
	if (w->config->slots > width)
		width = w->config->slots;
	if (w->ahead && is_for_the_idle(w, job, number, look))
		return NULL;
	bool deal = pick_piece_has_costs(job);
	for (size_t i = 0; i < look->count && n < (deal ? WINDOW_MAX : width); i++) {
		const struct bf_task *task = &look->entry[i].task;
		if (deal && n && is_enough_to_deal(window[n - 1], task, n, alive * w->config->slots))
			break;
		if (!may_take(w, job, shard.name, look, task))
			continue;
		/* A task that others wait for is not left to chance. */
		if (task->kind == BF_TASK_MORE || (deal && task->kind == BF_TASK_JOIN))
			return task;
		deal &= task->kind == BF_TASK_PIECE;
		window[n++] = task;
	}
	if (n && deal)
		return pick_piece(w, job, look, window, (size_t)n);
	if (n > width)
		n = width;
	return n ? window[(unsigned)random() % (unsigned)n] : NULL;
}

static void learn(struct job_view *job, const char *shard, unsigned number, const struct listing *look)
{
	(void)shard;
	for (size_t i = 0; i < look->count; i++) {
		const struct bf_task *task = &look->entry[i].task;
		if (task->kind == BF_TASK_MORE && task->state == BF_DONE && task->number == job->shards_made
			&& job->shards_made < job->shard_count)
			job->shards_made++;
	}
	job->shard_ended[number] = look->count && !look->open && !look->run;
}

static int pick_in_shard(struct worker *w, struct job_view *job, unsigned number, struct work *out, struct bf_err *err)
{
	struct bf_shard shard = bf_shard_of(number);
	int result = 0;
	for (int i = 0; i < TRIES && result == 0; i++) {
		struct listing look;
		result = listing_take(w, job, shard.name, &look, err);
		if (result != 1)
			return result;
		listing_release_orphans(w, job, shard.name, &look);
		learn(job, shard.name, number, &look);
		w->work_seen |= look.open || look.run;
		const struct bf_task *task = wait_is_crowded(w, job, &look) ? NULL : choose(w, job, number, &look);
		result = task ? claim(w, job, shard.name, task, out, err) : 0;
		if (result == 1)
			out->open_left = look.open - 1;
		bool nothing = !task;
		listing_clear(&look);
		if (result == 1 && wait_gives_way(w, out))
			return 0;
		if (nothing)
			break;
	}
	return result;
}

/* The job has had its last look but no JOB.ended: it is about to be made, or was made and our listing is older than that, or its
 * maker died, or a person removed it to have the job looked at again. Of the latter two another look is right. */
static void look_again(struct worker *w, struct job_view *job, const struct bf_task *finish)
{
	struct bf_place place = { w->share, job->plan.id, BF_SHARD_END };
	int64_t now_ms = bf_sys.now_ms();
	if (!job->done_since_ms)
		job->done_since_ms = now_ms;
	w->work_seen = true;
	if (now_ms - job->done_since_ms < LOOK_AGAIN_MS || now_ms - w->refreshed_ms > LOOK_AGAIN_MS / 2)
		return;
	job->done_since_ms = 0;
	w->refreshed_ms = 0;
	if (jobs_is_marked(w->share, job->plan.id) == 0 && bf_claim_reopen(&place, finish, NULL) == 1)
		bf_log(BF_LOG_INFO, "look again job=%s: it is done but not marked as ended", job->plan.id);
}

/* The last look: taken when every directory was made and nothing in them is open or run. */
static int pick_finish(struct worker *w, struct job_view *job, struct work *out, struct bf_err *err)
{
	struct listing look;
	int result = listing_take(w, job, BF_SHARD_END, &look, err);
	if (result != 1)
		return result;
	const struct bf_task *finish = look.count == 1 ? &look.entry[0].task : NULL;
	bool ripe = job->shards_made == job->shard_count;
	for (unsigned i = 0; i < job->shard_count; i++)
		ripe &= job->shard_ended[i];
	result = 0;
	if (finish && !job->finish_attempt)
		job->finish_attempt = finish->attempt;
	if (finish && finish->attempt != job->finish_attempt) {
		/* Somebody looked and found work, or asked for more. */
		jobs_forget_ended(job);
		job->finish_attempt = finish->attempt;
		w->work_seen |= finish->state != BF_DONE;
	} else if (finish && finish->state == BF_DONE) {
		look_again(w, job, finish);
	} else if (finish) {
		w->work_seen = true;
		listing_release_orphans(w, job, BF_SHARD_END, &look);
		if (ripe && may_take(w, job, BF_SHARD_END, &look, finish))
			result = claim(w, job, BF_SHARD_END, finish, out, err);
	}
	listing_clear(&look);
	return result;
}

/* ---- jobs ---- */

static bool everybody_avoids(struct worker *w, const struct job_view *job)
{
	for (int i = 0; i < w->live->count; i++) {
		char name[BF_NAME_MAX];
		const struct bf_live_agent *agent = &w->live->agent[i];
		if (!agent->listed || agent->silent_ms >= w->config->lease_ms)
			continue;
		bf_id_name(agent->id, name);
		if (!bf_control_avoids(&job->control, name))
			return false;
	}
	return true;
}

/* Reasons that pass by themselves: there may be work behind them. */
static const char after_error[] = "waiting after an error", no_version[] = "Blender has not said its version yet";

static bool lacks_oidn(const struct worker *w, const struct job_view *job)
{
	return job->plan.needs_oidn && w->has_oidn == 0;
}

/* Why this machine takes nothing of the job now, NULL when it may. */
static const char *reason_to_skip(struct worker *w, struct job_view *job)
{
	if (!job->present)
		return "gone";
	if (job->control.cancelled)
		return "cancelled";
	if (job->control.paused)
		return "paused";
	if (job->retry_ms > bf_sys.now_ms())
		return after_error;
	if (!w->board->blender[0])
		return no_version;
	if (!jobs_fits_blender(job, w->board->blender))
		return "planned with another version of Blender";
	if (lacks_oidn(w, job))
		return "needs OpenImageDenoise, which this machine's Blender lacks";
	if (bf_control_avoids(&job->control, w->config->name) && !everybody_avoids(w, job))
		return "this machine stays away from the job (AVOID file)";
	return wait_reason(w, job);
}

static int pick_in_job(struct worker *w, struct job_view *job, struct work *out, struct bf_err *err)
{
	const char *skip = reason_to_skip(w, job);
	if (skip) {
		bf_trace("pick", "skip %s: %s", job->plan.id, skip);
		w->work_seen |= skip == after_error || skip == no_version || (wait_passes(skip) && !w->config->once);
		/* others must not leave to us what we shall never take */
		if (job->present && lacks_oidn(w, job) && !job->control.cancelled && failure_can_step_back(w, job))
			failure_step_back(w, job, skip);
		return 0;
	}
	int result = 0;
	for (unsigned i = 0; i < job->shards_made && result == 0; i++)
		if (!job->shard_ended[i])
			result = pick_in_shard(w, job, i, out, err);
	return result;
}

/* Nobody has anything for us: what others still have in work may be done sooner by us. */
static int pick_duplicate(struct worker *w, struct work *out, struct bf_err *err)
{
	int result = 0;
	if (!w->empty_since_ms)
		w->empty_since_ms = bf_sys.now_ms();
	if (!w->config->duplicates || w->config->once || !w->work_seen)
		return 0;
	for (size_t i = 0; i < w->jobs.count && result == 0; i++)
		if (!reason_to_skip(w, w->jobs.view[i]) && !w->jobs.view[i]->plan.when.max_agents) /* few are enough for those */
			result = duplicate_pick(w, w->jobs.view[i], out, err);
	return result;
}

int pick_next(struct worker *w, struct job_view *only, struct work *out, struct bf_err *err)
{
	int result = 0;
	board_get_live(w->board, w->live);
	if (only)
		return pick_in_job(w, only, out, err);
	w->work_seen = false;
	for (size_t i = 0; i < w->jobs.count && result == 0; i++) {
		struct job_view *job = w->jobs.view[i];
		result = pick_in_job(w, job, out, err);
		if (job->present && job->control.cancelled)
			finish_cancelled(w, job);
		if (result == 0 && !reason_to_skip(w, job))
			result = pick_finish(w, job, out, err);
		if (result < 0) { /* one job's trouble does not stop the others, unless it is the share's */
			job->retry_ms = bf_sys.now_ms() + 5000;
			if (bf_err_is_share_fault(err))
				return -1;
			bf_log(BF_LOG_WARN, "skip job=%s for 5 s: %s", job->plan.id, err->text);
			result = 0;
		}
	}
	if (result == 0 && !w->ahead)
		result = pick_duplicate(w, out, err);
	if (result == 1)
		w->empty_since_ms = 0;
	return result;
}
