#include "agent/jobs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"

/* Ended jobs are looked into at this pace, one at a time. */
enum { CHECK_ENDED_MS = 10000 };

/* ---- one view ---- */

static int by_frame(const void *a, const void *b)
{
	const struct job_rank *x = a, *y = b;
	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

static void *must_alloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);
	if (!memory)
		bf_bug("out of memory");
	return memory;
}

static void free_view(struct job_view *view)
{
	bf_job_clear(&view->plan);
	free(view->rank);
	free(view->shard_ended);
	free(view);
}

static struct job_view *read_view(const struct bf_share *share, const char *id, struct bf_err *err)
{
	struct job_view *view = must_alloc(1, sizeof *view);
	if (bf_job_read(share, id, &view->plan, err) != 1) {
		free(view);
		return NULL;
	}
	view->rank = must_alloc(view->plan.frames.count, sizeof *view->rank);
	for (size_t i = 0; i < view->plan.frames.count; i++)
		view->rank[i] = (struct job_rank){ view->plan.frames.frame[i], (uint32_t)i };
	qsort(view->rank, view->plan.frames.count, sizeof *view->rank, by_frame);
	view->shard_count = bf_job_shard_count(&view->plan);
	view->shard_ended = must_alloc(view->shard_count, sizeof *view->shard_ended);
	view->shards_made = 1;
	return view;
}

uint32_t jobs_rank(const struct job_view *view, int32_t frame)
{
	struct job_rank key = { frame, 0 };
	/* mostly the frames are a row without gaps */
	int64_t at = view->plan.frames.count ? (int64_t)frame - view->rank[0].frame : -1;
	if (at >= 0 && at < (int64_t)view->plan.frames.count && view->rank[at].frame == frame)
		return view->rank[at].at;
	const struct job_rank *found = bsearch(&key, view->rank, view->plan.frames.count, sizeof key, by_frame);
	return found ? found->at : UINT32_MAX;
}

bool jobs_fits_blender(const struct job_view *view, const char *version)
{
	return bf_job_fits_blender(&view->plan, version);
}

int jobs_priority(const struct job_view *view)
{
	return view->control.has_priority ? view->control.priority : view->plan.priority;
}

void jobs_forget_ended(struct job_view *view)
{
	memset(view->shard_ended, 0, view->shard_count * sizeof *view->shard_ended);
}

/* ---- all of them ---- */

struct job_view *jobs_find(struct jobs *jobs, const char *id)
{
	for (size_t i = 0; i < jobs->count; i++)
		if (!strcmp(jobs->view[i]->plan.id, id))
			return jobs->view[i];
	return NULL;
}

static void add_view(struct jobs *jobs, struct job_view *view)
{
	if (jobs->count == jobs->room) {
		jobs->room = jobs->room ? 2 * jobs->room : 16;
		jobs->view = realloc(jobs->view, jobs->room * sizeof *jobs->view);
		if (!jobs->view)
			bf_bug("out of memory");
	}
	jobs->view[jobs->count++] = view;
}

/* The part of a job id that tells its age: everything from the date on. */
static const char *age_of(const char *id)
{
	enum { DATE_AND_TIME = 18 }; /* _YYYY-MM-DD_HHMMSS */
	for (const char *p = id + strlen(id); p > id; p--)
		if (*p == '_' && strlen(p) >= DATE_AND_TIME && p[5] == '-' && p[8] == '-' && p[11] == '_')
			return p;
	return id;
}

/* Higher priority first, then older first. */
static int by_order_of_work(const void *a, const void *b)
{
	const struct job_view *x = *(struct job_view *const *)a, *y = *(struct job_view *const *)b;
	if (jobs_priority(x) != jobs_priority(y))
		return jobs_priority(x) > jobs_priority(y) ? -1 : 1;
	int age = strcmp(age_of(x->plan.id), age_of(y->plan.id));
	return age ? age : strcmp(x->plan.id, y->plan.id);
}

static bool has_marker(const struct bf_names *sorted, const char *id)
{
	char marker[BF_FILE_MAX];
	if (bf_fmt(marker, sizeof marker, "%s" BF_ENDED_SUFFIX, id) < 0)
		return false;
	return bf_names_sorted_has(sorted, marker);
}

static void say_bad_once(struct jobs *jobs, const char *id, const struct bf_err *why)
{
	for (unsigned i = 0; i < jobs->bad_count && i < 8; i++)
		if (!strcmp(jobs->bad[i], id))
			return;
	snprintf(jobs->bad[jobs->bad_count++ % 8], BF_JOB_MAX, "%s", id);
	bf_log(BF_LOG_WARN, "skip job=%s: %s", id, why->text);
}

