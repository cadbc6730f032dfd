/* The last look at a job: the agent holds the finish task, lists for certain, and goes through the frames. */
#include "tests/model/model.h"

#include <string.h>

#include "share-layout/base/err.h"
#include "share-layout/look.h"

void heal_begin(struct agent *a, code last)
{
	agent_rest(a);
	a->pc = LAST_LIST;
	a->last = last;
}

/* On to the next frame; behind the last one the job is ended, or finish is given back. */
void heal_next(struct agent *a)
{
	a->task = a->step = 0;
	a->from = a->to = 0;
	if (++a->next < setup.frames) {
		a->pc = LAST_SORT;
		return;
	}
	a->next = 0;
	if (!a->lost)
		memset(a->view, 0, sizeof a->view);
	agent_step(a, a->again ? STEP_RELEASE : STEP_COMMIT, setup.frames, a->last);
	a->again = 0;
	a->last = 0;
}

/* Lost pictures are reopened behind the release of finish, which proves that nobody had taken it over. */
void heal_reopen(struct agent *a)
{
	if (setup.bug == BUG_REOPEN_FIRST && a->last) {
		heal_next(a);
		return;
	}
	if (a->step == STEP_REOPEN)
		a->lost = (uint8_t)(a->lost & ~(1u << a->next));
	if (!a->lost) {
		agent_rest(a);
		return;
	}
	for (a->next = 0; !(a->lost >> a->next & 1); a->next++)
		;
	a->task = a->step = 0;
	a->from = a->to = 0;
	a->pc = LAST_UNDO;
}

/* One of the listings, added to what those before it showed. blind: a task that is not in it. */
static void list_once(const struct state *s, int who, int blind, struct emit *emit)
{
	struct state next = *s;
	struct agent *a = &next.agent[who];
	bool missing = false;
	for (int t = 0; t < setup.frames; t++) {
		code listed = t == blind ? 0 : world_listed(s, t);
		if (code_later(t, listed, a->view[t]))
			a->view[t] = listed;
		missing |= !a->view[t];
	}
	a->kept = 0;
	if (missing && ++a->next < (setup.bug == BUG_MISS_ONCE ? 1 : BF_LOOKS_TO_MISS)) {
		emit_say(emit, "last look: lists the tasks behind a change of its own%s, misses one",
			blind >= 0 ? " while one is being renamed" : "");
	} else {
		a->next = 0;
		if (missing && !(s->server.fence & 1u << code_token(a->last))) /* claim finish once more, with a folder made for that */
			agent_step(a, STEP_BREAK, setup.frames, a->last);
		else
			a->pc = LAST_SORT;
		emit_say(emit, "last look: lists the tasks behind a change of its own%s", missing ? ", is certain that one is gone" : "");
	}
	next.server.faults = (uint8_t)(next.server.faults - (blind >= 0));
	emit_take(emit, &next, blind >= 0 ? EDGE_WORLD : EDGE_STEP);
}

static void list_last(const struct state *s, int who, struct emit *emit)
{
	struct state begun = *s;
	begun.agent[who].absent = 0; /* it has changed something in output/, too */
	list_once(&begun, who, -1, emit);
	if (!s->server.faults)
		return;
	for (int t = 0; t < setup.frames; t++)
		if (world_in_motion(s, who, t))
			list_once(&begun, who, t, emit);
	struct state next = begun;
	struct agent *a = &next.agent[who];
	code last = a->last;
	next.server.faults--;
	agent_rest(a);
	agent_step(a, STEP_RELEASE, setup.frames, last);
	emit_say(emit, "cannot list for the last look");
	emit_take(emit, &next, EDGE_WORLD);
}

static void fence_last(const struct state *s, int who, struct emit *emit)
{
	struct state next = *s;
	struct agent *a = &next.agent[who];
	memset(a->view, 0, sizeof a->view);
	a->next = 0;
	a->pc = LAST_LIST;
	if (setup.bug != BUG_NO_FENCE)
		next.server.fence = (uint16_t)(next.server.fence & 1u << code_token(a->last));
	emit_say(emit, "last look: takes away the folders through which others could make tasks anew, begins again");
	emit_take(emit, &next, EDGE_STEP);
}

/* The private pictures of one frame, as its view of the task judges them. */
static bool sort_private(struct state *s, int task, code seen, const char **broken)
{
	bool any = false;
	for (int i = 0; i < PRIVATES; i++) {
		struct private_picture *it = &s->server.private_[i];
		if (!it->token || it->task != task)
			continue;
		struct bf_task claim = *code_task(task, code_with_token(code_step(STEP_TAKE, task, code_open(task), 1), it->token));
		claim.attempt = code_full_attempt(it->attempt);
		bool winner = code_state(seen) == BF_DONE && code_attempt(seen) == it->attempt && code_token(seen) == it->token;
		if (bf_look_is_waste(code_task(task, seen), &claim) || (setup.bug == BUG_CLEAN_ALL && !winner))
			state_private_remove(it);
		else if (winner)
			state_show(s, task, it, broken);
		else
			continue;
		any = true;
	}
	return any;
}

