/* Three descriptors connect us with Blender: a socket pair for the conversation with the driver
 * script, a pipe for all that Blender prints, a pidfd for its end. An epoll set makes one of them.
 *
 * The driver flushes Blender's output before each answer. So when an answer is there, reading the pipe
 * empty first means that every word about this picture has been seen before it is believed. */
#include "agent/blender.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/blender_capture.h"
#include "agent/blender_log.h"
#include "agent/blender_protocol.h"
#include "agent/blender_reply.h"
#include "agent/blender_script.h"
#include "agent/proc.h"

#define MAX_TASKS 8
#define LOG_KEEP (1 << 20)     /* of each end; the file stays below four times this */
#define PIPE_BYTES (1 << 20)
#define DRAIN_MAX (8 << 20)    /* bytes of output read in one go: nobody can keep us here */
#define LIST_MAX 65536         /* bytes of missing files or warnings */
#define PROGRESS_MS 250
#define LAST_LINES 3
#define SILENCE_MS 2000        /* between the end of the conversation and the end of the process */

enum task_kind { TASK_SETUP, TASK_OPEN, TASK_RENDER };

struct task {
	enum task_kind kind;
	int32_t frame;
	char name[128];
};

struct texts {
	struct bf_buf list;
	int count;
};

struct blender {
	struct proc proc;
	int talk, output, epoll;
	bool talk_over, polls_out;
	struct bf_buf commands;  /* not sent yet */
	struct bf_buf answers;   /* not read yet, from answers_at on */
	size_t answers_at;
	struct task task[MAX_TASKS];
	int task_count;
	bool ready, gone;
	struct blender_reply about;     /* version and device, repeated in every reply */
	struct blender_reply end;       /* the reply of GONE */
	struct texts missing, warnings; /* being collected */
	struct texts missing_out, warnings_out; /* given to the caller */
	struct blender_capture log;
	char *log_path;
	int64_t task_from, task_to;     /* positions in the log of the last answered task */
	char line[2048];                /* of output, unfinished */
	size_t line_len;
	char fatal[512];                /* first fatal line of this task */
	char last[LAST_LINES][160];     /* last words */
	struct blender_progress progress;
	bool progress_new;
	int64_t progress_ms;
};

const char *blender_event_name(enum blender_event event)
{
	static const char *const names[] = { "nothing", "ready", "opened", "progress", "rendered", "failed", "gone" };
	return (size_t)event < sizeof names / sizeof *names ? names[event] : "?";
}

/* ---- commands ---- */

static void watch_talk(struct blender *b, bool for_room)
{
	struct epoll_event event = { .events = EPOLLIN | (for_room ? EPOLLOUT : 0) };
	if (for_room != b->polls_out && epoll_ctl(b->epoll, EPOLL_CTL_MOD, b->talk, &event) == 0)
		b->polls_out = for_room;
}

