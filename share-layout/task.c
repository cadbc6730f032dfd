#include "share-layout/task.h"

#include <stdio.h>
#include <string.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"
#include "share-layout/token.h"

static const char *const state_word[] = { "open", "run", "done", "parked" };

const char *bf_task_state_name(enum bf_task_state state)
{
	return state_word[state];
}

void bf_task_name(const struct bf_task *task, char out[BF_TASK_MAX])
{
	switch (task->kind) {
	case BF_TASK_FRAME:  snprintf(out, BF_TASK_MAX, "f%.4d", task->frame); break;
	case BF_TASK_PIECE:  snprintf(out, BF_TASK_MAX, "f%.4d.p%03u", task->frame, task->number); break;
	case BF_TASK_JOIN:   snprintf(out, BF_TASK_MAX, "f%.4d.join", task->frame); break;
	case BF_TASK_MORE:   snprintf(out, BF_TASK_MAX, "more.%03u", task->number); break;
	case BF_TASK_FINISH: snprintf(out, BF_TASK_MAX, "finish"); break;
	}
}

void bf_task_format(const struct bf_task *task, char out[BF_FILE_MAX])
{
	char name[BF_TASK_MAX];
	bf_task_name(task, name);
	const char *word = state_word[task->state];
	int fits = -1;
	switch (task->state) {
	case BF_OPEN:
	case BF_PARKED:
		fits = bf_fmt(out, BF_FILE_MAX, "%s.%s.%u.%u", name, word, task->attempt, task->failures);
		break;
	case BF_RUN:
		fits = bf_fmt(out, BF_FILE_MAX, "%s.%s.%u.%u.%s", name, word, task->attempt, task->failures,
			task->token);
		break;
	case BF_DONE:
		fits = bf_fmt(out, BF_FILE_MAX, "%s.%s.%u.%u.%s.%s", name, word, task->attempt,
			task->failures, task->token, task->hash);
		break;
	}
	if (fits < 0)
		bf_bug("task name of %s is too long", name);
}

/* Parsing goes through the name once and accepts only the spelling that formatting would choose, digit by
 * digit: a look at a big job parses 100,000 names, and formatting each again to compare would cost more
 * than listing them. */

/* A number of at least `width` digits, padded with zeros no further than that. Returns what follows it, or NULL. */
static const char *read_number(const char *p, int width, unsigned max, unsigned *out)
{
	uint64_t n = 0;
	int len = 0;
	for (; p[len] >= '0' && p[len] <= '9'; len++) {
		if (len == 10)
			return NULL;
		n = n * 10 + (unsigned)(p[len] - '0');
	}
	if (len < width || (len > width && p[0] == '0') || n > max)
		return NULL;
	*out = (unsigned)n;
	return p + len;
}

static const char *read_word(const char *p, const char *word)
{
	size_t len = strlen(word);
	return *p != *word || strncmp(p, word, len) ? NULL : p + len;
}

static const char *read_frame(const char *p, struct bf_task *task)
{
	unsigned frame;
	bool minus = *p == '-';
	p = read_number(p + minus, 4, 1048574, &frame);
	if (!p || (minus && !frame))
		return NULL;
	task->frame = minus ? -(int32_t)frame : (int32_t)frame;
	const char *join = read_word(p, ".join");
	task->kind = join ? BF_TASK_JOIN : BF_TASK_FRAME;
	if (join)
		return join;
	if (p[0] != '.' || p[1] != 'p' || p[2] < '0' || p[2] > '9')
		return p; /* a whole frame; ".parked" begins with a p too */
	task->kind = BF_TASK_PIECE;
	return read_number(p + 2, 3, 99999, &task->number);
}

/* The task's own name. Returns what follows it, or NULL. */
static const char *read_name(const char *p, struct bf_task *task)
{
	const char *rest;
	if ((rest = read_word(p, "finish"))) {
		task->kind = BF_TASK_FINISH;
		return rest;
	}
	if ((rest = read_word(p, "more."))) {
		task->kind = BF_TASK_MORE;
		return read_number(rest, 3, 99999, &task->number);
	}
	return *p == 'f' ? read_frame(p + 1, task) : NULL;
}

static const char *read_state(const char *p, struct bf_task *task)
{
	for (int i = BF_OPEN; i <= BF_PARKED; i++) {
		const char *rest = read_word(p, state_word[i]);
		if (rest && *rest == '.') {
			task->state = (enum bf_task_state)i;
			return rest + 1;
		}
	}
	return NULL;
}

int bf_task_parse_name(const char *name, struct bf_task *task)
{
	memset(task, 0, sizeof *task);
	task->attempt = 1;
	const char *rest = read_name(name, task);
	return rest && !*rest ? 0 : -1;
}

static bool hash_ok(const char *text)
{
	return strspn(text, "0123456789abcdef") == BF_HASH_MAX - 1 && !text[BF_HASH_MAX - 1];
}

static const char *read_token(const char *p, struct bf_task *task)
{
	size_t len = strcspn(p, ".");
	if (len >= sizeof task->token)
		return NULL;
	memcpy(task->token, p, len);
	task->token[len] = '\0';
	return bf_token_parse(task->token, NULL) < 0 ? NULL : p + len;
}

