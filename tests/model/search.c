/* Breadth first, so that the first broken rule has the shortest trace. Then, backwards from nothing: take away all states
 * that no step of an agent leads to, again and again; what stays is on a circle of steps, or behind one, and agents
 * could go round there for ever. */
#include "tests/model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/err.h"

struct search_run {
	struct emit emit;  /* first: a step's emit leads back here */
	struct found found;
	uint32_t now;      /* the state being expanded */
	struct state from;
	uint32_t *parent;  /* by state */
	uint16_t *into;    /* steps of agents that lead into a state */
	size_t room;
	bool stepped;      /* the state has a step of an agent */
	uint32_t bad;      /* the state that broke the rule, or its parent */
	struct state bad_next; /* then this is where the rule was broken */
	bool bad_is_edge;
};

static void make_room(struct search_run *run, size_t count)
{
	if (count <= run->room)
		return;
	run->room = count + count / 2 + 1024;
	run->parent = realloc(run->parent, run->room * sizeof *run->parent);
	run->into = realloc(run->into, run->room * sizeof *run->into);
	if (!run->parent || !run->into)
		bf_bug("model: out of memory");
}

static void break_rule(struct search_run *run, const char *rule, const struct state *next)
{
	if (run->found.broken)
		return;
	run->found.broken = rule;
	run->bad = run->now;
	run->bad_is_edge = next != NULL;
	if (next)
		state_canonical(next, &run->bad_next);
}

static bool is_same(const struct state *a, const struct state *b)
{
	return !memcmp(&a->server, &b->server, sizeof a->server) && !memcmp(a->agent, b->agent, sizeof a->agent);
}

static void take(struct emit *emit, struct state *next, enum edge edge)
{
	struct search_run *run = (struct search_run *)emit;
	struct state canonical;
	uint32_t index;
	if (run->found.broken || run->found.full)
		return;
	run->found.edges++;
	const char *rule = emit->broken ? emit->broken : rule_broken(next);
	if (!rule)
		rule = rule_broken_between(&run->from, next, emit->deleted);
	if (rule) {
		break_rule(run, rule, next);
		return;
	}
	state_canonical(next, &canonical);
	run->stepped |= edge == EDGE_STEP;
	int new = store_put(&canonical, &index);
	if (new < 0) {
		run->found.full = true;
		return;
	}
	if (new) {
		make_room(run, (size_t)index + 1);
		run->parent[index] = run->now;
		run->into[index] = 0;
	}
	if (edge == EDGE_STEP && ++run->into[index] == 0)
		bf_bug("model: too many steps into one state");
}

static void expand(struct search_run *run, const struct state *s)
{
	for (int i = 0; i < AGENTS; i++)
		if (s->agent[i].life == AWAKE)
			agent_moves(s, i, &run->emit);
	world_moves(s, &run->emit);
}

static bool somebody_awake(const struct state *s)
{
	for (int i = 0; i < AGENTS; i++)
		if (s->agent[i].life == AWAKE)
			return true;
	return false;
}

static void reach_all(struct search_run *run)
{
	struct state first, canonical;
	uint32_t index;
	state_first(&first);
	state_canonical(&first, &canonical);
	store_put(&canonical, &index);
	make_room(run, 1);
	run->parent[0] = 0;
	run->into[0] = 0;
	for (run->now = 0; run->now < store_count() && !run->found.broken && !run->found.full; run->now++) {
		store_get(run->now, &run->from);
		run->stepped = false;
		expand(run, &run->from);
		if (!run->stepped && !run->found.full && somebody_awake(&run->from) && !rule_ended(&run->from))
			break_rule(run, "every task ends while one agent lives: nobody knows anything to do", NULL);
	}
	run->found.states = store_count();
}

/* ---- no endless loop ---- */

struct unwind { struct emit emit; uint16_t *into; uint32_t *queue; size_t tail; };

