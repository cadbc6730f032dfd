#include "tests/model/model.h"

#include <stdlib.h>
#include <string.h>

#include "share-layout/base/err.h"

struct setup setup;

int task_count(void) { return setup.frames + setup.finish; }
bool is_finish(int task) { return setup.finish && task == setup.frames; }

void state_first(struct state *out)
{
	memset(out, 0, sizeof *out);
	for (int t = 0; t < task_count(); t++)
		out->server.file[t][0] = code_open(t);
	for (int i = setup.agents; i < AGENTS; i++)
		out->agent[i].life = NEVER;
	out->server.faults = (uint8_t)setup.faults;
}

/* ---- the share ---- */

bool state_has_file(const struct state *s, int task, code it)
{
	return it && (s->server.file[task][0] == it || s->server.file[task][1] == it);
}

struct private_picture *state_private(struct state *s, int task, unsigned attempt, unsigned token)
{
	for (int i = 0; i < PRIVATES; i++) {
		struct private_picture *it = &s->server.private_[i];
		if (it->token && it->token == token && it->task == task && it->attempt == attempt)
			return it;
	}
	return NULL;
}

void state_private_remove(struct private_picture *it)
{
	if (it)
		memset(it, 0, sizeof *it);
}

/* Create or truncate: not whole yet. */
void state_private_add(struct state *s, int task, unsigned attempt, unsigned token)
{
	struct private_picture *it = state_private(s, task, attempt, token);
	for (int i = 0; i < PRIVATES && !it; i++)
		if (!s->server.private_[i].token)
			it = &s->server.private_[i];
	if (!it)
		bf_bug("model: more than %d private pictures", PRIVATES);
	*it = (struct private_picture){ (uint8_t)task, (uint8_t)token, (uint8_t)attempt, 0 };
}

void state_rename(struct state *s, int task, code from, code to, const char **broken)
{
	struct server *server = &s->server;
	code *file = server->file[task];
	int at = file[0] == from ? 0 : 1;
	if (file[at] != from)
		bf_bug("model: a rename from what is not there");
	if (!code_later(task, to, from))
		*broken = "attempts only grow: a step leads to a state that is not later";
	if (file[1 - at] == to)
		file[1 - at] = 0;
	file[at] = to;
	if (is_finish(task))
		return;
	if (code_state(from) == BF_DONE && server->committed[task])
		*broken = "no committed task is lost: a commit is undone though nobody took its picture away";
	if (code_state(to) == BF_DONE) {
		if (server->committed[task])
			*broken = "one commit per task: a second one";
		server->committed[task] = (uint8_t)code_token(to);
	}
}

void state_show(struct state *s, int task, struct private_picture *it, const char **broken)
{
	struct server *server = &s->server;
	if (!it)
		return;
	if (server->final[task] && server->final[task] != it->token && server->committed[task] == server->final[task])
		*broken = "a committed picture is never replaced by another";
	server->final[task] = it->token;
	server->torn = (uint8_t)((server->torn & ~(1u << task)) | (it->whole ? 0u : 1u << task));
	state_private_remove(it);
}

/* ---- tokens ---- */

static void use(bool used[TOKENS], code it)
{
	used[code_token(it)] = true;
}

/* A token that nothing refers to any more is as good as one that never was. */
unsigned state_new_token(struct state *s, int owner)
{
	bool used[TOKENS] = { true };
	const struct server *server = &s->server;
	for (int t = 0; t < TASKS; t++) {
		use(used, server->file[t][0]);
		use(used, server->file[t][1]);
		used[server->final[t]] = used[server->committed[t]] = true;
	}
	for (int i = 0; i < PRIVATES; i++)
		used[server->private_[i].token] = true;
	use(used, server->flying_from);
	use(used, server->flying_to);
	for (int i = 0; i < AGENTS; i++) {
		const struct agent *a = &s->agent[i];
		use(used, a->from);
		use(used, a->to);
		use(used, a->last);
		used[a->mine] = true;
		for (int t = 0; t < TASKS; t++) {
			use(used, a->view[t]);
			use(used, a->old[t]);
		}
	}
	for (unsigned token = 1; token < TOKENS; token++) {
		if (used[token])
			continue;
		s->server.owner[token] = (uint8_t)owner;
		s->server.fence = (uint16_t)(s->server.fence & ~(1u << token));
		return token;
	}
	bf_bug("model: out of tokens");
}

/* ---- one form for all that are alike ---- */

struct renaming { uint8_t token[TOKENS]; unsigned next; };

static uint8_t rename_token(struct renaming *r, unsigned token)
{
	if (token && !r->token[token])
		r->token[token] = (uint8_t)++r->next;
	return r->token[token];
}

static void rename_code(struct renaming *r, code *it)
{
	if (*it && code_token(*it))
		*it = code_with_token(*it, rename_token(r, code_token(*it)));
}

/* By task, attempt and whether it is whole; or by token in the place of the last. Free places go to the end. */
static uint32_t order_of(const struct private_picture *it, bool by_token)
{
	if (!it->token)
		return UINT32_MAX;
	return (uint32_t)it->task << 24 | (uint32_t)it->attempt << 16 | (by_token ? (uint32_t)it->token : (uint32_t)it->whole << 8 | it->token);
}

static void sort_private(struct server *server, bool by_token)
{
	for (int i = 1; i < PRIVATES; i++) {
		struct private_picture it = server->private_[i];
		uint32_t order = order_of(&it, by_token);
		int at = i;
		for (; at && order_of(&server->private_[at - 1], by_token) > order; at--)
			server->private_[at] = server->private_[at - 1];
		server->private_[at] = it;
	}
}