static void send_commands(struct blender *b)
{
	size_t done = 0;
	while (!b->talk_over && done < b->commands.len) {
		ssize_t n = send(b->talk, b->commands.data + done, b->commands.len - done, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break; /* full: later; broken: reading will notice */
		done += (size_t)n;
	}
	if (done) {
		memmove(b->commands.data, b->commands.data + done, b->commands.len - done);
		b->commands.len -= done;
	}
	watch_talk(b, !b->talk_over && b->commands.len > 0);
}

static int add_task(struct blender *b, struct task task, struct bf_buf *line, struct bf_err *err)
{
	int result = -1;
	if (b->gone || b->talk_over)
		bf_err_set(err, "Blender is gone");
	else if (b->task_count == MAX_TASKS)
		bf_err_set(err, "too many tasks wait for this Blender");
	else if (line->len > BLENDER_LINE_MAX)
		bf_err_set(err, "the command for Blender is too long");
	else
		result = 0;
	if (result == 0) {
		b->task[b->task_count++] = task;
		bf_buf_add(&b->commands, line->data, line->len);
		send_commands(b);
	}
	bf_buf_clear(line);
	return result;
}

static void put_flag(struct bf_buf *line, const char *key, bool value)
{
	if (value)
		blender_line_put_int(line, key, 1);
}

static void put_positive(struct bf_buf *line, const char *key, int value)
{
	if (value > 0)
		blender_line_put_int(line, key, value);
}

static int send_setup(struct blender *b, const struct blender_config *config, const char *dir, struct bf_err *err)
{
	struct bf_buf line = { 0 }, path = { 0 };
	blender_line_begin(&line, "setup");
	bf_buf_printf(&path, "%s/out", dir);
	blender_line_put(&line, "out", bf_buf_text(&path));
	bf_buf_reset(&path);
	bf_buf_printf(&path, "%s/nodes", dir);
	blender_line_put(&line, "nodes", bf_buf_text(&path));
	blender_line_put(&line, "device", config->device);
	put_flag(&line, "trust", config->trust_scripts);
	blender_line_end(&line);
	bf_buf_clear(&path);
	return add_task(b, (struct task){ .kind = TASK_SETUP }, &line, err);
}

int blender_send_open(struct blender *b, const struct blender_open *open, struct bf_err *err)
{
	struct bf_buf line = { 0 };
	char *path = realpath(open->blend, NULL); /* NULL: the driver says what is wrong with it */
	blender_line_begin(&line, "open");
	blender_line_put(&line, "blend", path ? path : open->blend);
	free(path);
	blender_line_put(&line, "scene", open->scene);
	blender_line_put(&line, "camera", open->camera);
	blender_line_put(&line, "view_layer", open->view_layer);
	blender_line_put(&line, "engine", open->engine);
	blender_line_put(&line, "format", open->format);
	put_positive(&line, "percent", open->percent);
	put_positive(&line, "samples", open->samples);
	put_flag(&line, "denoise_off", open->denoise_off);
	blender_line_end(&line);
	return add_task(b, (struct task){ .kind = TASK_OPEN }, &line, err);
}

static bool is_stem(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
	return len && !name[len] && name[0] != '.' && len < sizeof((struct task *)0)->name;
}

static void put_piece(struct bf_buf *line, const struct blender_render *r)
{
	if (!r->piece)
		return;
	blender_line_put_int(line, "piece", 1);
	blender_line_put_int(line, "left", r->left);
	blender_line_put_int(line, "top", r->top);
	blender_line_put_int(line, "right", r->right);
	blender_line_put_int(line, "bottom", r->bottom);
}

int blender_send_render(struct blender *b, const struct blender_render *r, struct bf_err *err)
{
	struct bf_buf line = { 0 };
	struct task task = { .kind = TASK_RENDER, .frame = r->frame };
	if (!is_stem(r->name))
		return bf_err_set(err, "%s cannot be a picture's name", r->name);
	snprintf(task.name, sizeof task.name, "%s", r->name);
	blender_line_begin(&line, "render");
	blender_line_put_int(&line, "frame", r->frame);
	blender_line_put(&line, "name", r->name);
	put_piece(&line, r);
	if (r->sample_count > 0) {
		blender_line_put_int(&line, "sample_offset", r->sample_offset);
		blender_line_put_int(&line, "sample_count", r->sample_count);
	}
	put_flag(&line, "keep_dither", r->keep_dither);
	put_flag(&line, "keep_denoise", r->keep_denoise);
	put_flag(&line, "keep_post", r->keep_post);
	put_flag(&line, "denoising_data", r->store_denoising_data);
	blender_line_put(&line, "format", r->format);
	put_positive(&line, "depth", r->color_depth);
	blender_line_end(&line);
	return add_task(b, task, &line, err);
}

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

static void drain_output(struct blender *b)
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

/* ---- answers ---- */

static void read_answers(struct blender *b)
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
	} else if (task->kind == TASK_RENDER && !strcmp(line->verb, "rendered")) {
		*event = take_rendered(b, line, task->name, reply);
	} else {
		return -1;
	}
	finish_task(b);
	return 1;
}

/* The next event among the lines that have arrived. Returns as take_line. */
static int next_answer(struct blender *b, enum blender_event *event, struct blender_reply *reply)
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

static bool next_progress(struct blender *b, enum blender_event *event, struct blender_reply *reply)
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

/* ---- the end ---- */

static void say_doing(const struct blender *b, char *text, size_t size)
{
	if (!b->task_count)
		snprintf(text, size, "idle");
	else if (b->task[0].kind == TASK_SETUP)
		snprintf(text, size, "starting");
	else if (b->task[0].kind == TASK_OPEN)
		snprintf(text, size, "opening the file");
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
	drain_output(b);
	if (b->line_len)
		see_line(b);
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
	send_commands(b);
	bool ended = proc_ended(&b->proc);
	read_answers(b);
	drain_output(b);
	int got = next_answer(b, event, reply);
	if (got > 0)
		return true;
	if (got < 0)
		end_with(b, "Blender's driver script said something that makes no sense");
	else if (ended || b->talk_over)
		end_with(b, NULL);
	if (b->gone)
		return tell_end(b, event, reply);
	return next_progress(b, event, reply);
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
		drain_output(b);
	int64_t from = running ? b->task_to : b->task_from, to = running ? b->log.total : b->task_to;
	return blender_capture_read(&b->log, from, to, max, out, err);
}

/* ---- start and stop ---- */

static int make_dirs(const char *dir, struct bf_err *err)
{
	static const char *const names[] = { "out", "tmp", "nodes", "script" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[4096];
		if (bf_fmt(path, sizeof path, "%s/%s", dir, names[i]) < 0)
			return bf_err_sys(err, ENAMETOOLONG, "%s", dir);
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return bf_err_sys(err, errno, "mkdir(%s)", path);
		if (!strcmp(names[i], "script") && blender_script_write(path, err) < 0)
			return -1;
	}
	return 0;
}