static void unwind_one(struct emit *emit, struct state *next, enum edge edge)
{
	struct unwind *unwind = (struct unwind *)emit;
	struct state canonical;
	uint32_t index;
	if (edge != EDGE_STEP)
		return;
	state_canonical(next, &canonical);
	if (store_put(&canonical, &index))
		bf_bug("model: a state that was not reached before");
	if (--unwind->into[index] == 0)
		unwind->queue[unwind->tail++] = index;
}

static void look_for_loops(struct search_run *run)
{
	size_t count = store_count();
	struct unwind unwind = { .emit = { .take = unwind_one }, .into = run->into };
	unwind.queue = malloc(count * sizeof *unwind.queue);
	if (!unwind.queue)
		bf_bug("model: out of memory");
	for (uint32_t i = 0; i < count; i++)
		if (!run->into[i])
			unwind.queue[unwind.tail++] = i;
	for (size_t head = 0; head < unwind.tail; head++) {
		struct state s;
		store_get(unwind.queue[head], &s);
		for (int i = 0; i < AGENTS; i++)
			if (s.agent[i].life == AWAKE)
				agent_moves(&s, i, &unwind.emit);
	}
	for (uint32_t i = 0; i < count && unwind.tail < count && !run->found.broken; i++) {
		run->now = i;
		if (run->into[i])
			break_rule(run, "every task ends while one agent lives: agents may go round for ever", NULL);
	}
	free(unwind.queue);
}

/* ---- the trace ---- */

struct replay {
	struct emit emit;
	struct state wanted, found;
	bool did;
	char words[256];
};

static void replay_one(struct emit *emit, struct state *next, enum edge edge)
{
	struct replay *replay = (struct replay *)emit;
	struct state canonical;
	(void)edge;
	if (replay->did)
		return;
	state_canonical(next, &canonical);
	if (!is_same(&canonical, &replay->wanted))
		return;
	replay->did = true;
	replay->found = *next;
	memcpy(replay->words, emit->words, sizeof replay->words);
}

/* One step of the trace from a state whose agents keep their names. */
static void say_step(struct state *s, const struct state *wanted, size_t number)
{
	for (int who = 0; who <= AGENTS; who++) {
		struct replay replay = { .emit = { .take = replay_one, .say = true }, .wanted = *wanted };
		if (who < AGENTS && s->agent[who].life != AWAKE)
			continue;
		if (who < AGENTS)
			agent_moves(s, who, &replay.emit);
		else
			world_moves(s, &replay.emit);
		if (!replay.did)
			continue;
		int actor = who;
		for (int i = 0; i < AGENTS && who == AGENTS; i++)
			if (s->agent[i].life != replay.found.agent[i].life)
				actor = i;
		printf("#   %2zu. %s%c%s%s\n", number, actor < AGENTS ? "agent " : "", actor < AGENTS ? 'A' + actor : '-',
			actor < AGENTS ? " " : " ", replay.words);
		*s = replay.found;
		return;
	}
	bf_bug("model: the trace cannot be walked");
}

static size_t walk(struct search_run *run, bool say)
{
	size_t length = 0;
	for (uint32_t i = run->bad; i; i = run->parent[i])
		length++;
	uint32_t *way = malloc((length + 1) * sizeof *way);
	if (!way)
		bf_bug("model: out of memory");
	uint32_t at = run->bad;
	for (size_t i = length; i-- > 0; at = run->parent[at])
		way[i] = at;
	struct state s, wanted;
	state_first(&s);
	for (size_t i = 0; i < length && say; i++) {
		store_get(way[i], &wanted);
		say_step(&s, &wanted, i + 1);
	}
	if (run->bad_is_edge && say)
		say_step(&s, &run->bad_next, length + 1);
	free(way);
	return length + run->bad_is_edge;
}

struct found search(size_t states_max, bool trace)
{
	struct search_run run = { .emit = { .take = take } };
	store_open(states_max);
	reach_all(&run);
	if (!run.found.broken && !run.found.full)
		look_for_loops(&run);
	if (run.found.broken)
		run.found.steps = walk(&run, trace);
	free(run.parent);
	free(run.into);
	store_close();
	return run.found;
}
