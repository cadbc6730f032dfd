#include "agent/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/accept.h"
#include "agent/after.h"
#include "agent/finish.h"
#include "agent/hooks.h"
#include "agent/plan_auto.h"
#include "agent/plan_base.h"
#include "agent/plan_job.h"
#include "agent/plan_source.h"
#include "agent/reject.h"
#include "agent/render.h"
#include "agent/wishes.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"

enum { ATTEMPTS_MAX = 3, VERSION_WAIT_MS = 10000 };

struct planning {
	struct worker *w;
	struct submission *s;
	struct wishes wishes;
	struct plan_source source;
	struct plan_facts facts;
	struct bf_job job, base;  /* base: the one it adds samples to, else empty */
	struct blender_reply *reply;
	struct bf_err why;        /* of a rejection */
};

/* Outcomes of the steps below. */
enum { GOOD = 1, REJECT = 2, LATER = 3 /* give back */, FAILED = 4 /* give back, and count it */, SHARE_ERROR = -1 };

/* This machine cannot; another may be able to, if there is one. */
static int leave_to_others(struct planning *p)
{
	if (bf_live_count(p->w->live, p->w->config->lease_ms) < 2 || p->s->attempt >= ATTEMPTS_MAX)
		return REJECT;
	accept_decline(p->w->accept, p->s->job, p->w->config->lease_ms);
	return FAILED;
}

static int find_file(struct planning *p)
{
	enum plan_source_found found = plan_source_find(p->w, p->s, p->wishes.blend, &p->source, &p->why);
	if (found == PLAN_SOURCE_READY) {
		p->job.size = p->source.size;
		memcpy(p->job.hash, p->source.hash, sizeof p->job.hash);
	}
	switch (found) {
	case PLAN_SOURCE_READY: return GOOD;
	case PLAN_SOURCE_WRONG: return REJECT;
	case PLAN_SOURCE_GONE: return LATER;
	case PLAN_SOURCE_CLOSED: return leave_to_others(p);
	case PLAN_SOURCE_AWAY: break;
	}
	return SHARE_ERROR;
}

/* ---- what Blender says ---- */

/* What ended before it said anything is perhaps no Blender at all. Then the supervisor is about to hear it, and to end us:
 * no file is rejected for that. */
static bool is_blender(struct worker *w)
{
	int64_t until_ms = bf_sys.now_ms() + VERSION_WAIT_MS;
	while (!w->board->blender[0] && !board_stopping(w->board) && bf_sys.now_ms() < until_ms)
		worker_sleep(w, 50);
	return w->board->blender[0] != '\0';
}

static int ask_blender(struct planning *p)
{
	struct blender_open open = RENDER_OPEN(&p->wishes, p->source.local);
	int opened = render_open(p->w, &open, p->reply);
	if (opened < 0)
		return LATER;
	if (opened == 1)
		return GOOD;
	bf_err_set(&p->why, "%s", p->reply->message);
	if (!p->w->blender || !blender_is_alive(p->w->blender) || p->reply->agent_fault)
		render_stop(p->w, 1000);
	if (p->reply->file_fault)
		return REJECT;
	if (!p->reply->agent_fault)
		return FAILED;
	if (!is_blender(p->w))
		return LATER;
	bf_err_set(&p->why, "%.400s. That is for the machine %s to mend; put the file into queue/ again afterwards",
		p->reply->message, p->w->config->name);
	return leave_to_others(p);
}

static int read_base(struct planning *p)
{
	int read = plan_base_read(p->w->share, &p->wishes, &p->job, &p->base, &p->why);
	return read == 0 ? GOOD : bf_err_is_share_fault(&p->why) ? SHARE_ERROR : REJECT;
}

