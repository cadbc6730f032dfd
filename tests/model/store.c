/* The states that were reached. An agent's memory and the share recur in many combinations, so each different one is
 * kept once and a state is four numbers. */
#include "tests/model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/err.h"

/* A set of equally long records, numbered as they come. */
struct pool {
	size_t size, count, room, slots; /* slots: a power of two, open addressing */
	unsigned char *item;
	struct slot { uint32_t number, tag; } *slot; /* number + 1, 0 = free; tag: the hash's other half, to look at few items */
};

static struct pool servers, agents, states;
static size_t limit;

static uint64_t hash_of(const void *bytes, size_t size)
{
	const unsigned char *p = bytes;
	uint64_t h = 0x9e3779b97f4a7c15u, word;
	for (; size >= 8; size -= 8, p += 8) {
		memcpy(&word, p, 8);
		h = (h ^ word) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, p, size);
	h = (h ^ word) * 0xc4ceb9fe1a85ec53u;
	h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9u;
	return h ^ h >> 32;
}

static void *grown(void *old, size_t bytes)
{
	void *new = realloc(old, bytes);
	if (!new)
		bf_bug("model: out of memory");
	return new;
}

static void pool_open(struct pool *pool, size_t size)
{
	*pool = (struct pool){ .size = size, .slots = 1 << 12 };
	pool->slot = calloc(pool->slots, sizeof *pool->slot);
}

static void pool_close(struct pool *pool)
{
	free(pool->item);
	free(pool->slot);
	memset(pool, 0, sizeof *pool);
}

static size_t place(const struct pool *pool, const void *item, uint64_t hash)
{
	size_t at = hash & (pool->slots - 1);
	for (; pool->slot[at].number; at = (at + 1) & (pool->slots - 1))
		if (pool->slot[at].tag == hash >> 32
			&& !memcmp(pool->item + (size_t)(pool->slot[at].number - 1) * pool->size, item, pool->size))
			break;
	return at;
}

static void pool_widen(struct pool *pool)
{
	free(pool->slot);
	pool->slots *= 2;
	pool->slot = calloc(pool->slots, sizeof *pool->slot);
	if (!pool->slot)
		bf_bug("model: out of memory");
	for (size_t i = 0; i < pool->count; i++) {
		uint64_t hash = hash_of(pool->item + i * pool->size, pool->size);
		size_t at = hash & (pool->slots - 1);
		while (pool->slot[at].number)
			at = (at + 1) & (pool->slots - 1);
		pool->slot[at] = (struct slot){ (uint32_t)i + 1, (uint32_t)(hash >> 32) };
	}
}

/* 1 new, 0 known. */
static int pool_put(struct pool *pool, const void *item, uint32_t *number_out)
{
	uint64_t hash = hash_of(item, pool->size);
	size_t at = place(pool, item, hash);
	if (pool->slot[at].number) {
		*number_out = pool->slot[at].number - 1;
		return 0;
	}
	if (pool->count == pool->room) {
		pool->room = pool->room ? pool->room + pool->room / 2 : 1024;
		pool->item = grown(pool->item, pool->room * pool->size);
	}
	memcpy(pool->item + pool->count * pool->size, item, pool->size);
	*number_out = (uint32_t)pool->count++;
	pool->slot[at] = (struct slot){ *number_out + 1, (uint32_t)(hash >> 32) };
	if (pool->count * 4 > pool->slots * 3)
		pool_widen(pool);
	return 1;
}

void store_open(size_t states_max)
{
	limit = states_max;
	pool_open(&servers, sizeof(struct server));
	pool_open(&agents, sizeof(struct agent));
	pool_open(&states, sizeof(struct packed));
}

void store_close(void)
{
	pool_close(&servers);
	pool_close(&agents);
	pool_close(&states);
}

int store_put(const struct state *canonical, uint32_t *index_out)
{
	struct packed packed;
	if (states.count >= limit)
		return -1;
	pool_put(&servers, &canonical->server, &packed.server);
	for (int i = 0; i < AGENTS; i++)
		pool_put(&agents, &canonical->agent[i], &packed.agent[i]);
	return pool_put(&states, &packed, index_out);
}

void store_get(uint32_t index, struct state *out)
{
	struct packed packed;
	memcpy(&packed, states.item + (size_t)index * sizeof packed, sizeof packed);
	memcpy(&out->server, servers.item + (size_t)packed.server * sizeof out->server, sizeof out->server);
	for (int i = 0; i < AGENTS; i++)
		memcpy(&out->agent[i], agents.item + (size_t)packed.agent[i] * sizeof *out->agent, sizeof *out->agent);
}

size_t store_count(void) { return states.count; }

size_t store_bytes(void)
{
	const struct pool *const pools[] = { &servers, &agents, &states };
	size_t bytes = 0;
	for (int i = 0; i < 3; i++)
		bytes += pools[i]->room * pools[i]->size + pools[i]->slots * sizeof *pools[i]->slot;
	return bytes;
}
