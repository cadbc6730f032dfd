#include "agent/failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/duplicate.h"
#include "agent/hooks.h"
#include "agent/publish.h"
#include "agent/record.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/card.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

enum {
	MACHINES_MAX = 32,
	FAILURES_IN_ROW = 5,    /* then this machine steps back from the job */
	OWNERS_LOST_MAX = 5,    /* then the task is parked: it may be what kills the machines */
};

/* ---- who failed at it ---- */

struct record {
	int failed_count, lost_count;
	char failed[MACHINES_MAX][BF_NAME_MAX]; /* different machines */
};

/* "TASK.ATTEMPT.MACHINE.log" of this task → the machine. */
static bool parse_log_name(const char *name, const char *task, const char *ending, char machine[BF_NAME_MAX])
{
	size_t task_len = strlen(task), len = strlen(name), tail = strlen(ending);
	if (len <= task_len + tail || strncmp(name, task, task_len) || name[task_len] != '.'
		|| strcmp(name + len - tail, ending))
		return false;
	const char *attempt = name + task_len + 1;
	size_t digits = strspn(attempt, "0123456789");
	if (!digits || attempt[digits] != '.')
		return false;
	const char *start = attempt + digits + 1;
	size_t width = (size_t)(name + len - tail - start);
	if (start + width != name + len - tail || width == 0 || width >= BF_NAME_MAX)
		return false;
	memcpy(machine, start, width);
	machine[width] = '\0';
	return true;
}

static void add_machine(struct record *record, const char *machine)
{
	for (int i = 0; i < record->failed_count; i++)
		if (!strcmp(record->failed[i], machine))
			return;
	if (record->failed_count < MACHINES_MAX)
		snprintf(record->failed[record->failed_count++], BF_NAME_MAX, "%s", machine);
}

static void read_record(struct worker *w, const struct job_view *job, const struct bf_task *task, struct record *record)
{
	char name[BF_TASK_MAX], machine[BF_NAME_MAX];
	struct bf_names names = {0};
	memset(record, 0, sizeof *record);
	bf_task_name(task, name);
	bf_fs_list(w->share->root, bf_path_in_job(job->plan.id, "logs").text, &names, NULL);
	for (size_t i = 0; i < names.count; i++) {
		if (parse_log_name(names.item[i].text, name, ".log", machine))
			add_machine(record, machine);
		else if (parse_log_name(names.item[i].text, name, ".lost", machine))
			record->lost_count++;
	}
	bf_names_clear(&names);
}

static bool is_resting(const struct bf_card *card)
{
	int resting = 0;
	for (int i = 0; i < card->slot_count; i++)
		resting += card->slot[i].state == BF_SLOT_PAUSED;
	return resting && resting == card->slot_count;
}

/* Would an agent take the job, as its card tells of its Blender, its tags and whether it rests? For all we know, when it cannot be read just now. */
static bool is_for_agent(struct worker *w, const struct job_view *job, const struct bf_names *cards, const char *id)
{
	struct bf_card *card = calloc(1, sizeof *card);
	unsigned long beat;
	bool suits = true;
	if (card && bf_live_listed_card(cards, id, &beat) && bf_card_read(w->share, id, beat, card, NULL) == 1)
		suits = !is_resting(card) && jobs_fits_blender(job, card->blender) && bf_tags_cover(card->tags, job->plan.when.tags);
	free(card);
	return suits;
}

/* Is there a living machine that could take a task of the job: that has not failed at it, does not stay away from the job,
 * is not at rest, and has the Blender and the tags for it? One that never would must not be waited for. */
static bool somebody_else_could(struct worker *w, const struct job_view *job, const struct record *record)
{
	struct bf_names cards = {0};
	bool found = false;
	for (int i = 0; i < w->live->count && !found; i++) {
		const struct bf_live_agent *agent = &w->live->agent[i];
		char name[BF_NAME_MAX];
		bool failed = false;
		if (!agent->listed || agent->silent_ms >= w->config->lease_ms)
			continue;
		bf_id_name(agent->id, name);
		if (!strcmp(name, w->config->name) || bf_control_avoids(&job->control, name))
			continue;
		for (int j = 0; j < record->failed_count; j++)
			failed |= !strcmp(record->failed[j], name);
		if (failed)
			continue;
		if (!cards.count)
			bf_fs_list(w->share->root, BF_AGENTS, &cards, NULL);
		found = is_for_agent(w, job, &cards, agent->id);
	}
	bf_names_clear(&cards);
	return found;
}

bool failure_leaves_to_others(struct worker *w, const struct job_view *job, const struct bf_task *task)
{
	struct record record;
	read_record(w, job, task, &record);
	bool we_failed = false;
	for (int i = 0; i < record.failed_count; i++)
		we_failed |= !strcmp(record.failed[i], w->config->name);
	return we_failed && somebody_else_could(w, job, &record);
}

/* ---- a failed attempt ---- */

/* Parked when three different machines have failed, or three attempts have and nobody is left to try. */
static bool is_last_failure(struct worker *w, const struct work *work)
{
	struct record record;
	read_record(w, work->job, &work->task, &record); /* our own log is among them by now */
	add_machine(&record, w->config->name);
	if (record.failed_count >= w->config->failures)
		return true;
	return (int)work->task.failures + 1 >= w->config->failures && !somebody_else_could(w, work->job, &record);
}

