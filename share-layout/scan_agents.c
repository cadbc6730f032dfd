/* Who is there: the cards, and how long each has been silent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/scan_private.h"
#include "share-layout/token.h"

enum {
	BEAT_MS = 10000,       /* agents' usual one: how much silence one look can have seen at most is twice that */
	LEASE_MS = 60000,      /* of an agent whose card could not be read */
};

/* Returns when it was written, by the clock of the file server; 0 = it could not be read. */
static int64_t read_card(const struct bf_share *share, struct bf_scan_agent *agent)
{
	struct bf_card card;
	struct stat st;
	if (bf_card_read(share, agent->id, agent->beat, &card, NULL) != 1)
		return 0;
	agent->card = card;
	agent->card_ok = true;
	/* ctime is the server's on every file system; all of them are only compared with each other. */
	if (bf_sys.stat(share->root, bf_path_card(agent->id, agent->beat).text, &st) < 0)
		return 0;
	return (int64_t)st.st_ctim.tv_sec * 1000 + st.st_ctim.tv_nsec / 1000000;
}

static struct bf_scan_agent *find_agent(struct bf_scan *scan, const char *id)
{
	for (size_t i = 0; i < scan->agent_count; i++)
		if (!strcmp(scan->agent[i].id, id))
			return &scan->agent[i];
	return NULL;
}

static struct bf_scan_agent *find_or_add_agent(struct bf_scan *scan, const char *id)
{
	struct bf_scan_agent *agent = find_agent(scan, id);
	if (agent || scan->agent_count == BF_LIVE_MAX)
		return agent;
	scan->agent = bf_scan_grow(scan->agent, scan->agent_count, sizeof *scan->agent);
	agent = &scan->agent[scan->agent_count++];
	memset(agent, 0, sizeof *agent);
	snprintf(agent->id, sizeof agent->id, "%s", id);
	bf_id_name(id, agent->name);
	return agent;
}

static void drop_agents_without_card(struct bf_scan *scan)
{
	size_t kept = 0;
	for (size_t i = 0; i < scan->agent_count; i++) {
		const struct bf_live_agent *live = bf_live_find(&scan->live, scan->agent[i].id);
		if (live && live->listed)
			scan->agent[kept++] = scan->agent[i];
	}
	scan->agent_count = kept;
}

static void judge_silence(struct bf_scan *scan)
{
	for (size_t i = 0; i < scan->agent_count; i++) {
		struct bf_scan_agent *agent = &scan->agent[i];
		const struct bf_live_agent *live = bf_live_find(&scan->live, agent->id);
		int64_t lease_ms = agent->card_ok && agent->card.lease_ms ? agent->card.lease_ms : LEASE_MS;
		agent->seen_s = agent->silent_before_s + (live ? (double)live->silent_ms / 1000 : 0);
		agent->lost = agent->seen_s * 1000 >= (double)lease_ms;
	}
}

static int by_agent_name(const void *a, const void *b)
{
	const struct bf_scan_agent *one = a, *two = b;
	int order = strcmp(one->name, two->name);
	return order ? order : strcmp(one->id, two->id);
}

/* Cards of beats that were not seen yet. changed_ms: when each agent's was written, 0 = not read. Returns the newest of these. */
static int64_t read_cards(const struct bf_share *share, const struct bf_names *cards, struct bf_scan *scan,
	int64_t changed_ms[BF_LIVE_MAX])
{
	int64_t newest_ms = 0;
	for (size_t i = 0; i < cards->count; i++) {
		char id[BF_ID_MAX];
		unsigned long beat;
		if (bf_live_parse_card(cards->item[i].text, id, &beat) < 0)
			continue;
		struct bf_scan_agent *agent = find_or_add_agent(scan, id);
		if (!agent || (agent->card_ok && agent->beat == beat))
			continue;
		agent->beat = beat;
		agent->silent_before_s = 0;
		int64_t changed = read_card(share, agent);
		changed_ms[agent - scan->agent] = changed;
		if (changed > newest_ms)
			newest_ms = changed;
	}
	return newest_ms;
}

void bf_scan_agents_take(const struct bf_share *share, const struct bf_names *cards, struct bf_scan *scan)
{
	bool first = !scan->live.looked_ms;
	int64_t now_ms = bf_sys.now_ms(), *changed_ms = calloc(BF_LIVE_MAX, sizeof *changed_ms);
	if (!changed_ms)
		abort();
	bf_live_look(&scan->live, cards, now_ms ? now_ms : 1, BEAT_MS);
	int64_t newest_ms = read_cards(share, cards, scan, changed_ms);
	for (size_t i = 0; first && i < scan->agent_count; i++)
		if (changed_ms[i])
			scan->agent[i].silent_before_s = (double)(newest_ms - changed_ms[i]) / 1000;
	free(changed_ms);
	drop_agents_without_card(scan);
	judge_silence(scan);
	if (scan->agent_count)
		qsort(scan->agent, scan->agent_count, sizeof *scan->agent, by_agent_name);
}
