#include "agent/ahead.h"

#include <stdlib.h>

#include "agent/plan_auto.h"
#include "agent/plan_job.h"
#include "agent/plan_source.h"
#include "agent/render.h"
#include "agent/submission.h"
#include "agent/wishes.h"
#include "share-layout/base/log.h"
#include "share-layout/blendfile.h"

/* On SMB nobody can move the submission while we read it, and all machines read at once: only what takes a second or two. */
static const int64_t bytes_max = 256 << 20;
/* Seconds: of a picture that costs less there is no map, so none is made. */
static const double no_map = 1e9;

struct ahead {
	struct worker *w;
	struct submission submission;
	struct wishes wishes;
	struct plan_source source;
	struct blender_reply reply;
	struct bf_err err;
};

/* For machines that may have to leave the job alone it would be work for nothing. */
static bool is_for_all(const struct bf_job_when *when)
{
	return !when->after_count && !when->not_before_s && !when->tags[0] && !when->max_agents;
}

/* 1 to be opened; 0 not by us; -1 not yet. */
static int look(struct ahead *a)
{
	struct bf_blendfile file;
	int root = a->w->share->root;
	int found = submission_look(a->w, &a->submission, &a->err);
	if (found != 1)
		return found;
	if (a->submission.folder) /* it will have moved, and Blender knows its files by their paths */
		return 0;
	if (wishes_read(a->w->share, bf_path_incoming(a->submission.entry).text, &a->wishes, &a->err) < 0)
		return bf_err_is_share_fault(&a->err) ? -1 : 0;
	found = bf_blendfile_look(root, submission_source(&a->submission).text, &file, &a->err);
	if (found == 1 && file.kind != BF_BLENDFILE_WHOLE)
		return file.kind == BF_BLENDFILE_NOT ? 0 : -1;
	return found == 1 ? file.size <= bytes_max && is_for_all(&a->wishes.when) : found;
}

/* What has to be done once for the scene is done by its first pixel. A map of the whole is the planner's. */
static void warm_up(struct ahead *a)
{
	struct worker *w = a->w;
	struct bf_job job = {0};
	struct plan_facts facts = { .scene = &a->reply.scene, .wishes = &a->wishes, .dropped = a->submission.dropped,
		.blend = a->source.blend };
	struct plan_cut_farm farm = { .slots = bf_live_count(w->live, w->config->lease_ms) };
	struct blender_reply *unused = calloc(1, sizeof *unused);
	int32_t frame;
	if (!unused)
		bf_bug("out of memory");
	if (plan_job(&facts, &job, &a->err) == 0 && plan_auto_may(&facts, &job) && plan_auto_asks(&facts, &job, &farm, &frame)
		&& render_measure(w, frame, 0, no_map, unused) == 0)
		render_stop(w, 1000); /* what is wrong with it will be seen when it is rendered */
	bf_job_clear(&job);
	free(unused);
}

static void open_and_warm_up(struct ahead *a)
{
	struct worker *w = a->w;
	struct blender_open open = RENDER_OPEN(&a->wishes, a->source.local);
	bf_log(BF_LOG_INFO, "ahead job=%s: opening its file while another machine plans it", a->submission.job);
	int opened = render_open_ahead(w, &open, &a->reply);
	if (opened == 1)
		warm_up(a);
	else if (opened == 0)
		render_stop(w, 1000);
}

bool ahead_open(struct worker *w, const char *entry)
{
	struct bf_err ignored;
	struct ahead *a = calloc(1, sizeof *a);
	if (!a)
		bf_bug("out of memory");
	a->w = w;
	int looked = 0;
	worker_share_begin(w);
	if (submission_parse(entry, &a->submission) == 0)
		looked = look(a);
	if (looked == 1) {
		render_ensure_blender(w, &ignored); /* it starts while the file is copied */
		if (plan_source_find(w, &a->submission, "", &a->source, &a->err) != PLAN_SOURCE_READY)
			looked = -1;
	}
	worker_share_end(w);
	if (looked == 1)
		open_and_warm_up(a);
	wishes_clear(&a->wishes);
	free(a);
	return looked >= 0;
}