int bf_task_parse(const char *name, struct bf_task *task)
{
	memset(task, 0, sizeof *task);
	const char *p = read_name(name, task);
	p = p && *p == '.' ? read_state(p + 1, task) : NULL;
	p = p ? read_number(p, 1, 1000000000, &task->attempt) : NULL;
	p = p && *p == '.' && task->attempt ? read_number(p + 1, 1, 1000000000, &task->failures) : NULL;
	if (!p || task->state == BF_OPEN || task->state == BF_PARKED)
		return p && !*p ? 0 : -1;
	p = *p == '.' ? read_token(p + 1, task) : NULL;
	if (!p || task->state == BF_RUN)
		return p && !*p ? 0 : -1;
	if (*p != '.' || !hash_ok(p + 1))
		return -1;
	memcpy(task->hash, p + 1, BF_HASH_MAX);
	return 0;
}

bool bf_task_same(const struct bf_task *a, const struct bf_task *b)
{
	return a->kind == b->kind && a->frame == b->frame && a->number == b->number;
}

bool bf_task_later(const struct bf_task *a, const struct bf_task *b)
{
	return a->attempt != b->attempt ? a->attempt > b->attempt : a->state > b->state;
}

int bf_task_compare(const struct bf_task *a, const struct bf_task *b)
{
	if (a->frame != b->frame)
		return a->frame < b->frame ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return bf_task_later(a, b) ? -1 : bf_task_later(b, a);
}

struct bf_task bf_task_open(enum bf_task_kind kind, int32_t frame, unsigned number)
{
	return (struct bf_task){ .kind = kind, .frame = frame, .number = number, .attempt = 1 };
}

struct bf_task bf_task_anew(const struct bf_task *gone, const struct bf_task *finish)
{
	struct bf_task task = bf_task_open(gone->kind, gone->frame, gone->number);
	task.attempt = finish->attempt > 900000 ? 900000000 : finish->attempt * 1000; /* names hold up to 10^9 */
	return task;
}

static void must_be(const struct bf_task *task, enum bf_task_state state)
{
	if (task->state != state)
		bf_bug("a step from %s was asked of a task that is %s", state_word[state],
			state_word[task->state]);
}

/* The next state: same task, no owner, no hash. */
static struct bf_task next_state(const struct bf_task *seen, enum bf_task_state state, unsigned attempt,
	unsigned failures)
{
	struct bf_task next = *seen;
	next.state = state;
	next.attempt = attempt;
	next.failures = failures;
	memset(next.token, 0, sizeof next.token);
	memset(next.hash, 0, sizeof next.hash);
	return next;
}

static void set_token(struct bf_task *task, const char *token)
{
	if (bf_fmt(task->token, sizeof task->token, "%s", token) < 0)
		bf_bug("token %s is too long", token);
}

struct bf_task bf_task_take(const struct bf_task *open, const char *token)
{
	must_be(open, BF_OPEN);
	struct bf_task next = next_state(open, BF_RUN, open->attempt, open->failures);
	set_token(&next, token);
	return next;
}

struct bf_task bf_task_release(const struct bf_task *run)
{
	must_be(run, BF_RUN);
	return next_state(run, BF_OPEN, run->attempt + 1, run->failures);
}

struct bf_task bf_task_fail(const struct bf_task *run)
{
	must_be(run, BF_RUN);
	return next_state(run, BF_OPEN, run->attempt + 1, run->failures + 1);
}

struct bf_task bf_task_park(const struct bf_task *run)
{
	must_be(run, BF_RUN);
	return next_state(run, BF_PARKED, run->attempt, run->failures + 1);
}

struct bf_task bf_task_break(const struct bf_task *run, const char *token)
{
	must_be(run, BF_RUN);
	struct bf_task next = next_state(run, BF_RUN, run->attempt + 1, run->failures);
	set_token(&next, token);
	return next;
}

struct bf_task bf_task_commit(const struct bf_task *run, const char *hash)
{
	must_be(run, BF_RUN);
	struct bf_task next = *run;
	next.state = BF_DONE;
	if (!hash_ok(hash))
		bf_bug("commit with the hash \"%s\"", hash);
	memcpy(next.hash, hash, BF_HASH_MAX);
	return next;
}

struct bf_task bf_task_overtake(const struct bf_task *run, const char *token, const char *hash)
{
	struct bf_task next = bf_task_commit(run, hash);
	memset(next.token, 0, sizeof next.token);
	set_token(&next, token);
	return next;
}

struct bf_task bf_task_reopen(const struct bf_task *ended)
{
	if (ended->state != BF_DONE && ended->state != BF_PARKED)
		bf_bug("reopen of a task that is %s", state_word[ended->state]);
	return next_state(ended, BF_OPEN, ended->attempt + 1, 0);
}

struct bf_task bf_task_skip(const struct bf_task *open)
{
	must_be(open, BF_OPEN);
	return next_state(open, BF_PARKED, open->attempt, open->failures);
}
