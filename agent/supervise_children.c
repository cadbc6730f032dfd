/* The processes of an agent beside the first one: started, looked after, ended. */
#include "agent/supervise_private.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/beat.h"
#include "agent/proc.h"
#include "agent/update.h"
#include "agent/worker.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"

enum {
	RESTART_MS = 1000,       /* pause before a worker that crashed is started again */
	KEEPER_END_MS = 3000,    /* for the keeper to take the card away */
	SILENT_MS = 15000,       /* the share has not answered for so long: say so */
	STUCK_LEASES = 5,        /* a worker that hangs in the share for so many leases is killed … */
};

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

void supervise_start_keeper(struct supervisor *s)
{
	s->keeper = (struct child){ .pid = start_child(s, NULL) };
	if (s->keeper.pid == 0)
		_exit(beat_run(s->config, s->id, s->board, s->share));
}

void supervise_start_worker(struct supervisor *s, int slot)
{
	char who[16] = "";
	if (s->config->slots > 1)
		snprintf(who, sizeof who, "slot=%d", slot);
	atomic_store(&s->board->slot[slot].blender_pid, 0);
	s->worker[slot] = (struct child){ .pid = start_child(s, who) };
	if (s->worker[slot].pid == 0) {
		signal(SIGTERM, SIG_IGN); /* it is told through the board */
		_exit(worker_run(s->config, s->id, (unsigned)slot, s->board, s->share, s->scratch));
	}
}

void supervise_start_updater(struct supervisor *s)
{
	if (!s->config->update_from_share || s->config->once || s->config->drain)
		return;
	s->updater = (struct child){ .pid = start_child(s, NULL) };
	if (s->updater.pid == 0)
		_exit(update_run(s->config, s->id, s->board, s->share));
}

void supervise_end_updater(struct supervisor *s)
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

void supervise_reap(struct supervisor *s)
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

bool supervise_ended_orderly(const struct child *child)
{
	return child->ended && WIFEXITED(child->status)
		&& (WEXITSTATUS(child->status) == 0 || WEXITSTATUS(child->status) == 4);
}

void supervise_restart_crashed(struct supervisor *s)
{
	int64_t now_ms = bf_sys.now_ms();
	for (int i = -1; i < s->config->slots && !s->stop_ms && !(s->finishing && i >= 0); i++) {
		struct child *child = i < 0 ? &s->keeper : &s->worker[i];
		char how[128];
		if (!child->ended || (i >= 0 && supervise_ended_orderly(child)))
			continue;
		if (!child->restart_ms) {
			proc_describe(child->status, how, sizeof how);
			bf_log(BF_LOG_ERROR, "%s ended unexpectedly: %s; starting it again", i < 0 ? "keeper" : "worker", how);
			child->restart_ms = now_ms + RESTART_MS;
		} else if (now_ms >= child->restart_ms) {
			if (i < 0)
				supervise_start_keeper(s);
			else
				supervise_start_worker(s, i);
		}
	}
}

/* Calls hang while the file server is away, and who hangs cannot say so. The keeper's are all short ones. */
void supervise_say_silent_share(struct supervisor *s)
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
void supervise_kill_stuck(struct supervisor *s)
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

bool supervise_workers_are_over(const struct supervisor *s)
{
	for (int i = 0; i < s->config->slots; i++)
		if (s->worker[i].pid > 0 || (s->worker[i].ended && !supervise_ended_orderly(&s->worker[i]) && !s->stop_ms && !s->finishing))
			return false;
	return true;
}

void supervise_kill_all(struct supervisor *s)
{
	for (int i = -1; i < s->config->slots; i++) {
		struct child *child = i < 0 ? &s->keeper : &s->worker[i];
		if (child->pid > 0)
			kill(child->pid, SIGKILL);
	}
}

void supervise_end_keeper(struct supervisor *s)
{
	int64_t until_ms = bf_sys.now_ms() + KEEPER_END_MS;
	if (s->keeper.pid > 0)
		kill(s->keeper.pid, SIGTERM);
	while (s->keeper.pid > 0 && bf_sys.now_ms() < until_ms) {
		bf_sys.sleep_ms(10);
		supervise_reap(s);
	}
	if (s->keeper.pid > 0) {
		kill(s->keeper.pid, SIGKILL);
		/* it may hang in the kernel until the file server is back: not our time to lose */
		bf_sys.sleep_ms(50);
		supervise_reap(s);
	}
}
