#include "agent/beat.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent/watch.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/order.h"
#include "share-layout/path.h"
#include "share-layout/token.h"
#include "share-layout/update.h"

/* While something renders the card is freshened this often, so that people see it move; the beat itself
 * (the rename that others go by) keeps its own pace. */
enum { FRESHEN_MS = 5000, FRESHEN_LEAST_MS = 1000 /* however often it is asked for */, DAY_MS = 24 * 3600 * 1000, STUCK_MS = 30000 };

struct keeper {
	const struct config *config;
	struct board *board;
	struct bf_share *share;
	struct bf_card card;
	struct bf_live live;
	struct bf_names names;
	struct bf_buf text, written; /* the card now, and as it was last written */
	unsigned long beat;
	bool has_card;
	bool lost;                   /* the share could not be reached at the last try */
};

/* ---- our own card ---- */

static void describe_slots(struct keeper *k)
{
	int64_t now_ms = bf_sys.now_ms();
	for (int i = 0; i < k->board->slots; i++) {
		struct bf_slot *slot = &k->card.slot[i];
		board_read_slot(k->board, (unsigned)i, slot);
		int64_t started_ms = atomic_load(&k->board->slot[i].started_ms);
		int64_t busy_ms = atomic_load(&k->board->slot[i].busy_since_ms);
		slot->seconds = started_ms ? (now_ms - started_ms) / 1000 : 0;
		if (board_stopping(k->board))
			slot->state = BF_SLOT_STOPPING;
		else if (busy_ms && now_ms - busy_ms > STUCK_MS)
			slot->state = BF_SLOT_STUCK;
		if (slot->speed <= 0) /* what it has learned at work counts more */
			slot->speed = k->config->slot[i].speed;
		if (k->config->slot[i].device[0])
			snprintf(slot->device, sizeof slot->device, "%s", k->config->slot[i].device);
	}
	memcpy(k->card.blender, k->board->blender, sizeof k->card.blender);
	bf_buf_reset(&k->text);
	bf_card_format(&k->card, &k->text);
}

static bool card_changed(const struct keeper *k)
{
	return k->text.len != k->written.len || memcmp(k->text.data, k->written.data, k->text.len);
}

static void remember_written(struct keeper *k)
{
	bf_buf_reset(&k->written);
	bf_buf_add(&k->written, k->text.data, k->text.len);
}

static int freshen(struct keeper *k, struct bf_err *err)
{
	if (bf_fs_rewrite(k->share->root, bf_path_card(k->card.id, k->beat).text, k->text.data, k->text.len, err) < 0)
		return -1;
	remember_written(k);
	return 0;
}

/* Under its own name at once: readers can tell a card that is being written, and nothing is left aside by who dies here. */
static int make_card(struct keeper *k, struct bf_err *err)
{
	k->beat++;
	k->has_card = freshen(k, err) == 0;
	return k->has_card ? 0 : -1;
}

/* Rewrite in place, then rename to the next number. A card that somebody deleted is made again; so is one whose
 * rename took place while the answer was lost, and the old one goes when the directory is listed. */
static int beat(struct keeper *k, struct bf_err *err)
{
	describe_slots(k);
	if (!k->has_card)
		return make_card(k, err);
	/* On a full disk the card may stay as it is or be empty, but the beat must go on: we are alive. */
	bool wrote = !card_changed(k) || freshen(k, err) == 0;
	if (!wrote && err->sys != ENOSPC && err->sys != EDQUOT)
		return -1;
	struct bf_path from = bf_path_card(k->card.id, k->beat), to = bf_path_card(k->card.id, k->beat + 1);
	int renamed = bf_fs_rename(k->share->root, from.text, to.text, err);
	if (renamed < 0)
		return -1;
	k->beat++;
	k->has_card = renamed == 1;
	if (!k->has_card)
		return make_card(k, err);
	atomic_fetch_add(&k->board->beats, wrote);
	return 0;
}

/* ---- the others ---- */

