#include "agent/supervise.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/beat.h"
#include "agent/board.h"
#include "agent/hooks.h"
#include "agent/probe.h"
#include "agent/proc.h"
#include "agent/rest.h"
#include "agent/scratch.h"
#include "agent/update.h"
#include "agent/worker.h"
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
	RESTART_MS = 1000,       /* pause before a worker that crashed is started again */
	KEEPER_END_MS = 3000,    /* for the keeper to take the card away */
	SILENT_MS = 15000,       /* the share has not answered for so long: say so */
	STUCK_LEASES = 5,        /* a worker that hangs in the share for so many leases is killed … */
};

struct child {
	pid_t pid;
	bool ended;
	int status;
	int64_t restart_ms;
};

struct supervisor {
	const struct config *config;
	struct bf_share *share;
	struct board *board;
	char id[BF_ID_MAX];
	char scratch[SCRATCH_PATH_MAX]; /* of this agent */
	struct child keeper, updater, worker[BF_SLOTS_MAX];
	struct probe probe;      /* blender --version … */
	bool probed;             /* … was asked */
	int64_t start_ms;
	struct rest rest;
	struct hooks hooks;
	int signals_fd;
	int64_t silent_since_ms; /* the share does not answer, and we have said so; 0 = it does */
	bool finishing;          /* we were asked to end, after what is in work */
	bool updating;           /* … to change to a newer program, and by nobody else */
	int64_t stop_ms;         /* when we were asked to stop, 0 = not */
	int status;
};

/* ---- children ---- */

static pid_t start_child(struct supervisor *s, const char *who)
{
	pid_t parent = getpid(), pid = fork();
	if (pid != 0)
		return pid;
	/* when the supervisor is killed everything ends with it, as in a crash of the machine */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_IGN); /* a Ctrl-C goes to the whole terminal group; the supervisor decides */
	signal(SIGTERM, SIG_DFL);
	close(s->signals_fd);
	probe_forget(&s->probe);
	bf_log_set_who(who);
	return 0;
}

static void start_keeper(struct supervisor *s)
{
	s->keeper = (struct child){ .pid = start_child(s, NULL) };
	if (s->keeper.pid == 0)
		_exit(beat_run(s->config, s->id, s->board, s->share));
}

static void start_worker(struct supervisor *s, int slot)
{
	char who[16] = "";
	if (s->config->slots > 1)
		snprintf(who, sizeof who, "slot=%d", slot);
	s->worker[slot] = (struct child){ .pid = start_child(s, who) };
	if (s->worker[slot].pid == 0) {
		signal(SIGTERM, SIG_IGN); /* it is told through the board */
		_exit(worker_run(s->config, s->id, (unsigned)slot, s->board, s->share, s->scratch));
	}
}

static void start_updater(struct supervisor *s)
{
	if (!s->config->update_from_share || s->config->once || s->config->drain)
		return;
	s->updater = (struct child){ .pid = start_child(s, NULL) };
	if (s->updater.pid == 0)
		_exit(update_run(s->config, s->id, s->board, s->share));
}

static void end_updater(struct supervisor *s)
{
	if (s->updater.pid > 0)
		kill(s->updater.pid, SIGKILL);
	s->updater.pid = 0; /* it may hang in the share: whoever comes after us reaps it */
}

static void note_end(struct child *child, int status)
{
	child->ended = true;
	child->status = status;
	child->pid = 0;
}

static void reap(struct supervisor *s)
{
	int status;
	pid_t pid;
	if (s->updater.pid > 0 && waitpid(s->updater.pid, &status, WNOHANG) == s->updater.pid)
		note_end(&s->updater, status);
	/* only our own: the probe is waited for by who started it */
	for (int i = -1; i < s->config->slots; i++) {
		struct child *child = i < 0 ? &s->keeper : &s->worker[i];
		if (child->pid > 0 && (pid = waitpid(child->pid, &status, WNOHANG)) == child->pid)
			note_end(child, status);
	}
}

static bool ended_orderly(const struct child *child)
{
	return child->ended && WIFEXITED(child->status)
		&& (WEXITSTATUS(child->status) == 0 || WEXITSTATUS(child->status) == 4);
}

