/* What this machine is told by agent.ini and the command line.
 *
 * Order: built-in values, then agent.ini, then environment and command line. The file is the one named by
 * --config or $BF_CONFIG, or else the first there is of $XDG_CONFIG_HOME/blendfolder/agent.ini,
 * $XDG_CONFIG_DIRS, /etc/blendfolder/agent.ini. Never the current directory, never the share. */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/blender.h"
#include "agent/hours.h"
#include "share-layout/base/err.h"
#include "share-layout/card.h"
#include "share-layout/limits.h"
#include "share-layout/tags.h"

enum hook_event { HOOK_AGENT_START, HOOK_AGENT_STOP, HOOK_JOB_START, HOOK_JOB_END, HOOK_TASK_FAILED, HOOK_EVENTS };

struct config {
	char file[4096];       /* which agent.ini was read, "" for none */
	char share[4096];
	char name[BF_NAME_MAX];
	char blender[4096];
	char scratch[4096];
	char tags[BF_TAGS_MAX];  /* what this machine has: "gpu,big" */
	int slots;
	int64_t lease_ms, beat_ms, poll_ms;
	int64_t preview_ms;      /* between two previews of a picture in pieces; 0 = none */
	int64_t settle_ms;       /* how long a dropped folder must hold still */
	int64_t settle_limit_ms; /* after this long of holding still an incomplete file is given up */
	int64_t grace_ms;        /* how long stopping may take */
	bool finish_on_stop;     /* finish the running frame when asked to stop, within the grace */
	bool trust_scripts, factory_startup;
	bool keep_logs;          /* Blender's logs of tasks that go well, too */
	int nice;
	bool duplicates;         /* at the end of a job, render what others still render when that is sooner */
	int64_t frame_limit_ms;  /* a task may take so long in Blender, 0 = as long as it likes */
	int memory_limit_mb;     /* a Blender may have so much memory, 0 = as much as it likes */
	struct hours hours;      /* when to work */
	int64_t user_idle_ms;    /* rest until nobody has used the machine for so long, 0 = never mind */
	double others_busy;      /* rest while other programs keep more processors busy than this, 0 = never mind */
	bool release_at_rest;    /* when rest begins give the frame in work back, rather than finish it */
	char hook[HOOK_EVENTS][512]; /* programs, "" = none */
	int64_t hook_limit_ms;   /* how long each may run */
	bool update_from_share;
	char update_signers[4096]; /* whose signatures to believe */
	int failures;            /* of different machines until a task is parked */
	struct config_slot {
		char device[64];
		int threads;
		double speed;    /* as `bfagent --benchmark` measured it on this machine, 0 = never measured */
	} slot[BF_SLOTS_MAX];
	struct blender_path path[BLENDER_PATHS]; /* without gaps */
	bool once, drain, verbose;
};

/* Fill in the built-in values. */
void config_default(struct config *config);

/* Find and read agent.ini. explicit_file is that of --config, or NULL. Unknown keys are logged as warnings.
 * Returns 0, -1 with file, line or key, and what would be right. */
int config_load(struct config *config, const char *explicit_file, struct bf_err *err);

/* The part of it that needs no share: threads, scratch. Returns 0 / -1. */
int config_complete_machine(struct config *config, struct bf_err *err);

/* Check what only fits together, fill in what follows (threads, scratch). Returns 0 / -1. */
int config_complete(struct config *config, struct bf_err *err);

#endif