/* Cards of ours under other numbers: of a keeper of this agent that was killed, or of a beat whose answer was lost. */
static void remove_own_old(struct keeper *k)
{
	for (size_t i = 0; i < k->names.count; i++) {
		char id[BF_ID_MAX];
		unsigned long number;
		if (bf_live_parse_card(k->names.item[i].text, id, &number) == 0 && !strcmp(id, k->card.id) && number != k->beat)
			bf_fs_unlink(k->share->root, bf_path_card(id, number).text, NULL);
	}
}

/* What people tell this machine by files in agents/. An order that makes it end is taken away, or it would never start again. */
static void look_for_orders(struct keeper *k)
{
	struct bf_err err;
	enum bf_order order = bf_order_of(&k->names, k->config->name);
	if (order > BF_ORDER_PAUSE && bf_order_remove(k->share->root, &k->names, k->config->name, order, &err) < 0)
		bf_log(BF_LOG_WARN, "order %s: %s", bf_order_name(order), err.text);
	if (order > BF_ORDER_PAUSE || atomic_load(&k->board->order) <= BF_ORDER_PAUSE)
		atomic_store(&k->board->order, order);
}

static int look_at_others(struct keeper *k, struct bf_err *err)
{
	if (bf_fs_list(k->share->root, BF_AGENTS, &k->names, err) < 0)
		return -1;
	remove_own_old(k);
	look_for_orders(k);
	bf_live_look(&k->live, &k->names, bf_sys.now_ms(), k->config->beat_ms);
	for (int i = 0; i < k->board->slots; i++) {
		char id[BF_ID_MAX];
		memcpy(id, k->board->noted[i], sizeof id);
		id[sizeof id - 1] = '\0';
		if (bf_id_ok(id))
			bf_live_note(&k->live, id);
	}
	board_put_live(k->board, &k->live);
	return 0;
}

/* An agent of our name whose process is gone from this machine has nobody left to wait for. */
static void bury_own_dead(struct keeper *k)
{
	struct bf_card *card = calloc(1, sizeof *card);
	for (size_t i = 0; card && i < k->names.count; i++) {
		char id[BF_ID_MAX], name[BF_NAME_MAX];
		unsigned long number;
		if (bf_live_parse_card(k->names.item[i].text, id, &number) < 0 || !strcmp(id, k->card.id))
			continue;
		bf_id_name(id, name);
		if (strcmp(name, k->config->name) || bf_card_read(k->share, id, number, card, NULL) != 1 || !bf_card_process_is_gone(card))
			continue;
		bf_log(BF_LOG_INFO, "takeover predecessor=%s: its process on this machine is gone", id);
		bf_live_kill(&k->live, id);
		bf_fs_unlink(k->share->root, bf_path_card(id, number).text, NULL);
	}
	free(card);
	board_put_live(k->board, &k->live);
}

/* A card that nobody moved for a day belongs to nobody. */
static void bury_long_dead(struct keeper *k)
{
	for (int i = 0; i < k->live.count; i++) {
		struct bf_live_agent *agent = &k->live.agent[i];
		if (agent->listed && agent->silent_ms > DAY_MS)
			bf_fs_unlink(k->share->root, bf_path_card(agent->id, agent->beat).text, NULL);
	}
}

/* ---- the share comes and goes ---- */

static void say_lost(struct keeper *k, const struct bf_err *why)
{
	if (!k->lost) {
		bf_log(BF_LOG_ERROR, "share lost: %s; waiting for it to come back", why->text);
		atomic_store(&k->board->share_lost, true);
		atomic_fetch_add(&k->board->share_turns, 1);
		board_wake(k->board);
	}
	k->lost = true;
}

static void say_back(struct keeper *k)
{
	if (k->lost)
		bf_log(BF_LOG_INFO, "share back path=%s", k->share->path);
	k->lost = false;
	atomic_store(&k->board->share_lost, false);
	board_wake(k->board);
}

static void beat_and_look(struct keeper *k)
{
	struct bf_err err;
	bool here = bf_share_is_here(k->share);
	if (!here)
		bf_err_set(&err, "what lies at %s is not the folder that was opened", k->share->path);
	if (here && beat(k, &err) == 0 && look_at_others(k, &err) == 0) {
		if (k->lost)
			say_back(k);
		return;
	}
	int same = bf_share_reopen(k->share, &err);
	if (same == 1 && !here && !k->lost) /* mounted anew between two beats: the workers follow */
		atomic_fetch_add(&k->board->share_turns, 1);
	if (same != 1) {
		say_lost(k, &err);
	} else if (beat(k, &err) == 0 && look_at_others(k, &err) == 0) {
		say_back(k);
	} else {
		say_lost(k, &err);
	}
}

