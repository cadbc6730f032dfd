#include "tools/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "share-layout/path.h"
#include "tools/report_line.h"

enum {
	ENDED_SHOWN = 10,  /* of the jobs that are done: the newest */
	FAILED_SHOWN = 5,  /* of the failed tasks of each job, when all jobs are shown */
	ROWS_SHOWN = 20,   /* of rejected and of queued names */
	BAR_WIDTH = 20,
};

/* ---- small things ---- */

static const char *plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

/* Two units at most: nobody plans with the seconds of a day. */
static void duration(double seconds, char *out, size_t size)
{
	int64_t s = seconds < 0 ? 0 : seconds > 1e9 ? 1000000000 : (int64_t)(seconds + 0.5);
	if (s < 100)
		snprintf(out, size, "%d s", (int)s);
	else if (s < 3600)
		snprintf(out, size, "%d min %02d s", (int)(s / 60), (int)(s % 60));
	else if (s < 48 * 3600)
		snprintf(out, size, "%d h %02d min", (int)(s / 3600), (int)(s / 60 % 60));
	else
		snprintf(out, size, "%d d %d h", (int)(s / 86400), (int)(s / 3600 % 24));
}

static enum paint job_paint(enum bf_job_state state)
{
	switch (state) {
	case BF_JOB_RUNNING:   return PAINT_BUSY;
	case BF_JOB_DONE:      return PAINT_GOOD;
	case BF_JOB_FAILED:    return PAINT_BAD;
	case BF_JOB_PAUSED:
	case BF_JOB_CANCELLED: return PAINT_WARN;
	case BF_JOB_PLANNING:
	case BF_JOB_WAITING:   break;
	}
	return PAINT_PLAIN;
}

/* Rounded down, so that 100 % means all of them. */
static int percent_of(const struct bf_count *count)
{
	return count->total > 0 ? (int)(count->done * 100 / count->total) : 0;
}

static void bar(const struct bf_count *count, char out[BAR_WIDTH + 3])
{
	int64_t full = count->total > 0 ? count->done * BAR_WIDTH / count->total : 0;
	int64_t busy = count->total > 0 ? (count->done + count->running) * BAR_WIDTH / count->total : 0;
	out[0] = '[';
	for (int i = 0; i < BAR_WIDTH; i++)
		out[i + 1] = i < full ? '#' : i < busy ? '+' : '.';
	out[BAR_WIDTH + 1] = ']';
	out[BAR_WIDTH + 2] = '\0';
}

/* ---- agents ---- */

static int busyness(enum bf_slot_state state)
{
	static const int rank[] = { [BF_SLOT_IDLE] = 0, [BF_SLOT_PAUSED] = 1, [BF_SLOT_STOPPING] = 2, [BF_SLOT_PLANNING] = 3,
		[BF_SLOT_STUCK] = 4, [BF_SLOT_RENDERING] = 5 };
	return rank[state];
}

const struct bf_slot *report_busiest(const struct bf_scan_agent *agent)
{
	const struct bf_slot *busiest = NULL;
	for (int i = 0; i < agent->card.slot_count; i++)
		if (!busiest || busyness(agent->card.slot[i].state) > busyness(busiest->state))
			busiest = &agent->card.slot[i];
	return busiest;
}

const char *report_agent_state(const struct bf_scan_agent *agent)
{
	const struct bf_slot *slot = report_busiest(agent);
	if (agent->lost)
		return "lost";
	if (!slot)
		return "idle";
	/* whoever reads the agents' state knows no slots, and a stuck one was rendering */
	return bf_slot_state_name(slot->state == BF_SLOT_STUCK ? BF_SLOT_RENDERING : slot->state);
}

static enum paint slot_paint(enum bf_slot_state state)
{
	return state == BF_SLOT_RENDERING || state == BF_SLOT_PLANNING ? PAINT_BUSY : state == BF_SLOT_STUCK ? PAINT_BAD
		: state == BF_SLOT_IDLE ? PAINT_DIM : PAINT_WARN;
}

static void write_work(struct pen *pen, const struct bf_slot *slot, bool name_job)
{
	char time[32];
	if (name_job)
		line_item(pen, PAINT_PLAIN, "%s", slot->job);
	if (slot->task[0])
		line_item(pen, PAINT_PLAIN, "%s", slot->task);
	if (slot->percent >= 0 && slot->task[0])
		line_item(pen, PAINT_PLAIN, "%d %%", slot->percent);
	if (slot->samples)
		line_item(pen, PAINT_PLAIN, "%d/%d samples", slot->sample, slot->samples);
	duration((double)slot->seconds, time, sizeof time);
	line_item(pen, PAINT_PLAIN, "%s", time);
}

