/* One rename of an agent, everything that may come of it, and what the agent believes: bfagent's claim and commit. */
#include "tests/model/model.h"

#include "share-layout/look.h"

static void did(struct agent *a)
{
	code to = a->to;
	int task = a->task;
	a->to = 0;
	switch ((enum step)a->step) {
	case STEP_BREAK:
		if (!is_finish(task)) {
			a->pc = BROKE;
			a->to = to;
			return;
		}
		if (a->last) { /* from itself */
			a->last = to;
			a->from = 0;
			a->task = a->step = 0;
			a->pc = LAST_FENCE;
			return;
		}
		heal_begin(a, to);
		return;
	case STEP_TAKE:
		if (is_finish(task)) {
			heal_begin(a, to);
			return;
		}
		a->pc = HOLD;
		a->from = to;
		return;
	case STEP_COMMIT:
		if (is_finish(task)) {
			agent_rest(a);
			return;
		}
		a->pc = setup.bug == BUG_PUBLISH_FIRST ? IDLE : SHOW;
		if (a->pc == IDLE)
			agent_rest(a);
		return;
	case STEP_OVERTAKE:
		a->pc = SHOW;
		return;
	case STEP_REOPEN:
	case STEP_RELEASE:
		heal_reopen(a);
		return;
	default:
		agent_rest(a);
	}
}

static void did_not(struct agent *a)
{
	a->to = 0;
	if (a->step == STEP_COMMIT && is_finish(a->task))
		agent_step(a, STEP_RELEASE, a->task, a->from);
	else if (a->step == STEP_COMMIT || a->step == STEP_OVERTAKE)
		a->pc = LATE;
	else if (a->step == STEP_REOPEN)
		heal_reopen(a);
	else
		agent_rest(a);
}

static void is_unclear(struct agent *a)
{
	a->to = 0;
	switch ((enum step)a->step) {
	case STEP_TAKE:
	case STEP_BREAK:
		agent_rest(a); /* if it took place it will be seen, as a claim of ours not in hand */
		break;
	case STEP_REOPEN: /* the next last look sees what came of it */
		agent_rest(a);
		break;
	case STEP_COMMIT:
		if (is_finish(a->task))
			agent_step(a, STEP_RELEASE, a->task, a->from);
		else
			a->pc = setup.bug == BUG_WRITE_AGAIN ? HOLD : STEP;
		break;
	default:
		a->pc = STEP; /* tried again until the share answers */
	}
}

static void believe(struct agent *a, enum bf_belief belief)
{
	if (setup.bug == BUG_TRUST_COMMIT && belief == BF_LOOK_AFRESH)
		belief = BF_DID_NOT;
	switch (belief) {
	case BF_DID_IT:      did(a); break;
	case BF_DID_NOT:     did_not(a); break;
	case BF_UNCLEAR:     is_unclear(a); break;
	case BF_LOOK:        a->pc = LOOK; break;
	case BF_LOOK_AFRESH: a->pc = LOOK_AFRESH; break;
	}
}

/* One outcome of a rename: whether it takes effect, what is answered. */
static void outcome(const struct state *s, int who, code from, code to, bool effect, int answer, bool fault,
	const char *words, struct emit *emit)
{
	struct state next = *s;
	struct agent *a = &next.agent[who];
	char text[BF_FILE_MAX], text_to[BF_FILE_MAX];
	int task = a->task;
	next.server.faults = (uint8_t)(next.server.faults - fault);
	if (effect) {
		state_rename(&next, task, from, to, &emit->broken);
		if (a->last && a->step == STEP_BREAK)
			next.server.fence |= (uint16_t)(1u << code_token(to)); /* it was made before */
		if (answer == 1)
			a->kept = 0; /* its machine knows that it changed the directory */
	}
	a->to = to;
	believe(a, bf_look_after_rename(code_task(task, to), answer));
	emit_say(emit, "%s: renames %s to %s: %s", code_step_name(s->agent[who].step), emit_task(emit, task, from, text),
		emit_task(emit, task, to, text_to), words);
	emit_take(emit, &next, fault ? EDGE_WORLD : EDGE_STEP);
}