static void after_sort(struct agent *a, code seen)
{
	if (seen && code_state(seen) == BF_DONE) {
		a->pc = LAST_LOOK;
		return;
	}
	if (!seen || code_state(seen) != BF_PARKED)
		a->again = 1;
	heal_next(a);
}

/* Through the folder that whoever takes finish over takes away: who was slow makes nothing. */
static void make_anew(const struct state *s, int who, int task, struct emit *emit)
{
	struct state next = *s;
	struct agent *a = &next.agent[who];
	code open = code_anew(task, a->last), *file = next.server.file[task];
	if (!(s->server.fence & 1u << code_token(a->last))) {
		agent_rest(a);
		emit_say(emit, "last look: cannot make frame %d anew, was taken over", task + 1);
	} else {
		if (file[0] && file[1])
			bf_bug("model: three files of one task");
		if (!state_has_file(s, task, open))
			file[file[0] != 0] = open;
		after_sort(a, 0);
		emit_say(emit, "last look: makes frame %d anew", task + 1);
	}
	emit_take(emit, &next, EDGE_STEP);
}

static void sort_last(const struct state *s, int who, struct emit *emit)
{
	struct state next = *s;
	int task = s->agent[who].next;
	code seen = s->agent[who].view[task];
	if (!seen) {
		make_anew(s, who, task, emit);
		return;
	}
	after_sort(&next.agent[who], seen);
	emit_say(emit, "last look: goes on to frame %d", task + 1);
	emit_take(emit, &next, EDGE_STEP);
	next = *s;
	if (!sort_private(&next, task, seen, &emit->broken))
		return;
	after_sort(&next.agent[who], seen);
	emit_say(emit, "last look: sorts the private pictures of frame %d", task + 1);
	emit_take(emit, &next, EDGE_STEP);
}

static void judge(const struct state *s, int who, bool there, bool certain, struct emit *emit)
{
	struct state next = *s;
	struct agent *a = &next.agent[who];
	enum bf_heal heal = bf_look_picture(there, certain || setup.bug == BUG_TRUST_ENOENT);
	if (heal == BF_HEAL_CERTAIN) {
		a->pc = LAST_FORWARD;
	} else if (heal == BF_HEAL_REOPEN && setup.bug == BUG_REOPEN_FIRST) {
		a->again = 1;
		a->pc = LAST_UNDO;
	} else {
		if (heal == BF_HEAL_REOPEN) {
			a->again = 1;
			a->lost |= (uint8_t)(1u << a->next);
		}
		heal_next(a);
	}
	emit_say(emit, "last look: %s picture of frame %d%s", there ? "there is a" : "sees no", s->agent[who].next + 1,
		certain ? ", for certain" : "");
	emit_take(emit, &next, EDGE_STEP);
}

static void give_up(const struct state *s, int who, struct emit *emit)
{
	struct state next = *s;
	struct agent *a = &next.agent[who];
	if (!s->server.faults)
		return;
	code last = a->last;
	agent_rest(a);
	agent_step(a, STEP_RELEASE, setup.frames, last);
	next.server.faults--;
	emit_say(emit, "last look: the share has trouble, gives it back");
	emit_take(emit, &next, EDGE_WORLD);
}

void heal_moves(const struct state *s, int who, struct emit *emit)
{
	const struct agent *a = &s->agent[who];
	int task = a->next;
	bool there = s->server.final[task];
	struct state next = *s;
	code seen = a->view[task];
	struct private_picture *winner = state_private(&next, task, code_attempt(seen), code_token(seen));
	switch ((enum pc)a->pc) {
	case LAST_LIST:
		list_last(s, who, emit);
		break;
	case LAST_FENCE:
		fence_last(s, who, emit);
		break;
	case LAST_SORT:
		sort_last(s, who, emit);
		break;
	case LAST_LOOK:
		judge(s, who, there, false, emit);
		if (there && a->absent & 1u << task)
			judge(s, who, false, false, emit);
		break;
	case LAST_FORWARD:
		next.agent[who].absent = 0;
		next.agent[who].pc = LAST_SURE;
		state_show(&next, task, winner, &emit->broken);
		emit_say(emit, "last look: puts the picture of frame %d into place if it was left", task + 1);
		emit_take(emit, &next, EDGE_STEP);
		give_up(s, who, emit);
		break;
	case LAST_SURE:
		judge(s, who, there, true, emit);
		give_up(s, who, emit);
		break;
	case LAST_UNDO:
		state_private_remove(winner);
		agent_step(&next.agent[who], STEP_REOPEN, task, seen);
		emit_say(emit, "the picture of frame %d is lost; removes what the winner may have left", task + 1);
		emit_take(emit, &next, EDGE_STEP);
		break;
	default:
		bf_bug("model: no such place in the program");
	}
}
