/* A look at one directory of tasks: its listing, in the order of work. One request, whatever it holds. */
#ifndef AGENT_LISTING_H
#define AGENT_LISTING_H

#include "agent/worker.h"
#include "share-layout/look.h"

struct listing {
	struct listing_entry {
		struct bf_task task;
		uint64_t key;        /* order of work */
	} *entry;
	size_t count, open, run; /* all; those open; those being worked on */
	struct bf_task *duplicate; /* which claims others render beside their owners: as claims, with their own tokens */
	size_t duplicates;
};

/* List the directory; of a task that shows twice (others rename meanwhile) the later state is kept. Returns 1, 0 when there
 * is no such directory, -1 on a share error. After 1 end with listing_clear. */
int listing_take(struct worker *w, const struct job_view *job, const char *shard, struct listing *look, struct bf_err *err);

void listing_clear(struct listing *look);

/* Whose claim a task is, as far as this worker knows. An owner without a card is aged from its first look on. */
enum bf_whose listing_whose(struct worker *w, const struct bf_task *task);

/* Give back claims with this worker's own name on them that it knows nothing of: the answer to a claim or a release was lost on
 * its way, or the process that was this worker before has died. Nobody else may touch them while we live. */
void listing_release_orphans(struct worker *w, const struct job_view *job, const char *shard, const struct listing *look);

#endif
