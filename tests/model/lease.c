/* Who is called dead: one owner of a card, one observer, time in steps of half a beat.
 *
 * At each instant the owner may beat, or be late, or die for ever; the observer may look, or be late, and its look may miss the card,
 * which is just being renamed. Each look goes through bf_live_look and the verdict is that of bf_live_is_dead, on the observer's own
 * clock, which has nothing to do with the owner's. What must hold:
 *   - who is called dead had been silent for the lease when the look was made (one that misses a card in motion may hide a
 *     beat, and counts for at most two beats of silence);
 *   - an observer that slept has not seen silence: the verdict takes at least lease / 2 beats looks at the same beat;
 *   - who is dead is called dead by an observer that goes on looking. */
#include "tests/model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/err.h"
#include "share-layout/live.h"

enum {
	BEAT_MS = 10, LEASE_MS = 60, STEP_MS = 5, SPANS = 16, /* times are counted up to this many steps */
	LOOKS_MIN = LEASE_MS / (2 * BEAT_MS),
	MISSES_MAX = 2, HOUR_MS = 3600 * 1000, NOW_MS = 1 << 24,
};

/* Everything is small, so that a state is a number. */
struct moment {
	uint8_t silent;   /* steps since the owner's last beat */
	uint8_t ago;      /* steps since the observer's last look */
	uint8_t counted;  /* steps of silence that the observer has counted */
	uint8_t changed;  /* the owner has beaten since that look */
	uint8_t known, looked;
	uint8_t dead;
	uint8_t looks;    /* at one beat, in a row */
	uint8_t misses;   /* looks in a row that did not show the card */
	uint8_t shown;    /* steps that the owner had been silent when the card was last shown */
};

struct lease_run {
	bool wall_clock;
	struct moment *item;
	uint32_t *parent, *of; /* of: by number of the state, place in item + 1 */
	size_t count;
	const char *broken;
	uint32_t now, bad;
	struct bf_live live;
};

enum { STATES = SPANS * SPANS * SPANS * SPANS * 2 * 2 * 2 * 2 * (LOOKS_MIN + 1) * (MISSES_MAX + 1) };

static uint32_t number_of(const struct moment *m)
{
	uint32_t n = m->silent;
	n = n * SPANS + m->ago;
	n = n * SPANS + m->counted;
	n = n * 2 + m->changed;
	n = n * 2 + m->known;
	n = n * 2 + m->looked;
	n = n * 2 + m->dead;
	n = n * (LOOKS_MIN + 1) + m->looks;
	n = n * (MISSES_MAX + 1) + m->misses;
	return n * SPANS + m->shown;
}

static uint8_t capped(int64_t steps)
{
	return (uint8_t)(steps < SPANS ? steps : SPANS - 1);
}

#define OWNER "owner-000001"

static void list_card(const struct moment *m, struct bf_names *names)
{
	static char name[BF_FILE_MAX];
	static struct bf_name item;
	snprintf(name, sizeof name, OWNER ".%d", 7 + m->changed);
	item.text = name;
	*names = (struct bf_names){ .item = &item, .count = 1 };
}

/* What the observer's memory is at that moment, its look, and what it is afterwards. */
static void look(struct lease_run *run, struct moment *m, bool missed)
{
	struct bf_live *live = &run->live;
	struct bf_names names = {0};
	live->count = m->known;
	live->looked_ms = m->looked ? NOW_MS - m->ago * STEP_MS : 0;
	live->agent[0] = (struct bf_live_agent){ .beat = 7, .silent_ms = m->counted * STEP_MS, .has_beat = true };
	strcpy(live->agent[0].id, OWNER);
	if (!missed)
		list_card(m, &names);
	bf_live_look(live, &names, NOW_MS, BEAT_MS);
	if (!missed) {
		bool news = m->changed || !m->known;
		m->looks = news ? 0 : m->looks < LOOKS_MIN ? m->looks + 1 : m->looks;
		m->misses = 0;
		m->changed = 0;
		m->shown = m->silent;
	} else if (m->known) {
		m->looks += m->looks < LOOKS_MIN;
		m->misses++;
	}
	m->looked = 1;
	m->ago = 0;
	m->known = live->count == 1;
	m->counted = m->known ? capped(live->agent[0].silent_ms / STEP_MS) : 0;
}

