#include "agent/finish.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/look.h"
#include "agent/publish.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/look.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

enum { MISSING_PAUSE_MS = 150 };

/* ---- making directories of tasks ---- */

struct shard_writer { const struct bf_share *share; const char *dir; struct bf_err *err; int result; };

static int write_task(void *arg, const struct bf_task *task)
{
	struct shard_writer *writer = arg;
	char name[BF_FILE_MAX];
	bf_task_format(task, name);
	writer->result = bf_fs_create(writer->share->root, bf_path_of("%s/%s", writer->dir, name).text, "", 0, writer->err);
	return writer->result;
}

int finish_write_shard(const struct bf_share *share, const char *dir, const struct bf_job *job, unsigned shard,
	struct bf_err *err)
{
	struct shard_writer writer = { share, dir, err, 0 };
	if (bf_fs_mkdir(share->root, dir, err) < 0)
		return -1;
	bf_job_shard_tasks(job, shard, write_task, &writer);
	return writer.result < 0 ? -1 : 0;
}

static int make_shard(struct worker *w, const struct work *work, struct bf_err *err)
{
	const struct bf_job *job = &work->job->plan;
	struct bf_path to = bf_path_shard(job->id, bf_shard_of(work->task.number).name);
	struct bf_path aside = bf_path_of("%s/tasks/.new.%s", bf_path_job(job->id).text, work->task.token);
	struct bf_names names = {0};
	int result = -1;
	if (finish_write_shard(w->share, aside.text, job, work->task.number, err) < 0)
		goto out;
	if (bf_fs_rename(w->share->root, aside.text, to.text, err) == 1
		|| bf_fs_list(w->share->root, to.text, &names, err) == 1)
		result = 0; /* by us, or by somebody we have just taken over from */
out:
	if (names.count || result < 0)
		bf_fs_remove_tree(w->share->root, aside.text, NULL);
	bf_names_clear(&names);
	return result;
}

static int commit_without_picture(struct worker *w, const struct work *work, struct bf_err *err)
{
	struct bf_place place = worker_place(w, work);
	return bf_claim_commit(&place, &work->task, BF_HASH_NONE, NULL, err);
}

void finish_make_shard(struct worker *w)
{
	struct work *work = &w->now;
	struct bf_err err;
	worker_show(w, BF_SLOT_PLANNING, work);
	worker_share_begin(w);
	while (make_shard(w, work, &err) < 0 || commit_without_picture(w, work, &err) < 0) {
		if (worker_job_is_gone(w, work, &err))
			break;
		if (!worker_wait_for_share(w, &err)) {
			worker_release(w, work, err.text);
			return;
		}
	}
	worker_share_end(w);
	worker_drop(work);
}

/* ---- the last look ---- */

struct last_look {
	struct worker *w;
	struct job_view *job;
	const char *shard;
	struct bf_names tasks, output; /* sorted */
	struct bf_task *state; size_t state_count; /* of this directory, parsed */
	bool missing;    /* a task is not in any listing so far */
	bool again;      /* something is left to do */
	int64_t done, parked;
	struct bf_err *err;
	int result;
};

static int by_task(const void *a, const void *b)
{
	const struct bf_task *x = a, *y = b;
	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return bf_task_later(x, y) ? -1 : bf_task_later(y, x); /* the later state first */
}

