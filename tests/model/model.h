/* The protocol as a small model, searched exhaustively.
 *
 * A state is the share (task files, pictures) and what each agent holds in its memory. From each state all steps are tried that
 * any agent can take or that the world can do to it; every state reached is kept, and looked at once. Agents act by the very
 * functions of task.h and look.h that bfagent acts by; what is the model's own is the order of their calls, one
 * pc (place in the program) for each call that touches the share.
 *
 *   code.c     a task file in 16 bits, and the steps of task.h on it
 *   state.c    one form for states that differ only in names of agents, frames and tokens
 *   agent.c    what an agent does next: copy, put into place, and whatever stands in the next three
 *   pick.c     what it sees, and decides on
 *   step.c     a claim or commit by a rename, and what it believes of it
 *   heal.c     the same for the last look at a job
 *   world.c    what is done to them: crash, pause, lost answers, old listings, people
 *   rule.c     what must hold
 *   store.c    states that were reached        search.c  all states, shortest trace, no endless loop
 *   lease.c    a second, smaller model: who is called dead
 */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/task.h"

enum { AGENTS = 3, TASKS = 3, TOKENS = 16, PRIVATES = 8, FAILURES_MAX = 2 };

/* ---- code.c: a task file ---- */

/* 0 = no file. Else state, attempt, failures, token; the hash of a picture follows from the token of
 * whoever rendered it. */
typedef uint16_t code;

enum step { STEP_TAKE, STEP_BREAK, STEP_RELEASE, STEP_FAIL, STEP_PARK, STEP_COMMIT, STEP_REOPEN, STEP_OVERTAKE, STEP_COUNT };

code code_open(int task);
code code_anew(int task, code finish);
/* The state to which a step of task.h leads. token: of the taker, breaker or overtaker, else 0. */
code code_step(enum step step, int task, code from, unsigned token);
const struct bf_task *code_task(int task, code it);
bool code_later(int task, code a, code b); /* 0 is earlier than anything */
const char *code_step_name(enum step step);
enum bf_task_state code_state(code it);
unsigned code_token(code it);
unsigned code_attempt(code it);  /* grows with the attempt, but small */
unsigned code_full_attempt(unsigned attempt);
unsigned code_failures(code it);
code code_with_token(code it, unsigned token);

/* ---- a state ---- */

enum life { AWAKE, ASLEEP /* for longer than the lease */, DEAD, NEVER /* no such agent in this setup */ };
enum { OWNER_DEAD = AGENTS };

enum pc {
	IDLE,         /* lists the tasks */
	STEP,         /* renames `from` by `step` */
	LOOK,         /* the rename said an error: looks whether `to` is there */
	LOOK_AFRESH,  /* it said ENOENT: the same behind a change of its own */
	BROKE,        /* removes the private picture of the claim it broke */
	HOLD,         /* renders; as a duplicate when it has a token `mine`, for then `from` is somebody else's claim */
	FIRST,        /* (planted bug) puts the picture into place before the commit */
	COPY,         /* the private picture is half written */
	SHOW,         /* committed: puts the picture into place */
	LATE,         /* could not commit: removes its private picture */
	LAST_LIST,    /* the last look: lists tasks for certain, again while one is missing */
	LAST_FENCE,   /* … takes away the folders through which earlier owners could still make tasks anew */
	LAST_SORT,    /* … sorts the private pictures of task `next` */
	LAST_LOOK,    /* … looks whether its picture is there */
	LAST_FORWARD, /* … makes certain: puts the winner's picture into place */
	LAST_SURE,    /* … and looks again */
	LAST_UNDO,    /* has given finish back: removes the private picture of the commit of a lost picture */
};

struct agent {
	uint8_t life, pc, task, step;
	uint8_t next;    /* of the last look: which task */
	uint8_t again;   /* of the last look: work was found */
	uint8_t lost;    /* of the last look: bit per task whose picture is lost */
	uint8_t mine;    /* of a duplicate: the token of its picture */
	uint8_t absent;  /* bit per task: its machine goes on seeing no picture there, until a change of its own */
	uint8_t kept;    /* its machine has kept the listing below */
	code from, to;
	code last;       /* the claim of the finish task, during the last look */
	code view[TASKS];
	code old[TASKS]; /* a listing that its machine may show once more */
};

struct private_picture { uint8_t task, token, attempt, whole; }; /* token 0 = none */

struct server {
	code file[TASKS][2];              /* two only where a deleted task was made anew; the later one first */
	struct private_picture private_[PRIVATES];
	uint8_t final[TASKS];             /* whose picture lies under the final name; 0 none */
	uint8_t torn;                     /* bit per task: that picture is not whole */
	uint8_t committed[TASKS];         /* what the share promised: set by a commit, reset when a person deletes the picture */
	uint16_t fence;                   /* bit per token: the folder through which the owner of finish makes tasks anew */
	uint8_t owner[TOKENS];            /* agent, or OWNER_DEAD: an earlier life of one */
	uint8_t faults;                   /* that may still happen */
	uint8_t unused;                   /* no padding: states are compared byte by byte */
	uint8_t flying_task;              /* a rename whose call has failed but that the server may still do */
	code flying_from, flying_to;
};

