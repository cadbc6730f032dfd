#include "agent/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/log.h"
#include "share-layout/path.h"

_Static_assert(sizeof(struct hook_note) <= PIPE_BUF, "a note must go through the pipe in one piece");

const char *hook_name(enum hook_event event)
{
	static const char *const names[] = { "agent_start", "agent_stop", "job_start", "job_end", "task_failed" };
	return names[event];
}

void hooks_init(struct hooks *hooks, const struct config *config, const char *share_path)
{
	bool any = false;
	memset(hooks, 0, sizeof *hooks);
	hooks->config = config;
	hooks->share = share_path;
	hooks->running = LISTEN_NONE;
	hooks->notes[0] = hooks->notes[1] = -1;
	for (int i = 0; i < HOOK_EVENTS; i++)
		any |= config->hook[i][0] != '\0';
	if (any && pipe2(hooks->notes, O_CLOEXEC | O_NONBLOCK) < 0)
		bf_log(BF_LOG_WARN, "hooks are not run: %s", strerror(errno));
}

void hooks_tell(int fd, const struct hook_note *note)
{
	if (fd >= 0 && write(fd, note, sizeof *note) != (ssize_t)sizeof *note)
		bf_log(BF_LOG_WARN, "hook %s: too many wait, this one is not run", hook_name(note->event));
}

/* ---- running one ---- */

struct environment {
	char line[12][BF_PATH_MAX + 600];
	const char *list[13];
	int count;
};

static void put(struct environment *env, const char *name, const char *value)
{
	if (!value[0])
		return;
	snprintf(env->line[env->count], sizeof env->line[0], "BF_%s=%s", name, value);
	env->list[env->count] = env->line[env->count];
	env->count++;
}

static void put_path(struct environment *env, const char *name, const char *share, const char *below)
{
	char path[sizeof env->line[0] - 32];
	if (below[0] && bf_fmt(path, sizeof path, "%s/%s", share, below) >= 0)
		put(env, name, path);
}

static void put_count(struct environment *env, const char *name, long long count)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", count);
	put(env, name, text);
}

static void describe(const struct hooks *hooks, const struct hook_note *note, struct environment *env)
{
	put(env, "EVENT", hook_name(note->event));
	put(env, "MACHINE", hooks->config->name);
	put(env, "SHARE", hooks->share);
	put(env, "JOB", note->job);
	put(env, "TASK", note->task);
	put(env, "WHY", note->why);
	put_path(env, "LOG", hooks->share, note->log);
	if (note->job[0])
		put_path(env, "OUTPUT", hooks->share, bf_path_output(note->job).text);
	if (note->event == HOOK_TASK_FAILED)
		put(env, "GIVEN_UP", note->given_up ? "yes" : "no");
	if (note->event == HOOK_JOB_END) {
		put_count(env, "DONE", note->done);
		put_count(env, "FAILED", note->failed);
	}
}

static void start(struct hooks *hooks, const struct hook_note *note)
{
	struct environment env = { .count = 0 };
	struct bf_err err;
	const char *const argv[] = { hooks->config->hook[note->event], hook_name(note->event), NULL };
	if (!argv[0][0])
		return;
	describe(hooks, note, &env);
	hooks->what = note->event;
	if (listen_start(&hooks->running, argv, -1, env.list, hooks->config->hook_limit_ms, &err) < 0)
		bf_log(BF_LOG_WARN, "hook %s: %s", hook_name(note->event), err.text);
	else
		bf_log(BF_LOG_INFO, "hook %s program=%s", hook_name(note->event), argv[0]);
}

static void log_lines(const char *event, char *text)
{
	for (char *line; (line = strsep(&text, "\n"));)
		if (*line)
			bf_log(BF_LOG_INFO, "hook %s: %s", event, line);
}

static void hear_running(struct hooks *hooks)
{
	struct bf_err err;
	int done = listen_running(&hooks->running) ? listen_done(&hooks->running, &err) : 0;
	if (!done)
		return;
	log_lines(hook_name(hooks->what), hooks->running.text);
	if (done < 0)
		bf_log(BF_LOG_WARN, "hook %s failed: %s", hook_name(hooks->what), err.text);
}

/* ---- all of them ---- */

static void hear_notes(struct hooks *hooks)
{
	while (hooks->notes[0] >= 0 && hooks->count < HOOKS_WAITING
		&& read(hooks->notes[0], &hooks->waiting[hooks->count], sizeof hooks->waiting[0]) == (ssize_t)sizeof hooks->waiting[0])
		hooks->count++;
}

void hooks_step(struct hooks *hooks)
{
	hear_running(hooks);
	hear_notes(hooks);
	while (hooks->count && !listen_running(&hooks->running)) {
		struct hook_note next = hooks->waiting[0];
		memmove(hooks->waiting, hooks->waiting + 1, (size_t)--hooks->count * sizeof next);
		start(hooks, &next);
	}
}

bool hooks_busy(const struct hooks *hooks)
{
	return hooks->count || listen_running(&hooks->running);
}

void hooks_stop(struct hooks *hooks)
{
	if (hooks_busy(hooks))
		bf_log(BF_LOG_WARN, "hook %s: the agent does not wait for it any longer", hook_name(hooks->what));
	listen_stop(&hooks->running);
	for (int i = 0; i < 2; i++)
		if (hooks->notes[i] >= 0)
			close(hooks->notes[i]);
}
