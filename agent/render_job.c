#include "agent/render_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/failure.h"
#include "agent/render.h"
#include "agent/render_fault.h"
#include "share-layout/base/sys.h"

/* Can this machine make what the plan promises? NULL when it can. */
static const char *unlike_plan(const struct bf_job *job, const struct blender_scene *scene, char *text, size_t size)
{
	if (scene->width != job->width || scene->height != job->height)
		snprintf(text, size, "this Blender would make %d x %d pixels, the plan says %d x %d", scene->width, scene->height,
			job->width, job->height);
	else if (scene->missing_count && !job->missing_ok)
		snprintf(text, size, "files are missing on this machine: %.300s", scene->missing);
	else if (scene->needs_oidn && !scene->has_oidn)
		snprintf(text, size, "the scene wants denoising and this machine's Blender %s has no OpenImageDenoise",
			scene->version_text);
	else
		return NULL;
	return text;
}

bool render_job_open(struct worker *w)
{
	const struct bf_job *job = &w->now.job->plan;
	if (w->blender && blender_is_alive(w->blender) && !strcmp(w->opened, job->id))
		return true;
	char path[4096], why[512];
	struct bf_err err;
	struct blender_open open;
	struct blender_reply *reply = calloc(1, sizeof *reply);
	if (!reply)
		bf_bug("out of memory");
	render_ensure_blender(w, &err); /* it starts while the file is copied */
	worker_share_begin(w);
	int ready = render_blend_path(w, job, path, sizeof path, &err);
	worker_share_end(w);
	bool result = false;
	if (ready < 0) {
		w->now.job->retry_ms = bf_sys.now_ms() + 5000;
		worker_release(w, &w->now, err.text);
		if (bf_err_is_share_fault(&err))
			worker_wait_for_share(w, &err);
		goto out;
	}
	open = RENDER_OPEN(job, path);
	w->now.share_turns = w->share_turns;
	int opened = render_open(w, &open, reply);
	if (opened < 0)
		goto out;
	if (opened == 0) {
		render_fault(w, reply, true);
		goto out;
	}
	if (unlike_plan(job, &reply->scene, why, sizeof why)) {
		failure_of_machine(w, &w->now, why, NULL);
		goto out;
	}
	snprintf(w->opened, sizeof w->opened, "%s", job->id);
	result = true;
out:
	free(reply);
	return result;
}
