/* From what Blender says of a file and what people wish to the plan of a job. Pure. */
#ifndef AGENT_PLAN_JOB_H
#define AGENT_PLAN_JOB_H

#include <stdbool.h>

#include "agent/blender.h"
#include "agent/wishes.h"
#include "share-layout/job.h"

struct plan_facts {
	const struct blender_scene *scene;
	struct wishes *wishes;  /* its list of frames moves into the job */
	const char *dropped;    /* the name people gave */
	const char *blend;      /* the .blend itself */
	bool folder;            /* dropped is a folder, blend lies in it */
};

/* Fill in the plan, but for id, file, planner and time. job starts from zero bits; end with bf_job_clear. Returns 0, -1 when
 * it cannot become a job, with the reason in words for the submitter. */
int plan_job(const struct plan_facts *facts, struct bf_job *job, struct bf_err *why);

/* Its part that cuts frames into pieces (agent/plan_pieces.c). Needs the size of the picture. Where pieces could not be joined to
 * what Blender renders whole, frames stay whole and a warning says why; so they do, without one, where people left it to the planner,
 * who may cut them later on. 0 / -1. */
int plan_pieces(const struct plan_facts *facts, struct bf_job *job, struct bf_err *why);

/* Whether pieces of it would be joined to exactly what is rendered whole. */
bool plan_pieces_are_exact(const struct plan_facts *facts, const struct bf_job *job);

/* What pieces are to be that are bands of the full width: margin, alignment, whether Blender finishes the picture. */
void plan_pieces_bands(const struct plan_facts *facts, struct bf_job *job);

/* Warnings for the submitter, one a line; beyond BF_WARNINGS_MAX they are dropped. */
void plan_job_warn(struct bf_job *job, const char *lines);

#endif
