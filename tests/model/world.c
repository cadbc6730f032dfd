#include "tests/model/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void emit_say(struct emit *emit, const char *format, ...)
{
	if (!emit->say)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(emit->words, sizeof emit->words, format, args);
	va_end(args);
}

const char *emit_task(const struct emit *emit, int task, code it, char out[BF_FILE_MAX])
{
	if (!emit->say)
		return "";
	bf_task_format(code_task(task, it), out);
	return out;
}

void emit_take(struct emit *emit, struct state *next, enum edge edge)
{
	emit->take(emit, next, edge);
	emit->broken = NULL;
	emit->deleted = false;
}

code world_listed(const struct state *s, int task)
{
	const code *file = s->server.file[task];
	return code_later(task, file[1], file[0]) ? file[1] : file[0];
}

/* A rename that somebody has begun may be under way on the server just now. */
bool world_in_motion(const struct state *s, int who, int task)
{
	for (int i = 0; i < AGENTS; i++) {
		const struct agent *a = &s->agent[i];
		if (i != who && a->life <= ASLEEP && a->pc == STEP && a->task == task && a->from == world_listed(s, task))
			return true;
	}
	return s->server.flying_from && s->server.flying_task == task && s->server.flying_from == world_listed(s, task);
}

static void crash(const struct state *s, int who, struct emit *emit)
{
	struct state next = *s;
	struct agent *a = &next.agent[who];
	agent_rest(a);
	a->life = DEAD; /* what its machine keeps is still there when it starts again */
	for (int i = 0; i < TOKENS; i++)
		if (next.server.owner[i] == who)
			next.server.owner[i] = OWNER_DEAD;
	emit_say(emit, "dies");
	emit_take(emit, &next, EDGE_WORLD);
}

static void live_or_die(const struct state *s, int who, struct emit *emit)
{
	const struct agent *a = &s->agent[who];
	struct state next = *s;
	if (a->life == AWAKE || a->life == ASLEEP)
		crash(s, who, emit);
	if (a->life == ASLEEP) {
		next.agent[who].life = AWAKE;
		emit_say(emit, "wakes up");
		emit_take(emit, &next, EDGE_WORLD);
	}
	if (!s->server.faults)
		return;
	next.server.faults--;
	if (a->life == AWAKE && a->pc != IDLE) {
		next.agent[who].life = ASLEEP;
		emit_say(emit, "is paused for longer than the lease");
		emit_take(emit, &next, EDGE_WORLD);
	} else if (a->life == DEAD) {
		next.agent[who].life = AWAKE;
		emit_say(emit, "is started again");
		emit_take(emit, &next, EDGE_WORLD);
	}
}

/* Somebody deletes a picture, or its record as well, to have it made again. When the job has ended that is no
 * business of the last look. */
static void person(const struct state *s, struct emit *emit)
{
	code last = setup.finish ? world_listed(s, setup.frames) : 0;
	if (!last || code_state(last) == BF_DONE || !s->server.faults)
		return;
	for (int t = 0; t < setup.frames; t++) {
		if (!s->server.final[t] || s->server.final[t] != s->server.committed[t])
			continue;
		struct state next = *s;
		next.server.faults--;
		next.server.final[t] = next.server.committed[t] = 0;
		emit_say(emit, "somebody deletes the picture of frame %d", t + 1);
		emit_take(emit, &next, EDGE_WORLD);
		code *file = next.server.file[t];
		int at = code_later(t, file[1], file[0]);
		file[at] = 0;
		emit_say(emit, "somebody deletes the picture of frame %d and its record", t + 1);
		emit->deleted = true;
		emit_take(emit, &next, EDGE_WORLD);
	}
}

static void fly(const struct state *s, struct emit *emit)
{
	struct state next = *s;
	struct server *server = &next.server;
	int task = server->flying_task;
	code from = server->flying_from, to = server->flying_to;
	if (!from)
		return;
	server->flying_from = server->flying_to = 0;
	server->flying_task = 0;
	if (state_has_file(s, task, from))
		state_rename(&next, task, from, to, &emit->broken);
	emit_say(emit, "the server does the rename that was under way");
	emit_take(emit, &next, EDGE_WORLD);
}

void world_moves(const struct state *s, struct emit *emit)
{
	for (int i = 0; i < AGENTS; i++)
		if (s->agent[i].life != NEVER)
			live_or_die(s, i, emit);
	person(s, emit);
	fly(s, emit);
}