static void write_slot(struct pen *pen, const struct bf_slot *slot, bool name_job)
{
	line_cell(pen, slot_paint(slot->state), 9, bf_slot_state_name(slot->state));
	if (slot->job[0])
		write_work(pen, slot, name_job);
	if (slot->device[0])
		line_item(pen, PAINT_DIM, "%s", slot->device);
	if (slot->mem_mb)
		line_item(pen, PAINT_DIM, "%d MB", slot->mem_mb);
	if (slot->note[0])
		line_item(pen, slot->state == BF_SLOT_STUCK ? PAINT_BAD : PAINT_DIM, "%s", slot->note);
}

static void write_silence(struct pen *pen, const struct bf_scan_agent *agent)
{
	char time[32];
	int64_t beat_ms = agent->card_ok && agent->card.beat_ms ? agent->card.beat_ms : 10000;
	duration(agent->seen_s, time, sizeof time);
	if (agent->lost)
		line_item(pen, PAINT_BAD, "silent for %s", time);
	else if (agent->seen_s * 1000 >= 2.0 * (double)beat_ms) /* less is how far apart its beats are */
		line_item(pen, PAINT_WARN, "silent for %s", time);
}

/* Two agents on one machine are told apart by their ids. */
static const char *agent_label(const struct bf_scan *scan, const struct bf_scan_agent *agent)
{
	for (size_t i = 0; i < scan->agent_count; i++)
		if (&scan->agent[i] != agent && !strcmp(scan->agent[i].name, agent->name))
			return agent->id;
	return agent->name;
}

static void write_agent(struct pen *pen, const struct bf_scan *scan, const struct bf_scan_agent *agent, int width,
	const struct bf_scan_job *only)
{
	const char *label = agent_label(scan, agent);
	bool said = false;
	for (int i = 0; i < agent->card.slot_count && !agent->lost; i++) {
		const struct bf_slot *slot = &agent->card.slot[i];
		if (only && strcmp(slot->job, only->plan.id))
			continue;
		line_start(pen, 2);
		line_cell(pen, PAINT_PLAIN, width, said ? "" : label);
		write_slot(pen, slot, !only);
		if (!said)
			write_silence(pen, agent);
		line_end(pen);
		said = true;
	}
	if (said || only)
		return;
	line_start(pen, 2);
	line_cell(pen, PAINT_PLAIN, width, label);
	line_cell(pen, agent->lost ? PAINT_BAD : PAINT_PLAIN, 9, report_agent_state(agent));
	write_silence(pen, agent);
	if (agent->card.note[0])
		line_item(pen, PAINT_DIM, "%s", agent->card.note);
	line_end(pen);
}

static bool works_at(const struct bf_scan_agent *agent, const struct bf_scan_job *job)
{
	for (int i = 0; i < agent->card.slot_count; i++)
		if (!strcmp(agent->card.slot[i].job, job->plan.id))
			return !agent->lost;
	return false;
}

static void write_agents(struct pen *pen, const struct bf_scan *scan, const struct bf_scan_job *only)
{
	enum { WIDEST = 20 };
	int width = 0;
	size_t shown = 0;
	for (size_t i = 0; i < scan->agent_count; i++) {
		int columns = line_columns(agent_label(scan, &scan->agent[i]));
		width = columns > width ? columns < WIDEST ? columns : WIDEST : width;
		shown += !only || works_at(&scan->agent[i], only);
	}
	if (!shown)
		return;
	line_text(pen, 0, PAINT_TITLE, "agents");
	for (size_t i = 0; i < scan->agent_count; i++)
		write_agent(pen, scan, &scan->agent[i], width, only);
}

/* ---- jobs ---- */

static bool anybody_alive(const struct bf_scan *scan)
{
	for (size_t i = 0; i < scan->agent_count; i++)
		if (!scan->agent[i].lost)
			return true;
	return false;
}

static int64_t lost_claims(const struct bf_scan_job *job)
{
	int64_t count = 0;
	for (size_t i = 0; i < job->running_count; i++)
		count += job->running[i].lost;
	return count;
}

bool report_warning(const struct bf_scan *scan, const struct bf_scan_job *job, int number, struct bf_buf *out)
{
	bf_buf_reset(out);
	if (job->error[0] && number-- == 0) {
		bf_buf_puts(out, job->error);
		return true;
	}
	if (number < job->plan.warning_count) {
		bf_buf_puts(out, job->plan.warning[number]);
		return true;
	}
	number -= job->plan.warning_count;
	if (number < job->avoid_count) {
		bf_buf_printf(out, "%s stays away from this job, see %s/AVOID.%s.txt", job->avoid[number],
			bf_path_job(job->plan.id).text, job->avoid[number]);
		return true;
	}
	number -= job->avoid_count;
	int64_t lost = lost_claims(job);
	if (lost && number-- == 0) {
		bf_buf_printf(out, "%" PRId64 " task%s held by an agent that is lost; others take over", lost,
			lost == 1 ? " is" : "s are");
		return true;
	}
	if (!bf_scan_ended(job) && !anybody_alive(scan) && number-- == 0) {
		bf_buf_puts(out, "no agent is alive to work at it");
		return true;
	}
	return false;
}

