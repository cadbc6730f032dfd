/* The whole share as one snapshot, for tools that look at it. Reads only, never changes anything.
 *
 * Take a snapshot, take it again as often as you like (a refresh of the same struct costs little), clear it.
 * Names carry nearly everything: a scan costs the listings, one job.ini per job (kept: plans never change), the
 * end of each journal and the agents' cards. A refresh leaves out what cannot have moved: jobs that
 * have ended, task directories that have not changed since they were listed.
 *
 * Every figure has one meaning:
 *   frames.total    frames of the plan, also of those whose tasks do not exist yet
 *   frames.done     frames whose whole picture is committed (its frame task, or its join)
 *   frames.running  of the others, frames at which somebody works
 *   frames.failed   of the others, frames of which a task is parked
 *   frames.waiting  the rest
 *   tasks           the same for frame, piece and join tasks; `more` and `finish` are never counted
 * A task seen twice in one listing counts once, in its later state. */
#ifndef BF_SCAN_H
#define BF_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/card.h"
#include "share-layout/control.h"
#include "share-layout/job.h"
#include "share-layout/live.h"
#include "share-layout/share.h"
#include "share-layout/task.h"

enum { BF_SCAN_REASONS_MAX = 50 };

enum bf_job_state { BF_JOB_PLANNING, BF_JOB_RUNNING, BF_JOB_WAITING, BF_JOB_PAUSED, BF_JOB_DONE, BF_JOB_FAILED,
	BF_JOB_CANCELLED };
const char *bf_job_state_name(enum bf_job_state state);

struct bf_count { int64_t total, done, running, failed, waiting; };

/* What one machine did for a job. */
struct bf_scan_machine {
	char name[BF_NAME_MAX];
	int64_t tasks;         /* committed by it and still standing: counted by their names */
	double seconds_per_task; /* mean over its last tasks, as its journal says; 0 = unknown */
};

struct bf_scan_running {
	struct bf_task task;
	char agent[BF_ID_MAX];
	unsigned slot;
	bool lost;             /* its agent is silent for longer than its lease */
};

struct bf_scan_failed {
	struct bf_task task;
	char machine[BF_NAME_MAX]; /* where it failed last, "" = unknown */
	char why[200];         /* first line of that failure's log; read for the first BF_SCAN_REASONS_MAX only */
	char log[100];         /* its file in jobs/JOB/logs/, "" = unknown */
};

/* The pieces of one frame: of the first that has begun and is not done, else of the next, else of the last. */
struct bf_scan_map {
	int32_t frame;
	unsigned count;        /* 0 = the job is not cut */
	struct bf_scan_piece {
		unsigned char state; /* enum bf_task_state */
		unsigned short machine; /* who does it or did it; meant for BF_RUN and BF_DONE */
	} *piece;
};

/* What the last tasks tell about what is left. */
struct bf_scan_eta {
	double s;              /* -1 = unknown */
	double least_s, most_s; /* where it will be nineteen times of twenty, if the rest is like what was; -1 = unknown: one task tells
	                        * nothing about how they differ */
	double tasks_per_s;    /* of all slots that work at it now, 0 = unknown */
};

struct bf_scan_job {
	struct bf_job plan;    /* while planning, only id and name are set */
	bool plan_ok;          /* false: error says why job.ini cannot be read */
	char error[BF_TEXT_MAX]; /* what could not be read at the last look, "" = everything could */
	enum bf_job_state state;
	char waits[BF_FILE_MAX]; /* of a waiting job: what it was told to wait for, "until …" or "for …"; "" = nothing */
	int priority;
	struct bf_count frames, tasks;
	double seconds_per_task; /* mean over the machines' last tasks, 0 = none finished yet */
	double spread_s;       /* standard deviation of a machine's tasks from each other */
	double measured;       /* how many tasks these two are taken from: old ones fade, the first of an agent is taken out */
	int64_t records;       /* how many the journals told of */
	struct bf_scan_eta eta;
	struct bf_scan_running *running; size_t running_count;
	struct bf_scan_failed *failed; size_t failed_count;   /* parked tasks */
	struct bf_scan_machine *machine; size_t machine_count; /* also those that have only begun */
	struct bf_scan_map map;
	bool has_newest;
	int32_t newest;        /* the frame that was done last, as the journals tell */
	int avoid_count;       /* machines that stay away */
	char avoid[BF_AVOID_MAX][BF_NAME_MAX];
	struct bf_scan_keep *keep; /* private */
};

struct bf_scan_agent {
	char id[BF_ID_MAX], name[BF_NAME_MAX];
	struct bf_card card;
	bool card_ok;          /* false: only id and silence are known */
	bool lost;             /* silent for longer than its own lease */
	double seen_s;         /* how long its beat has not changed. The first look, which cannot have seen any change, takes
	                        * the difference to the newest beat, both as the file server's clock stamped
	                        * them; from then on our own clock counts. For people; nobody is broken for it. */
	unsigned long beat;    /* private */
	double silent_before_s; /* private */
};

struct bf_scan_rejected { char name[BF_FILE_MAX]; char why[512]; /* first line of the .why.txt */ };

struct bf_scan_queued {        /* dropped, not taken yet */
	char name[BF_FILE_MAX];
	bool held;             /* by NAME.suspend */
};

struct bf_scan {
	struct bf_scan_job *job; size_t job_count;         /* newest last */
	struct bf_scan_agent *agent; size_t agent_count;   /* by name */
	struct bf_scan_rejected *rejected; size_t rejected_count;
	struct bf_scan_queued *queued; size_t queued_count;
	char detail[BF_JOB_MAX]; /* set by the caller, "" = none: of this job the journals are read although it has ended */
	struct bf_live live;
};

/* Take a snapshot, or refresh one; start from zero bits. only: look at this job alone, by its id, or at those
 * that were dropped under this name; NULL = all jobs. With it the journals of ended jobs are read too, as for scan->detail.
 * Returns 0, or -1 when the share cannot be read (the old snapshot is kept). May block. */
int bf_scan_take(const struct bf_share *share, const char *only, struct bf_scan *scan, struct bf_err *err);
void bf_scan_clear(struct bf_scan *scan);

/* A job by its full id, or by its name when unique. Returns 1 with *out, 0 when there is none, -1 when
 * several fit (err lists them). */
int bf_scan_find(const struct bf_scan *scan, const char *id_or_name, const struct bf_scan_job **out, struct bf_err *err);

/* Whether nothing more will happen to a job by itself. */
bool bf_scan_ended(const struct bf_scan_job *job);

#endif