static void rename_tokens(struct state *s)
{
	struct renaming r = {0};
	struct server *server = &s->server;
	uint8_t owner[TOKENS] = {0};
	sort_private(server, false);
	for (int t = 0; t < TASKS; t++) {
		rename_code(&r, &server->file[t][0]);
		rename_code(&r, &server->file[t][1]);
		server->final[t] = rename_token(&r, server->final[t]);
		server->committed[t] = rename_token(&r, server->committed[t]);
	}
	for (int i = 0; i < PRIVATES; i++)
		server->private_[i].token = rename_token(&r, server->private_[i].token);
	sort_private(server, true);
	rename_code(&r, &server->flying_from);
	rename_code(&r, &server->flying_to);
	for (int i = 0; i < AGENTS; i++) {
		struct agent *a = &s->agent[i];
		rename_code(&r, &a->from);
		rename_code(&r, &a->to);
		rename_code(&r, &a->last);
		a->mine = rename_token(&r, a->mine);
		for (int t = 0; t < TASKS; t++) {
			rename_code(&r, &a->view[t]);
			rename_code(&r, &a->old[t]);
		}
	}
	unsigned fence = 0;
	for (unsigned token = 1; token < TOKENS; token++) {
		if (!r.token[token])
			continue;
		owner[r.token[token]] = server->owner[token];
		fence |= (server->fence >> token & 1u) << r.token[token];
	}
	server->fence = (uint16_t)fence;
	memcpy(server->owner, owner, sizeof owner);
}

static void swap_codes(code *pair) { code it = pair[0]; pair[0] = pair[1]; pair[1] = it; }
static void swap_bytes(uint8_t *pair) { uint8_t it = pair[0]; pair[0] = pair[1]; pair[1] = it; }
static uint8_t swap_bits(unsigned bits) { return (uint8_t)((bits & ~3u) | (bits & 1) << 1 | (bits >> 1 & 1)); }

/* The other frame first. An agent in its last look goes through them in order, so this is for setups without it. */
static void swap_frames(struct state *s)
{
	struct server *server = &s->server;
	code first[2];
	memcpy(first, server->file[0], sizeof first);
	memcpy(server->file[0], server->file[1], sizeof first);
	memcpy(server->file[1], first, sizeof first);
	swap_bytes(server->final);
	swap_bytes(server->committed);
	server->torn = swap_bits(server->torn);
	for (int i = 0; i < PRIVATES; i++)
		if (server->private_[i].token)
			server->private_[i].task = (uint8_t)(1 - server->private_[i].task);
	if (server->flying_from)
		server->flying_task = (uint8_t)(1 - server->flying_task);
	for (int i = 0; i < AGENTS; i++) {
		struct agent *a = &s->agent[i];
		a->absent = swap_bits(a->absent); /* next, lost, last: not without a last look */
		swap_codes(a->view);
		swap_codes(a->old);
		if (a->pc != IDLE)
			a->task = (uint8_t)(1 - a->task);
	}
}

static void permute_agents(struct state *s, const int order[AGENTS])
{
	struct agent agent[AGENTS];
	uint8_t now[AGENTS + 1] = { [OWNER_DEAD] = OWNER_DEAD };
	for (int i = 0; i < AGENTS; i++) {
		agent[i] = s->agent[order[i]];
		now[order[i]] = (uint8_t)i;
	}
	memcpy(s->agent, agent, sizeof agent);
	for (int i = 0; i < TOKENS; i++)
		s->server.owner[i] = now[s->server.owner[i]];
}

/* What an agent is like when tokens are not told apart. */
static void key_of(const struct agent *in, struct agent *out)
{
	*out = *in;
	code *const codes[] = { &out->from, &out->to, &out->last };
	for (int i = 0; i < 3; i++)
		*codes[i] = code_with_token(*codes[i], 0);
	out->mine = in->mine != 0;
	for (int t = 0; t < TASKS; t++) {
		out->view[t] = code_with_token(out->view[t], 0);
		out->old[t] = code_with_token(out->old[t], 0);
	}
}

static void least_of_agents(const struct state *in, struct state *best, bool *any)
{
	static const int orders[6][AGENTS] = { {0,1,2}, {0,2,1}, {1,0,2}, {1,2,0}, {2,0,1}, {2,1,0} };
	struct agent key[AGENTS];
	for (int i = 0; i < AGENTS; i++)
		key_of(&in->agent[i], &key[i]);
	for (int n = 0; n < 6; n++) {
		const int *order = orders[n];
		if (memcmp(&key[order[0]], &key[order[1]], sizeof *key) > 0
			|| memcmp(&key[order[1]], &key[order[2]], sizeof *key) > 0)
			continue;
		struct state candidate = *in;
		permute_agents(&candidate, order);
		rename_tokens(&candidate);
		if (!*any || memcmp(&candidate, best, sizeof candidate) < 0)
			*best = candidate;
		*any = true;
	}
}

/* What can never be told again is forgotten. */
static void forget(struct state *s)
{
	for (int t = 0; t < TASKS; t++)
		if (code_later(t, s->server.file[t][1], s->server.file[t][0]))
			swap_codes(s->server.file[t]);
	for (int i = 0; i < AGENTS; i++) {
		struct agent *a = &s->agent[i];
		if (!a->kept)
			memset(a->old, 0, sizeof a->old);
		if (a->life == DEAD && !s->server.faults) {
			memset(a, 0, sizeof *a);
			a->life = DEAD;
		}
	}
}

void state_canonical(const struct state *in, struct state *out)
{
	struct state s = *in;
	bool any = false;
	forget(&s);
	least_of_agents(&s, out, &any);
	if (setup.frames == 2 && !setup.finish) {
		swap_frames(&s);
		least_of_agents(&s, out, &any);
	}
}
