/* What comes from Blender: its output, line by line, and the answers of the driver script. */
#include "agent/blender_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "agent/blender_protocol.h"
#include "agent/blender_reply.h"

#define DRAIN_MAX (8 << 20) /* bytes of output read in one go: nobody can keep us here */
#define LIST_MAX 65536      /* bytes of missing files or warnings */

/* ---- Blender's output ---- */

static bool see_progress(struct blender *b, const char *text)
{
	struct blender_progress progress;
	if (!blender_log_progress(text, &progress))
		return false;
	b->progress = progress;
	b->progress_new = true;
	return true;
}

static void see_line(struct blender *b)
{
	b->line[b->line_len] = '\0';
	b->line_len = 0;
	if (!b->line[strspn(b->line, " \t")] || see_progress(b, b->line))
		return;
	if (!b->fatal[0] && blender_log_is_fatal(b->line))
		snprintf(b->fatal, sizeof b->fatal, "%.*s", (int)sizeof b->fatal - 1, b->line);
	if (!strncmp(blender_log_body(b->line), "Fra:", 4))
		return; /* says nothing that helps after a crash */
	memmove(b->last[0], b->last[1], sizeof b->last - sizeof b->last[0]);
	snprintf(b->last[LAST_LINES - 1], sizeof b->last[0], "%.*s", (int)sizeof b->last[0] - 1, b->line);
}

static void see_output(struct blender *b, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n' || bytes[i] == '\r')
			see_line(b);
		else if (b->line_len < sizeof b->line - 1 && bytes[i])
			b->line[b->line_len++] = bytes[i];
	}
}

void blender_hear_output(struct blender *b)
{
	char bytes[65536];
	size_t total = 0;
	while (b->output >= 0 && total < DRAIN_MAX) {
		ssize_t n = read(b->output, bytes, sizeof bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close(b->output); /* also leaves the epoll set */
			b->output = -1;
			return;
		}
		blender_capture_add(&b->log, bytes, (size_t)n);
		see_output(b, bytes, (size_t)n);
		total += (size_t)n;
	}
}

void blender_hear_rest(struct blender *b)
{
	if (b->line_len)
		see_line(b);
}

/* ---- answers ---- */

void blender_hear_answers(struct blender *b)
{
	if (b->answers_at) {
		memmove(b->answers.data, b->answers.data + b->answers_at, b->answers.len - b->answers_at);
		b->answers.len -= b->answers_at;
		b->answers_at = 0;
	}
	while (!b->talk_over && b->answers.len < 2 * BLENDER_LINE_MAX) {
		ssize_t n = read(b->talk, bf_buf_reserve(&b->answers, 16384), 16384);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			b->talk_over = true;
			epoll_ctl(b->epoll, EPOLL_CTL_DEL, b->talk, NULL);
			return;
		}
		b->answers.len += (size_t)n;
	}
}

static void collect(struct texts *texts, const char *text)
{
	char clean[4096];
	texts->count++;
	blender_clean_text(clean, sizeof clean, text ? text : "");
	if (texts->list.len + strlen(clean) < LIST_MAX)
		bf_buf_printf(&texts->list, "%s%s", texts->list.len ? "\n" : "", clean);
}

static void forget_texts(struct texts *texts)
{
	bf_buf_reset(&texts->list);
	texts->count = 0;
}

static void hand_out(struct texts *from, struct texts *to)
{
	struct texts old = *to;
	*to = *from;
	*from = old;
	forget_texts(from);
}

static void finish_task(struct blender *b)
{
	memmove(b->task, b->task + 1, sizeof b->task - sizeof b->task[0]);
	b->task_count--;
	b->task_from = b->task_to;
	b->task_to = b->log.total;
	b->fatal[0] = '\0';
	memset(b->last, 0, sizeof b->last);
	b->progress_new = false;
}

static void take_opened(struct blender *b, const struct blender_line *line, struct blender_reply *reply)
{
	blender_reply_opened(line, reply);
	hand_out(&b->missing, &b->missing_out);
	hand_out(&b->warnings, &b->warnings_out);
	reply->scene.missing_count = b->missing_out.count;
	reply->scene.missing = bf_buf_text(&b->missing_out.list);
	reply->scene.warning_count = b->warnings_out.count;
	reply->scene.warnings = bf_buf_text(&b->warnings_out.list);
}

