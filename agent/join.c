#include "agent/join.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/bfmerge.h"
#include "agent/failure.h"
#include "agent/mean.h"
#include "agent/piece_check.h"
#include "agent/publish.h"
#include "agent/render.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/control.h"
#include "share-layout/path.h"

enum { TRIES = 3 }; /* while the share has troubles */

/* What bfmerge is told: its arguments, and where the pieces lie. */
struct merge {
	const char **argv;
	int argc;
	struct bf_buf *piece; /* one argument each: FILE@X,Y+CROP, or FILE*WEIGHT */
	int piece_count;
	struct bf_buf base;    /* one more: what was rendered of the frame before */
	char program[4200], dir[5200], out[4200], size[32];
};

static void clear_merge(struct merge *merge)
{
	for (int i = 0; i < merge->piece_count; i++)
		bf_buf_clear(&merge->piece[i]);
	bf_buf_clear(&merge->base);
	free(merge->piece);
	free(merge->argv);
}

static void add_piece(struct merge *merge, const struct bf_job *job, const struct bf_task *piece)
{
	struct bf_rect rect = bf_job_piece(job, piece->number), all = bf_job_piece_rendered(job, piece->number);
	struct bf_path path = bf_path_piece(job->id, piece, bf_job_piece_ext(job));
	const char *file = strrchr(path.text, '/') + 1;
	struct bf_buf *argument = &merge->piece[merge->piece_count++];
	if (job->sample_parts)
		bf_buf_printf(argument, "%s*%d", file, bf_job_piece_samples(job, piece->number).count);
	else
		bf_buf_printf(argument, "%s@%d,%d+%d,%d,%d,%d", file,
			rect.left, rect.top, rect.left - all.left, rect.top - all.top, all.right - rect.right, all.bottom - rect.bottom);
}

/* Find the pieces of the frame. Returns 1; 0 when some are not there (any more); -1. */
static int collect_pieces(struct worker *w, const struct work *work, struct merge *merge, struct bf_err *err)
{
	const struct bf_job *job = &work->job->plan;
	int wanted = (int)bf_job_piece_count(job);
	struct bf_names names = {0}, files = {0};
	int result = bf_fs_list(w->share->root, bf_path_shard(job->id, work->shard.name).text, &names, err);
	bf_names_sort(&names); /* what has no mean is as in the first piece */
	merge->piece = calloc((size_t)wanted, sizeof *merge->piece);
	if (!merge->piece)
		bf_bug("out of memory");
	for (size_t i = 0; result == 1 && i < names.count && merge->piece_count < wanted; i++) {
		struct bf_task piece;
		if (bf_task_parse(names.item[i].text, &piece) < 0 || piece.kind != BF_TASK_PIECE
			|| piece.frame != work->task.frame || piece.state != BF_DONE || (int)piece.number >= wanted)
			continue;
		result = piece_check_listed(w, work, &files, &piece, err);
		if (result == 1)
			add_piece(merge, job, &piece);
	}
	bf_names_clear(&names);
	bf_names_clear(&files);
	return result == 1 ? merge->piece_count == wanted : result;
}

static void build_argv(struct worker *w, const struct work *work, struct merge *merge)
{
	const struct bf_job *job = &work->job->plan;
	char name[BF_TASK_MAX];
	bf_task_name(&work->task, name);
	bfmerge_find(merge->program, sizeof merge->program);
	snprintf(merge->dir, sizeof merge->dir, "%s/%s/pieces", w->share->path, bf_path_job(job->id).text);
	snprintf(merge->out, sizeof merge->out, "%s/join/%s.%s", w->dir, name, bf_job_piece_ext(job));
	snprintf(merge->size, sizeof merge->size, "%dx%d", job->width, job->height);
	merge->argv = calloc((size_t)merge->piece_count + 10, sizeof *merge->argv);
	if (!merge->argv)
		bf_bug("out of memory");
	const char *mean = job->sample_parts ? "--average" : "-q";
	const char *const head[] = { merge->program, "-q", mean, "-o", merge->out, "--size", merge->size, "--" };
	for (size_t i = 0; i < sizeof head / sizeof *head; i++)
		merge->argv[merge->argc++] = head[i];
	if (merge->base.len) /* first, for it has the first samples: what has no mean is as in these */
		merge->argv[merge->argc++] = bf_buf_text(&merge->base);
	for (int i = 0; i < merge->piece_count; i++)
		merge->argv[merge->argc++] = bf_buf_text(&merge->piece[i]);
}

