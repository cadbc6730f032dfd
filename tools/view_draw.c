/* The lines of the screen. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report.h"
#include "tools/report_line.h"
#include "tools/view.h"

enum { GUTTER = 2, COLUMNS_FOR_GUTTER = 8, COLUMNS_FOR_KEYS = 12, ROWS_FOR_TWO = 8 /* with less room there is one half at a time */ };

/* The first of the items are short enough for forty columns. */
static const struct { const char *keys, *items; } help_lines[] = {
	{ "up down k j",  "select  (or scroll)" },
	{ "PgUp PgDn",    "scroll by a screen  (also b, space)" },
	{ "Home End g G", "first, last" },
	{ "Enter right",  "view the selected job" },
	{ "Esc left q",   "back  (q also leaves)" },
	{ "Tab",          "between jobs and agents" },
	{ "a",            "older jobs that are done" },
	{ "p",            "pause  (what runs is finished)" },
	{ "r",            "resume what is paused  (or cancelled)" },
	{ "c",            "cancel (asks)  (what runs is stopped)" },
	{ "f",            "try again what failed  (on all machines)" },
	{ "+ -",          "priority up, down  (by ten)" },
	{ "l",            "log of a failed task  (of the selected one)" },
	{ "Ctrl-L",       "draw everything anew" },
	{ "Ctrl-C",       "leave" },
};

/* The most important first: where there is no room for all, the last are left out. */
static const char *const page_keys[VIEW_PAGES] = {
	[VIEW_JOBS] = "q quit  ? help  Enter view  p pause  r resume  c cancel  f retry failed  l log  Tab agents  +- priority  a all",
	[VIEW_JOB] = "q back  ? help  p pause  r resume  c cancel  f retry failed  l log  +- priority",
	[VIEW_LOG] = "q back  ? help  PgUp PgDn scroll  g G top, end",
	[VIEW_HELP] = "any key: back",
};

struct sheet { struct bf_buf text; int lines, mark, mark_end; }; /* mark: first line of what is selected, -1 = nothing is */

static int count_lines(const struct bf_buf *text)
{
	int lines = 0;
	for (size_t i = 0; i < text->len; i++)
		lines += text->data[i] == '\n';
	return lines;
}

/* Scroll no further than needed to see what is selected, and no further than there is anything. */
static void settle(int *top, const struct sheet *sheet, int rows, bool scrolled)
{
	if (!scrolled && sheet->mark >= 0) {
		if (*top + rows < sheet->mark_end)
			*top = sheet->mark_end - rows;
		if (*top > sheet->mark)
			*top = sheet->mark;
	}
	if (*top > sheet->lines - rows)
		*top = sheet->lines - rows;
	if (*top < 0)
		*top = 0;
}

/* Some lines of a sheet, with `>` in front of the selected one; exactly `rows`, so that what follows has its place. */
static void put_rows(struct bf_buf *out, const struct sheet *sheet, int top, int rows, bool gutter)
{
	const char *text = bf_buf_text(&sheet->text);
	for (int line = 0; *text && line < top + rows; line++) {
		size_t len = strcspn(text, "\n");
		if (line >= top) {
			if (gutter)
				bf_buf_puts(out, line == sheet->mark ? "> " : "  ");
			bf_buf_add(out, text, len);
			bf_buf_putc(out, '\n');
		}
		text += len + (text[len] == '\n');
	}
	for (int shown = sheet->lines > top ? sheet->lines - top : 0; shown < rows; shown++)
		bf_buf_putc(out, '\n');
}

/* line[]: where entries begin; the mark reaches to the next one. */
static void mark(struct sheet *sheet, const int *line, size_t count, size_t selected)
{
	sheet->lines = count_lines(&sheet->text);
	sheet->mark = selected < count ? line[selected] : -1;
	sheet->mark_end = sheet->lines;
	for (size_t i = selected + 1; i < count; i++)
		if (line[i] >= 0) {
			sheet->mark_end = line[i];
			break;
		}
}

static int *new_lines(size_t count)
{
	int *line = calloc(count + 1, sizeof *line);
	if (!line)
		abort();
	return line;
}

