#include "tools/view.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/key.h"
#include "tools/report.h"

void view_one_job(struct view *view, const char *id)
{
	if (!view->one_job)
		view->page = VIEW_JOB;
	view->one_job = true;
	snprintf(view->job, sizeof view->job, "%s", id);
}

void view_clear(struct view *view)
{
	bf_buf_clear(&view->log);
	bf_buf_clear(&view->picture);
}

void view_say(struct view *view, bool bad, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(view->message, sizeof view->message, format, args);
	va_end(args);
	view->message_is_bad = bad;
}

void view_show_log(struct view *view, const char *name, struct bf_buf *text)
{
	bf_buf_clear(&view->log);
	view->log = *text;
	*text = (struct bf_buf){0};
	snprintf(view->log_name, sizeof view->log_name, "%s", name);
	view->log_from_job = view->page == VIEW_JOB;
	view->page = VIEW_LOG;
	view->top[VIEW_LOG] = 0;
}

/* ---- what is selected ---- */

static void select_row(struct view *view, const struct bf_scan *scan, size_t row)
{
	view->row = row;
	view->failed = 0;
	view->scrolled = false;
	memcpy(view->job, scan->job[row].plan.id, sizeof view->job);
}

/* The first that is still in work, else the newest. */
static size_t first_choice(const struct bf_scan *scan)
{
	for (size_t i = 0; i < scan->job_count; i++)
		if (!bf_scan_ended(&scan->job[i]))
			return i;
	return scan->job_count - 1;
}

const struct bf_scan_job *view_job(struct view *view, const struct bf_scan *scan)
{
	for (size_t i = 0; i < scan->job_count; i++)
		if (!strcmp(scan->job[i].plan.id, view->job)) {
			view->row = i;
			return &scan->job[i];
		}
	if (!scan->job_count || view->one_job || view->page != VIEW_JOBS)
		return NULL;
	if (!view->job[0])
		select_row(view, scan, first_choice(scan));
	else
		select_row(view, scan, view->row < scan->job_count ? view->row : scan->job_count - 1);
	return &scan->job[view->row];
}

const struct bf_scan_failed *view_failed(struct view *view, const struct bf_scan *scan)
{
	const struct bf_scan_job *job = view_job(view, scan);
	if (!job || !job->failed_count)
		return NULL;
	if (view->failed >= job->failed_count)
		view->failed = job->failed_count - 1;
	return &job->failed[view->failed];
}

/* The nearest job that is shown, in a direction; the selected one when there is none. */
static void move_selection(struct view *view, const struct bf_scan *scan, int step, size_t from)
{
	struct bf_buf text = {0};
	struct report_style style = {0};
	int *line = calloc(scan->job_count + 1, sizeof *line);
	if (!line)
		abort();
	report_list(scan, &style, view->all, line, &text); /* it knows what is shown */
	for (size_t i = from; i < scan->job_count; i += (size_t)step) /* below 0 is above all */
		if (line[i] >= 0) {
			select_row(view, scan, i);
			break;
		}
	free(line);
	bf_buf_clear(&text);
}

/* ---- keys ---- */

static void scroll(struct view *view, int *top, int lines)
{
	view->scrolled = true;
	*top = lines == INT_MAX ? INT_MAX / 2 : lines == INT_MIN || *top + lines < 0 ? 0 : *top + lines;
}

/* Keys that scroll anything. Returns whether it was one. */
static bool scroll_key(struct view *view, int *top, int key)
{
	int page = view->page_rows > 2 ? view->page_rows - 1 : 1;
	switch (key) {
	case KEY_UP: case 'k':            scroll(view, top, -1); return true;
	case KEY_DOWN: case 'j':          scroll(view, top, 1); return true;
	case KEY_PAGE_UP: case 'b':       scroll(view, top, -page); return true;
	case KEY_PAGE_DOWN: case ' ':     scroll(view, top, page); return true;
	case KEY_HOME: case 'g':          scroll(view, top, INT_MIN); return true;
	case KEY_END: case 'G':           scroll(view, top, INT_MAX); return true;
	default:                          return false;
	}
}

static bool is_back(int key)
{
	return key == KEY_ESC || key == KEY_LEFT || key == KEY_BACK || key == 'q';
}

