#include "agent/piece_check.h"

#include <stdio.h>
#include <string.h>

#include "agent/record.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/digest.h"
#include "share-layout/path.h"

/* How often is looked again in the time that others may be silent. */
enum { LOOKS_PER_LEASE = 16 };

static struct bf_path pieces_of(const struct work *work)
{
	return bf_path_in_job(work->job->plan.id, "pieces");
}

static bool is_named(const struct work *work, const struct bf_names *names, const struct bf_task *piece)
{
	struct bf_path path = bf_path_piece(work->job->plan.id, piece, bf_job_piece_ext(&work->job->plan));
	return bf_names_has(names, strrchr(path.text, '/') + 1);
}

static int reopen(struct worker *w, const struct work *work, const struct bf_task *piece, const char *why, struct bf_err *err)
{
	struct bf_place place = worker_place(w, work);
	char name[BF_TASK_MAX];
	bf_task_name(piece, name);
	bf_log(BF_LOG_WARN, "reopen job=%s task=%s: it is on record as done but its picture is %s", work->job->plan.id, name, why);
	int reopened = bf_claim_reopen(&place, piece, err);
	if (reopened == 1)
		record_task(w, work->job->plan.id, piece, "reopened", why);
	return reopened < 0 ? -1 : 0;
}

/* A change of our own in the folder, which somebody may have thrown away. */
static int touch(struct worker *w, const struct work *work, struct bf_err *err)
{
	struct bf_path dir = pieces_of(work);
	return bf_fs_mkdir(w->share->root, dir.text, err) < 0 ? -1 : bf_share_touch(w->share, dir.text, work->task.token, err);
}

int piece_check_listed(struct worker *w, const struct work *work, struct bf_names *names, const struct bf_task *piece,
	struct bf_err *err)
{
	struct bf_path dir = pieces_of(work);
	if (!names->count && bf_fs_list(w->share->root, dir.text, names, err) < 0)
		return -1;
	if (is_named(work, names, piece))
		return 1;
	if (touch(w, work, err) < 0 || bf_fs_list(w->share->root, dir.text, names, err) < 0)
		return -1;
	return is_named(work, names, piece) ? 1 : reopen(w, work, piece, "gone", err);
}

/* Read to its end: what stat says of its size may be old. 1 / 0 / -1, the last for what is the share's fault. */
static int is_as_committed(struct worker *w, const struct work *work, const struct bf_task *piece, struct bf_err *err)
{
	struct bf_path path = bf_path_piece(work->job->plan.id, piece, bf_job_piece_ext(&work->job->plan));
	char hash[BF_DIGEST_HEX];
	int fd = bf_fs_open_file(w->share->root, path.text, NULL, err);
	int result = fd < 0 ? -1 : bf_digest_fd(fd, path.text, hash, NULL, err);
	if (fd >= 0)
		bf_sys.close(fd);
	if (result < 0)
		return bf_err_is_share_fault(err) ? -1 : 0;
	return !strcmp(hash, piece->hash);
}

/* One look at all committed pieces of the frame. How many are wrong, or -1; the wrong ones are reopened if wanted. */
static int look(struct worker *w, const struct work *work, bool reopens, struct bf_err *err)
{
	struct bf_names tasks = {0};
	int wrong = 0, result = bf_fs_list(w->share->root, bf_path_shard(work->job->plan.id, work->shard.name).text, &tasks, err);
	for (size_t i = 0; result >= 0 && i < tasks.count; i++) {
		struct bf_task piece;
		if (bf_task_parse(tasks.item[i].text, &piece) < 0 || piece.kind != BF_TASK_PIECE
			|| piece.frame != work->task.frame || piece.state != BF_DONE)
			continue;
		result = is_as_committed(w, work, &piece, err);
		wrong += result == 0;
		if (result == 0 && reopens)
			result = reopen(w, work, &piece, "not what was committed", err);
	}
	bf_names_clear(&tasks);
	return result < 0 ? -1 : wrong;
}

static int look_for_a_while(struct worker *w, const struct work *work, struct bf_err *err)
{
	int64_t until_ms = bf_sys.now_ms() + w->config->lease_ms / 2;
	int wrong = look(w, work, false, err);
	if (wrong > 0)
		bf_log(BF_LOG_INFO, "look again job=%s: pieces=%d are not what was committed, or not seen as that yet",
			work->job->plan.id, wrong);
	while (wrong > 0 && bf_sys.now_ms() < until_ms && !board_stopping(w->board)) {
		worker_share_end(w);
		worker_sleep(w, w->config->lease_ms / LOOKS_PER_LEASE);
		worker_share_begin(w);
		wrong = touch(w, work, err) < 0 ? -1 : look(w, work, false, err);
	}
	return wrong;
}

int piece_check_all(struct worker *w, const struct work *work, struct bf_err *err)
{
	worker_share_begin(w);
	int wrong = look_for_a_while(w, work, err);
	if (wrong > 0 && !board_stopping(w->board))
		wrong = look(w, work, true, err);
	worker_share_end(w);
	return wrong < 0 ? -1 : wrong == 0;
}
