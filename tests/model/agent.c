/* What bfagent's worker does, one call to the share at a time; here what lies between the pick and the next: render, copy,
 * put into place. A fault costs one of the setup's; it is put in where the call is made, since what the agent then does is
 * the point. */
#include "tests/model/model.h"

#include <string.h>

#include "share-layout/look.h"

void agent_rest(struct agent *a)
{
	a->pc = IDLE;
	a->task = a->step = a->next = a->again = a->lost = 0;
	a->from = a->to = a->last = 0;
	a->mine = 0;
	memset(a->view, 0, sizeof a->view);
}

void agent_step(struct agent *a, enum step step, int task, code from)
{
	a->pc = STEP;
	a->step = step;
	a->task = (uint8_t)task;
	a->from = from;
	a->to = 0;
}

unsigned agent_picture_token(const struct agent *a)
{
	return a->mine ? a->mine : code_token(a->from);
}

static void hold(const struct state *s, int who, struct emit *emit)
{
	const struct agent *a = &s->agent[who];
	struct state next = *s;
	state_private_add(&next, a->task, code_attempt(a->from), agent_picture_token(a));
	next.agent[who].pc = COPY;
	next.agent[who].absent = 0; /* a change of its own in output/ */
	emit_say(emit, "has rendered frame %d, begins to copy the picture", a->task + 1);
	emit_take(emit, &next, EDGE_STEP);
	code listed = world_listed(s, a->task);
	if (listed && bf_look_is_in_vain(code_task(a->task, a->from), code_task(a->task, listed))) {
		next = *s;
		agent_rest(&next.agent[who]);
		emit_say(emit, "sees that somebody else has moved frame %d on, drops its render", a->task + 1);
		emit_take(emit, &next, EDGE_STEP);
	}
	if (!s->server.faults)
		return;
	if (a->mine) {
		next = *s;
		next.server.faults--;
		agent_rest(&next.agent[who]);
		emit_say(emit, "fails to render its duplicate of frame %d", a->task + 1);
		emit_take(emit, &next, EDGE_WORLD);
		return;
	}
	next = *s;
	next.server.faults--;
	agent_step(&next.agent[who], STEP_RELEASE, a->task, a->from);
	emit_say(emit, "is asked to give frame %d back", a->task + 1);
	emit_take(emit, &next, EDGE_WORLD);
	next = *s;
	next.server.faults--;
	agent_step(&next.agent[who], code_failures(a->from) + 1 < FAILURES_MAX ? STEP_FAIL : STEP_PARK, a->task, a->from);
	emit_say(emit, "fails to render frame %d", a->task + 1);
	emit_take(emit, &next, EDGE_WORLD);
	if (!s->server.final[a->task] && !(a->absent & 1u << a->task)) {
		next = *s;
		next.server.faults--;
		next.agent[who].absent |= (uint8_t)(1u << a->task);
		emit_say(emit, "makes the placeholder of frame %d; its machine will go on seeing it empty", a->task + 1);
		emit_take(emit, &next, EDGE_WORLD);
	}
}

static void publish(const struct state *s, int who, struct emit *emit)
{
	struct state next = *s;
	struct agent *a = &next.agent[who];
	int task = a->task;
	struct private_picture *mine = state_private(&next, task, code_attempt(a->from), agent_picture_token(a));
	switch ((enum pc)a->pc) {
	case BROKE:
		emit_say(emit, "removes the private picture of the claim it broke");
		state_private_remove(mine);
		a->pc = HOLD;
		a->from = a->to;
		a->to = 0;
		break;
	case COPY:
		emit_say(emit, "has copied its picture of frame %d", task + 1);
		if (mine) /* who broke the claim may have removed it */
			mine->whole = 1;
		if (setup.bug == BUG_PUBLISH_FIRST)
			a->pc = FIRST;
		else
			agent_step(a, a->mine ? STEP_OVERTAKE : STEP_COMMIT, task, a->from);
		break;
	case FIRST:
		emit_say(emit, "puts its picture of frame %d into place", task + 1);
		state_show(&next, task, mine, &emit->broken);
		agent_step(a, STEP_COMMIT, task, a->from);
		break;
	case SHOW:
		emit_say(emit, "puts its committed picture of frame %d into place", task + 1);
		state_show(&next, task, mine, &emit->broken);
		a->absent = 0;
		agent_rest(a);
		break;
	default: /* LATE */
		emit_say(emit, "was too late, removes its private picture of frame %d", task + 1);
		state_private_remove(mine);
		for (int i = 0; i < PRIVATES && setup.bug == BUG_LOSER_REMOVES_ALL; i++)
			if (next.server.private_[i].token && next.server.private_[i].task == task)
				state_private_remove(&next.server.private_[i]);
		agent_rest(a);
		break;
	}
	emit_take(emit, &next, EDGE_STEP);
}

/* Faults of what publish() does. */
static void publish_badly(const struct state *s, int who, struct emit *emit)
{
	const struct agent *a = &s->agent[who];
	if (!s->server.faults || (a->pc != SHOW && a->pc != COPY))
		return;
	struct state next = *s;
	next.server.faults--;
	if (a->pc == SHOW) {
		agent_rest(&next.agent[who]);
		emit_say(emit, "cannot put its committed picture of frame %d into place, leaves it", a->task + 1);
	} else {
		if (a->mine)
			agent_rest(&next.agent[who]);
		else
			agent_step(&next.agent[who], STEP_RELEASE, a->task, a->from);
		emit_say(emit, "is told to stop in the middle of copying frame %d", a->task + 1);
	}
	emit_take(emit, &next, EDGE_WORLD);
}

void agent_moves(const struct state *s, int who, struct emit *emit)
{
	switch ((enum pc)s->agent[who].pc) {
	case IDLE:
		pick_moves(s, who, emit);
		break;
	case STEP:
		step_moves(s, who, emit);
		break;
	case LOOK:
	case LOOK_AFRESH:
		step_look_moves(s, who, emit);
		break;
	case HOLD:
		hold(s, who, emit);
		break;
	case BROKE:
	case COPY:
	case FIRST:
	case SHOW:
	case LATE:
		publish(s, who, emit);
		publish_badly(s, who, emit);
		break;
	default:
		heal_moves(s, who, emit);
	}
}
