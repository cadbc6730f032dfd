#include "tests/model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/err.h"
#include "share-layout/token.h"

/* state 0-1, attempt 2-5, failures 6-7, token 8-11, thousands of attempts 12-15. Attempts begin at 1, so 0 is no file. */
enum { CODES = 1 << 16 };

/* What was worked out once. The last look has a place of its own: its number is a frame's in a bigger setup. */
enum { PLACES = TASKS + 1 };
static struct bf_task *task_of[PLACES][CODES];
static code step_to[STEP_COUNT][PLACES][CODES][TOKENS];

static int place_of(int task)
{
	return is_finish(task) ? TASKS : task;
}

enum bf_task_state code_state(code it) { return (enum bf_task_state)(it & 3); }
unsigned code_attempt(code it) { return (it >> 12 & 15u) << 4 | (it >> 2 & 15); }
unsigned code_full_attempt(unsigned attempt) { return (attempt >> 4) * 1000 + (attempt & 15); }
unsigned code_failures(code it) { return it >> 6 & 3; }
unsigned code_token(code it) { return it >> 8 & 15; }

const char *code_step_name(enum step step)
{
	static const char *const word[STEP_COUNT] = { "take", "takeover", "release", "failure", "parking", "commit", "reopening",
		"overtaking" };
	return word[step];
}

code code_with_token(code it, unsigned token)
{
	return (code)((it & ~(15u << 8)) | token << 8);
}

static void token_text(unsigned token, char out[BF_TOKEN_MAX])
{
	struct bf_token it = { .count = token };
	snprintf(it.id, sizeof it.id, "model-%06u", token);
	bf_token_format(&it, out);
}

static void hash_text(int task, unsigned token, char out[BF_HASH_MAX])
{
	snprintf(out, BF_HASH_MAX, "%032x", is_finish(task) ? 0 : token);
}

static code encode(int task, const struct bf_task *it)
{
	unsigned token = 0;
	char expected[BF_HASH_MAX] = "";
	if (it->token[0]) {
		struct bf_token parsed;
		if (bf_token_parse(it->token, &parsed) < 0)
			bf_bug("model: token %s", it->token);
		token = (unsigned)parsed.count;
	}
	if (it->state == BF_DONE)
		hash_text(task, token, expected);
	unsigned thousands = it->attempt / 1000, attempt = it->attempt % 1000;
	if (attempt > 15 || thousands > 15 || it->failures > 3 || token >= TOKENS || strcmp(expected, it->hash))
		bf_bug("model: attempt %u, %u failures, token %u do not fit", it->attempt, it->failures, token);
	return (code)((unsigned)it->state | attempt << 2 | it->failures << 6 | token << 8 | thousands << 12);
}

static struct bf_task plain(int task)
{
	return is_finish(task) ? bf_task_open(BF_TASK_FINISH, 0, 0) : bf_task_open(BF_TASK_FRAME, task + 1, 0);
}

/* The name is what lies on the share, so everything goes through it: what cannot be told apart by its name must not be told
 * apart here. */
const struct bf_task *code_task(int task, code it)
{
	struct bf_task **known = &task_of[place_of(task)][it];
	if (*known)
		return *known;
	struct bf_task made = plain(task), *parsed = calloc(1, sizeof *parsed);
	char name[BF_FILE_MAX];
	made.state = code_state(it);
	made.attempt = code_full_attempt(code_attempt(it));
	made.failures = code_failures(it);
	if (made.state == BF_RUN || made.state == BF_DONE)
		token_text(code_token(it), made.token);
	if (made.state == BF_DONE)
		hash_text(task, code_token(it), made.hash);
	bf_task_format(&made, name);
	if (!parsed || bf_task_parse(name, parsed) < 0 || encode(task, parsed) != it)
		bf_bug("model: %s does not come back as it went", name);
	return *known = parsed;
}

code code_open(int task)
{
	struct bf_task open = plain(task);
	return encode(task, &open);
}

code code_anew(int task, code finish)
{
	struct bf_task gone = plain(task), anew = bf_task_anew(&gone, code_task(setup.frames, finish));
	return encode(task, &anew);
}

static code compute(enum step step, int task, const struct bf_task *from, unsigned token)
{
	struct bf_task next = *from;
	char text[BF_TOKEN_MAX], hash[BF_HASH_MAX];
	token_text(token, text);
	switch (step) {
	case STEP_TAKE:    next = bf_task_take(from, text); break;
	case STEP_BREAK:   next = bf_task_break(from, text); break;
	case STEP_RELEASE: next = bf_task_release(from); break;
	case STEP_FAIL:    next = bf_task_fail(from); break;
	case STEP_PARK:    next = bf_task_park(from); break;
	case STEP_REOPEN:  next = bf_task_reopen(from); break;
	case STEP_COMMIT: {
		struct bf_token mine;
		bf_token_parse(from->token, &mine);
		hash_text(task, (unsigned)mine.count, hash);
		next = bf_task_commit(from, hash);
		break;
	}
	case STEP_OVERTAKE:
		hash_text(task, token, hash);
		next = bf_task_overtake(from, text, hash);
		break;
	case STEP_COUNT: break;
	}
	return encode(task, &next);
}

code code_step(enum step step, int task, code from, unsigned token)
{
	code *known = &step_to[step][place_of(task)][from][token];
	if (!*known)
		*known = compute(step, task, code_task(task, from), token);
	return *known;
}

bool code_later(int task, code a, code b)
{
	return a && (!b || bf_task_later(code_task(task, a), code_task(task, b)));
}
