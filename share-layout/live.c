#include "share-layout/live.h"

#include <stdlib.h>
#include <string.h>

#include "share-layout/token.h"

enum { FORGET_MS = 24 * 3600 * 1000, CROWD = 64, CROWD_MAX = 8 };

int bf_live_parse_card(const char *name, char id[BF_ID_MAX], unsigned long *beat)
{
	const char *dot = strrchr(name, '.');
	if (!dot || (size_t)(dot - name) >= BF_ID_MAX || !dot[1] || strlen(dot + 1) > 15
		|| strspn(dot + 1, "0123456789") != strlen(dot + 1))
		return -1;
	memcpy(id, name, (size_t)(dot - name));
	id[dot - name] = '\0';
	*beat = strtoul(dot + 1, NULL, 10);
	return bf_id_ok(id) ? 0 : -1;
}

bool bf_live_listed_card(const struct bf_names *cards, const char *id, unsigned long *beat_out)
{
	bool found = false;
	for (size_t i = 0; i < cards->count; i++) {
		char whose[BF_ID_MAX];
		unsigned long beat;
		if (bf_live_parse_card(cards->item[i].text, whose, &beat) < 0 || strcmp(whose, id) || (found && beat < *beat_out))
			continue;
		*beat_out = beat;
		found = true;
	}
	return found;
}

/* Sorted by id: a look at a directory of a thousand claims asks for a thousand owners. */
static int place_of(const struct bf_live *live, const char *id)
{
	int low = 0, high = live->count;
	while (low < high) {
		int middle = (low + high) / 2;
		if (strcmp(live->agent[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct bf_live_agent *find(struct bf_live *live, const char *id)
{
	int place = place_of(live, id);
	return place < live->count && !strcmp(live->agent[place].id, id) ? &live->agent[place] : NULL;
}

static struct bf_live_agent *find_or_add(struct bf_live *live, const char *id)
{
	struct bf_live_agent *agent = find(live, id);
	if (agent || live->count == BF_LIVE_MAX)
		return agent;
	int place = place_of(live, id);
	agent = &live->agent[place];
	memmove(agent + 1, agent, (size_t)(live->count++ - place) * sizeof *agent);
	memset(agent, 0, sizeof *agent);
	strcpy(agent->id, id); /* ids are checked to be short enough by who parsed them */
	return agent;
}

static void forget_old(struct bf_live *live)
{
	int kept = 0;
	for (int i = 0; i < live->count; i++)
		if (live->agent[i].listed || live->agent[i].silent_ms <= FORGET_MS)
			live->agent[kept++] = live->agent[i];
	live->count = kept;
}

/* Any change is a sign of life; a server's power cut may take beats back. */
static void note_beat(struct bf_live_agent *agent)
{
	if (agent->has_beat && agent->beat == agent->seen)
		return;
	agent->has_beat = true;
	agent->beat = agent->seen;
	agent->silent_ms = 0;
}

void bf_live_look(struct bf_live *live, const struct bf_names *cards, int64_t now_ms, int64_t beat_ms)
{
	int64_t gap = live->looked_ms ? now_ms - live->looked_ms : 0;
	if (gap > 2 * beat_ms)
		gap = 2 * beat_ms;
	live->looked_ms = now_ms;
	for (int i = 0; i < live->count; i++) {
		live->agent[i].silent_ms += gap;
		live->agent[i].listed = false;
	}
	for (size_t i = 0; i < cards->count; i++) {
		char id[BF_ID_MAX];
		unsigned long beat;
		if (bf_live_parse_card(cards->item[i].text, id, &beat) < 0)
			continue;
		struct bf_live_agent *agent = find_or_add(live, id);
		if (!agent)
			continue;
		/* Two names at once are one card in motion, or one that a lost answer doubled: the larger counts, or
		 * a dead agent would seem to go to and fro for ever. */
		if (!agent->listed || beat > agent->seen)
			agent->seen = beat;
		agent->listed = true;
	}
	for (int i = 0; i < live->count; i++)
		if (live->agent[i].listed)
			note_beat(&live->agent[i]);
	forget_old(live);
}

void bf_live_note(struct bf_live *live, const char *id)
{
	find_or_add(live, id);
}

void bf_live_kill(struct bf_live *live, const char *id)
{
	struct bf_live_agent *agent = find_or_add(live, id);
	if (agent)
		agent->silent_ms = FORGET_MS / 2;
}

const struct bf_live_agent *bf_live_find(const struct bf_live *live, const char *id)
{
	return find((struct bf_live *)live, id);
}

bool bf_live_is_dead(const struct bf_live *live, const char *id, int64_t lease_ms)
{
	const struct bf_live_agent *agent = bf_live_find(live, id);
	return agent && agent->silent_ms >= lease_ms;
}

int bf_live_count(const struct bf_live *live, int64_t lease_ms)
{
	int count = 0;
	for (int i = 0; i < live->count; i++)
		if (live->agent[i].listed && live->agent[i].silent_ms < lease_ms)
			count++;
	return count;
}

int bf_live_crowd(const struct bf_live *live, int64_t lease_ms)
{
	int crowd = (bf_live_count(live, lease_ms) + CROWD - 1) / CROWD;
	return crowd < 1 ? 1 : crowd > CROWD_MAX ? CROWD_MAX : crowd;
}