/* Items stand two blanks apart; those that do not fit begin another line. */
static void put_items(struct pen *pen, enum paint paint, const char *items)
{
	for (const char *end = items; *items; items = end + strspn(end, " ")) {
		end = strstr(items, "  ");
		if (!end)
			end = items + strlen(items);
		line_item(pen, paint, "%.*s", (int)(end - items), items);
	}
}

/* ---- pages ---- */

/* Both halves whole if they fit; else the one with the arrows gets more. */
static int rows_of_agents(const struct view *view, int jobs, int agents, int rows)
{
	if (rows < ROWS_FOR_TWO && jobs + agents > rows)
		return view->on_agents ? rows : 0;
	int least = view->on_agents ? rows * 2 / 3 : rows / 3, left = rows - jobs;
	int wanted = left > least ? left : least;
	return agents < wanted ? agents : wanted;
}

static void draw_jobs(struct view *view, const struct bf_scan *scan, const struct report_style *style, int rows, bool gutter,
	struct bf_buf *out)
{
	struct sheet jobs = { .mark = -1 }, agents = { .mark = -1 };
	int *line = new_lines(scan->job_count);
	const struct bf_scan_job *selected = view_job(view, scan);
	report_list(scan, style, view->all, line, &jobs.text);
	mark(&jobs, line, scan->job_count, selected ? view->row : SIZE_MAX - 1);
	report_rest(scan, style, &agents.text);
	agents.lines = count_lines(&agents.text);
	int below = rows_of_agents(view, jobs.lines, agents.lines, rows);
	settle(&view->top[VIEW_JOBS], &jobs, rows - below, view->scrolled);
	settle(&view->agents_top, &agents, below, true);
	view->page_rows = view->on_agents ? below : rows - below;
	/* agents stand right below the jobs, not at the bottom */
	int above = jobs.lines < rows - below ? jobs.lines : rows - below;
	put_rows(out, &jobs, view->top[VIEW_JOBS], above, gutter);
	put_rows(out, &agents, view->agents_top, rows - above, gutter);
	free(line);
	bf_buf_clear(&jobs.text);
	bf_buf_clear(&agents.text);
}

static void draw_job(struct view *view, const struct bf_scan *scan, const struct report_style *style, int rows, bool gutter,
	struct bf_buf *out)
{
	struct sheet sheet = { .mark = -1 };
	const struct bf_scan_job *job = view_job(view, scan);
	if (job) {
		int *line = new_lines(job->failed_count);
		report_one(scan, job, style, line, &sheet.text);
		bf_buf_puts(&sheet.text, bf_buf_text(&view->picture));
		mark(&sheet, line, job->failed_count, view_failed(view, scan) ? view->failed : SIZE_MAX - 1);
		if (sheet.mark >= 0 && view->failed + 1 >= job->failed_count)
			sheet.mark_end = sheet.mark + 1;
		free(line);
	} else {
		struct pen pen = { .out = &sheet.text, .columns = style->columns, .color = style->color };
		line_text(&pen, 0, PAINT_WARN, "%s is not there", view->job);
	}
	sheet.lines = count_lines(&sheet.text);
	settle(&view->top[VIEW_JOB], &sheet, rows, view->scrolled);
	view->page_rows = rows;
	put_rows(out, &sheet, view->top[VIEW_JOB], rows, gutter);
	bf_buf_clear(&sheet.text);
}

static void draw_plain(struct view *view, struct sheet *sheet, int rows, struct bf_buf *out)
{
	sheet->mark = -1;
	sheet->lines = count_lines(&sheet->text);
	settle(&view->top[view->page], sheet, rows, true);
	view->page_rows = rows;
	put_rows(out, sheet, view->top[view->page], rows, false);
	bf_buf_clear(&sheet->text);
}

static void draw_log(struct view *view, const struct report_style *style, int rows, struct bf_buf *out)
{
	struct sheet sheet = {0};
	report_foreign(bf_buf_text(&view->log), style, &sheet.text);
	draw_plain(view, &sheet, rows, out);
}