static void restart_crashed(struct supervisor *s)
{
	int64_t now_ms = bf_sys.now_ms();
	for (int i = -1; i < s->config->slots && !s->stop_ms && !(s->finishing && i >= 0); i++) {
		struct child *child = i < 0 ? &s->keeper : &s->worker[i];
		char how[128];
		if (!child->ended || (i >= 0 && ended_orderly(child)))
			continue;
		if (!child->restart_ms) {
			proc_describe(child->status, how, sizeof how);
			bf_log(BF_LOG_ERROR, "%s ended unexpectedly: %s; starting it again", i < 0 ? "keeper" : "worker", how);
			child->restart_ms = now_ms + RESTART_MS;
		} else if (now_ms >= child->restart_ms) {
			if (i < 0)
				start_keeper(s);
			else
				start_worker(s, i);
		}
	}
}

/* Calls hang while the file server is away, and who hangs cannot say so. The keeper's are all short ones. */
static void say_silent_share(struct supervisor *s)
{
	int64_t since_ms = atomic_load(&s->board->keeper_busy_since_ms);
	bool silent = since_ms && bf_sys.now_ms() - since_ms >= SILENT_MS;
	if (silent && !s->silent_since_ms) {
		bf_log(BF_LOG_WARN, "share silent: %s has not answered for %d s; waiting for it", s->share->path, SILENT_MS / 1000);
		s->silent_since_ms = since_ms;
	} else if (s->silent_since_ms && since_ms != s->silent_since_ms) {
		bf_log(BF_LOG_INFO, "share answers again after %d s", (int)((bf_sys.now_ms() - s->silent_since_ms) / 1000));
		s->silent_since_ms = 0;
	}
}

/* … because its share calls hang although others' do not: a new process gets a new chance, and gives back what the
 * old one held. */
static void kill_stuck(struct supervisor *s)
{
	int64_t now_ms = bf_sys.now_ms();
	for (int i = 0; i < s->config->slots; i++) {
		int64_t since_ms = atomic_load(&s->board->slot[i].busy_since_ms);
		if (s->worker[i].pid <= 0 || !since_ms || atomic_load(&s->board->share_lost) || s->silent_since_ms
			|| now_ms - since_ms < STUCK_LEASES * s->config->lease_ms)
			continue;
		bf_log(BF_LOG_ERROR, "slot %d hangs in the share for %lld s: killing it", i, (long long)((now_ms - since_ms) / 1000));
		atomic_store(&s->board->slot[i].busy_since_ms, 0);
		kill(s->worker[i].pid, SIGKILL);
	}
}

static bool workers_are_over(const struct supervisor *s)
{
	for (int i = 0; i < s->config->slots; i++)
		if (s->worker[i].pid > 0 || (s->worker[i].ended && !ended_orderly(&s->worker[i]) && !s->stop_ms && !s->finishing))
			return false;
	return true;
}

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

static void kill_all(struct supervisor *s)
{
	for (int i = -1; i < s->config->slots; i++) {
		struct child *child = i < 0 ? &s->keeper : &s->worker[i];
		if (child->pid > 0)
			kill(child->pid, SIGKILL);
	}
}

static void begin_stop(struct supervisor *s, const char *why)
{
	if (s->stop_ms) {
		bf_log(BF_LOG_WARN, "stop at once");
		kill_all(s);
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

static void end_keeper(struct supervisor *s)
{
	int64_t until_ms = bf_sys.now_ms() + KEEPER_END_MS;
	if (s->keeper.pid > 0)
		kill(s->keeper.pid, SIGTERM);
	while (s->keeper.pid > 0 && bf_sys.now_ms() < until_ms) {
		bf_sys.sleep_ms(10);
		reap(s);
	}
	if (s->keeper.pid > 0) {
		kill(s->keeper.pid, SIGKILL);
		/* it may hang in the kernel until the file server is back: not our time to lose */
		bf_sys.sleep_ms(50);
		reap(s);
	}
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
	if (s->config->once && ended_orderly(&s->worker[0]))
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
		reap(s);
		hear_probe(s);
		if (workers_are_over(s))
			break;
		restart_crashed(s);
		obey_order(s);
		if (atomic_load(&s->board->has_next))
			begin_finish(s, "a newer version takes over", true);
		rest_or_work(s);
		hooks_step(&s->hooks);
		say_silent_share(s);
		kill_stuck(s);
		/* the grace is the workers' to keep; beyond it they are stuck */
		if (s->stop_ms && bf_sys.now_ms() - s->stop_ms > s->config->grace_ms + 5000)
			kill_all(s);
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
		start_keeper(s);
		start_updater(s);
		for (int i = 0; i < config->slots; i++)
			start_worker(s, i);
		watch_over(s);
		end_updater(s);
		end_keeper(s);
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