/* ---- the loop ---- */

static int open_watch(const struct bf_share *share)
{
	struct bf_path queue, jobs;
	if (bf_fmt(queue.text, sizeof queue.text, "%s/" BF_QUEUE, share->path) < 0
		|| bf_fmt(jobs.text, sizeof jobs.text, "%s/" BF_JOBS, share->path) < 0)
		return -1;
	const char *const paths[] = { queue.text, jobs.text, NULL };
	return watch_open(paths);
}

static int open_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void remove_card(struct keeper *k)
{
	struct bf_err err;
	/* also when a beat failed and we do not know which one there is, or the mount is another since */
	if (bf_fs_list(k->share->root, BF_AGENTS, &k->names, &err) != 1 && bf_share_reopen(k->share, &err) == 1)
		bf_fs_list(k->share->root, BF_AGENTS, &k->names, &err);
	k->beat = 0;
	remove_own_old(k);
}

int beat_run(const struct config *config, const char *agent_id, struct board *board, struct bf_share *share)
{
	struct keeper *k = calloc(1, sizeof *k);
	if (!k)
		return 1;
	k->config = config;
	k->board = board;
	k->share = share;
	strcpy(k->card.id, agent_id);
	gethostname(k->card.host, sizeof k->card.host - 1);
	snprintf(k->card.version, sizeof k->card.version, "%s", bf_version);
	strcpy(k->card.tags, config->tags);
	k->card.beat_ms = config->beat_ms;
	k->card.lease_ms = config->lease_ms;
	k->card.slot_count = board->slots;
	bf_card_sign(&k->card, getppid()); /* the agent is its supervisor */

	struct pollfd waits[] = {
		{ .fd = open_signals(), .events = POLLIN },
		{ .fd = open_watch(share), .events = POLLIN },
		{ .fd = board->keeper_fd, .events = POLLIN },
	};
	bool first = true;
	int64_t next_beat_ms = bf_sys.now_ms(), next_freshen_ms = next_beat_ms + FRESHEN_MS, asked_ms = 0;
	for (;;) {
		int64_t now_ms = bf_sys.now_ms();
		atomic_store(&board->keeper_busy_since_ms, now_ms);
		if (now_ms >= next_beat_ms) {
			beat_and_look(k);
			if (first && !k->lost) {
				bury_own_dead(k);
				board_wake(board);
				first = false;
			}
			bury_long_dead(k);
			next_beat_ms = bf_sys.now_ms() + config->beat_ms;
		} else if (now_ms >= next_freshen_ms && !k->lost && k->has_card) {
			struct bf_err err;
			describe_slots(k);
			if (card_changed(k))
				freshen(k, &err); /* the next beat notices what is wrong */
		}
		atomic_store(&board->keeper_busy_since_ms, 0);
		if (now_ms >= next_freshen_ms)
			next_freshen_ms = now_ms + FRESHEN_MS * bf_live_crowd(&k->live, config->lease_ms);
		int64_t until_ms = (next_beat_ms < next_freshen_ms ? next_beat_ms : next_freshen_ms) - bf_sys.now_ms();
		poll(waits, 3, until_ms > 0 ? (int)until_ms : 0);
		if (waits[0].revents)
			break;
		if (waits[1].revents) {
			watch_drain();
			board_wake(board);
		}
		if (waits[2].revents) {
			board_keeper_woke(board);
			now_ms = bf_sys.now_ms();
			int64_t soon_ms = now_ms > asked_ms + FRESHEN_LEAST_MS ? now_ms : asked_ms + FRESHEN_LEAST_MS;
			next_freshen_ms = soon_ms < next_freshen_ms ? soon_ms : next_freshen_ms;
			asked_ms = soon_ms;
		}
	}
	remove_card(k);
	watch_close();
	return 0;
}
