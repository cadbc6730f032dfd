/* Who is alive: the ages of other agents' heartbeats, on our own clock (SPEC.md, "Agents").
 *
 * Pure: the caller lists agents/ and passes the names and the time. Ages add up only the time between
 * looks, capped, so an observer that slept or could not look has not seen silence (P5). */
#ifndef BF_LIVE_H
#define BF_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/base/fs.h"
#include "share-layout/limits.h"

enum { BF_LIVE_MAX = 4096 };

struct bf_live {
	int count;
	int64_t looked_ms; /* when the last look was, 0 before the first */
	struct bf_live_agent {
		char id[BF_ID_MAX];
		unsigned long beat;
		int64_t silent_ms; /* observed silence */
		bool listed;       /* in the last listing */
		bool has_beat;     /* a card of it was seen; beat 0 is a beat too */
		unsigned long seen; /* the largest number in the present listing */
	} agent[BF_LIVE_MAX]; /* sorted by id */
};

/* Take in a listing of agents/. beat_ms is our own interval: a longer gap between looks counts
 * as two beats. Agents that are no longer listed keep ageing and are dropped after a day. */
void bf_live_look(struct bf_live *live, const struct bf_names *cards, int64_t now_ms, int64_t beat_ms);

/* Remember an agent that was seen only in a claim and has no card, so that it ages from now on. */
void bf_live_note(struct bf_live *live, const char *id);

/* An agent known to be gone (its process was seen to be dead on our own machine). */
void bf_live_kill(struct bf_live *live, const char *id);

const struct bf_live_agent *bf_live_find(const struct bf_live *live, const char *id);

/* Dead: known, and silent for the lease. An unknown agent is not dead. */
bool bf_live_is_dead(const struct bf_live *live, const char *id, int64_t lease_ms);

/* How many listed agents are not silent for the lease (we ourselves included). */
int bf_live_count(const struct bf_live *live, int64_t lease_ms);

/* How much longer than alone an agent waits between looks that all agents make and that one of them could make for
 * all (is there something new, is it cancelled): 1 up to 64 living ones, then so that together they look no more often, up to 8. */
int bf_live_crowd(const struct bf_live *live, int64_t lease_ms);

/* Split a card's file name "ID.BEAT". Returns 0 / -1 for a foreign name. */
int bf_live_parse_card(const char *name, char id[BF_ID_MAX], unsigned long *beat);

/* The beat at which an agent's card stands in a listing of agents/, the largest if it stands there twice. */
bool bf_live_listed_card(const struct bf_names *cards, const char *id, unsigned long *beat_out);

#endif
