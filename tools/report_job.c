/* The report's lines about jobs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/path.h"
#include "tools/report_private.h"

enum {
	ENDED_SHOWN = 10,  /* of the jobs that are done: the newest */
	FAILED_SHOWN = 5,  /* of the failed tasks of each job, when all jobs are shown */
	BAR_WIDTH = 20,
};

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

double report_frames_per_s(const struct bf_scan_job *job)
{
	return job->tasks.total > 0 ? job->eta.tasks_per_s * (double)job->frames.total / (double)job->tasks.total : 0;
}

static void write_rate(struct pen *pen, const struct bf_scan_job *job)
{
	static const struct { double seconds; const char *name; } unit[] = { { 1, "s" }, { 60, "min" }, { 3600, "h" },
		{ 86400, "day" } };
	double per_s = report_frames_per_s(job);
	size_t i = 0;
	if (per_s <= 0 || job->eta.s < 0)
		return;
	while (i + 1 < sizeof unit / sizeof *unit && per_s * unit[i].seconds < 1)
		i++;
	line_item(pen, PAINT_PLAIN, "%.1f frames/%s", per_s * unit[i].seconds, unit[i].name);
}

/* How sure it is, too. One task tells how long such a thing takes, two how they differ. */
static void write_eta(struct pen *pen, const struct bf_scan_job *job)
{
	const struct bf_scan_eta *eta = &job->eta;
	char time[32], least[32], most[32];
	if (eta->s < 0)
		return;
	report_about(eta->s, time, sizeof time);
	report_about(eta->least_s, least, sizeof least);
	report_about(eta->most_s, most, sizeof most);
	line_item(pen, PAINT_PLAIN, "ETA %s %s", eta->least_s < 0 ? "roughly" : "about", time);
	if (eta->least_s >= 0 && strcmp(least, most))
		line_item(pen, PAINT_PLAIN, "(%s to %s)", least, most);
}

static void write_progress(struct pen *pen, const struct bf_scan_job *job)
{
	char text[BAR_WIDTH + 3];
	const struct bf_count *work = &job->tasks; /* pieces move a bar that whole frames leave standing */
	bar(work, text);
	line_start(pen, 2);
	line_item(pen, PAINT_PLAIN, "%s %3d%%", text, percent_of(work));
	write_count(pen, &job->frames, "frames");
	write_parts(pen, &job->frames);
	write_rate(pen, job);
	write_eta(pen, job);
	line_end(pen);
	if (bf_job_in_pieces(&job->plan)) {
		line_start(pen, 2);
		write_count(pen, work, "pieces and joins");
		write_parts(pen, work);
		line_end(pen);
	}
}

static void write_failed(struct pen *pen, const struct bf_scan_job *job, size_t most, int *line_out)
{
	size_t shown = job->failed_count < most ? job->failed_count : most;
	for (size_t i = 0; i < shown; i++) {
		const struct bf_scan_failed *failed = &job->failed[i];
		char name[BF_TASK_MAX];
		bf_task_name(&failed->task, name);
		if (line_out)
			line_out[i] = pen->lines;
		line_start(pen, 2);
		line_item(pen, PAINT_BAD, "failed %s", name);
		if (failed->task.failures)
			line_item(pen, PAINT_PLAIN, "%u time%s", failed->task.failures, report_plural(failed->task.failures));
		if (failed->machine[0])
			line_item(pen, PAINT_PLAIN, "last on %s", failed->machine);
		if (failed->why[0])
			line_item(pen, PAINT_PLAIN, "%s", failed->why);
		else if (failed->task.kind == BF_TASK_JOIN)
			line_item(pen, PAINT_PLAIN, "a piece of it failed");
		line_end(pen);
	}
	for (size_t i = shown; line_out && i < job->failed_count; i++)
		line_out[i] = -1;
	if (job->failed_count > shown)
		line_text(pen, 2, PAINT_BAD, "… and %zu more failed tasks", job->failed_count - shown);
}