static void write_count(struct pen *pen, const struct bf_count *count, const char *what)
{
	line_item(pen, PAINT_PLAIN, "%" PRId64 "/%" PRId64 " %s", count->done, count->total, what);
}

static void write_parts(struct pen *pen, const struct bf_count *count)
{
	if (count->running)
		line_item(pen, PAINT_BUSY, "%" PRId64 " running", count->running);
	if (count->failed)
		line_item(pen, PAINT_BAD, "%" PRId64 " failed", count->failed);
	if (count->waiting)
		line_item(pen, PAINT_PLAIN, "%" PRId64 " waiting", count->waiting);
}

static void write_progress(struct pen *pen, const struct bf_scan_job *job)
{
	char text[BAR_WIDTH + 3], time[32];
	const struct bf_count *work = &job->tasks; /* pieces move a bar that whole frames leave standing */
	bar(work, text);
	line_start(pen, 2);
	line_item(pen, PAINT_PLAIN, "%s %3d%%", text, percent_of(work));
	write_count(pen, &job->frames, "frames");
	write_parts(pen, &job->frames);
	if (job->eta_s >= 0) {
		duration(job->eta_s, time, sizeof time);
		line_item(pen, PAINT_PLAIN, "ETA %s", time);
	}
	line_end(pen);
	if (bf_job_in_pieces(&job->plan)) {
		line_start(pen, 2);
		write_count(pen, work, "pieces and joins");
		write_parts(pen, work);
		line_end(pen);
	}
}

static void write_failed(struct pen *pen, const struct bf_scan_job *job, size_t most)
{
	size_t shown = job->failed_count < most ? job->failed_count : most;
	for (size_t i = 0; i < shown; i++) {
		const struct bf_scan_failed *failed = &job->failed[i];
		char name[BF_TASK_MAX];
		bf_task_name(&failed->task, name);
		line_start(pen, 2);
		line_item(pen, PAINT_BAD, "failed %s", name);
		if (failed->task.failures)
			line_item(pen, PAINT_PLAIN, "%u time%s", failed->task.failures, plural(failed->task.failures));
		if (failed->machine[0])
			line_item(pen, PAINT_PLAIN, "last on %s", failed->machine);
		if (failed->why[0])
			line_item(pen, PAINT_PLAIN, "%s", failed->why);
		else if (failed->task.kind == BF_TASK_JOIN)
			line_item(pen, PAINT_PLAIN, "a piece of it failed");
		line_end(pen);
	}
	if (job->failed_count > shown)
		line_text(pen, 2, PAINT_BAD, "… and %zu more failed tasks", job->failed_count - shown);
}

static void write_job(struct pen *pen, const struct bf_scan *scan, const struct bf_scan_job *job, size_t most_failed)
{
	struct bf_buf warning = {0};
	line_start(pen, 0);
	line_item(pen, PAINT_TITLE, "%s", job->plan.id);
	line_item(pen, job_paint(job->state), "%s", bf_job_state_name(job->state));
	if (job->priority)
		line_item(pen, PAINT_PLAIN, "priority %d", job->priority);
	line_end(pen);
	if (job->plan_ok) {
		write_progress(pen, job);
		line_text(pen, 2, PAINT_DIM, "%s", bf_path_output(job->plan.id).text);
	}
	for (int i = 0; report_warning(scan, job, i, &warning); i++)
		line_text(pen, 2, PAINT_WARN, "warning: %s", bf_buf_text(&warning));
	write_failed(pen, job, most_failed);
	bf_buf_clear(&warning);
}

/* A job that ended well needs one line. */
static void write_done_job(struct pen *pen, const struct bf_scan_job *job)
{
	line_start(pen, 0);
	line_item(pen, PAINT_PLAIN, "%s", job->plan.id);
	line_item(pen, PAINT_GOOD, "%s", bf_job_state_name(job->state));
	write_count(pen, &job->frames, "frames");
	line_item(pen, PAINT_DIM, "%s", bf_path_output(job->plan.id).text);
	line_end(pen);
}