static int make_job(struct planning *p)
{
	time_t now = time(NULL);
	struct tm tm;
	p->facts = (struct plan_facts){ .scene = &p->reply->scene, .wishes = &p->wishes, .dropped = p->s->dropped,
		.blend = p->source.blend, .folder = p->s->folder };
	snprintf(p->job.planner, sizeof p->job.planner, "%s", p->w->id);
	strftime(p->job.created, sizeof p->job.created, "%Y-%m-%d %H:%M:%S", localtime_r(&now, &tm));
	if (plan_job(&p->facts, &p->job, &p->why) < 0)
		return REJECT;
	if (plan_base_check(&p->job, &p->base, &p->why) == 0)
		return GOOD;
	return bf_job_fits_blender(&p->base, p->job.blender) ? REJECT : leave_to_others(p);
}

/* A picture that cannot be measured stays whole: what is wrong with it will be seen when it is rendered. */
static void could_not_measure(struct planning *p, const struct blender_reply *answer)
{
	bf_log(BF_LOG_WARN, "job=%s: not cut into pieces, what it costs could not be measured: %s", p->job.id, answer->message);
	render_stop(p->w, 1000);
}

/* Into pieces, where that is left to us. */
static int cut(struct planning *p)
{
	struct plan_cut_farm farm;
	double own;
	int32_t frame;
	if (!plan_auto_may(&p->facts, &p->job))
		return GOOD;
	plan_auto_farm(p->w, &farm, &own);
	if (!plan_auto_asks(&p->facts, &p->job, &farm, &frame))
		return GOOD;
	struct blender_reply *answer = calloc(1, sizeof *answer);
	if (!answer)
		bf_bug("out of memory");
	int measured = render_measure(p->w, frame, PLAN_AUTO_BUDGET_S, PLAN_AUTO_LEAST_S, answer);
	if (measured == 0)
		could_not_measure(p, answer);
	if (measured == 1) {
		const struct blender_measured *m = &answer->measured;
		plan_auto(m, &farm, own, &p->facts, &p->job);
		bf_log(BF_LOG_INFO, "measured job=%s frame=%d seconds=%.1f bands=%d once=%.1f fixed=%.3f slots=%d speed=%.2f", p->job.id,
			(int)frame, m->whole_s, m->band_count, m->once_s, m->fixed_s, farm.slots, farm.speed);
	}
	free(answer);
	return measured < 0 ? LATER : GOOD;
}

/* ---- writing it down ---- */

/* What a former owner left beside source/ and the wishes. */
static int sweep(struct planning *p)
{
	struct bf_names names = {0};
	int root = p->w->share->root, result = bf_fs_list(root, bf_path_incoming(p->s->entry).text, &names, &p->why) == 1 ? 0 : -1;
	for (size_t i = 0; i < names.count && result == 0; i++)
		if (strcmp(names.item[i].text, "source") && strcmp(names.item[i].text, "submit.ini")
			&& strcmp(names.item[i].text, "submit.job"))
			result = bf_fs_remove_tree(root, bf_path_incoming_in(p->s->entry, names.item[i].text).text, &p->why);
	bf_names_clear(&names);
	return result;
}

static int copy_base(struct planning *p)
{
	int copied = plan_base_copy(p->w, &p->job, &p->base, bf_path_incoming_in(p->s->entry, BF_BASE).text, &p->why);
	return copied > 0 ? LATER : copied == 0 ? GOOD : p->why.sys ? SHARE_ERROR : REJECT;
}

static int write_down(struct planning *p)
{
	static const char *const dirs[] = { "tasks", ("tasks/" BF_SHARD_END), "pieces", "journal", "logs" };
	int root = p->w->share->root, copied = copy_base(p);
	struct bf_task finish = bf_task_open(BF_TASK_FINISH, 0, 0);
	char name[BF_FILE_MAX];
	if (copied != GOOD)
		return copied;
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		if (bf_fs_mkdir(root, bf_path_incoming_in(p->s->entry, dirs[i]).text, &p->why) < 0)
			return SHARE_ERROR;
	bf_task_format(&finish, name);
	struct bf_path end = bf_path_of("%s/%s", bf_path_incoming_in(p->s->entry, "tasks/" BF_SHARD_END).text, name);
	if (bf_fs_create(root, end.text, "", 0, &p->why) < 0
		|| finish_write_shard(p->w->share, bf_path_incoming_in(p->s->entry, "tasks/000").text, &p->job, 0, &p->why) < 0)
		return SHARE_ERROR;
	int appeared = submission_appear(p->w, p->s, &p->job, &p->why);
	return appeared == 1 ? GOOD : appeared == 0 ? LATER : SHARE_ERROR;
}