struct state {
	struct server server;
	struct agent agent[AGENTS];
};

struct setup {
	const char *name;
	int agents, frames;   /* frames of them are pictures */
	bool finish;          /* and one more task is the last look */
	bool duplicates;      /* an idle agent may render what another renders */
	unsigned faults;
	unsigned bug;
};

enum bug {
	BUG_NONE,
	BUG_NAMELESS_BREAK,    /* a takeover takes whatever is there */
	BUG_PUBLISH_FIRST,
	BUG_TRUST_ENOENT,      /* one look that shows no picture is enough to reopen */
	BUG_TRUST_COMMIT,      /* ENOENT after a commit is believed */
	BUG_WRITE_AGAIN,       /* a commit that is not clear begins with copying again */
	BUG_CLEAN_ALL,         /* the last look removes every private picture but the winner's */
	BUG_REOPEN_FIRST,      /* the last look reopens tasks while it holds finish, or thinks so */
	BUG_NO_FENCE,          /* who was taken over in the last look still makes tasks anew */
	BUG_MISS_ONCE,         /* a task counts as deleted when one listing lacks it */
	BUG_NAMELESS_OVERTAKE, /* a duplicate commits from whatever claim is there, not from the one it saw */
	BUG_LOSER_REMOVES_ALL, /* who was too late removes the private picture of the winner too */
	BUG_COUNT
};

extern struct setup setup;
int task_count(void);
bool is_finish(int task);

/* ---- state.c ---- */

void state_first(struct state *out);
/* The representative of all states that differ only in who is who. */
void state_canonical(const struct state *in, struct state *out);
unsigned state_new_token(struct state *s, int owner);
bool state_has_file(const struct state *s, int task, code it);
struct private_picture *state_private(struct state *s, int task, unsigned attempt, unsigned token);
void state_private_add(struct state *s, int task, unsigned attempt, unsigned token);
void state_private_remove(struct private_picture *it);
/* Carry out a rename on the server; a rule broken by it is noted in the successor. */
void state_rename(struct state *s, int task, code from, code to, const char **broken);
void state_show(struct state *s, int task, struct private_picture *it, const char **broken);

/* ---- successors ---- */

enum edge { EDGE_STEP /* of an agent, unharmed */, EDGE_WORLD };

struct emit {
	void (*take)(struct emit *emit, struct state *next, enum edge edge);
	const char *broken;        /* a rule broken by this very step */
	bool deleted;              /* a person took something away: attempts may begin anew */
	bool say;                  /* fill in words */
	char words[256];
};

void emit_say(struct emit *emit, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The name of a task file, for words. */
const char *emit_task(const struct emit *emit, int task, code it, char out[BF_FILE_MAX]);
/* next may be changed by this. */
void emit_take(struct emit *emit, struct state *next, enum edge edge);

void agent_moves(const struct state *s, int who, struct emit *emit);
void heal_moves(const struct state *s, int who, struct emit *emit);
void world_moves(const struct state *s, struct emit *emit);

/* Pieces of the program that these share. */
void pick_moves(const struct state *s, int who, struct emit *emit);
void step_moves(const struct state *s, int who, struct emit *emit);
void step_look_moves(const struct state *s, int who, struct emit *emit);
void agent_rest(struct agent *a);
/* Whose token the picture bears that the agent makes. */
unsigned agent_picture_token(const struct agent *a);
void agent_step(struct agent *a, enum step step, int task, code from);
void heal_begin(struct agent *a, code last);
void heal_next(struct agent *a);
void heal_reopen(struct agent *a);
/* What a listing shows of a task: the later of its files. in_motion: may somebody be renaming it right now? */
code world_listed(const struct state *s, int task);
bool world_in_motion(const struct state *s, int who, int task);

/* ---- rule.c ---- */

/* NULL, or the rule that this state breaks. */
const char *rule_broken(const struct state *s);
const char *rule_broken_between(const struct state *from, const struct state *to, bool deleted);
bool rule_ended(const struct state *s);

/* ---- store.c, search.c, lease.c ---- */

struct packed { uint32_t server, agent[AGENTS]; };

void store_open(size_t states_max);
void store_close(void);
/* 1 new, 0 known, -1 full. */
int store_put(const struct state *canonical, uint32_t *index_out);
void store_get(uint32_t index, struct state *out);
size_t store_count(void);
size_t store_bytes(void);

struct found {
	size_t states, edges;
	bool full;           /* the search did not end */
	const char *broken;  /* NULL: every rule holds in every state */
	size_t steps;        /* of the shortest trace */
};

/* Search everything reachable under `setup`. trace: print the shortest way to a broken rule. */
struct found search(size_t states_max, bool trace);

/* Returns the number of states searched; *broken_out = NULL or what is wrong. */
size_t lease_search(bool wall_clock, bool trace, const char **broken_out);

#endif
