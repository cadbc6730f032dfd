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

/* On to the next frame; behind the last one the job is ended, or taken up again. */
void heal_next(struct agent *a)
{
	a->task = 0;
	a->step = 0;
	a->from = a->to = 0;
	if (++a->next < setup.frames) {
		a->pc = LAST_SORT;
		return;
	}
	a->next = 0;
	memset(a->view, 0, sizeof a->view);
	agent_step(a, a->again ? STEP_RELEASE : STEP_COMMIT, setup.frames, a->last);
	a->again = 0;
	a->last = 0;
}

static void list_last(const struct state *s, int who, struct emit *emit)
{
	struct state next = *s;
	struct agent *a = &next.agent[who];
	for (int t = 0; t < setup.frames; t++)
		a->view[t] = world_listed(s, t);
	a->pc = LAST_SORT;
	a->kept = 0;
	a->absent = 0;
	emit_say(emit, "begins the last look, lists the tasks behind a change of its own");
	emit_take(emit, &next, EDGE_STEP);
	if (!s->server.faults)
		return;
	for (int t = 0; t < setup.frames; t++) {
		if (!world_in_motion(s, who, t))
			continue;
		struct state blink = next;
		blink.server.faults--;
		blink.agent[who].view[t] = 0;
		emit_say(emit, "begins the last look, does not see frame %d, which is being renamed", t + 1);
		emit_take(emit, &blink, EDGE_WORLD);
	}
	next = *s;
	next.server.faults--;
	agent_step(&next.agent[who], STEP_RELEASE, setup.frames, s->agent[who].last);
	next.agent[who].last = 0;
	emit_say(emit, "cannot list for the last look");
	emit_take(emit, &next, EDGE_WORLD);
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
		claim.attempt = it->attempt;
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

static void sort_last(const struct state *s, int who, struct emit *emit)
{
	struct state next = *s;
	int task = s->agent[who].next;
	code seen = s->agent[who].view[task], open = code_open(task);
	if (!seen && !state_has_file(s, task, open)) {
		code *file = next.server.file[task];
		if (file[0] && file[1])
			bf_bug("model: three files of one task");
		file[file[0] != 0] = open;
	}
	after_sort(&next.agent[who], seen);
	emit_say(emit, seen ? "last look: goes on to frame %d" : "last look: makes frame %d anew", task + 1);
	emit_take(emit, &next, EDGE_STEP);
	next = *s;
	if (!seen || !sort_private(&next, task, seen, &emit->broken))
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
	if (heal == BF_HEAL_NOTHING)
		heal_next(a);
	else
		a->pc = heal == BF_HEAL_CERTAIN ? LAST_FORWARD : LAST_UNDO;
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
		next.agent[who].again = 1;
		agent_step(&next.agent[who], STEP_REOPEN, task, seen);
		emit_say(emit, "last look: the picture of frame %d is lost; removes what the winner may have left", task + 1);
		emit_take(emit, &next, EDGE_STEP);
		break;
	default:
		bf_bug("model: no such place in the program");
	}
}
