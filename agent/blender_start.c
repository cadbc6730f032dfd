/* From nothing to a running Blender, and back to nothing. */
#include "agent/blender_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/blender_script.h"

#define LOG_KEEP (1 << 20) /* of each end; the file stays below four times this */
#define PIPE_BYTES (1 << 20)

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
	result = blender_send_setup(b, config, dir, err);
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
		blender_send_flush(b);
		proc_wait(&b->proc, grace_ms < SILENCE_MS ? grace_ms : SILENCE_MS);
		grace_ms -= (int)(proc_now_ms() - start);
	}
	proc_stop(&b->proc, grace_ms > 0 ? grace_ms : 0);
	blender_hear_output(b);
	release(b);
}
