/* Which .blend of a submission is to be rendered, and bringing it to where Blender can open it. */
#ifndef AGENT_PLAN_SOURCE_H
#define AGENT_PLAN_SOURCE_H

#include "agent/submission.h"
#include "agent/worker.h"

struct plan_source {
	char blend[BF_FILE_MAX]; /* its name, inside source/ or the folder in it */
	char local[4200];        /* where Blender shall open it */
	int64_t size;
	char hash[BF_HASH_MAX];
};

enum plan_source_found {
	PLAN_SOURCE_AWAY = -1, /* the share has trouble */
	PLAN_SOURCE_GONE,      /* so is the submission, or we are to stop */
	PLAN_SOURCE_READY,
	PLAN_SOURCE_WRONG,     /* no machine can render this */
	PLAN_SOURCE_CLOSED,    /* this machine may not read it */
};

/* wish: the name of the .blend in a folder, "" = the only one. Waits for a file that still grows, as long as agent.ini allows. A
 * single file is copied to the scratch folder, under the name of its hash; one in a folder is opened on the share. Unless it is
 * ready, err says why. */
enum plan_source_found plan_source_find(struct worker *w, const struct submission *submission, const char *wish,
	struct plan_source *out, struct bf_err *err);

#endif
