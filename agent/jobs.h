/* A worker's view of the jobs: the ones that have not ended, in the order of work, and what it
 * remembers of each between looks. Only hints live here: whatever is decided is decided by a rename
 * on the share. */
#ifndef AGENT_JOBS_H
#define AGENT_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/control.h"
#include "share-layout/job.h"
#include "share-layout/share.h"

struct job_rank { int32_t frame; uint32_t at; };

struct job_view {
	struct bf_job plan;
	struct bf_control control;
	struct job_rank *rank;    /* by frame: where each stands in the order of work */
	bool *shard_ended;        /* one per task directory: nothing was open or run at the last look */
	unsigned shard_count;
	unsigned shards_made;     /* directories 0 … shards_made-1 were seen to exist */
	bool finish_done;
	int64_t done_since_ms;    /* finish was seen done without JOB.ended since then */
	unsigned finish_attempt;  /* grows when somebody took the job up again: forget shard_ended then */
	int failures_in_row;      /* of ours, on different tasks */
	int64_t retry_ms;         /* after an error: not before this time */
	double task_s;            /* how long our last frames or pieces took, on average; 0 = none yet */
	double cost_done, cost_s; /* cost of the pieces that we have done lately, and how long that took */
	int64_t held_back_ms;     /* pieces are open and none was taken since then, for others will be done with them sooner */
	size_t held_back_open;    /* so many */
	int64_t preview_ms;       /* no preview before this time; 0 = not thought of yet */
	uint64_t preview_seen;    /* which one lay there when we looked last */
	bool present;             /* in the last listing */
	int refs;                 /* tasks in hand that point here */
};

struct jobs {
	struct job_view **view;
	size_t count, room;
	struct bf_names names;
	size_t rotation;          /* which ended job is looked into next */
	int64_t checked_ms;       /* when that was last done */
	char bad[8][BF_JOB_MAX];  /* jobs whose plan could not be read: said once */
	unsigned bad_count;
};

/* List jobs/ and the control files of each job. Returns 0 / -1. */
int jobs_refresh(struct jobs *jobs, const struct bf_share *share, struct bf_err *err);

/* Find a view by its id, NULL when there is none. */
struct job_view *jobs_find(struct jobs *jobs, const char *id);

/* Has the job's finish been reopened, or never been done? No on a share error. */
bool jobs_is_open(const struct bf_share *share, const char *id);

/* Is there a JOB.ended? Looked for behind a change of our own in jobs/, for a listing may be older than the marker. Returns 1 /
 * 0 / -1 (not to be known). Blocks for three or four calls on the share. */
int jobs_is_marked(const struct bf_share *share, const char *id);

/* Forget which directories had ended. */
void jobs_forget_ended(struct job_view *view);

/* May a Blender of this version render it: same major.minor as the planner's? Yes while it is not known. */
bool jobs_fits_blender(const struct job_view *view, const char *version);

int jobs_priority(const struct job_view *view);

/* Where a frame stands in the order of work; frames that are not in the plan come last. */
uint32_t jobs_rank(const struct job_view *view, int32_t frame);

void jobs_clear(struct jobs *jobs);

#endif
