#include "agent/supervise.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/proc.h"
#include "agent/supervise_private.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/order.h"
#include "share-layout/token.h"
#include "share-layout/update.h"

enum {
	TICK_MS = 500,
	HOOK_LOOK_MS = 50,
	TICK_UNPROBED_MS = 50,
	PROBE_MS = 200,          /* a worker that begins with a new file hears the version from its Blender … */
	PROBE_MAX_MS = 2000,     /* … unless that takes so long: then it is asked all the same */
};

/* ---- Blender's version, asked once near the start ---- */

static void say_blender_is_bad(struct supervisor *s, const char *why)
{
	bf_log(BF_LOG_ERROR, "Blender cannot be used: %s. Install it (apt-get install blender), or say where it is: blender ="
		" /path/to/blender in the section [agent] of agent.ini", why);
	s->status = 3;
	kill(getpid(), SIGTERM);
}

static void say_version(const struct supervisor *s, const char *version)
{
	bf_log(BF_LOG_INFO, "blender version=%s program=%s", version, s->config->blender);
}

static bool is_opening(const struct supervisor *s)
{
	for (int i = 0; i < s->config->slots; i++)
		if (atomic_load(&s->board->slot[i].opening))
			return true;
	return false;
}

/* A third of a second of one core, while a Blender that a worker starts says the same: on a job of light frames that shows. */
static void probe_when_due(struct supervisor *s)
{
	struct bf_err err;
	int64_t age_ms = bf_sys.now_ms() - s->start_ms;
	if (s->probed || s->stop_ms || age_ms < PROBE_MS || (age_ms < PROBE_MAX_MS && is_opening(s)))
		return;
	s->probed = true;
	if (s->board->blender[0])
		say_version(s, s->board->blender);
	else if (probe_start(&s->probe, s->config->blender, &err) < 0)
		say_blender_is_bad(s, err.text);
}

static void hear_probe(struct supervisor *s)
{
	struct bf_err err;
	char version[32];
	probe_when_due(s);
	int heard = probe_hear(&s->probe, version, &err);
	if (heard == 1) {
		memcpy(s->board->blender, version, sizeof version);
		say_version(s, version);
		board_wake(s->board);
	} else if (heard < 0 && !s->stop_ms) {
		say_blender_is_bad(s, err.text);
	}
}

/* ---- signals and the end ---- */

static void begin_stop(struct supervisor *s, const char *why)
{
	if (s->stop_ms) {
		bf_log(BF_LOG_WARN, "stop at once");
		supervise_kill_all(s);
		return;
	}
	s->stop_ms = bf_sys.now_ms();
	bf_log(BF_LOG_INFO, "stop: %s", why);
	atomic_store(&s->board->stop, BOARD_STOP);
	board_wake(s->board);
}

static void begin_finish(struct supervisor *s, const char *why, bool updating)
{
	s->updating = updating && (s->updating || !s->finishing);
	if (s->finishing || s->stop_ms)
		return;
	s->finishing = true;
	bf_log(BF_LOG_INFO, "finish: %s; ending after what is in work", why);
	atomic_store(&s->board->stop, BOARD_FINISH);
	board_wake(s->board);
}

/* Is it time to work? Changes are told to the log and the workers. */
static void rest_or_work(struct supervisor *s)
{
	pid_t workers[BF_SLOTS_MAX];
	for (int i = 0; i < s->config->slots; i++)
		workers[i] = s->worker[i].pid;
	enum board_rest rest = rest_look(&s->rest, s->board, workers), before = (enum board_rest)atomic_load(&s->board->rest);
	if (rest == before)
		return;
	if (rest == BOARD_WORK)
		bf_log(BF_LOG_INFO, "work: no reason to rest any more");
	else
		bf_log(BF_LOG_INFO, "rest: %s", board_rest_name(rest));
	atomic_store(&s->board->rest, rest);
	board_wake(s->board);
}

/* What a person wrote into agents/ of the share: the keeper has seen it. */
static void obey_order(struct supervisor *s)
{
	int order = atomic_load(&s->board->order);
	if (order == BF_ORDER_STOP && !s->stop_ms)
		begin_stop(s, "a STOP file in agents/");
	else if (order == BF_ORDER_FINISH)
		begin_finish(s, "a FINISH file in agents/", false);
}

