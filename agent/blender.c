/* Three descriptors connect us with Blender: a socket pair for the conversation with the driver
 * script, a pipe for all that Blender prints, a pidfd for its end. An epoll set makes one of them.
 *
 * The driver flushes Blender's output before each answer. So when an answer is there, reading the pipe
 * empty first means that every word about this picture has been seen before it is believed. */
#include "agent/blender_private.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/blender_reply.h"

const char *blender_event_name(enum blender_event event)
{
	static const char *const names[] = { "nothing", "ready", "opened", "progress", "rendered", "measured", "benchmarked", "failed", "gone" };
	return (size_t)event < sizeof names / sizeof *names ? names[event] : "?";
}

/* ---- the end ---- */

static void say_doing(const struct blender *b, char *text, size_t size)
{
	if (!b->task_count)
		snprintf(text, size, "idle");
	else if (b->task[0].kind == TASK_SETUP)
		snprintf(text, size, "starting");
	else if (b->task[0].kind == TASK_OPEN)
		snprintf(text, size, "opening the file");
	else if (b->task[0].kind == TASK_BENCHMARK)
		snprintf(text, size, "measuring this machine");
	else if (b->task[0].kind == TASK_MEASURE)
		snprintf(text, size, "measuring frame %d", (int)b->task[0].frame);
	else
		snprintf(text, size, "rendering frame %d", (int)b->task[0].frame);
}

static void say_last_words(const struct blender *b, char *text, size_t size)
{
	size_t len = 0;
	text[0] = '\0';
	for (int i = 0; i < LAST_LINES; i++) {
		const char *body = blender_log_body(b->last[i]);
		if (*body && len < size)
			len += (size_t)snprintf(text + len, size - len, "%s%s", len ? " / " : "", body);
	}
}

static void end_with(struct blender *b, const char *message)
{
	char doing[64], words[LAST_LINES * 180];
	bool spoke = !message;
	if (!proc_wait(&b->proc, message ? 0 : SILENCE_MS)) {
		message = message ? message : "Blender broke off the conversation";
		proc_signal(&b->proc, SIGKILL);
		proc_wait(&b->proc, -1);
	}
	blender_hear_output(b);
	blender_hear_rest(b);
	b->end = b->about;
	say_doing(b, doing, sizeof doing);
	say_last_words(b, words, sizeof words);
	if (spoke && !message)
		blender_reply_gone(b->proc.status, doing, b->ready, b->fatal[0] ? b->fatal : words, &b->end);
	else
		snprintf(b->end.message, sizeof b->end.message, "%s while %s", message, doing);
	b->task_from = b->task_to;
	b->task_to = b->log.total;
	b->task_count = 0;
	b->gone = true;
}

/* ---- waiting ---- */

static bool tell_end(struct blender *b, enum blender_event *event, struct blender_reply *reply)
{
	*event = BLENDER_GONE;
	*reply = b->end;
	return true;
}

/* Everything that can be done without waiting. */
static bool step(struct blender *b, enum blender_event *event, struct blender_reply *reply)
{
	if (b->gone)
		return tell_end(b, event, reply);
	blender_send_flush(b);
	bool ended = proc_ended(&b->proc);
	blender_hear_answers(b);
	blender_hear_output(b);
	int got = blender_hear_next(b, event, reply);
	if (got > 0)
		return true;
	if (got < 0)
		end_with(b, "Blender's driver script said something that makes no sense");
	else if (ended || b->talk_over)
		end_with(b, NULL);
	if (b->gone)
		return tell_end(b, event, reply);
	return blender_hear_progress(b, event, reply);
}

int blender_wait(struct blender *b, int timeout_ms, int wake_fd, enum blender_event *event, struct blender_reply *reply)
{
	int64_t end = proc_now_ms() + timeout_ms;
	bool over = timeout_ms == 0;
	for (;;) {
		if (step(b, event, reply))
			return 1;
		int64_t left = timeout_ms < 0 ? 60000 : end - proc_now_ms();
		if (over || left <= 0)
			break;
		if (b->progress_new && left > PROGRESS_MS)
			left = PROGRESS_MS; /* held back: tell it when its time has come */
		struct pollfd fds[2] = { { .fd = b->epoll, .events = POLLIN }, { .fd = wake_fd, .events = POLLIN } };
		/* A wake-up ends the wait, but first comes what Blender may have said meanwhile. */
		over = poll(fds, 2, (int)left) > 0 && fds[1].revents;
	}
	*event = BLENDER_NOTHING;
	memset(reply, 0, sizeof *reply);
	return 0;
}

int blender_fd(const struct blender *b)
{
	return b->epoll;
}

bool blender_is_alive(const struct blender *b)
{
	return !b->gone;
}

pid_t blender_pid(const struct blender *b)
{
	return b->proc.ended ? 0 : b->proc.pid;
}

int blender_pending(const struct blender *b)
{
	return b->task_count - (b->task_count && b->task[0].kind == TASK_SETUP ? 1 : 0);
}

const char *blender_log_path(const struct blender *b)
{
	return b->log_path;
}

int blender_task_log(struct blender *b, bool running, size_t max, struct bf_buf *out, struct bf_err *err)
{
	if (running && !b->gone)
		blender_hear_output(b);
	int64_t from = running ? b->task_to : b->task_from, to = running ? b->log.total : b->task_to;
	return blender_capture_read(&b->log, from, to, max, out, err);
}