static bool is_called_dead(struct lease_run *run, const struct moment *m)
{
	if (run->wall_clock) /* planted: the card says when, by a clock that is an hour behind */
		return m->known && m->silent * STEP_MS + HOUR_MS >= LEASE_MS;
	run->live.count = m->known;
	strcpy(run->live.agent[0].id, OWNER);
	run->live.agent[0].silent_ms = m->counted * STEP_MS;
	return bf_live_is_dead(&run->live, OWNER, LEASE_MS);
}

static const char *broken_rule(struct lease_run *run, const struct moment *m)
{
	if (is_called_dead(run, m)) {
		if (m->shown * STEP_MS < LEASE_MS - 2 * BEAT_MS * m->misses)
			return "an agent is called dead that was not silent for the lease";
		if (m->looks < LOOKS_MIN)
			return "an agent is called dead by an observer that slept";
	}
	if (!m->dead || !m->known)
		return NULL;
	struct moment later = *m;
	for (int i = 0; i < LEASE_MS / BEAT_MS + 2; i++) {
		later.silent = capped(later.silent + BEAT_MS / STEP_MS);
		later.ago = BEAT_MS / STEP_MS;
		look(run, &later, false);
	}
	return is_called_dead(run, &later) ? NULL : "a dead agent is never called dead";
}

static void reach(struct lease_run *run, const struct moment *m)
{
	uint32_t number = number_of(m);
	if (run->of[number] || run->broken)
		return;
	run->item[run->count] = *m;
	run->parent[run->count] = run->now;
	run->of[number] = (uint32_t)++run->count;
	run->broken = broken_rule(run, m);
	if (run->broken)
		run->bad = (uint32_t)run->count - 1;
}

/* Time goes on by a step; then each may do what it does, in either order. */
static void expand(struct lease_run *run, struct moment m)
{
	m.silent = capped(m.silent + 1);
	m.ago = capped(m.ago + m.looked);
	for (int what = 0; what < 8; what++) {
		struct moment next = m;
		if (what & 4) /* it dies before it beats */
			next.dead = 1;
		if ((what & 1) && !next.dead) {
			next.silent = 0;
			next.changed = 1;
		}
		if (what & 2)
			look(run, &next, false);
		reach(run, &next);
		if (!(what & 2) || m.misses >= MISSES_MAX)
			continue;
		next = m;
		next.dead = m.dead || (what & 4);
		if ((what & 1) && !next.dead) {
			next.silent = 0;
			next.changed = 1;
		}
		look(run, &next, true);
		reach(run, &next);
	}
}

static void print_trace(const struct lease_run *run)
{
	uint32_t way[256];
	int length = 0;
	for (uint32_t i = run->bad; i && length < 256; i = run->parent[i])
		way[length++] = i;
	for (int i = length; i-- > 0;) {
		const struct moment *m = &run->item[way[i]];
		printf("#   %2d. %d ms later: the owner has been silent for %d ms%s; the observer looked %d ms ago and counts %d ms\n",
			length - i, STEP_MS, m->silent * STEP_MS, m->dead ? " (dead)" : "", m->ago * STEP_MS, m->counted * STEP_MS);
	}
}

size_t lease_search(bool wall_clock, bool trace, const char **broken_out)
{
	struct lease_run *run = calloc(1, sizeof *run);
	struct moment first = {0};
	size_t count;
	if (!run || !(run->item = calloc(STATES, sizeof *run->item)) || !(run->parent = calloc(STATES, sizeof *run->parent))
		|| !(run->of = calloc(STATES, sizeof *run->of)))
		bf_bug("model: out of memory");
	run->wall_clock = wall_clock;
	reach(run, &first);
	for (run->now = 0; run->now < run->count && !run->broken; run->now++)
		expand(run, run->item[run->now]);
	if (run->broken && trace)
		print_trace(run);
	*broken_out = run->broken;
	count = run->count;
	free(run->item);
	free(run->parent);
	free(run->of);
	free(run);
	return count;
}