static void take_signals(struct supervisor *s)
{
	struct signalfd_siginfo info;
	while (read(s->signals_fd, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		if (info.ssi_signo == SIGUSR1)
			begin_finish(s, "asked to", false);
		else
			begin_stop(s, info.ssi_signo == SIGINT ? "interrupted" : "asked to end");
	}
}

static int open_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- hooks ---- */

static void tell_hook(struct supervisor *s, enum hook_event event)
{
	struct hook_note note = { .event = event };
	hooks_tell(s->hooks.notes[1], &note);
	hooks_step(&s->hooks);
}

/* What was told is still run, within the limit, unless somebody is in a hurry. */
static void end_hooks(struct supervisor *s)
{
	int64_t until_ms = bf_sys.now_ms() + s->config->hook_limit_ms;
	struct signalfd_siginfo info;
	bool hurry = false;
	while (hooks_busy(&s->hooks) && bf_sys.now_ms() < until_ms && !hurry) {
		struct pollfd waits[] = { { .fd = s->signals_fd, .events = POLLIN }, { .fd = s->hooks.running.fd, .events = POLLIN } };
		poll(waits, 2, HOOK_LOOK_MS);
		while (read(s->signals_fd, &info, sizeof info) == sizeof info)
			hurry |= info.ssi_signo != SIGCHLD;
		hooks_step(&s->hooks);
	}
}

/* ---- the story ---- */

static int exit_status(const struct supervisor *s)
{
	if (s->status)
		return s->status;
	if ((s->config->once || s->config->drain) && atomic_load(&s->board->failed))
		return 1;
	if (s->config->once && supervise_ended_orderly(&s->worker[0]))
		return WEXITSTATUS(s->worker[0].status);
	return 0;
}

static void watch_over(struct supervisor *s)
{
	struct pollfd waits[] = { { .fd = s->signals_fd, .events = POLLIN }, { .events = POLLIN } };
	for (;;) {
		waits[1].fd = s->probe.fd;
		poll(waits, 2, s->probed ? TICK_MS : TICK_UNPROBED_MS);
		take_signals(s);
		supervise_reap(s);
		hear_probe(s);
		if (supervise_workers_are_over(s))
			break;
		supervise_restart_crashed(s);
		obey_order(s);
		if (atomic_load(&s->board->has_next))
			begin_finish(s, "a newer version takes over", true);
		rest_or_work(s);
		hooks_step(&s->hooks);
		supervise_say_silent_share(s);
		supervise_kill_stuck(s);
		/* the grace is the workers' to keep; beyond it they are stuck */
		if (s->stop_ms && bf_sys.now_ms() - s->stop_ms > s->config->grace_ms + 5000)
			supervise_kill_all(s);
	}
}

int supervise_run(const struct config *config, struct bf_share *share, char next_program[4096])
{
	struct bf_err err;
	struct supervisor *s = calloc(1, sizeof *s);
	next_program[0] = '\0';
	if (!s)
		return 3;
	s->config = config;
	s->share = share;
	s->probe = PROBE_NONE;
	rest_init(&s->rest, config);
	bf_id_make(config->name, s->id);
	s->board = board_new(config->slots);
	hooks_init(&s->hooks, config, share->path);
	s->board->hooks_fd = s->hooks.notes[1];
	s->signals_fd = open_signals();
	if (scratch_make(config->scratch, s->id, s->scratch, &err) < 0) {
		bf_log(BF_LOG_ERROR, "%s", err.text);
		free(s);
		return 3;
	}
	bf_log(BF_LOG_INFO, "start agent=%s version=%s share=%s slots=%d%s%s", s->id, bf_version, share->path, config->slots,
		config->file[0] ? " config=" : "", config->file);
	s->start_ms = bf_sys.now_ms();
	char path[4096], why[4200];
	int found = proc_find(config->blender, path, sizeof path);
	if (found == 1) {
		rest_or_work(s);
		tell_hook(s, HOOK_AGENT_START);
		supervise_start_keeper(s);
		supervise_start_updater(s);
		for (int i = 0; i < config->slots; i++)
			supervise_start_worker(s, i);
		watch_over(s);
		supervise_end_updater(s);
		supervise_end_keeper(s);
		tell_hook(s, HOOK_AGENT_STOP);
		end_hooks(s);
	} else {
		snprintf(why, sizeof why, found < 0 ? "%s may not be run" : "%s was not found", found < 0 ? path : config->blender);
		say_blender_is_bad(s, why);
	}
	probe_stop(&s->probe);
	rest_stop(&s->rest);
	hooks_stop(&s->hooks);
	scratch_remove(config->scratch, s->scratch);
	int status = exit_status(s);
	if (s->updating && !s->stop_ms)
		memcpy(next_program, s->board->next_program, 4096);
	bf_log(BF_LOG_INFO, "end agent=%s", s->id);
	free(s);
	return status;
}