static void draw_help(struct view *view, const struct report_style *style, int rows, struct bf_buf *out)
{
	struct sheet sheet = {0};
	struct pen pen = { .out = &sheet.text, .columns = style->columns, .color = style->color };
	for (size_t i = 0; i < sizeof help_lines / sizeof *help_lines; i++) {
		line_start(&pen, 0);
		line_cell(&pen, PAINT_PLAIN, COLUMNS_FOR_KEYS, help_lines[i].keys);
		line_hang(&pen, COLUMNS_FOR_KEYS + GUTTER);
		put_items(&pen, PAINT_PLAIN, help_lines[i].items);
		line_end(&pen);
	}
	view->top[VIEW_HELP] = 0;
	draw_plain(view, &sheet, rows, out);
}

/* ---- around them ---- */

static void put_line(struct bf_buf *out, const struct report_style *style, enum paint paint, const char *text)
{
	struct bf_buf line = {0};
	struct pen pen = { .out = &line, .columns = style->columns, .color = style->color };
	line_text(&pen, 0, paint, "%s", text);
	bf_buf_add(out, line.data, strcspn(line.data, "\n") + 1);
	bf_buf_clear(&line);
}

/* What the share is, and what is amiss with all of it; returns how many lines, at most `rows`. */
static int draw_head(const struct view *view, const struct bf_scan *scan, const char *share_path, const struct report_style *style,
	int rows, struct bf_buf *out)
{
	struct sheet head = { .mark = -1 };
	int shown = 1;
	if (view->page == VIEW_LOG) {
		put_line(out, style, PAINT_TITLE, view->log_name);
		return 1;
	}
	report_head(scan, share_path, style, &head.text);
	head.lines = count_lines(&head.text);
	shown = head.lines < rows ? head.lines : rows;
	put_rows(out, &head, 0, shown, false);
	bf_buf_clear(&head.text);
	return shown;
}

/* As many as fit, each of them whole. */
static void put_keys(struct bf_buf *out, const struct report_style *style, const char *keys)
{
	struct bf_buf lines = {0};
	struct pen pen = { .out = &lines, .columns = style->columns, .color = style->color };
	line_start(&pen, 0);
	put_items(&pen, PAINT_DIM, keys);
	line_end(&pen);
	bf_buf_add(out, lines.data, strcspn(lines.data, "\n") + 1);
	bf_buf_clear(&lines);
}

/* The last line; a full one would scroll the screen if it ended. */
static void draw_foot(const struct view *view, const struct report_style *style, struct bf_buf *out)
{
	char question[BF_JOB_MAX + 64];
	if (view->asking) {
		bf_fmt(question, sizeof question, "cancel? y/n  %s", view->job);
		put_line(out, style, PAINT_WARN, question);
	} else if (view->message[0]) {
		put_line(out, style, view->message_is_bad ? PAINT_BAD : PAINT_TITLE, view->message);
	} else {
		put_keys(out, style, page_keys[view->page]);
	}
}

void view_draw(struct view *view, const struct bf_scan *scan, const char *share_path, const char *trouble,
	const struct view_size *size, struct bf_buf *out)
{
	struct report_style whole = { .columns = size->columns, .color = size->color }, beside = whole;
	int rows = size->rows - (size->rows > 1) - (*trouble && size->rows > 2);
	bool gutter = size->columns >= COLUMNS_FOR_GUTTER;
	beside.columns = whole.columns - (gutter ? GUTTER : 0);
	if (size->rows > 3)
		rows -= draw_head(view, scan, share_path, &whole, size->rows < ROWS_FOR_TWO ? 1 : 3, out);
	if (*trouble && size->rows > 2)
		put_line(out, &whole, PAINT_BAD, trouble);
	switch (view->page) {
	case VIEW_JOBS: draw_jobs(view, scan, &beside, rows, gutter, out); break;
	case VIEW_JOB:  draw_job(view, scan, &beside, rows, gutter, out); break;
	case VIEW_LOG:  draw_log(view, &whole, rows, out); break;
	default:        draw_help(view, &whole, rows, out); break;
	}
	if (size->rows > 1)
		draw_foot(view, &whole, out);
}
