/* Pick, claim, copy, commit, put into place: what bfagent's worker does, one call to the share at a time.
 *
 * In the order of the agent's own files: choose() is the pick, do_step() the claim, the rest the publishing. A fault
 * costs one of the setup's; it is put in where the call is made, since what the agent then does is the point. */
#include "tests/model/model.h"

#include <stdio.h>
#include <string.h>

#include "share-layout/base/err.h"
#include "share-layout/look.h"

static const char *const step_word[STEP_COUNT] = { "take", "takeover", "release", "failure", "parking", "commit", "reopening", "overtaking" };

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

static const char *text_of(const struct emit *emit, int task, code it, char out[BF_FILE_MAX])
{
	if (!emit->say)
		return "";
	bf_task_format(code_task(task, it), out);
	return out;
}

/* ---- pick ---- */

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
	emit_say(emit, "%s %s and begins a duplicate of it", how, text_of(emit, task, seen, name));
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
		emit_say(emit, "%s %s and decides on the %s of it", how, text_of(emit, t, view[t], name), step_word[step_of[move]]);
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

static void idle(const struct state *s, int who, struct emit *emit)
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

/* ---- a step, and what is believed of it ---- */

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
	emit_say(emit, "%s: renames %s to %s: %s", step_word[s->agent[who].step], text_of(emit, task, from, text),
		text_of(emit, task, to, text_to), words);
	emit_take(emit, &next, fault ? EDGE_WORLD : EDGE_STEP);
}

static code new_state(struct state *s, int who, code from)
{
	const struct agent *a = &s->agent[who];
	unsigned token = a->step == STEP_TAKE || a->step == STEP_BREAK ? state_new_token(s, who) : a->step == STEP_OVERTAKE ? a->mine : 0;
	return code_step((enum step)a->step, a->task, from, token);
}

static void do_step(const struct state *s, int who, struct emit *emit)
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
	emit_say(emit, "looks whether its %s took place: %s", step_word[s->agent[who].step], words);
	emit_take(emit, &next, fault ? EDGE_WORLD : EDGE_STEP);
}

static void look(const struct state *s, int who, struct emit *emit)
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

/* ---- render and publish ---- */

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

void agent_moves(const struct state *s, int who, struct emit *emit)
{
	switch ((enum pc)s->agent[who].pc) {
	case IDLE:
		idle(s, who, emit);
		break;
	case STEP:
		do_step(s, who, emit);
		give_up_commit(s, who, emit);
		break;
	case LOOK:
	case LOOK_AFRESH:
		look(s, who, emit);
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