/* Keys that change the selected job, the same on all pages that show one. */
static enum view_wish job_key(struct view *view, const struct bf_scan *scan, int key)
{
	const struct bf_scan_job *job = view_job(view, scan);
	if (!strchr("prcf+-l", key) || !key)
		return VIEW_NOTHING;
	if (!job) {
		view_say(view, true, "there is no job to do that with");
		return VIEW_NOTHING;
	}
	switch (key) {
	case 'p': return VIEW_PAUSE;
	case 'r': return VIEW_RESUME;
	case '+': return VIEW_RAISE;
	case '-': return VIEW_LOWER;
	case 'c': view->asking = !bf_scan_ended(job); break;
	case 'f': if (job->failed_count) return VIEW_RETRY; break;
	case 'l': if (job->failed_count) return VIEW_READ_LOG; break;
	}
	if (!view->asking)
		view_say(view, true, key == 'c' ? "%s has ended" : "no task of %s has failed", job->plan.id);
	return VIEW_NOTHING;
}

static enum view_wish jobs_key(struct view *view, const struct bf_scan *scan, int key)
{
	const struct bf_scan_job *job = view_job(view, scan);
	if (view->on_agents && scroll_key(view, &view->agents_top, key))
		return VIEW_NOTHING;
	switch (key) {
	case 'q': return VIEW_LEAVE;
	case KEY_TAB: view->on_agents = !view->on_agents; break;
	case 'a': view->all = !view->all; view->scrolled = false; break;
	case KEY_UP: case 'k': if (job) move_selection(view, scan, -1, view->row - 1); break;
	case KEY_DOWN: case 'j': if (job) move_selection(view, scan, 1, view->row + 1); break;
	case KEY_HOME: case 'g': move_selection(view, scan, 1, 0); break;
	case KEY_END: case 'G': move_selection(view, scan, -1, scan->job_count - 1); break;
	case KEY_ENTER: case KEY_RIGHT:
		if (job) {
			view->page = VIEW_JOB;
			view->top[VIEW_JOB] = 0;
			view->scrolled = true;
		}
		break;
	default:
		if (!scroll_key(view, &view->top[VIEW_JOBS], key))
			return job_key(view, scan, key);
	}
	return VIEW_NOTHING;
}

static enum view_wish one_key(struct view *view, const struct bf_scan *scan, int key)
{
	const struct bf_scan_job *job = view_job(view, scan);
	bool up = key == KEY_UP || key == 'k', down = key == KEY_DOWN || key == 'j';
	if (is_back(key)) {
		if (view->one_job)
			return key == 'q' ? VIEW_LEAVE : VIEW_NOTHING;
		view->page = VIEW_JOBS;
		view->scrolled = false;
		bf_buf_reset(&view->picture);
		return VIEW_NOTHING;
	}
	if (job && job->failed_count && (up || down)) {
		if (up && view->failed)
			view->failed--;
		if (down && view->failed + 1 < job->failed_count && view->failed + 1 < BF_SCAN_REASONS_MAX)
			view->failed++;
		view->scrolled = false;
		return VIEW_NOTHING;
	}
	if (scroll_key(view, &view->top[VIEW_JOB], key))
		return VIEW_NOTHING;
	return job_key(view, scan, key == KEY_ENTER ? 'l' : key);
}

enum view_wish view_key(struct view *view, const struct bf_scan *scan, int key)
{
	view->message[0] = '\0';
	if (view->asking) {
		view->asking = false;
		if (key == 'y' || key == 'Y')
			return VIEW_CANCEL;
		view_say(view, false, "not cancelled");
		return VIEW_NOTHING;
	}
	if (view->page == VIEW_HELP) {
		view->page = view->before_help;
	} else if (key == '?') {
		view->before_help = view->page;
		view->page = VIEW_HELP;
	} else if (view->page == VIEW_LOG) {
		if (is_back(key))
			view->page = view->log_from_job ? VIEW_JOB : VIEW_JOBS;
		else
			scroll_key(view, &view->top[VIEW_LOG], key);
	} else {
		return view->page == VIEW_JOB ? one_key(view, scan, key) : jobs_key(view, scan, key);
	}
	return VIEW_NOTHING;
}
