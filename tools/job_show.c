#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/path.h"
#include "share-layout/scan.h"
#include "tools/job.h"
#include "tools/job_text.h"
#include "tools/term.h"

enum { LABEL = 10 };

static void put(struct pen *pen, const char *label, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void put(struct pen *pen, const char *label, const char *format, ...)
{
	char text[2048];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (!text[0])
		return;
	line_start(pen, 2);
	line_cell(pen, PAINT_DIM, LABEL, label);
	line_item(pen, PAINT_PLAIN, "%s", text);
	line_end(pen);
}

/* "1-100", cut where a list is long. */
static void format_frames(const struct bf_job *plan, char *out, size_t size)
{
	struct bf_buf list = {0};
	bf_frames_format(&plan->frames, &list);
	bool cut = list.len > 120;
	snprintf(out, size, "%zu: %.120s%s", plan->frames.count, bf_buf_text(&list), cut ? " …" : "");
	bf_buf_clear(&list);
}

static void format_picture(const struct bf_job *plan, char *out, size_t size)
{
	char pieces[40] = "";
	if (plan->sample_parts)
		snprintf(pieces, sizeof pieces, ", in %d parts of the samples", plan->sample_parts);
	else if (bf_job_in_pieces(plan))
		snprintf(pieces, sizeof pieces, ", in %d x %d pieces", plan->columns, plan->rows);
	snprintf(out, size, "%d x %d pixels, %s%s", plan->width, plan->height, plan->picture[0], pieces);
}

static void write_plan(struct pen *pen, const struct bf_job *plan)
{
	char text[1024];
	put(pen, "file", "%s%s%s", plan->folder, plan->folder[0] ? "/" : "", plan->blend);
	format_frames(plan, text, sizeof text);
	put(pen, "frames", "%s", text);
	format_picture(plan, text, sizeof text);
	put(pen, "pictures", "%s", text);
	const struct { const char *label, *text; } wish[] = {
		{ "scene", plan->scene }, { "camera", plan->camera }, { "view layer", plan->view_layer }, { "engine", plan->engine },
		{ "format", plan->format },
	};
	for (size_t i = 0; i < sizeof wish / sizeof *wish; i++)
		put(pen, wish[i].label, "%s", wish[i].text);
	if (plan->base[0])
		put(pen, "samples", "%d, %d of them from %s", plan->samples, plan->base_samples, plan->base);
	else if (plan->samples)
		put(pen, "samples", "%d", plan->samples);
	if (plan->percent)
		put(pen, "percent", "%d", plan->percent);
	put(pen, "Blender", "%s%s", plan->blender, plan->needs_oidn ? ", with OpenImageDenoise" : "");
	put(pen, "accepted", "%s%s%s", plan->created, plan->planner[0] ? " by " : "", plan->planner);
	put(pen, "output", "%s", bf_path_output(plan->id).text);
	for (int i = 0; i < plan->warning_count; i++)
		put(pen, "warning", "%s", plan->warning[i]);
}

static void write_state(struct pen *pen, const struct bf_scan_job *job)
{
	line_start(pen, 0);
	line_item(pen, PAINT_TITLE, "%s", job->plan.id);
	line_item(pen, PAINT_PLAIN, "%s", bf_job_state_name(job->state));
	line_item(pen, PAINT_PLAIN, "%" PRId64 "/%" PRId64 " frames", job->frames.done, job->frames.total);
	if (job->frames.failed)
		line_item(pen, PAINT_BAD, "%" PRId64 " failed", job->frames.failed);
	line_item(pen, PAINT_PLAIN, "priority %d", job->priority);
	line_end(pen);
	if (job->error[0])
		put(pen, "error", "%s", job->error);
	for (int i = 0; i < job->avoid_count; i++)
		put(pen, "avoided by", "%s", job->avoid[i]);
	for (size_t i = 0; i < job->failed_count && i < BF_SCAN_REASONS_MAX; i++) {
		char name[BF_TASK_MAX];
		bf_task_name(&job->failed[i].task, name);
		const char *why = job->failed[i].why[0] ? job->failed[i].why
			: job->failed[i].task.kind == BF_TASK_JOIN ? "a piece of it was given up" : "no log says why";
		put(pen, "failed", "%s%s%s: %s", name, job->failed[i].machine[0] ? " on " : "", job->failed[i].machine, why);
	}
}

static void put_plan(struct json *json, const struct bf_scan_job *job)
{
	const struct bf_job *plan = &job->plan;
	struct bf_buf frames = {0};
	bf_frames_format(&plan->frames, &frames);
	json_put_text(json, "job", plan->id);
	json_put_text(json, "name", plan->name);
	json_put_text(json, "state", bf_job_state_name(job->state));
	json_put_int(json, "priority", job->priority);
	json_put_text(json, "file", plan->blend);
	json_put_text(json, "folder", plan->folder);
	json_put_text(json, "frames", bf_buf_text(&frames));
	json_put_int(json, "frames_total", job->frames.total);
	json_put_int(json, "frames_done", job->frames.done);
	json_put_int(json, "frames_failed", job->frames.failed);
	json_put_int(json, "width", plan->width);
	json_put_int(json, "height", plan->height);
	json_put_int(json, "columns", plan->columns);
	json_put_int(json, "rows", plan->rows);
	json_put_int(json, "samples", plan->samples);
	json_put_text(json, "base", plan->base);
	json_put_int(json, "base_samples", plan->base_samples);
	json_put_text(json, "blender", plan->blender);
	json_put_text(json, "created", plan->created);
	json_put_text(json, "planner", plan->planner);
	json_put_text(json, "output", bf_path_output(plan->id).text);
	json_key(json, "warnings");
	json_open(json, '[');
	for (int i = 0; i < plan->warning_count; i++)
		json_text(json, plan->warning[i]);
	json_close(json, ']');
	bf_buf_clear(&frames);
}

static void show(const struct job_order *order, const struct bf_scan_job *job, const struct history *history)
{
	struct bf_buf text = {0};
	struct json json = { .out = &text };
	struct pen pen = { .out = &text, .columns = term_columns(STDOUT_FILENO),
		.color = term_color(order->color, STDOUT_FILENO) == 1 };
	if (order->json) {
		json_open(&json, '{');
		json_put_int(&json, "format", 1);
		put_plan(&json, job);
		job_text_json(&json, history, false);
		json_close(&json, '}');
		bf_buf_putc(&text, '\n');
	} else {
		write_state(&pen, job);
		if (job->plan_ok)
			write_plan(&pen, &job->plan);
		job_text_machines(&pen, history);
	}
	fputs(bf_buf_text(&text), stdout);
	bf_buf_clear(&text);
}

/* The machines' figures are all that is wanted of the history. */
static bool is_no_row(const void *arg, const struct bf_task *task)
{
	(void)arg;
	(void)task;
	return false;
}

int job_show(const struct job_order *order)
{
	static struct bf_scan scan;
	const struct bf_scan_job *job = NULL;
	struct history history = {0};
	struct bf_err err;
	int status = JOB_OK;
	if (bf_scan_take(order->share, order->id, &scan, &err) < 0)
		return job_complain_of(NULL, &err);
	if (bf_scan_find(&scan, order->id, &job, &err) != 1)
		status = job_complain(JOB_FAILED, "%s: there is no such job any more", order->id);
	else if (history_read(order->share, order->id, is_no_row, NULL, &history, &err) < 0)
		status = job_complain_of(order->id, &err);
	else
		show(order, job, &history);
	if (status == JOB_OK && fflush(stdout) == EOF)
		status = job_complain(JOB_FAILED, "cannot write: %s", strerror(errno));
	history_clear(&history);
	bf_scan_clear(&scan);
	return status;
}
