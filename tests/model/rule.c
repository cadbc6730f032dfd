#include "tests/model/model.h"

/* Is the picture that the share promised on it, whole? */
static bool is_kept(const struct state *s, int task)
{
	unsigned token = s->server.committed[task];
	if (s->server.final[task] == token && !(s->server.torn & 1u << task))
		return true;
	for (int i = 0; i < PRIVATES; i++) {
		const struct private_picture *it = &s->server.private_[i];
		if (it->token == token && it->task == task && it->whole)
			return true;
	}
	return false;
}

static bool has_commit(const struct state *s, int task)
{
	for (int i = 0; i < 2; i++) {
		code file = s->server.file[task][i];
		if (file && code_state(file) == BF_DONE && code_token(file) == s->server.committed[task])
			return true;
	}
	return false;
}

static int owners(const struct state *s, int task)
{
	int count = 0;
	for (int i = 0; i < 2; i++)
		count += s->server.file[task][i] && code_state(s->server.file[task][i]) == BF_RUN;
	return count;
}

const char *rule_broken(const struct state *s)
{
	for (int t = 0; t < task_count(); t++)
		if (owners(s, t) > 1)
			return "one owner at a time: a task has two";
	for (int t = 0; t < setup.frames; t++) {
		unsigned final = s->server.final[t], committed = s->server.committed[t];
		if (committed && !has_commit(s, t))
			return "no committed task is lost: its record is gone";
		if (committed && !is_kept(s, t))
			return "no committed task is lost: its picture is not on the share, or not whole";
		if (final && !committed)
			return "a picture has its final name before its commit";
		if (final && (final != committed || s->server.torn & 1u << t))
			return "the picture under the final name is not the one that was committed";
	}
	return 0;
}

const char *rule_broken_between(const struct state *from, const struct state *to, bool deleted)
{
	for (int t = 0; t < task_count() && !deleted; t++) {
		code before = world_listed(from, t), after = world_listed(to, t);
		if (before && !after)
			return "a task has vanished";
		if (code_later(t, before, after))
			return "attempts only grow: a task went back";
	}
	return 0;
}

/* Nothing is left to be done. What somebody deletes while the last look is under way may be gone when it ends: that is as if it
 * had been deleted afterwards. */
bool rule_ended(const struct state *s)
{
	for (int t = 0; t < task_count(); t++) {
		code file = world_listed(s, t);
		if (!file && setup.finish && t < setup.frames && code_state(world_listed(s, setup.frames)) == BF_DONE)
			continue;
		if (!file || (code_state(file) != BF_DONE && code_state(file) != BF_PARKED))
			return false;
		if (setup.finish && t < setup.frames && s->server.committed[t] != s->server.final[t])
			return false;
	}
	return true;
}