void failure_step_back(struct worker *w, struct job_view *job, const char *why)
{
	struct bf_err err;
	bf_log(BF_LOG_WARN, "avoid job=%s: %s", job->plan.id, why);
	if (bf_control_avoid(w->share, job->plan.id, w->config->name, why, &err) < 0)
		bf_log(BF_LOG_WARN, "avoid job=%s: %s", job->plan.id, err.text);
	if (job->control.avoid_count < BF_AVOID_MAX) /* as the next look will find it */
		snprintf(job->control.avoid[job->control.avoid_count++], BF_NAME_MAX, "%s", w->config->name);
	job->failures_in_row = 0;
}

bool failure_can_step_back(struct worker *w, const struct job_view *job)
{
	struct record nobody = {0};
	return !bf_control_avoids(&job->control, w->config->name) && somebody_else_could(w, job, &nobody);
}

static void step_back_if_failing(struct worker *w, struct job_view *job, const char *why)
{
	char text[BF_TEXT_MAX];
	if (++job->failures_in_row < FAILURES_IN_ROW || !failure_can_step_back(w, job))
		return;
	snprintf(text, sizeof text, "%d tasks in a row failed here, the last: %.180s", job->failures_in_row, why);
	failure_step_back(w, job, text);
}

/* The log first, then the step: names in logs/ are what the next one goes by. Returns 0 / -1. */
static int fail_or_park(struct worker *w, const struct work *work, const char *why, const struct bf_buf *log,
	bool *parked_out, struct bf_err *err)
{
	struct bf_place place = worker_place(w, work);
	if (record_log(w, work, "log", why, log, err) < 0)
		return -1;
	*parked_out = is_last_failure(w, work);
	int stepped = (*parked_out ? bf_claim_park : bf_claim_fail)(&place, &work->task, err);
	*parked_out &= stepped == 1; /* it may be somebody else's by now, or done */
	return stepped < 0 ? -1 : 0;
}

static void tell_hook(struct worker *w, const struct work *work, const char *why, bool given_up)
{
	struct hook_note note = { .event = HOOK_TASK_FAILED, .given_up = given_up };
	snprintf(note.job, sizeof note.job, "%s", work->job->plan.id);
	bf_task_name(&work->task, note.task);
	snprintf(note.why, sizeof note.why, "%s", why);
	snprintf(note.log, sizeof note.log, "%s", bf_path_failure_log(note.job, &work->task, w->config->name, "log").text);
	hooks_tell(w->board->hooks_fd, &note);
}

void failure_of_task(struct worker *w, struct work *work, const char *why, const struct bf_buf *log)
{
	char name[BF_TASK_MAX];
	struct bf_err err;
	bool parked = false;
	if (work->of[0]) {
		duplicate_drop(w, work, why, true);
		return;
	}
	bf_task_name(&work->task, name);
	worker_share_begin(w);
	while (fail_or_park(w, work, why, log, &parked, &err) < 0)
		if (worker_job_is_gone(w, work, &err) || !worker_wait_for_share(w, &err))
			break;
	bf_log(BF_LOG_WARN, "%s job=%s task=%s attempt=%u: %s", parked ? "park" : "fail", work->job->plan.id, name,
		work->task.attempt, why);
	record_work(w, work, &work->task, parked ? "parked" : "failed", why);
	tell_hook(w, work, why, parked);
	if (parked)
		publish_remove_placeholder(w->share, &work->job->plan, &work->task, NULL); /* if not, the last look does */
	if (parked || w->config->once)
		atomic_store(&w->board->failed, true);
	step_back_if_failing(w, work->job, why);
	snprintf(w->view.note, sizeof w->view.note, "%s failed: %.100s", name, why);
	worker_share_end(w);
	worker_drop(work);
	w->ended++;
}

void failure_of_machine(struct worker *w, struct work *work, const char *why, const struct bf_buf *log)
{
	if (work->of[0] || !failure_can_step_back(w, work->job)) {
		failure_of_task(w, work, why, log);
		return;
	}
	failure_step_back(w, work->job, why);
	snprintf(w->view.note, sizeof w->view.note, "%.150s", why);
	worker_release(w, work, why);
}

bool failure_of_owner(struct worker *w, struct work *work, const struct bf_task *broken)
{
	struct bf_token token = {0};
	struct bf_err err;
	char owner[BF_NAME_MAX] = "?", why[256];
	if (bf_token_parse(broken->token, &token) == 0)
		bf_id_name(token.id, owner);
	struct bf_path path = bf_path_failure_log(work->job->plan.id, broken, owner, "lost");
	int n = snprintf(why, sizeof why, "%s fell silent while it worked on this; taken over by %s\n", token.id, w->id);
	if (bf_fs_rewrite(w->share->root, path.text, why, (size_t)n, &err) < 0)
		bf_log(BF_LOG_DEBUG, "lost %s", err.text);
	record_task(w, work->job->plan.id, broken, "broken", NULL);
	struct record record;
	read_record(w, work->job, &work->task, &record);
	if (record.lost_count <= OWNERS_LOST_MAX)
		return true;
	snprintf(why, sizeof why, "%d machines in a row fell silent while they worked on this: it may be what stops them",
		record.lost_count);
	struct bf_place place = worker_place(w, work);
	if (record_log(w, work, "log", why, NULL, &err) == 0 && bf_claim_park(&place, &work->task, &err) >= 0) {
		bf_log(BF_LOG_WARN, "park job=%s: %s", work->job->plan.id, why);
		record_work(w, work, &work->task, "parked", why);
	}
	worker_drop(work);
	return false;
}

void failure_none(struct work *work)
{
	work->job->failures_in_row = 0;
}
