/* The crew: what the slots of other agents do, as their cards tell, kept for a while.
 *
 * A card is an open and a read of the share, so cards are read only where something hangs on them (dealing out pieces
 * whose cost is known; duplicates at the end of a job), each at most once in a few seconds, the longer the more agents there are, and
 * of a big farm only some. What is remembered is seconds old: good for estimates, never for a step. */
#ifndef AGENT_CREW_H
#define AGENT_CREW_H

#include "agent/worker.h"

struct crew_member {
	char id[BF_ID_MAX];
	int64_t read_ms;        /* when its card was last looked for */
	int slot_count;
	struct bf_slot *slot;
};

/* One for each worker. */
struct crew *crew_new(void);
void crew_free(struct crew **crew);

/* Make sure that the cards of these agents were read lately; those beyond a limit are left out. Errors of the share leave what was
 * known. May block while the file server is away. */
void crew_look(struct worker *w, const char *const *id, size_t count);

/* The same for the living ones; of many, for some that are drawn by lot once. */
void crew_look_around(struct worker *w);

/* What is known: of all, and of the slot that a token is of (NULL when nothing is). Valid until the next look. Slots of our own agent are
 * read from the board. */
size_t crew_count(const struct worker *w);
const struct crew_member *crew_member(const struct worker *w, size_t n);
const struct bf_slot *crew_slot(struct worker *w, const char *token);

#endif
