/* What an agent that lists the tasks may see, and what it then decides on: bfagent's pick. */
#include "tests/model/model.h"

#include <string.h>

#include "share-layout/look.h"

static enum bf_whose whose_is(const struct state *s, int who, code it)
{
	unsigned token = code_token(it);
	if (code_state(it) != BF_RUN || !token)
		return BF_OF_LIVING;
	int owner = s->server.owner[token];
	if (owner == who) /* an agent that picks has nothing in hand */
		return BF_OURS_LOST;
	return owner == OWNER_DEAD || s->agent[owner].life == ASLEEP ? BF_OF_DEAD : BF_OF_LIVING;
}

/* The last look waits until nothing is seen open or run. */
static bool is_ripe(const code view[TASKS], int task)
{
	if (!is_finish(task))
		return true;
	for (int t = 0; t < setup.frames; t++)
		if (view[t] && (code_state(view[t]) == BF_OPEN || code_state(view[t]) == BF_RUN))
			return false;
	return true;
}

static void duplicate(const struct state *base, int who, int task, code seen, const char *how, struct emit *emit, enum edge edge)
{
	char name[BF_FILE_MAX];
	struct state next = *base;
	struct agent *a = &next.agent[who];
	a->mine = (uint8_t)state_new_token(&next, who);
	a->pc = HOLD;
	a->task = (uint8_t)task;
	a->from = seen;
	emit_say(emit, "%s %s and begins a duplicate of it", how, emit_task(emit, task, seen, name));
	emit_take(emit, &next, edge);
}

static void choose(const struct state *s, int who, const code view[TASKS], const char *how, struct emit *emit,
	const struct state *base, enum edge edge)
{
	static const enum step step_of[] = { [BF_TAKE] = STEP_TAKE, [BF_BREAK] = STEP_BREAK, [BF_GIVE_BACK] = STEP_RELEASE };
	for (int t = 0; t < task_count(); t++) {
		char name[BF_FILE_MAX];
		if (!view[t])
			continue;
		enum bf_whose whose = whose_is(s, who, view[t]);
		enum bf_move move = bf_look_move(code_task(t, view[t]), whose);
		if (setup.duplicates && bf_look_may_duplicate(code_task(t, view[t]), whose))
			duplicate(base, who, t, view[t], how, emit, edge);
		if (move == BF_LEAVE || (move != BF_GIVE_BACK && !is_ripe(view, t)))
			continue;
		struct state next = *base;
		agent_step(&next.agent[who], step_of[move], t, view[t]);
		emit_say(emit, "%s %s and decides on the %s of it", how, emit_task(emit, t, view[t], name), code_step_name(step_of[move]));
		emit_take(emit, &next, edge);
	}
}

static void list_blinking(const struct state *s, int who, const code view[TASKS], struct emit *emit)
{
	for (int t = 0; t < task_count(); t++) {
		if (!s->server.faults || !world_in_motion(s, who, t))
			continue;
		code blink[TASKS];
		struct state base = *s;
		memcpy(blink, view, sizeof blink);
		blink[t] = 0;
		base.server.faults--;
		choose(s, who, blink, "lists while another task is being renamed and does not see it, but sees", emit, &base,
			EDGE_WORLD);
	}
}

void pick_moves(const struct state *s, int who, struct emit *emit)
{
	code view[TASKS];
	const struct agent *a = &s->agent[who];
	for (int t = 0; t < TASKS; t++)
		view[t] = world_listed(s, t);
	choose(s, who, view, "lists, sees", emit, s, EDGE_STEP);
	list_blinking(s, who, view, emit);
	if (a->kept) {
		struct state base = *s;
		base.agent[who].kept = 0;
		choose(s, who, a->old, "is shown the old listing, sees", emit, &base, EDGE_STEP);
	} else if (s->server.faults) {
		struct state next = *s;
		next.server.faults--;
		next.agent[who].kept = 1;
		memcpy(next.agent[who].old, view, sizeof view);
		emit_say(emit, "lists; its machine keeps this listing and will show it once more");
		emit_take(emit, &next, EDGE_WORLD);
	}
}