static int plan_steps(struct planning *p)
{
	int result = GOOD;
	if (p->s->attempt > ATTEMPTS_MAX) {
		bf_err_set(&p->why, "%d tries to open this file ended badly: Blender, or the machine it ran on, did not survive"
			" them. Does it open in Blender itself?", ATTEMPTS_MAX);
		return REJECT;
	}
	if (p->s->taken_over && sweep(p) < 0)
		return SHARE_ERROR;
	if (wishes_read(p->w->share, bf_path_incoming(p->s->entry).text, &p->wishes, &p->why) < 0)
		return bf_err_is_share_fault(&p->why) ? SHARE_ERROR : REJECT;
	if (after_resolve(p->w, &p->wishes.when, &p->why) < 0)
		return bf_err_is_share_fault(&p->why) ? SHARE_ERROR : REJECT;
	if ((result = find_file(p)) == GOOD && (result = read_base(p)) == GOOD && (result = ask_blender(p)) == GOOD
		&& (result = make_job(p)) == GOOD && (result = cut(p)) == GOOD)
		result = write_down(p);
	return result;
}

static void announce(struct planning *p)
{
	const struct bf_job *job = &p->job;
	bf_log(BF_LOG_INFO, "accept job=%s frames=%zu size=%dx%d pieces=%u format=%s", job->id, job->frames.count,
		job->width, job->height, bf_job_piece_count(job), p->reply->scene.format);
	for (int i = 0; i < job->warning_count; i++)
		bf_log(BF_LOG_WARN, "job=%s: %s", job->id, job->warning[i]);
	/* Blender has it open already; a folder has moved meanwhile */
	if (!job->folder[0] && p->w->blender)
		snprintf(p->w->opened, sizeof p->w->opened, "%s", job->id);
	p->w->pace_s = 0;
	p->w->refreshed_ms = 0;
	struct hook_note note = { .event = HOOK_JOB_START };
	snprintf(note.job, sizeof note.job, "%s", job->id);
	hooks_tell(p->w->board->hooks_fd, &note);
}

int plan_submission(struct worker *w, struct submission *submission, struct bf_err *err)
{
	struct planning *p = calloc(1, sizeof *p);
	if (!p || !(p->reply = calloc(1, sizeof *p->reply)))
		bf_bug("out of memory");
	p->w = w;
	p->s = submission;
	snprintf(w->view.job, sizeof w->view.job, "%s", submission->job);
	snprintf(w->view.task, sizeof w->view.task, "plan");
	w->view.state = BF_SLOT_PLANNING;
	board_show(w->board, w->slot, &w->view);
	int result = plan_steps(p);
	if (result == GOOD) {
		announce(p);
		result = 1;
	} else if (result == REJECT) {
		result = reject_submission(w, submission, p->why.text, err) < 0 ? -1 : 1;
	} else if (result == LATER || result == FAILED) {
		bf_log(BF_LOG_INFO, "give back %s: %s", submission->entry, p->why.text[0] ? p->why.text : "stopping");
		(result == FAILED ? submission_fail : submission_give_back)(w, submission);
		result = 0;
	} else {
		*err = p->why;
	}
	wishes_clear(&p->wishes);
	bf_job_clear(&p->job);
	bf_job_clear(&p->base);
	free(p->reply);
	free(p);
	return result;
}
