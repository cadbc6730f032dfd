#include "agent/render_fault.h"

#include "agent/failure.h"
#include "agent/render.h"
#include "share-layout/base/log.h"

bool render_fault_of_share(struct worker *w)
{
	struct work *work = &w->now;
	if (!work->job->plan.folder[0]
		|| (work->share_turns == atomic_load(&w->board->share_turns) && bf_share_is_here(w->share)))
		return false;
	render_stop(w, 1000);
	worker_release(w, work, "the share was away while Blender read from it");
	return true;
}

void render_fault(struct worker *w, const struct blender_reply *reply, bool gone)
{
	struct bf_buf log = {0};
	if (render_fault_of_share(w))
		return;
	render_task_log(w, false, &log);
	if (reply->agent_fault && !reply->file_fault)
		failure_of_machine(w, &w->now, reply->message, &log);
	else
		failure_of_task(w, &w->now, reply->message, &log);
	bf_buf_clear(&log);
	if (gone || reply->agent_fault || !reply->file_fault)
		render_stop(w, 1000); /* a Blender that has seen trouble is not trusted with the next frame */
}

void render_fault_of_picture(struct worker *w, struct work *done, const char *why)
{
	struct bf_buf log = {0};
	render_task_log(w, false, &log);
	failure_of_task(w, done, why, &log);
	bf_buf_clear(&log);
}

bool render_fault_of_limits(struct worker *w)
{
	char why[256];
	struct bf_buf log = {0};
	enum render_excess excess = render_excess(w, w->now.started_ms, why, sizeof why);
	if (excess == RENDER_FINE)
		return false;
	if (render_fault_of_share(w))
		return true;
	render_task_log(w, true, &log);
	render_stop(w, 0);
	if (excess == RENDER_TOO_LARGE && w->renders > 0) {
		bf_log(BF_LOG_INFO, "restart blender: %s after %d pictures", why, w->renders);
		w->now.started = false;
	} else {
		failure_of_task(w, &w->now, why, &log);
	}
	bf_buf_clear(&log);
	return true;
}
