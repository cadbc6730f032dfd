#include "tools/report_private.h"

#include <math.h>
#include <stdio.h>

#include "share-layout/path.h"

enum { ROWS_SHOWN = 20 /* of rejected and of queued names */ };

const char *report_plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

void report_duration(double seconds, char *out, size_t size)
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

/* Rounded as far as an estimate deserves. */
void report_about(double seconds, char *out, size_t size)
{
	double step = seconds < 20 ? 1 : seconds < 100 ? 5 : seconds < 90 * 60 ? 60 : seconds < 10 * 3600 ? 600 : 3600;
	int64_t s = (int64_t)(seconds < 0 ? 0 : seconds > 1e9 ? 1e9 : floor(seconds / step + 0.5) * step);
	if (s < 100)
		snprintf(out, size, "%d s", (int)s);
	else if (s < 90 * 60)
		snprintf(out, size, "%d min", (int)(s / 60));
	else if (s < 10 * 3600)
		snprintf(out, size, "%d h %02d min", (int)(s / 3600), (int)(s / 60 % 60));
	else if (s < 48 * 3600)
		snprintf(out, size, "%d h", (int)(s / 3600));
	else
		snprintf(out, size, "%d d %d h", (int)(s / 86400), (int)(s / 3600 % 24));
}

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

static bool has_work(const struct bf_scan *scan)
{
	bool has = scan->queued_count;
	for (size_t i = 0; i < scan->job_count; i++)
		has |= !bf_scan_ended(&scan->job[i]);
	return has;
}

static void write_head(struct pen *pen, const struct bf_scan *scan, const char *share_path)
{
	size_t lost = 0;
	for (size_t i = 0; i < scan->agent_count; i++)
		lost += scan->agent[i].lost;
	line_start(pen, 0);
	line_item(pen, PAINT_TITLE, "%s", share_path);
	line_item(pen, PAINT_PLAIN, "%zu job%s", scan->job_count, report_plural((int64_t)scan->job_count));
	line_item(pen, PAINT_PLAIN, "%zu agent%s", scan->agent_count - lost, report_plural((int64_t)(scan->agent_count - lost)));
	if (lost)
		line_item(pen, PAINT_BAD, "%zu lost", lost);
	line_end(pen);
	if (!scan->job_count && !scan->queued_count)
		line_text(pen, 0, PAINT_PLAIN, "nothing to do: copy a .blend file into %s/" BF_QUEUE, share_path);
	if (scan->agent_count == lost && has_work(scan))
		line_text(pen, 0, PAINT_WARN, "no agent is alive: start one with bfagent --share %s", share_path);
}

static struct pen pen_for(const struct report_style *style, struct bf_buf *out)
{
	return (struct pen){ .out = out, .columns = style->columns, .color = style->color };
}

void report_head(const struct bf_scan *scan, const char *share_path, const struct report_style *style, struct bf_buf *out)
{
	struct pen pen = pen_for(style, out);
	write_head(&pen, scan, share_path);
}

void report_list(const struct bf_scan *scan, const struct report_style *style, bool all, int *line_out, struct bf_buf *out)
{
	struct pen pen = pen_for(style, out);
	report_jobs(&pen, scan, all, line_out);
}

void report_rest(const struct bf_scan *scan, const struct report_style *style, struct bf_buf *out)
{
	struct pen pen = pen_for(style, out);
	report_agents(&pen, scan, NULL);
	write_rejected(&pen, scan);
	write_queued(&pen, scan);
}

void report_one(const struct bf_scan *scan, const struct bf_scan_job *job, const struct report_style *style, int *line_out,
	struct bf_buf *out)
{
	struct pen pen = pen_for(style, out);
	report_job(&pen, scan, job, BF_SCAN_REASONS_MAX, line_out);
	report_map(&pen, job);
	report_machines(&pen, job);
	report_agents(&pen, scan, job);
}

void report_text(const struct bf_scan *scan, const char *share_path, const struct bf_scan_job *only,
	const struct report_style *style, struct bf_buf *out)
{
	if (only) {
		report_one(scan, only, style, NULL, out);
		return;
	}
	report_head(scan, share_path, style, out);
	report_list(scan, style, false, NULL, out);
	report_rest(scan, style, out);
}

void report_foreign(const char *text, const struct report_style *style, struct bf_buf *out)
{
	enum { LONGEST = 400 };
	struct pen pen = pen_for(style, out);
	int columns = style->columns > 0 && style->columns < LONGEST ? style->columns : LONGEST;
	while (*text) {
		size_t len = line_fit(text, columns);
		line_text(&pen, 0, PAINT_PLAIN, "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}
