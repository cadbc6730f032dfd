/* A worker: one slot of the agent, a sequential loop of pick → claim → render → publish.
 *
 * This header is the worker's memory, shared by the files of those verbs; each says which part it
 * changes. Everything that must survive a crash is on the share; losing this loses at most the
 * time of the frame in work. */
#ifndef AGENT_WORKER_H
#define AGENT_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/blender.h"
#include "agent/board.h"
#include "agent/config.h"
#include "agent/jobs.h"
#include "share-layout/claim.h"
#include "share-layout/digest.h"
#include "share-layout/path.h"

/* A task in hand: claimed by us, and how far it has come. */
struct work {
	bool held;               /* there is one */
	struct job_view *job;
	struct bf_shard shard;
	struct bf_task task;     /* state RUN, our token */
	int64_t claimed_ms, started_ms;
	bool started;            /* Blender has been told to render it */
	unsigned share_turns;    /* of the board, when it was */
	double render_s;         /* from here on: known when rendered */
	int mem_mb;
	int file_count;
	char file[BF_VIEWS_MAX][BF_FILE_MAX]; /* in our out/ folder */
	char stem[64];           /* what the files are called there */
	char joined[BF_FILE_MAX]; /* in our join/ folder: what Blender makes the picture of; "" = nothing */
	char mean[BF_HASH_MAX];  /* of what was joined of samples, which is kept on the share; "" = it is not there */
	bool copied;             /* the private pictures lie on the share, whole, with this hash and size */
	char hash[BF_HASH_MAX];
	int64_t bytes;
	char of[BF_TOKEN_MAX];   /* a duplicate: the token of the claim it was begun beside, which is not ours; else "" */
	size_t open_left;        /* tasks of its directory that were open at the last look */
};

struct accept;
struct crew;

struct worker {
	const struct config *config;
	struct board *board;
	struct bf_share *share;
	char id[BF_ID_MAX];      /* of the agent */
	unsigned slot;
	char dir[4096];          /* scratch of this slot, local */
	struct bf_live *live;    /* copy of the board's, as of the last pick */
	struct jobs jobs;
	int64_t refreshed_ms;    /* when jobs were last listed */
	struct accept *accept;   /* what was seen in queue/ */
	struct crew *crew;       /* what the cards of others said */

	struct blender *blender;
	char blender_dir[4096];
	char opened[BF_JOB_MAX]; /* the job Blender has open, "" = none */
	struct blender_reply *opened_ahead;  /* its answer to what it has open ahead (agent/ahead.c), NULL = nothing */
	char opened_ahead_as[BF_DIGEST_HEX]; /* what it was told */
	int renders;             /* since Blender was started */
	int has_oidn;            /* -1 = not known yet */

	struct work now, next, rendered; /* in Blender; claimed ahead; waiting to be published */
	double pace_s;           /* seconds the last task of this job took, 0 = none yet */
	bool ahead;              /* the present pick claims ahead: leave the tail to idle machines */
	int64_t ahead_ms;        /* do not try to claim ahead before this time */
	bool restart;            /* Blender is to be started afresh before the next task */
	long first_rss_mb;
	int64_t measured_ms;     /* when its memory was last looked at */
	unsigned share_turns;    /* of the board, as far as we have followed */
	int trouble;             /* errno of the share's present trouble, said already; 0 = none */
	unsigned long trouble_beats; /* of the board when it was said */
	int64_t trouble_wait_ms; /* grows while it lasts */
	struct bf_slot view;     /* what the board shows */
	bool work_seen;          /* the last full pick saw tasks that have not ended */
	int64_t empty_since_ms;  /* full picks have found nothing to take since then; 0: the last one did */
	int64_t duplicate_ms;    /* no duplicate is begun before this time */
	char left_alone[8][BF_TOKEN_MAX]; /* claims of which a duplicate of ours came to nothing */
	unsigned left_alone_count;
	int ended;               /* tasks this worker has ended */
};

/* Body of the worker's process; returns its exit status: 0 ended orderly, 4 --once found nothing. */
int worker_run(const struct config *config, const char *agent_id, unsigned slot, struct board *board,
	struct bf_share *share, const char *scratch);

/* A token nobody has used. */
void worker_token(struct worker *w, char token[BF_TOKEN_MAX]);

/* Where a work's task lies. */
struct bf_place worker_place(const struct worker *w, const struct work *work);

/* Show what the slot does. work may be NULL for idle. */
void worker_show(struct worker *w, enum bf_slot_state state, const struct work *work);

/* Sleep, ended early by board_wake or a stop. */
void worker_sleep(struct worker *w, int64_t ms);

/* After an error: is it because the work's job was deleted? Says so, and removes its placeholder; what remains is to drop the work. */
bool worker_job_is_gone(struct worker *w, const struct work *work, const struct bf_err *why);

/* How quick this slot is: as learned in jobs whose pieces have costs, or else as measured; 0 = unknown. */
double worker_speed(const struct worker *w);

/* Give a task back, not counting a failure. A duplicate is only dropped. Share errors are waited out unless the agent stops. Returns 1, 0 when it was not
 * ours any more, -1 when that is not known. The work is dropped. */
int worker_release(struct worker *w, struct work *work, const char *why);

/* Begin a work: the task is in hand from now on. The job is kept until worker_drop. */
void worker_hold(struct work *out, struct job_view *job, const char *shard, const struct bf_task *task);

/* Forget a work: nothing is held any more. */
void worker_drop(struct work *work);

/* ---- a share that may be away: agent/worker_share.c ---- */

/* Begin / end of a stretch of calls to the share: a worker that hangs in one is seen. */
void worker_share_begin(struct worker *w);
void worker_share_end(struct worker *w);

/* After an error of the share: say it once, wait (longer each time until worker_share_works is called), open it
 * again. Returns when the share can be tried again, or the agent stops (false). */
bool worker_wait_for_share(struct worker *w, const struct bf_err *why);

/* The keeper has seen the share go away or come back as another mount: wait until it is there, and open it again.
 * Otherwise we would go on in a place that nobody else can see. Returns true when we stand in the share; false with *err
 * when the agent stops. Costs nothing when nothing happened. */
bool worker_follow_share(struct worker *w, struct bf_err *err);

/* Something that changes the share went well: the trouble is over. */
void worker_share_works(struct worker *w);

/* Does the share's present trouble concern writing alone, as a full disk does, and last still as far as we know? A look that
 * succeeded does not prove it over, then. Asks the file system for its room; does not block otherwise. */
bool worker_share_refuses_writing(const struct worker *w);

#endif
