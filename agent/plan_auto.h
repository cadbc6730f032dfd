/* `pieces = auto`: which jobs are cut without being told to, and how.
 *
 *	plan_auto_asks → Blender measures → plan_auto_farm → plan_auto
 *
 * A picture is worth cutting when several machines are done sooner with its pieces than one with the whole; of an
 * animation the last frames, when they are few and heavy, so that all machines end together. What is cheap is never
 * measured: that would cost more than it brings. Pure, but for plan_auto_farm. */
#ifndef AGENT_PLAN_AUTO_H
#define AGENT_PLAN_AUTO_H

#include "agent/plan_cut.h"
#include "agent/plan_job.h"
#include "agent/worker.h"

/* Most seconds a measurement takes, besides what has to be done once for a scene; pictures below the second are not measured
 * any closer. */
#define PLAN_AUTO_BUDGET_S 1.0
#define PLAN_AUTO_LEAST_S 4.0

/* Whether people left it to the planner, and the pieces would be joined to exactly the whole. */
bool plan_auto_may(const struct plan_facts *facts, const struct bf_job *job);

/* Whether it can be worth it, as far as can be told without rendering: a picture of many pixels and samples, alone or
 * among few for that farm. *frame_out: the one to measure. */
bool plan_auto_asks(const struct plan_facts *facts, const struct bf_job *job, const struct plan_cut_farm *farm, int32_t *frame_out);

/* The slots of the agents that live now; of at least four, for others may join. *own_out: the speed of this worker's own slot, 1
 * when it is not known. Reads cards; what they do not tell is as the others are. May block. */
void plan_auto_farm(struct worker *w, struct plan_cut_farm *farm, double *own_out);

/* Cut the job, or leave it as it is. measured: on a slot of speed own. */
void plan_auto(const struct blender_measured *measured, const struct plan_cut_farm *farm, double own,
	const struct plan_facts *facts, struct bf_job *job);

#endif