static bool has_open(const struct bf_names *end)
{
	bool open = false;
	for (size_t i = 0; i < end->count; i++) {
		struct bf_task task;
		open |= bf_task_parse(end->item[i].text, &task) == 0 && task.state != BF_DONE;
	}
	return open;
}

bool jobs_is_open(const struct bf_share *share, const char *id)
{
	struct bf_path dir = bf_path_shard(id, BF_SHARD_END);
	struct bf_names end = {0};
	bool open = bf_fs_list(share->root, dir.text, &end, NULL) == 1 && has_open(&end);
	if (open) /* it was: what came after may not be in sight yet */
		open = bf_share_list_fresh(share, dir.text, &end, NULL) == 1 && has_open(&end);
	bf_names_clear(&end);
	return open;
}

int jobs_is_marked(const struct bf_share *share, const char *id)
{
	struct bf_names names = {0};
	if (bf_share_list_fresh(share, BF_JOBS, &names, NULL) != 1)
		return -1;
	bf_names_sort(&names);
	bool marked = has_marker(&names, id);
	bf_names_clear(&names);
	return marked;
}

/* The marker is a speed-up: whoever makes it may have been overtaken by a retry. Look into one
 * ended job at a time and take the marker away when its finish is not done. */
static void check_one_ended(struct jobs *jobs, const struct bf_share *share)
{
	size_t n = jobs->names.count;
	for (size_t tried = 0; tried < n; tried++) {
		const char *id = jobs->names.item[jobs->rotation++ % n].text;
		struct bf_control control;
		if (!bf_job_id_ok(id) || !has_marker(&jobs->names, id))
			continue;
		if (bf_control_read(share, id, &control, NULL) == 1 && !control.cancelled && jobs_is_open(share, id)
			&& bf_fs_unlink(share->root, bf_path_ended(id).text, NULL) == 1)
			bf_log(BF_LOG_INFO, "reopen job=%s: it was marked as ended but is not", id);
		return;
	}
}

static void drop_absent(struct jobs *jobs)
{
	size_t kept = 0;
	for (size_t i = 0; i < jobs->count; i++) {
		if (jobs->view[i]->present || jobs->view[i]->refs)
			jobs->view[kept++] = jobs->view[i];
		else
			free_view(jobs->view[i]);
	}
	jobs->count = kept;
}

static void refresh_one(struct jobs *jobs, const struct bf_share *share, const char *id)
{
	struct bf_err err;
	struct job_view *view = jobs_find(jobs, id);
	if (!view) {
		view = read_view(share, id, &err);
		if (!view) {
			/* its folder may be gone, and the listing older than that */
			struct bf_control ignored;
			if (err.sys != ENOENT || bf_control_read(share, id, &ignored, NULL) != 0)
				say_bad_once(jobs, id, &err);
			return;
		}
		add_view(jobs, view);
	}
	/* A job whose folder is gone has no control files either. */
	view->present = bf_control_read(share, id, &view->control, &err) == 1;
}

int jobs_refresh(struct jobs *jobs, const struct bf_share *share, struct bf_err *err)
{
	int listed = bf_fs_list(share->root, BF_JOBS, &jobs->names, err);
	if (listed != 1)
		return -1; /* a share without jobs/ is no share any more */
	bf_names_sort(&jobs->names);
	for (size_t i = 0; i < jobs->count; i++)
		jobs->view[i]->present = false;
	for (size_t i = 0; i < jobs->names.count; i++) {
		const struct bf_name *name = &jobs->names.item[i];
		if (bf_job_id_ok(name->text) && (name->kind == DT_DIR || name->kind == DT_UNKNOWN)
			&& !has_marker(&jobs->names, name->text))
			refresh_one(jobs, share, name->text);
	}
	drop_absent(jobs);
	if (bf_sys.now_ms() - jobs->checked_ms >= CHECK_ENDED_MS) {
		jobs->checked_ms = bf_sys.now_ms();
		check_one_ended(jobs, share);
	}
	if (jobs->count)
		qsort(jobs->view, jobs->count, sizeof *jobs->view, by_order_of_work);
	return 0;
}

void jobs_clear(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		free_view(jobs->view[i]);
	free(jobs->view);
	bf_names_clear(&jobs->names);
	memset(jobs, 0, sizeof *jobs);
}