void report_job(struct pen *pen, const struct bf_scan *scan, const struct bf_scan_job *job, size_t most_failed, int *line_out)
{
	struct bf_buf warning = {0};
	line_start(pen, 0);
	line_item(pen, PAINT_TITLE, "%s", job->plan.id);
	line_item(pen, job_paint(job->state), "%s", bf_job_state_name(job->state));
	if (job->waits[0])
		line_item(pen, PAINT_PLAIN, "%s", job->waits);
	if (job->priority)
		line_item(pen, PAINT_PLAIN, "priority %d", job->priority);
	line_end(pen);
	if (job->plan_ok) {
		write_progress(pen, job);
		line_text(pen, 2, PAINT_DIM, "%s", bf_path_output(job->plan.id).text);
		if (job->plan.base[0])
			line_text(pen, 2, PAINT_DIM, "adds %d samples to the %d of %s", bf_job_own_samples(&job->plan), job->plan.base_samples,
				job->plan.base);
	}
	for (int i = 0; report_warning(scan, job, i, &warning); i++)
		line_text(pen, 2, PAINT_WARN, "warning: %s", bf_buf_text(&warning));
	write_failed(pen, job, most_failed, line_out);
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

void report_jobs(struct pen *pen, const struct bf_scan *scan, bool all, int *line_out)
{
	size_t done = 0, hidden;
	for (size_t i = 0; i < scan->job_count; i++)
		done += scan->job[i].state == BF_JOB_DONE;
	hidden = !all && done > ENDED_SHOWN ? done - ENDED_SHOWN : 0;
	if (hidden)
		line_text(pen, 0, PAINT_DIM, "(%zu older jobs are done and not shown)", hidden);
	for (size_t i = 0; i < scan->job_count; i++) {
		const struct bf_scan_job *job = &scan->job[i];
		bool hide = job->state == BF_JOB_DONE && hidden;
		if (line_out)
			line_out[i] = hide ? -1 : pen->lines;
		if (hide)
			hidden--;
		else if (job->state == BF_JOB_DONE)
			write_done_job(pen, job);
		else
			report_job(pen, scan, job, FAILED_SHOWN, NULL);
	}
}

static int by_name(const void *a, const void *b, void *job)
{
	const struct bf_scan_machine *machine = ((const struct bf_scan_job *)job)->machine;
	return strcmp(machine[*(const size_t *)a].name, machine[*(const size_t *)b].name);
}

size_t *report_machines_sorted(const struct bf_scan_job *job)
{
	size_t *sorted = calloc(job->machine_count + 1, sizeof *sorted);
	if (!sorted)
		abort();
	for (size_t i = 0; i < job->machine_count; i++)
		sorted[i] = i;
	qsort_r(sorted, job->machine_count, sizeof *sorted, by_name, (void *)(uintptr_t)job);
	return sorted;
}

static void write_machine(struct pen *pen, const struct bf_scan_job *job, const struct bf_scan_machine *machine, int width)
{
	line_start(pen, 2);
	line_cell(pen, PAINT_PLAIN, width, machine->name);
	line_item(pen, PAINT_PLAIN, "%6" PRId64 " %-5s", machine->tasks, machine->tasks == 1 ? "task" : "tasks");
	if (machine->seconds_per_task > 0) {
		double deviation = (machine->seconds_per_task / job->seconds_per_task - 1) * 100;
		line_item(pen, PAINT_PLAIN, "%8.1f s each", machine->seconds_per_task);
		line_item(pen, PAINT_PLAIN, "%+4.0f %% against the mean", deviation);
	}
	line_end(pen);
}

void report_machines(struct pen *pen, const struct bf_scan_job *job)
{
	int width = 0;
	size_t *sorted = report_machines_sorted(job);
	for (size_t i = 0; i < job->machine_count; i++)
		if (line_columns(job->machine[i].name) > width)
			width = line_columns(job->machine[i].name);
	if (job->machine_count)
		line_text(pen, 0, PAINT_TITLE, "machines");
	for (size_t i = 0; i < job->machine_count; i++)
		write_machine(pen, job, &job->machine[sorted[i]], width);
	free(sorted);
}