static enum blender_event take_rendered(struct blender *b, const struct blender_line *line, const char *name,
	struct blender_reply *reply)
{
	if (blender_reply_rendered(line, name, reply) < 0) {
		*reply = b->about;
		snprintf(reply->message, sizeof reply->message, "Blender named files that nobody asked for");
		return BLENDER_FAILED;
	}
	if (!b->fatal[0])
		return BLENDER_RENDERED;
	*reply = b->about;
	blender_reply_fatal(b->fatal, reply);
	return BLENDER_FAILED;
}

/* Returns 1 with an event, 0 when the line is none, -1 when it does not fit what we asked. */
static int take_line(struct blender *b, const struct blender_line *line, enum blender_event *event,
	struct blender_reply *reply)
{
	const struct task *task = b->task_count ? &b->task[0] : NULL;
	*reply = b->about;
	if (!task)
		return -1;
	if (task->kind == TASK_OPEN && !strcmp(line->verb, "missing")) {
		collect(&b->missing, blender_line_get(line, "path"));
		return 0;
	}
	if (task->kind == TASK_OPEN && !strcmp(line->verb, "warning")) {
		collect(&b->warnings, blender_line_get(line, "text"));
		return 0;
	}
	if (!strcmp(line->verb, "progress")) {
		const char *text = blender_line_get(line, "text");
		see_progress(b, text ? text : "");
		return 0;
	}
	if (!strcmp(line->verb, "failed")) {
		blender_reply_failed(line, reply);
		forget_texts(&b->missing);
		forget_texts(&b->warnings);
		*event = BLENDER_FAILED;
	} else if (task->kind == TASK_SETUP && !strcmp(line->verb, "ready")) {
		blender_reply_ready(line, &b->about);
		*reply = b->about;
		b->ready = true;
		*event = BLENDER_READY;
	} else if (task->kind == TASK_OPEN && !strcmp(line->verb, "opened")) {
		take_opened(b, line, reply);
		*event = BLENDER_OPENED;
	} else if (task->kind == TASK_MEASURE && !strcmp(line->verb, "measured")) {
		blender_reply_measured(line, reply);
		*event = BLENDER_MEASURED;
	} else if (task->kind == TASK_BENCHMARK && !strcmp(line->verb, "benchmarked")) {
		reply->benchmark_rate = blender_line_double(line, "rate", 0, 1e12, 0);
		*event = BLENDER_BENCHMARKED;
	} else if (task->kind == TASK_RENDER && !strcmp(line->verb, "rendered")) {
		*event = take_rendered(b, line, task->name, reply);
	} else {
		return -1;
	}
	finish_task(b);
	return 1;
}

/* The next event among the lines that have arrived. Returns as take_line. */
int blender_hear_next(struct blender *b, enum blender_event *event, struct blender_reply *reply)
{
	for (;;) {
		size_t len = b->answers.len - b->answers_at;
		char *text = b->answers.data + b->answers_at;
		char *end = len ? memchr(text, '\n', len) : NULL;
		if (!end)
			return len >= BLENDER_LINE_MAX ? -1 : 0;
		b->answers_at += (size_t)(end - text) + 1;
		*end = '\0';
		struct blender_line line;
		if (end - text >= BLENDER_LINE_MAX || strlen(text) != (size_t)(end - text)
			|| blender_line_parse(text, &line) < 0)
			return -1;
		int got = take_line(b, &line, event, reply);
		if (got)
			return got;
	}
}

bool blender_hear_progress(struct blender *b, enum blender_event *event, struct blender_reply *reply)
{
	int64_t now = proc_now_ms();
	if (!b->progress_new || now - b->progress_ms < PROGRESS_MS)
		return false;
	b->progress_new = false;
	if (!b->task_count || b->task[0].kind != TASK_RENDER)
		return false;
	b->progress_ms = now;
	*reply = b->about;
	reply->percent = b->progress.percent;
	reply->sample = b->progress.sample;
	reply->samples = b->progress.samples;
	*event = BLENDER_PROGRESS;
	return true;
}
