/* What a worker does when the share does not: it says so once, waits, and opens it again. */
#include "agent/worker.h"

#include <errno.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"

enum { SHARE_WAIT_MS = 1000, SHARE_WAIT_MAX_MS = 15000 };

void worker_share_begin(struct worker *w)
{
	atomic_store(&w->board->slot[w->slot].busy_since_ms, bf_sys.now_ms());
}

void worker_share_end(struct worker *w)
{
	atomic_store(&w->board->slot[w->slot].busy_since_ms, 0);
}

static bool disk_is_full(const struct worker *w)
{
	enum { FULL_BYTES = 1 << 20 };
	struct statvfs st;
	return fstatvfs(w->share->root, &st) == 0 && st.f_blocks && (uint64_t)st.f_bavail * st.f_frsize < FULL_BYTES;
}

/* SFTP has no word for a full disk: sshfs says EIO. */
static const char *if_full(const struct worker *w, const struct bf_err *why)
{
	return why->sys == EIO && disk_is_full(w) ? ", and the disk of the share is full" : "";
}

static void say_trouble_once(struct worker *w, const struct bf_err *why)
{
	int trouble = why->sys ? why->sys : -1;
	if (w->trouble == trouble)
		return;
	w->trouble = trouble;
	w->trouble_beats = atomic_load(&w->board->beats);
	w->trouble_wait_ms = SHARE_WAIT_MS;
	/* That the share is lost was said for all of us. */
	bf_log(atomic_load(&w->board->share_lost) ? BF_LOG_DEBUG : BF_LOG_WARN, "wait: %s%s; trying again until it works",
		why->text, if_full(w, why));
	snprintf(w->view.note, sizeof w->view.note, "waiting: %.110s%s", why->text, if_full(w, why));
	board_show(w->board, w->slot, &w->view);
}

void worker_share_works(struct worker *w)
{
	if (!w->trouble)
		return;
	bf_log(BF_LOG_INFO, "the share works again");
	w->trouble = 0;
	w->view.note[0] = '\0';
}

static void sleep_unless_stopping(struct worker *w, int64_t ms)
{
	int64_t until_ms = bf_sys.now_ms() + ms;
	for (int64_t left_ms; (left_ms = until_ms - bf_sys.now_ms()) > 0 && !board_stopping(w->board);)
		worker_sleep(w, left_ms);
}

bool worker_wait_for_share(struct worker *w, const struct bf_err *why)
{
	struct bf_err err;
	say_trouble_once(w, why);
	worker_share_end(w);
	while (!board_stopping(w->board)) {
		sleep_unless_stopping(w, w->trouble_wait_ms);
		w->trouble_wait_ms = 2 * w->trouble_wait_ms < SHARE_WAIT_MAX_MS ? 2 * w->trouble_wait_ms : SHARE_WAIT_MAX_MS;
		worker_share_begin(w);
		if (!board_stopping(w->board) && bf_share_reopen(w->share, &err) == 1)
			return true;
		worker_share_end(w);
	}
	return false;
}

bool worker_follow_share(struct worker *w, struct bf_err *err)
{
	unsigned turns = atomic_load(&w->board->share_turns);
	if (turns == w->share_turns)
		return true;
	if (bf_share_reopen(w->share, err) != 1) {
		bf_err_set(err, "the share %s is not there", w->share->path);
		if (!worker_wait_for_share(w, err))
			return false;
	}
	w->share_turns = turns;
	w->refreshed_ms = 0;
	return true;
}

/* Of some trouble a look that succeeded does not prove that it is over. That our card could be written does, unless the
 * disk had just that much room left. */
bool worker_share_refuses_writing(const struct worker *w)
{
	switch (w->trouble) {
	case ENOSPC: case EDQUOT: case EROFS: case EACCES: case EPERM:
		return atomic_load(&w->board->beats) - w->trouble_beats < 2 || disk_is_full(w);
	default:
		return false;
	}
}
