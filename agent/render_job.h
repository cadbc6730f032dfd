/* A job's file in the Blender of a slot, where it stays open from task to task. */
#ifndef AGENT_RENDER_JOB_H
#define AGENT_RENDER_JOB_H

#include "agent/worker.h"

/* Have the job of w->now open, and see that this machine can make what the plan promises. Returns true; false when w->now was
 * dropped, or we are to stop. May block on the share, and waits for Blender. */
bool render_job_open(struct worker *w);

#endif
