/* What the processes of one agent tell each other, in memory they share.
 *
 *   supervisor  (bfagent itself)   starts and ends the others, answers signals, never touches the share
 *   keeper      (one)              beats the card, watches who is alive, listens for local changes
 *   workers     (one a slot)       pick, claim, render, publish
 *
 * So a worker or keeper that hangs in the kernel because the file server is away stops neither the others nor
 * the agent's end. Made before the fork; lock-free: each field has one writer, records of several words are
 * guarded by a sequence number. Nothing here blocks. */
#ifndef AGENT_BOARD_H
#define AGENT_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "share-layout/card.h"
#include "share-layout/live.h"

enum board_stop {
	BOARD_RUN,
	BOARD_FINISH, /* end when what is in work is done, however long that takes */
	BOARD_STOP,   /* end, within the grace */
};

/* Why this machine takes no work at the moment. */
enum board_rest { BOARD_WORK, BOARD_REST_ORDER, BOARD_REST_HOURS, BOARD_REST_USER, BOARD_REST_OTHERS };

struct board_slot {
	atomic_uint sequence;          /* odd while the worker writes view */
	struct bf_slot view;
	_Atomic int64_t started_ms;    /* when the task in view was begun, 0 = none */
	_Atomic int64_t busy_since_ms; /* when the present call to the share was begun, 0 = none */
	_Atomic unsigned long claims;  /* made so far, by all processes this slot has had: no token is used twice */
	atomic_bool opening;           /* a Blender of this slot is being started, or opens a file: it will say its version */
	atomic_int wake_fd;
	atomic_int blender_pid;        /* 0 = none runs */
};

struct board {
	atomic_int stop;               /* enum board_stop, written by the supervisor */
	atomic_int rest;               /* enum board_rest, written by the supervisor */
	atomic_int order;              /* enum bf_order, what the share says to this machine, written by the keeper */
	atomic_int rendered;           /* tasks ended by this agent: --once counts them */
	atomic_bool failed;            /* some task was parked or a submission rejected by us */
	atomic_uint live_sequence;
	struct bf_live live;           /* written by the keeper */
	atomic_bool live_known;        /* at least one look was made */
	/* Ids that workers met in claims and nobody knows. Unguarded: a torn one is an id that
	 * nobody has. */
	char noted[BF_SLOTS_MAX][BF_ID_MAX];
	char blender[32];              /* Blender's version, "" while unknown; written once, by who hears it first */
	atomic_bool share_lost;        /* the keeper cannot reach the share */
	atomic_uint share_turns;       /* how often the share was lost or another mount of it was found; written by the keeper */
	atomic_ulong beats;            /* with which the card was written, if it had to be; written by the keeper */
	_Atomic int64_t keeper_busy_since_ms; /* when its present calls to the share were begun, 0 = none */
	atomic_bool has_next;          /* there is a newer program to change to, */
	char next_program[4096];       /* this one; written before has_next by who looks for it */
	int hooks_fd;                  /* where hooks_tell tells, -1 = nobody; set before the fork */
	int keeper_fd;                 /* wakes the keeper */
	int slots;
	struct board_slot slot[BF_SLOTS_MAX];
};

/* Shared memory, all zero. Aborts when there is none. */
struct board *board_new(int slots);

/* Called by a worker: show what the slot does. */
void board_show(struct board *board, unsigned slot, const struct bf_slot *view);
/* Called by the keeper: a consistent copy. */
void board_read_slot(struct board *board, unsigned slot, struct bf_slot *out);

/* Called by the keeper: publish who is alive. */
void board_put_live(struct board *board, const struct bf_live *live);
/* Called by workers: a consistent copy into *out (large: keep it off the stack). */
void board_get_live(struct board *board, struct bf_live *out);

/* A worker met a claim of an agent that has no card. */
void board_note(struct board *board, unsigned slot, const char *id);

/* Wake all sleeping workers; all but one. */
void board_wake(struct board *board);
void board_wake_others(struct board *board, unsigned slot);

/* A worker has something new to show that should not wait for the next time the card is written. */
void board_wake_keeper(struct board *board);
/* The keeper has woken. */
void board_keeper_woke(struct board *board);

/* Nothing is to be taken any more; what is in work is to be given up, within the grace. */
bool board_stopping(const struct board *board);
bool board_breaking_off(const struct board *board);

/* Nothing is to be taken for now. The reason for people, "" when there is none. */
bool board_resting(const struct board *board);
const char *board_rest_name(enum board_rest rest);

#endif