/* All pieces to one file: the picture, or what Blender makes it of. Returns as bfmerge_run. */
static int join(struct worker *w, struct work *work, struct merge *merge, struct bf_err *err)
{
	char dir[4200];
	struct bf_err ignored;
	snprintf(dir, sizeof dir, "%s/join", w->dir);
	bf_fs_remove_tree(AT_FDCWD, dir, NULL); /* what another join left here */
	if (bf_fs_mkdir(AT_FDCWD, w->dir, err) < 0 || bf_fs_mkdir(AT_FDCWD, dir, err) < 0)
		return -1;
	if (work->job->plan.finish)
		render_ensure_blender(w, &ignored); /* it starts meanwhile */
	build_argv(w, work, merge);
	struct bfmerge_run run = { .argv = merge->argv, .dir = merge->dir, .nice = w->config->nice };
	int result = bfmerge_run(w, &run, err);
	const char *file = strrchr(merge->out, '/') + 1;
	if (result != 1)
		return result;
	if (work->job->plan.finish) {
		snprintf(work->joined, sizeof work->joined, "%s", file);
		return 1;
	}
	work->file_count = 1;
	snprintf(work->file[0], sizeof work->file[0], "%s", file);
	return publish_check(w, work, err) < 0 ? -1 : 1;
}

/* 1 joined; 0 not now, and why; -1. */
static int collect_and_join(struct worker *w, struct work *work, const char **why, struct bf_err *err)
{
	struct merge merge = {0};
	worker_share_begin(w);
	int result = collect_pieces(w, work, &merge, err);
	int base = result == 1 ? mean_of_base(w, work, &merge.base, err) : 0;
	worker_share_end(w);
	*why = "not all pieces are there";
	if (base < 0) {
		result = -1;
	} else if (result == 1) {
		result = join(w, work, &merge, err);
		*why = "stopping";
	} else if (result < 0 && !bf_err_is_share_fault(err)) {
		err->sys = EIO; /* what could not be looked at is nobody's failure */
	}
	clear_merge(&merge);
	return result;
}

/* What bfmerge refuses counts as a failure only when the pieces are those that were committed, and it refuses them again. */
static int join_pieces(struct worker *w, struct work *work, const char **why, struct bf_err *err)
{
	int joined = collect_and_join(w, work, why, err);
	if (joined >= 0 || bf_err_is_share_fault(err))
		return joined;
	*why = "its pieces are not what was committed";
	joined = piece_check_all(w, work, err);
	if (joined < 0 && !bf_err_is_share_fault(err))
		err->sys = EIO;
	return joined == 1 ? collect_and_join(w, work, why, err) : joined;
}

static bool is_wanted(struct worker *w, const struct work *work)
{
	int there = bf_control_read(w->share, work->job->plan.id, &work->job->control, NULL);
	return there < 0 || (there == 1 && !work->job->control.cancelled);
}

/* A share that goes away meanwhile costs time, not the claim; what goes on failing may be this machine's disk. */
static int join_patiently(struct worker *w, struct work *work, const char **why, struct bf_err *err)
{
	for (int tries = 0; tries < TRIES; tries++) {
		int joined = join_pieces(w, work, why, err);
		if (joined >= 0 || !bf_err_is_share_fault(err))
			return joined;
		*why = err->text;
		if (!worker_wait_for_share(w, err))
			return 0;
		bool wanted = is_wanted(w, work);
		worker_share_end(w);
		if (!wanted)
			return 0;
	}
	return 0;
}

void join_work(struct worker *w)
{
	struct work *work = &w->now;
	const char *why = "";
	struct bf_err err;
	publish_rendered(w);
	work->started_ms = bf_sys.now_ms();
	worker_show(w, BF_SLOT_RENDERING, work);
	int joined = join_patiently(w, work, &why, &err);
	work->render_s = (double)(bf_sys.now_ms() - work->started_ms) / 1000;
	if (joined == 1 && work->joined[0]) {
		render_work(w); /* Blender does the rest with it */
	} else if (joined == 1) {
		w->rendered = *work;
		memset(work, 0, sizeof *work);
		publish_rendered(w);
	} else if (joined == 0) {
		worker_release(w, work, why);
	} else {
		failure_of_task(w, work, err.text, NULL);
	}
}
