/* A task: what is to be done, and its state, as one file name (SPEC.md, "Tasks").
 *
 * Pure functions, no I/O. The bf_task_* steps below are all the moves the protocol knows; each takes
 * the state that was seen and fills in the state to reach. The caller renames one to the other
 * (claim.h). A step that does not exist from the given state is a bug and aborts. */
#ifndef BF_TASK_H
#define BF_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/limits.h"

enum bf_task_kind { BF_TASK_FRAME, BF_TASK_PIECE, BF_TASK_JOIN, BF_TASK_MORE, BF_TASK_FINISH };
enum bf_task_state { BF_OPEN, BF_RUN, BF_DONE, BF_PARKED };

struct bf_task {
	enum bf_task_kind kind;
	int32_t frame;            /* FRAME, PIECE, JOIN */
	unsigned number;          /* PIECE: which piece, from 0; MORE: which directory */
	enum bf_task_state state;
	unsigned attempt;         /* from 1 */
	unsigned failures;
	char token[BF_TOKEN_MAX]; /* RUN, DONE */
	char hash[BF_HASH_MAX];   /* DONE */
};

#define BF_HASH_NONE "00000000000000000000000000000000"

const char *bf_task_state_name(enum bf_task_state state);

/* The task's own name ("f0012.p003"), without its state. */
void bf_task_name(const struct bf_task *task, char out[BF_TASK_MAX]);

/* The file name that says it all, and back. Parsing accepts only what formatting would write, so a
 * state has exactly one name. bf_task_parse returns 0, or -1 for a foreign name. */
void bf_task_format(const struct bf_task *task, char out[BF_FILE_MAX]);
int bf_task_parse(const char *name, struct bf_task *task);

/* Only the task's own name. Returns 0 / -1; state fields are set to open, attempt 1. */
int bf_task_parse_name(const char *name, struct bf_task *task);

/* Same task, whatever the state. */
bool bf_task_same(const struct bf_task *a, const struct bf_task *b);

/* Of two looks at one task, is a the later state? (SPEC.md: the larger attempt, then the state) */
bool bf_task_later(const struct bf_task *a, const struct bf_task *b);

/* The order of tasks for qsort: by frame, kind and number; of several states of one task the later first. */
int bf_task_compare(const struct bf_task *a, const struct bf_task *b);

/* The steps of the table in SPEC.md. */
struct bf_task bf_task_open(enum bf_task_kind kind, int32_t frame, unsigned number); /* a new one */
/* A task whose file is gone, made again by the owner of finish. It must be later than all that ever was of it, and so that no
 * two of them are alike: attempts begin at a thousand for each attempt of finish. */
struct bf_task bf_task_anew(const struct bf_task *gone, const struct bf_task *finish);
struct bf_task bf_task_take(const struct bf_task *open, const char *token);
struct bf_task bf_task_release(const struct bf_task *run);
struct bf_task bf_task_fail(const struct bf_task *run);
struct bf_task bf_task_park(const struct bf_task *run);
struct bf_task bf_task_break(const struct bf_task *run, const char *token);
struct bf_task bf_task_commit(const struct bf_task *run, const char *hash);
/* The commit of a duplicate: made under a token of its own, from the claim of another. */
struct bf_task bf_task_overtake(const struct bf_task *run, const char *token, const char *hash);
struct bf_task bf_task_reopen(const struct bf_task *ended);
struct bf_task bf_task_skip(const struct bf_task *open);

#endif