static void write_jobs(struct pen *pen, const struct bf_scan *scan)
{
	size_t done = 0, hidden;
	for (size_t i = 0; i < scan->job_count; i++)
		done += scan->job[i].state == BF_JOB_DONE;
	hidden = done > ENDED_SHOWN ? done - ENDED_SHOWN : 0;
	if (hidden)
		line_text(pen, 0, PAINT_DIM, "(%zu older jobs are done and not shown)", hidden);
	for (size_t i = 0; i < scan->job_count; i++) {
		const struct bf_scan_job *job = &scan->job[i];
		if (job->state != BF_JOB_DONE)
			write_job(pen, scan, job, FAILED_SHOWN);
		else if (hidden)
			hidden--;
		else
			write_done_job(pen, job);
	}
}

static void write_machines(struct pen *pen, const struct bf_scan_job *job)
{
	int width = 0;
	for (size_t i = 0; i < job->machine_count; i++)
		if (line_columns(job->machine[i].name) > width)
			width = line_columns(job->machine[i].name);
	if (job->machine_count)
		line_text(pen, 0, PAINT_TITLE, "machines");
	for (size_t i = 0; i < job->machine_count; i++) {
		const struct bf_scan_machine *machine = &job->machine[i];
		line_start(pen, 2);
		line_cell(pen, PAINT_PLAIN, width, machine->name);
		line_item(pen, PAINT_PLAIN, "%6" PRId64 " task%s", machine->tasks, plural(machine->tasks));
		if (machine->seconds_per_task > 0) {
			double deviation = (machine->seconds_per_task / job->seconds_per_task - 1) * 100;
			line_item(pen, PAINT_PLAIN, "%8.1f s each", machine->seconds_per_task);
			line_item(pen, PAINT_PLAIN, "%+4.0f %% of the mean", deviation);
		}
		line_end(pen);
	}
}

/* ---- the rest ---- */

static void write_rejected(struct pen *pen, const struct bf_scan *scan)
{
	if (scan->rejected_count)
		line_text(pen, 0, PAINT_TITLE, "rejected, see " BF_REJECTED "/");
	for (size_t i = 0; i < scan->rejected_count && i < ROWS_SHOWN; i++) {
		line_start(pen, 2);
		line_item(pen, PAINT_BAD, "%s:", scan->rejected[i].name);
		line_item(pen, PAINT_PLAIN, "%s", scan->rejected[i].why[0] ? scan->rejected[i].why : "(no reason given)");
		line_end(pen);
	}
	if (scan->rejected_count > ROWS_SHOWN)
		line_text(pen, 2, PAINT_DIM, "… and %zu more", scan->rejected_count - ROWS_SHOWN);
}

static void write_queued(struct pen *pen, const struct bf_scan *scan)
{
	if (scan->queued_count)
		line_text(pen, 0, PAINT_TITLE, "queued");
	for (size_t i = 0; i < scan->queued_count && i < ROWS_SHOWN; i++) {
		line_start(pen, 2);
		line_item(pen, PAINT_PLAIN, "%s", scan->queued[i].name);
		if (scan->queued[i].held)
			line_item(pen, PAINT_WARN, "held back by its .suspend file");
		line_end(pen);
	}
	if (scan->queued_count > ROWS_SHOWN)
		line_text(pen, 2, PAINT_DIM, "… and %zu more", scan->queued_count - ROWS_SHOWN);
}

static void write_head(struct pen *pen, const struct bf_scan *scan, const char *share_path)
{
	size_t lost = 0;
	for (size_t i = 0; i < scan->agent_count; i++)
		lost += scan->agent[i].lost;
	line_start(pen, 0);
	line_item(pen, PAINT_TITLE, "%s", share_path);
	line_item(pen, PAINT_PLAIN, "%zu job%s", scan->job_count, plural((int64_t)scan->job_count));
	line_item(pen, PAINT_PLAIN, "%zu agent%s", scan->agent_count - lost, plural((int64_t)(scan->agent_count - lost)));
	if (lost)
		line_item(pen, PAINT_BAD, "%zu lost", lost);
	line_end(pen);
	if (!scan->job_count && !scan->queued_count)
		line_text(pen, 0, PAINT_PLAIN, "nothing to do: copy a .blend file into %s/" BF_QUEUE, share_path);
	if (scan->agent_count == lost && (scan->job_count || scan->queued_count))
		line_text(pen, 0, PAINT_WARN, "no agent is alive: start one with bfagent --share %s", share_path);
}

void report_text(const struct bf_scan *scan, const char *share_path, const struct bf_scan_job *only,
	const struct report_style *style, struct bf_buf *out)
{
	struct pen pen = { .out = out, .columns = style->columns, .color = style->color };
	if (only) {
		write_job(&pen, scan, only, BF_SCAN_REASONS_MAX);
		write_machines(&pen, only);
		write_agents(&pen, scan, only);
		return;
	}
	write_head(&pen, scan, share_path);
	write_jobs(&pen, scan);
	write_agents(&pen, scan, NULL);
	write_rejected(&pen, scan);
	write_queued(&pen, scan);
}
