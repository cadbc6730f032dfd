#include "agent/heal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/publish.h"
#include "agent/record.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/look.h"
#include "share-layout/path.h"

enum { MISSING_PAUSE_MS = 150 };

static int by_task(const void *a, const void *b)
{
	return bf_task_compare(a, b);
}

static const struct bf_task *state_of(const struct heal *heal, const struct bf_task *task)
{
	size_t low = 0, high = heal->state_count;
	struct bf_task first = *task; /* sorts before all states of the same task */
	first.attempt = UINT32_MAX;
	first.state = BF_PARKED;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (by_task(&heal->state[middle], &first) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < heal->state_count && bf_task_same(&heal->state[low], task) ? &heal->state[low] : NULL;
}

static int touch(struct heal *heal, struct bf_path dir)
{
	return bf_share_touch(heal->w->share, dir.text, heal->w->now.task.token, heal->err);
}

/* The cheap look, which may show the past: 1 / 0 / -1. An empty file is a placeholder. */
static int all_views_there(struct heal *heal, const struct bf_task *done)
{
	const struct bf_job *job = &heal->job->plan;
	for (int view = 0; view < job->picture_count; view++) {
		char name[BF_FILE_MAX];
		struct stat st;
		bf_job_picture(job, (unsigned)view, done->frame, name);
		if (bf_sys.stat(heal->w->share->root, bf_path_picture(job->id, name).text, &st) < 0) {
			if (errno != ENOENT)
				return bf_err_sys(heal->err, errno, "stat(%s)", name);
			return 0;
		}
		if (st.st_size == 0)
			return 0;
	}
	return 1;
}

/* The certain look. 1 / 0 / -1. */
static int all_views_certain(struct heal *heal, const struct bf_task *done)
{
	const struct bf_job *job = &heal->job->plan;
	if (touch(heal, bf_path_output(job->id)) < 0 || publish_roll_forward(heal->w->share, job, done, heal->err) < 0)
		return -1;
	for (int view = 0; view < job->picture_count; view++) {
		char name[BF_FILE_MAX];
		bf_job_picture(job, (unsigned)view, done->frame, name);
		int empty = bf_fs_is_empty(heal->w->share->root, bf_path_picture(job->id, name).text, heal->err);
		if (empty < 0 && heal->err->sys != ENOENT)
			return -1;
		if (empty != 0)
			return 0;
	}
	return 1;
}

/* Private pictures of the task: that of the commit is moved into place, what nobody will ever need is removed. 0 / -1. */
static int sort_private(struct heal *heal, const struct bf_task *task)
{
	const struct bf_job *job = &heal->job->plan;
	char own[BF_TASK_MAX], prefix[BF_FILE_MAX];
	bf_task_name(task, own);
	size_t len = (size_t)snprintf(prefix, sizeof prefix, BF_PRIVATE_PREFIX "%s.", own), i = 0, high = heal->output.count;
	while (i < high) { /* the first name that does not sort before them */
		size_t middle = (i + high) / 2;
		if (strcmp(heal->output.item[middle].text, prefix) < 0)
			i = middle + 1;
		else
			high = middle;
	}
	for (; i < heal->output.count && !strncmp(heal->output.item[i].text, prefix, len); i++) {
		struct bf_task claim;
		unsigned view;
		const char *name = heal->output.item[i].text;
		if (bf_private_parse(name, &claim, &view) < 0 || !bf_task_same(&claim, task))
			continue;
		bool waste = bf_look_is_waste(task, &claim), due = task->state == BF_DONE && claim.attempt == task->attempt;
		if (waste && bf_fs_unlink(heal->w->share->root, bf_path_picture(job->id, name).text, heal->err) < 0)
			return -1;
		if (!waste && due && publish_roll_forward(heal->w->share, job, task, heal->err) < 0)
			return -1;
	}
	return 0;
}

/* Are the pictures of a committed frame where they belong? Rolls forward what a crash left half-way. 1 / 0 / -1. */
static int picture_is_there(struct heal *heal, const struct bf_task *done)
{
	int there = all_views_there(heal, done);
	if (there < 0)
		return -1;
	if (bf_look_picture(there, false) == BF_HEAL_NOTHING)
		return 1;
	there = all_views_certain(heal, done);
	return there < 0 ? -1 : bf_look_picture(there, true) == BF_HEAL_NOTHING;
}

static void note_lost(struct heal *heal, const struct bf_task *done)
{
	heal->again = true;
	heal->lost = realloc(heal->lost, (heal->lost_count + 1) * sizeof *heal->lost);
	if (!heal->lost)
		bf_bug("out of memory");
	heal->lost[heal->lost_count].done = *done;
	heal->lost[heal->lost_count++].shard = heal->shard;
}

void heal_reopen_lost(struct heal *heal)
{
	struct bf_err err;
	for (size_t i = 0; i < heal->lost_count; i++) {
		const struct bf_task *done = &heal->lost[i].done;
		struct bf_place place = { heal->w->share, heal->job->plan.id, heal->lost[i].shard.name };
		char name[BF_TASK_MAX];
		bf_task_name(done, name);
		for (int view = 0; view < heal->job->plan.picture_count; view++)
			bf_fs_unlink(heal->w->share->root, bf_path_private(heal->job->plan.id, done, (unsigned)view).text, NULL);
		int reopened = bf_claim_reopen(&place, done, &err);
		if (reopened == 1)
			record_task(heal->w, heal->job->plan.id, done, "reopened", "its picture was gone");
		if (reopened < 0)
			bf_log(BF_LOG_WARN, "reopen job=%s task=%s: %s", heal->job->plan.id, name, err.text);
		else
			bf_log(BF_LOG_WARN, "reopen job=%s task=%s: it is on record as done but its picture is gone",
				heal->job->plan.id, name);
	}
}

/* ---- tasks whose file somebody deleted ---- */

static struct bf_path anew_path(const struct heal *heal, const char *token)
{
	return bf_path_of("%s/" HEAL_ANEW "%s", bf_path_in_job(heal->job->plan.id, "tasks").text, token);
}

/* Earlier owners of finish that have not noticed yet lose their folder: a path that is renamed is dead at once. */
static int take_others_away(struct heal *heal)
{
	int root = heal->w->share->root, result;
	struct bf_path tasks = bf_path_in_job(heal->job->plan.id, "tasks");
	if ((result = bf_fs_list(root, tasks.text, &heal->tasks, heal->err)) != 1)
		return -1;
	for (size_t i = 0; i < heal->tasks.count; i++) {
		const char *name = heal->tasks.item[i].text, *token = name + strlen(HEAL_ANEW);
		if (strncmp(name, HEAL_ANEW, strlen(HEAL_ANEW)) || !strcmp(token, heal->w->now.task.token))
			continue;
		struct bf_path from = bf_path_of("%s/%s", tasks.text, name), to = bf_path_of("%s/" HEAL_GONE "%s", tasks.text, token);
		if (bf_fs_rename(root, from.text, to.text, heal->err) < 0)
			return -1;
		bf_fs_remove_tree(root, to.text, NULL);
	}
	return 0;
}

/* Making a file is no step from a state that was seen, so nothing would stop one who was taken over meanwhile. Therefore
 * through a folder of our own: made before finish is claimed once more, by a claim that it is named by, and never again. */
static int fence(struct heal *heal)
{
	struct worker *w = heal->w;
	struct bf_place place = worker_place(w, &w->now);
	char token[BF_TOKEN_MAX];
	worker_token(w, token);
	struct bf_path dir = anew_path(heal, token);
	if (bf_fs_mkdir(w->share->root, dir.text, heal->err) < 0)
		return -1;
	int claimed = bf_claim_break(&place, &w->now.task, token, &w->now.task, heal->err);
	if (claimed == 0) {
		bf_fs_remove_tree(w->share->root, dir.text, NULL);
		return bf_err_set(heal->err, "taken over by another machine");
	}
	heal->fenced = claimed == 1;
	return claimed < 0 ? -1 : take_others_away(heal);
}

static int make_anew(struct heal *heal, const struct bf_task *gone)
{
	struct bf_task task = bf_task_anew(gone, &heal->w->now.task);
	char name[BF_FILE_MAX];
	int root = heal->w->share->root;
	bf_task_format(&task, name);
	struct bf_path from = bf_path_of("%s/%s", anew_path(heal, heal->w->now.task.token).text, name);
	heal->again = true;
	if (bf_fs_create(root, from.text, "", 0, heal->err) < 0)
		return -1;
	int moved = bf_fs_rename(root, from.text, bf_path_task(heal->job->plan.id, heal->shard.name, &task).text, heal->err);
	if (moved == 1)
		bf_log(BF_LOG_INFO, "make anew job=%s task=%s: its file was deleted", heal->job->plan.id, name);
	return moved < 0 ? -1 : 0;
}

/* ---- task by task ---- */

static int check_task(void *arg, const struct bf_task *planned)
{
	struct heal *heal = arg;
	const struct bf_task *task = state_of(heal, planned);
	bool picture = planned->kind == BF_TASK_FRAME || planned->kind == BF_TASK_JOIN;
	heal->result = task && picture ? sort_private(heal, task) : 0;
	if (heal->result < 0)
		return -1;
	if (!task) {
		heal->result = make_anew(heal, planned);
	} else if (task->state == BF_OPEN || task->state == BF_RUN) {
		heal->again = true;
	} else if (task->state == BF_DONE && picture) {
		int there = picture_is_there(heal, task);
		heal->result = there < 0 ? -1 : 0;
		if (there == 0)
			note_lost(heal, task);
	} else if (task->state == BF_PARKED) {
		heal->result = publish_remove_placeholder(heal->w->share, &heal->job->plan, task, heal->err);
	}
	if (task && picture) {
		heal->done += task->state == BF_DONE;
		heal->parked += task->state == BF_PARKED;
	}
	if (board_stopping(heal->w->board)) {
		heal->again = true;
		return -1;
	}
	return heal->result;
}

/* Left by somebody who died: between the two calls of a look, or while it rendered a duplicate. */
static bool is_leftover(const char *name)
{
	struct bf_task task;
	unsigned view;
	return bf_share_is_probe(name) || bf_private_parse(name, &task, &view) == 0;
}

/* What is found is added to what was found before. */
static int list_for_certain(struct heal *heal)
{
	struct bf_path dir = bf_path_shard(heal->job->plan.id, heal->shard.name);
	int root = heal->w->share->root;
	if (touch(heal, dir) < 0 || bf_fs_list(root, dir.text, &heal->tasks, heal->err) != 1)
		return -1;
	for (size_t i = 0; i < heal->tasks.count; i++)
		if (is_leftover(heal->tasks.item[i].text)
			&& bf_fs_unlink(root, bf_path_of("%s/%s", dir.text, heal->tasks.item[i].text).text, heal->err) < 0)
			return -1;
	heal->state = realloc(heal->state, (heal->state_count + heal->tasks.count + 1) * sizeof *heal->state);
	if (!heal->state)
		bf_bug("out of memory");
	for (size_t i = 0; i < heal->tasks.count; i++)
		if (bf_task_parse(heal->tasks.item[i].text, &heal->state[heal->state_count]) == 0)
			heal->state_count++;
	qsort(heal->state, heal->state_count, sizeof *heal->state, by_task);
	return 0;
}

static int is_seen(void *arg, const struct bf_task *planned)
{
	struct heal *heal = arg;
	heal->missing = !state_of(heal, planned);
	return heal->missing ? -1 : 0;
}

/* A task that is being renamed may be absent from a listing. To take that for deleted would make a second one, so absence
 * is believed only of several listings in a row. */
static int list_until_sure(struct heal *heal, unsigned number)
{
	heal->state_count = 0;
	for (int i = 0; i < BF_LOOKS_TO_MISS; i++) {
		if (i)
			bf_sys.sleep_ms(MISSING_PAUSE_MS);
		if (list_for_certain(heal) < 0)
			return -1;
		bf_job_shard_tasks(&heal->job->plan, number, is_seen, heal);
		if (!heal->missing)
			break;
	}
	return 0;
}

static int check_shard(struct heal *heal, unsigned number)
{
	heal->shard = bf_shard_of(number);
	if (list_until_sure(heal, number) < 0)
		return -1;
	if (heal->missing && !heal->fenced && (fence(heal) < 0 || list_until_sure(heal, number) < 0))
		return -1;
	bf_job_shard_tasks(&heal->job->plan, number, check_task, heal);
	return heal->result;
}

int heal_look(struct heal *heal)
{
	struct bf_path output = bf_path_output(heal->job->plan.id);
	int result = bf_fs_mkdir(heal->w->share->root, output.text, heal->err); /* in case the pictures were thrown away */
	if (result >= 0 && (result = touch(heal, output)) == 0)
		result = bf_fs_list(heal->w->share->root, output.text, &heal->output, heal->err);
	bf_names_sort(&heal->output);
	for (unsigned i = 0; i < heal->job->shard_count && result >= 0 && !board_stopping(heal->w->board); i++)
		result = check_shard(heal, i);
	if (board_stopping(heal->w->board)) /* perhaps not all was looked at */
		heal->again = true;
	return result < 0 ? -1 : 0;
}

void heal_clear(struct heal *heal)
{
	bf_names_clear(&heal->tasks);
	bf_names_clear(&heal->output);
	free(heal->state);
	free(heal->lost);
	heal->state = NULL;
	heal->lost = NULL;
}