static int watch(struct blender *b, int fd, struct bf_err *err)
{
	struct epoll_event event = { .events = EPOLLIN };
	if (fd >= 0 && epoll_ctl(b->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return bf_err_sys(err, errno, "epoll_ctl");
	return 0;
}

/* Put the command line together and start it. Our ends of the connections are in b. */
static int run_blender(struct blender *b, const struct blender_config *config, const char *dir, int talk, int output,
	struct bf_err *err)
{
	char script[4096], tmp[4096], threads[16];
	if (bf_fmt(script, sizeof script, "%s/script/" BLENDER_SCRIPT_MAIN, dir) < 0
		|| bf_fmt(tmp, sizeof tmp, "TMPDIR=%s/tmp", dir) < 0)
		return bf_err_sys(err, ENAMETOOLONG, "%s", dir);
	snprintf(threads, sizeof threads, "%d", config->threads);
	const char *argv[24];
	int n = 0;
	argv[n++] = config->program;
	argv[n++] = "-b";
	argv[n++] = "-noaudio";
	argv[n++] = config->trust_scripts ? "-y" : "-Y";
	if (config->factory_startup)
		argv[n++] = "--factory-startup";
	if (config->threads > 0) {
		argv[n++] = "-t";
		argv[n++] = threads;
	}
	const char *const rest[] = { "--python-exit-code", "9", "-P", script, "--", "--bf-in", "3", "--bf-out", "4", NULL };
	memcpy(argv + n, rest, sizeof rest);
	const char *env_set[] = { tmp, NULL };
	/* Other Pythons, and folders that would be loaded into Blender unseen. */
	const char *env_unset[] = { "PYTHON*", "BLENDER_*", NULL };
	struct proc_spec spec = {
		.argv = argv, .env_set = env_set, .env_unset = env_unset, .in = -1, .out = output, .err = output,
		.extra = { talk, talk }, .extra_count = 2, .nice = config->nice, .expendable = true,
	};
	return proc_start(&b->proc, &spec, err);
}

static void release(struct blender *b)
{
	proc_stop(&b->proc, 0);
	int fds[] = { b->talk, b->output, b->epoll };
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	blender_capture_close(&b->log);
	struct bf_buf *bufs[] = { &b->commands, &b->answers, &b->missing.list, &b->warnings.list, &b->missing_out.list,
		&b->warnings_out.list };
	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		bf_buf_clear(bufs[i]);
	free(b->log_path);
	free(b);
}

static int open_log(struct blender *b, const char *dir, struct bf_err *err)
{
	struct bf_buf path = { 0 };
	bf_buf_printf(&path, "%s/log", dir);
	b->log_path = path.data;
	return blender_capture_open(&b->log, b->log_path, LOG_KEEP, err);
}

/* Connect both sides; theirs[0] is their end of the conversation, theirs[1] of the output. */
static int connect_ends(struct blender *b, int theirs[2], struct bf_err *err)
{
	int pair[2], pipes[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return bf_err_sys(err, errno, "socketpair");
	b->talk = pair[0];
	theirs[0] = pair[1];
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return bf_err_sys(err, errno, "pipe");
	b->output = pipes[0];
	theirs[1] = pipes[1];
	fcntl(b->talk, F_SETFL, O_NONBLOCK);
	fcntl(b->output, F_SETFL, O_NONBLOCK);
	fcntl(b->output, F_SETPIPE_SZ, PIPE_BYTES); /* only a wish: limits may forbid it */
	b->epoll = epoll_create1(EPOLL_CLOEXEC);
	return b->epoll < 0 ? bf_err_sys(err, errno, "epoll_create1") : 0;
}

int blender_start(const struct blender_config *config, struct blender **out, struct bf_err *err)
{
	*out = NULL;
	int theirs[2] = { -1, -1 }, result = -1;
	struct blender *b = calloc(1, sizeof *b);
	if (!b)
		return bf_err_sys(err, errno, "starting Blender");
	b->proc = PROC_NONE;
	b->talk = b->output = b->epoll = b->log.fd = -1;
	char *dir = realpath(config->dir, NULL);
	if (!dir) {
		bf_err_sys(err, errno, "%s", config->dir);
		goto out;
	}
	if (make_dirs(dir, err) < 0 || open_log(b, dir, err) < 0 || connect_ends(b, theirs, err) < 0
		|| run_blender(b, config, dir, theirs[0], theirs[1], err) < 0
		|| watch(b, b->talk, err) < 0 || watch(b, b->output, err) < 0 || watch(b, b->proc.pidfd, err) < 0)
		goto out;
	result = send_setup(b, config, dir, err);
out:
	for (int i = 0; i < 2; i++)
		if (theirs[i] >= 0)
			close(theirs[i]);
	free(dir);
	if (result == 0)
		*out = b;
	else
		release(b);
	return result;
}

void blender_stop(struct blender **blender, int grace_ms)
{
	struct blender *b = *blender;
	if (!b)
		return;
	*blender = NULL;
	if (!b->gone && !b->task_count && grace_ms > 0 && !b->commands.len) {
		int64_t start = proc_now_ms();
		bf_buf_puts(&b->commands, "quit\n");
		send_commands(b);
		proc_wait(&b->proc, grace_ms < SILENCE_MS ? grace_ms : SILENCE_MS);
		grace_ms -= (int)(proc_now_ms() - start);
	}
	proc_stop(&b->proc, grace_ms > 0 ? grace_ms : 0);
	drain_output(b);
	release(b);
}