static code new_state(struct state *s, int who, code from)
{
	const struct agent *a = &s->agent[who];
	unsigned token = a->step == STEP_TAKE || a->step == STEP_BREAK ? state_new_token(s, who) : a->step == STEP_OVERTAKE ? a->mine : 0;
	return code_step((enum step)a->step, a->task, from, token);
}

static void try_step(const struct state *s, int who, struct emit *emit)
{
	struct state base = *s;
	const struct agent *a = &s->agent[who];
	code from = a->from, to = new_state(&base, who, from), present = world_listed(s, a->task);
	if (setup.bug == BUG_NAMELESS_BREAK && a->step == STEP_BREAK && present)
		from = present; /* planted: not the state that was seen */
	if (setup.bug == BUG_NAMELESS_OVERTAKE && a->step == STEP_OVERTAKE && present && code_state(present) == BF_RUN) {
		from = present; /* planted, likewise */
		to = new_state(&base, who, from);
	}
	if (!state_has_file(s, a->task, from)) {
		outcome(&base, who, from, to, false, 0, false, "it is not there any more", emit);
		return;
	}
	outcome(&base, who, from, to, true, 1, false, "done", emit);
	if (!s->server.faults)
		return;
	outcome(&base, who, from, to, true, 0, true, "done, but the answer is lost and says ENOENT", emit);
	outcome(&base, who, from, to, true, -1, true, "done, but the answer is an error", emit);
	outcome(&base, who, from, to, false, -1, true, "not done, an error", emit);
	if (!base.server.flying_from) {
		struct state late = base;
		late.server.flying_task = a->task;
		late.server.flying_from = from;
		late.server.flying_to = to;
		outcome(&late, who, from, to, false, -1, true, "an error, and the server may still do it later", emit);
	}
}

static void looked(const struct state *s, int who, enum bf_belief how, int there, bool fault, bool used_old,
	const char *words, struct emit *emit)
{
	struct state next = *s;
	struct agent *a = &next.agent[who];
	next.server.faults = (uint8_t)(next.server.faults - fault);
	if (used_old || how == BF_LOOK_AFRESH)
		a->kept = 0;
	believe(a, bf_look_result(how, there));
	emit_say(emit, "looks whether its %s took place: %s", code_step_name(s->agent[who].step), words);
	emit_take(emit, &next, fault ? EDGE_WORLD : EDGE_STEP);
}

void step_look_moves(const struct state *s, int who, struct emit *emit)
{
	const struct agent *a = &s->agent[who];
	enum bf_belief how = a->pc == LOOK ? BF_LOOK : BF_LOOK_AFRESH;
	bool there = state_has_file(s, a->task, a->to);
	looked(s, who, how, there, false, false, there ? "yes" : "no", emit);
	if (a->kept && how == BF_LOOK)
		looked(s, who, how, a->old[a->task] == a->to, false, true, "an old listing answers", emit);
	if (s->server.faults)
		looked(s, who, how, -1, true, false, "the look fails", emit);
	if (s->server.faults && world_in_motion(s, who, a->task))
		looked(s, who, how, 0, true, false, "no, for it is being renamed", emit);
}

/* A commit that was not clear, and the agent has to stop: it gives the task back, the picture stays. */
static void give_up_commit(const struct state *s, int who, struct emit *emit)
{
	const struct agent *a = &s->agent[who];
	if ((a->step != STEP_COMMIT && a->step != STEP_OVERTAKE) || is_finish(a->task) || !s->server.faults)
		return;
	struct state next = *s;
	next.server.faults--;
	if (a->mine)
		agent_rest(&next.agent[who]);
	else
		agent_step(&next.agent[who], STEP_RELEASE, a->task, a->from);
	emit_say(emit, "is told to stop while it does not know of its commit");
	emit_take(emit, &next, EDGE_WORLD);
}

void step_moves(const struct state *s, int who, struct emit *emit)
{
	try_step(s, who, emit);
	give_up_commit(s, who, emit);
}