static const struct bf_task *state_of(const struct last_look *look, const struct bf_task *task)
{
	size_t low = 0, high = look->state_count;
	struct bf_task first = *task; /* sorts before all states of the same task */
	first.attempt = UINT32_MAX;
	first.state = BF_PARKED;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (by_task(&look->state[middle], &first) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < look->state_count && bf_task_same(&look->state[low], task) ? &look->state[low] : NULL;
}

/* A look at a directory is certain to be current only behind a change of our own in it. */
static int touch(struct last_look *look, struct bf_path dir)
{
	int root = look->w->share->root;
	struct bf_path probe = bf_path_of("%s/.look.%s", dir.text, look->w->now.task.token);
	if (bf_fs_create(root, probe.text, "", 0, look->err) < 0)
		return -1;
	return bf_fs_unlink(root, probe.text, look->err) < 0 ? -1 : 0;
}

/* The cheap look, which may show the past: 1 / 0 / -1. An empty file is a placeholder. */
static int all_views_there(struct last_look *look, const struct bf_task *done)
{
	const struct bf_job *job = &look->job->plan;
	for (int view = 0; view < job->picture_count; view++) {
		char name[BF_FILE_MAX];
		struct stat st;
		bf_job_picture(job, (unsigned)view, done->frame, name);
		if (bf_sys.stat(look->w->share->root, bf_path_picture(job->id, name).text, &st) < 0) {
			if (errno != ENOENT)
				return bf_err_sys(look->err, errno, "stat(%s)", name);
			return 0;
		}
		if (st.st_size == 0)
			return 0;
	}
	return 1;
}

/* The certain look: opened, for an open file's size is current where a name's may not be. 1 / 0 / -1. */
static int all_views_certain(struct last_look *look, const struct bf_task *done)
{
	const struct bf_job *job = &look->job->plan;
	if (touch(look, bf_path_output(job->id)) < 0 || publish_roll_forward(look->w->share, job, done, look->err) < 0)
		return -1;
	for (int view = 0; view < job->picture_count; view++) {
		char name[BF_FILE_MAX];
		int64_t size = 0;
		bf_job_picture(job, (unsigned)view, done->frame, name);
		int fd = bf_fs_open_file(look->w->share->root, bf_path_picture(job->id, name).text, &size, look->err);
		if (fd >= 0)
			bf_sys.close(fd);
		else if (look->err->sys != ENOENT)
			return -1;
		if (fd < 0 || size == 0)
			return 0;
	}
	return 1;
}

/* Private pictures of the task: that of the commit is moved into place, what nobody will ever need is removed. 0 / -1. */
static int sort_private(struct last_look *look, const struct bf_task *task)
{
	const struct bf_job *job = &look->job->plan;
	char own[BF_TASK_MAX], prefix[BF_FILE_MAX];
	bf_task_name(task, own);
	size_t len = (size_t)snprintf(prefix, sizeof prefix, BF_PRIVATE_PREFIX "%s.", own), i = 0, high = look->output.count;
	while (i < high) { /* the first name that does not sort before them */
		size_t middle = (i + high) / 2;
		if (strcmp(look->output.item[middle].text, prefix) < 0)
			i = middle + 1;
		else
			high = middle;
	}
	for (; i < look->output.count && !strncmp(look->output.item[i].text, prefix, len); i++) {
		struct bf_task claim;
		unsigned view;
		const char *name = look->output.item[i].text;
		if (bf_private_parse(name, &claim, &view) < 0 || !bf_task_same(&claim, task))
			continue;
		if (bf_look_is_waste(task, &claim))
			bf_fs_unlink(look->w->share->root, bf_path_picture(job->id, name).text, NULL);
		else if (task->state == BF_DONE && claim.attempt == task->attempt
			&& publish_roll_forward(look->w->share, job, task, look->err) < 0)
			return -1;
	}
	return 0;
}

/* Are the pictures of a committed frame where they belong? Rolls forward what a crash left half-way. 1 / 0 / -1. */
static int picture_is_there(struct last_look *look, const struct bf_task *done)
{
	int there = all_views_there(look, done);
	if (there < 0)
		return -1;
	if (bf_look_picture(there, false) == BF_HEAL_NOTHING)
		return 1;
	there = all_views_certain(look, done);
	return there < 0 ? -1 : bf_look_picture(there, true) == BF_HEAL_NOTHING;
}

static int reopen(struct last_look *look, const struct bf_task *done)
{
	struct bf_place place = { look->w->share, look->job->plan.id, look->shard };
	char name[BF_TASK_MAX];
	bf_task_name(done, name);
	bf_log(BF_LOG_WARN, "reopen job=%s task=%s: it is on record as done but its picture is gone", look->job->plan.id, name);
	for (int view = 0; view < look->job->plan.picture_count; view++)
		bf_fs_unlink(look->w->share->root, bf_path_private(look->job->plan.id, done, (unsigned)view).text, NULL);
	look->again = true;
	return bf_claim_reopen(&place, done, look->err) < 0 ? -1 : 0;
}

/* Somebody deleted the task's file, to have it done again. */
static int make_anew(struct last_look *look, const struct bf_task *gone)
{
	struct bf_task task = bf_task_anew(gone, &look->w->now.task);
	char name[BF_FILE_MAX];
	bf_task_format(&task, name);
	look->again = true;
	bf_log(BF_LOG_INFO, "make anew job=%s task=%s: its file is gone", look->job->plan.id, name);
	struct bf_path path = bf_path_of("%s/%s", bf_path_shard(look->job->plan.id, look->shard).text, name);
	return bf_fs_create(look->w->share->root, path.text, "", 0, look->err) < 0 ? -1 : 0;
}

static int check_task(void *arg, const struct bf_task *planned)
{
	struct last_look *look = arg;
	const struct bf_task *task = state_of(look, planned);
	bool picture = planned->kind == BF_TASK_FRAME || planned->kind == BF_TASK_JOIN;
	look->result = task && picture ? sort_private(look, task) : 0;
	if (look->result < 0)
		return -1;
	if (!task) {
		look->result = make_anew(look, planned);
	} else if (task->state == BF_OPEN || task->state == BF_RUN) {
		look->again = true;
	} else if (task->state == BF_DONE && picture) {
		int there = picture_is_there(look, task);
		look->result = there < 0 ? -1 : there == 0 ? reopen(look, task) : 0;
	}
	if (task && picture) {
		look->done += task->state == BF_DONE;
		look->parked += task->state == BF_PARKED;
	}
	if (board_stopping(look->w->board)) {
		look->again = true;
		return -1;
	}
	return look->result;
}

static bool is_probe(const char *name)
{
	return !strncmp(name, ".look.", 6);
}

/* What is found is added to what was found before. */
static int list_for_certain(struct last_look *look)
{
	int root = look->w->share->root;
	struct bf_path dir = bf_path_shard(look->job->plan.id, look->shard);
	if (touch(look, dir) < 0 || bf_fs_list(root, dir.text, &look->tasks, look->err) != 1)
		return -1;
	for (size_t i = 0; i < look->tasks.count; i++) /* of somebody who died between the two calls above */
		if (is_probe(look->tasks.item[i].text)
			&& bf_fs_unlink(root, bf_path_of("%s/%s", dir.text, look->tasks.item[i].text).text, look->err) < 0)
			return -1;
	look->state = realloc(look->state, (look->state_count + look->tasks.count + 1) * sizeof *look->state);
	if (!look->state)
		bf_bug("out of memory");
	for (size_t i = 0; i < look->tasks.count; i++)
		if (bf_task_parse(look->tasks.item[i].text, &look->state[look->state_count]) == 0)
			look->state_count++;
	qsort(look->state, look->state_count, sizeof *look->state, by_task);
	return 0;
}

static int is_seen(void *arg, const struct bf_task *planned)
{
	struct last_look *look = arg;
	look->missing = !state_of(look, planned);
	return look->missing ? -1 : 0;
}

/* A task that is being renamed may be absent from a listing. To take that for deleted would make a second one, so absence
 * is believed only of several listings in a row. */
static int list_until_sure(struct last_look *look, unsigned number)
{
	look->state_count = 0;
	for (int i = 0; i < BF_LOOKS_TO_MISS; i++) {
		if (i)
			bf_sys.sleep_ms(MISSING_PAUSE_MS);
		if (list_for_certain(look) < 0)
			return -1;
		bf_job_shard_tasks(&look->job->plan, number, is_seen, look);
		if (!look->missing)
			break;
	}
	return 0;
}

static int check_shard(struct last_look *look, unsigned number)
{
	struct bf_shard shard = bf_shard_of(number);
	look->shard = shard.name;
	if (list_until_sure(look, number) < 0)
		return -1;
	bf_job_shard_tasks(&look->job->plan, number, check_task, look);
	return look->result;
}

/* What in dir nobody needs any more. */
static int remove_matching(struct last_look *look, const char *dir, bool (*is_left)(const char *name))
{
	int root = look->w->share->root;
	struct bf_names names = {0};
	int result = bf_fs_list(root, dir, &names, look->err);
	for (size_t i = 0; i < names.count && result >= 0; i++)
		if (is_left(names.item[i].text))
			result = bf_fs_remove_tree(root, bf_path_of("%s/%s", dir, names.item[i].text).text, look->err);
	bf_names_clear(&names);
	return result < 0 ? -1 : 0;
}

static bool is_any(const char *name)
{
	(void)name;
	return true;
}

static bool is_half_made_shard(const char *name)
{
	return !strncmp(name, ".new.", 5);
}

/* Pieces that were joined, what agents left that were killed. */
static int clean_up(struct last_look *look)
{
	const char *job = look->job->plan.id;
	if (remove_matching(look, bf_path_in_job(job, "tasks").text, is_half_made_shard) < 0
		|| remove_matching(look, bf_path_shard(job, BF_SHARD_END).text, is_probe) < 0
		|| remove_matching(look, bf_path_output(job).text, is_probe) < 0)
		return -1;
	if (look->parked || !bf_job_in_pieces(&look->job->plan))
		return 0;
	return remove_matching(look, bf_path_in_job(job, "pieces").text, is_any);
}

void finish_mark_ended(const struct bf_share *share, const char *job)
{
	struct bf_err err;
	if (bf_fs_create(share->root, bf_path_ended(job).text, "", 0, &err) < 0)
		bf_log(BF_LOG_WARN, "end job=%s: %s", job, err.text);
}

/* Somebody may have taken the job up again between our commit and the marker: a marker would hide it. */
static void unmark_if_open(const struct bf_share *share, const char *job)
{
	if (jobs_is_open(share, job) && bf_fs_unlink(share->root, bf_path_ended(job).text, NULL) == 1)
		bf_log(BF_LOG_INFO, "reopen job=%s: it was taken up again", job);
}

static int look_last(struct last_look *look)
{
	struct bf_path output = bf_path_output(look->job->plan.id);
	int result = bf_fs_mkdir(look->w->share->root, output.text, look->err); /* in case the pictures were thrown away */
	if (result >= 0 && (result = touch(look, output)) == 0)
		result = bf_fs_list(look->w->share->root, output.text, &look->output, look->err);
	bf_names_sort(&look->output);
	for (unsigned i = 0; i < look->job->shard_count && result >= 0 && !board_stopping(look->w->board); i++)
		result = check_shard(look, i);
	if (board_stopping(look->w->board)) /* perhaps not all was looked at */
		look->again = true;
	return result < 0 ? -1 : 0;
}

static void clear_look(struct last_look *look)
{
	bf_names_clear(&look->tasks);
	bf_names_clear(&look->output);
	free(look->state);
}

void finish_job(struct worker *w)
{
	struct work *work = &w->now;
	struct bf_err err;
	struct last_look look = { .w = w, .job = work->job, .err = &err };
	worker_show(w, BF_SLOT_PLANNING, work);
	worker_share_begin(w);
	if (look_last(&look) < 0 || (!look.again && clean_up(&look) < 0)) {
		work->job->retry_ms = bf_sys.now_ms() + 2000;
		worker_release(w, work, err.text);
	} else if (look.again) {
		jobs_forget_ended(work->job);
		worker_release(w, work, "the last look found work");
	} else if (commit_without_picture(w, work, &err) == 1) {
		finish_mark_ended(w->share, work->job->plan.id);
		unmark_if_open(w->share, work->job->plan.id);
		bf_log(BF_LOG_INFO, "end job=%s done=%lld failed=%lld", work->job->plan.id, (long long)look.done,
			(long long)look.parked);
		worker_drop(work);
		w->ended++;
	} else {
		worker_release(w, work, "it could not be committed");
	}
	worker_share_end(w);
	clear_look(&look);
	w->refreshed_ms = 0;
}

/* ---- cancelled ---- */

/* Does anybody living still work in the job? */
static bool is_worked_in(struct worker *w, struct job_view *job)
{
	bool found = false;
	for (unsigned i = 0; i < job->shards_made && !found; i++) {
		struct bf_shard shard = bf_shard_of(i);
		struct look look;
		struct bf_err err;
		if (look_at(w, job, shard.name, &look, &err) != 1)
			continue;
		found = look.run > 0;
		look_release_orphans(w, job, shard.name, &look);
		for (size_t n = 0, dead = 0; n < look.count; n++) {
			const struct bf_task *task = &look.entry[n].task;
			struct bf_token token;
			dead += task->state == BF_RUN && bf_token_parse(task->token, &token) == 0
				&& bf_live_is_dead(w->live, token.id, w->config->lease_ms);
			found = look.run > dead;
		}
		look_clear(&look);
	}
	return found;
}

void finish_cancelled(struct worker *w, struct job_view *job)
{
	struct bf_names output = {0};
	int root = w->share->root;
	if (is_worked_in(w, job))
		return;
	bf_fs_list(root, bf_path_output(job->plan.id).text, &output, NULL);
	for (size_t i = 0; i < output.count; i++) {
		struct bf_path path = bf_path_picture(job->plan.id, output.item[i].text);
		struct stat st;
		if (bf_sys.stat(root, path.text, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
			bf_fs_unlink(root, path.text, NULL);
	}
	bf_names_clear(&output);
	finish_mark_ended(w->share, job->plan.id);
	bf_log(BF_LOG_INFO, "end job=%s: cancelled", job->plan.id);
}
