#include "agent/crew.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/token.h"

enum {
	CARDS_MAX = 64,        /* that are kept: the mean of so many is good enough for all */
	AGE_MS = 5000,         /* as often as a card is rewritten while something renders, or at the pace of beats if that is quicker; … */
	AGE_MS_PER_CARD = 10,  /* … but all agents together read at most some hundred cards a second */
};

struct crew {
	struct crew_member member[CARDS_MAX];
	size_t count;
	struct bf_names cards;
	struct bf_slot own;
};

struct crew *crew_new(void)
{
	struct crew *crew = calloc(1, sizeof *crew);
	if (!crew)
		bf_bug("out of memory");
	return crew;
}

void crew_free(struct crew **crew)
{
	if (!*crew)
		return;
	for (size_t i = 0; i < (*crew)->count; i++)
		free((*crew)->member[i].slot);
	bf_names_clear(&(*crew)->cards);
	free(*crew);
	*crew = NULL;
}

size_t crew_count(const struct worker *w) { return w->crew->count; }
const struct crew_member *crew_member(const struct worker *w, size_t n) { return &w->crew->member[n]; }

static struct crew_member *find(struct crew *crew, const char *id)
{
	for (size_t i = 0; i < crew->count; i++)
		if (!strcmp(crew->member[i].id, id))
			return &crew->member[i];
	return NULL;
}

/* The place of whoever was read longest ago, and is dead for all we care, when there is no free one. */
static struct crew_member *find_or_add(struct worker *w, const char *id)
{
	struct crew *crew = w->crew;
	struct crew_member *member = find(crew, id);
	for (size_t i = 0; i < crew->count && !member && crew->count == CARDS_MAX; i++)
		if (!bf_live_find(w->live, crew->member[i].id) || bf_live_is_dead(w->live, crew->member[i].id, w->config->lease_ms))
			member = &crew->member[i];
	if (!member && crew->count < CARDS_MAX)
		member = &crew->member[crew->count++];
	if (member && strcmp(member->id, id)) {
		free(member->slot);
		memset(member, 0, sizeof *member);
		strcpy(member->id, id);
	}
	return member;
}

/* A card that is just being rewritten tells nothing: what was known stays. */
static void read_card(struct worker *w, struct crew_member *member)
{
	unsigned long beat; /* as of now: it changes all the time */
	struct bf_card *card = calloc(1, sizeof *card);
	if (!card)
		bf_bug("out of memory");
	if (bf_live_listed_card(&w->crew->cards, member->id, &beat) && bf_card_read(w->share, member->id, beat, card, NULL) == 1) {
		free(member->slot);
		member->slot = malloc((size_t)card->slot_count * sizeof *member->slot + 1);
		if (!member->slot)
			bf_bug("out of memory");
		memcpy(member->slot, card->slot, (size_t)card->slot_count * sizeof *member->slot);
		member->slot_count = card->slot_count;
	}
	free(card);
}

void crew_look(struct worker *w, const char *const *id, size_t count)
{
	int64_t now_ms = bf_sys.now_ms(), age_ms = (int64_t)AGE_MS_PER_CARD * bf_live_count(w->live, w->config->lease_ms)
		* (int64_t)(count < CARDS_MAX ? count : CARDS_MAX);
	bool listed = false;
	int64_t least_ms = w->config->beat_ms < AGE_MS ? w->config->beat_ms : AGE_MS;
	age_ms = age_ms < least_ms ? least_ms : age_ms;
	for (size_t i = 0; i < count; i++) {
		struct crew_member *member = strcmp(id[i], w->id) ? find_or_add(w, id[i]) : NULL;
		if (!member || (member->read_ms && now_ms - member->read_ms < age_ms))
			continue;
		if (!listed && bf_fs_list(w->share->root, BF_AGENTS, &w->crew->cards, NULL) != 1)
			return;
		listed = true;
		member->read_ms = now_ms;
		read_card(w, member);
	}
}

void crew_look_around(struct worker *w)
{
	const char *id[CARDS_MAX];
	size_t count = 0;
	unsigned from = (unsigned)(w->live->count ? (unsigned)getpid() % (unsigned)w->live->count : 0);
	for (int i = 0; i < w->live->count && count < CARDS_MAX; i++) {
		const struct bf_live_agent *agent = &w->live->agent[((unsigned)i + from) % (unsigned)w->live->count];
		if (agent->listed && agent->silent_ms < w->config->lease_ms && strcmp(agent->id, w->id))
			id[count++] = agent->id;
	}
	crew_look(w, id, count);
}

const struct bf_slot *crew_slot(struct worker *w, const char *token)
{
	struct bf_token it;
	if (bf_token_parse(token, &it) < 0)
		return NULL;
	if (!strcmp(it.id, w->id)) {
		if (it.slot >= (unsigned)w->board->slots)
			return NULL;
		int64_t started_ms = atomic_load(&w->board->slot[it.slot].started_ms);
		board_read_slot(w->board, it.slot, &w->crew->own);
		if (w->crew->own.speed <= 0)
			w->crew->own.speed = w->config->slot[it.slot].speed;
		w->crew->own.seconds = started_ms ? (bf_sys.now_ms() - started_ms) / 1000 : 0;
		return &w->crew->own;
	}
	const struct crew_member *member = find(w->crew, it.id);
	return member && it.slot < (unsigned)member->slot_count ? &member->slot[it.slot] : NULL;
}
