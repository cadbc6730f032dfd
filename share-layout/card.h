/* An agent's card: who it is and what each of its slots does (SPEC.md, "Agents").
 *
 * The owner writes it in place before each beat and renames it to the next beat; only tools and people
 * read it. A reader may meet a card that is just being rewritten: parsing then fails and the
 * reader keeps what he knew. */
#ifndef BF_CARD_H
#define BF_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"
#include "share-layout/limits.h"
#include "share-layout/tags.h"

enum { BF_SLOTS_MAX = 64, BF_CARD_BYTES = 32 * 1024, BF_SPEED_MAX = 1000000 };

struct bf_share;

enum bf_slot_state { BF_SLOT_IDLE, BF_SLOT_PLANNING, BF_SLOT_RENDERING, BF_SLOT_PAUSED, BF_SLOT_STOPPING, BF_SLOT_STUCK };

struct bf_slot {
	enum bf_slot_state state;
	char device[64];
	char job[BF_JOB_MAX];    /* "" when idle */
	char task[BF_TASK_MAX];  /* the task's own name */
	int percent;             /* inside the frame, -1 = unknown */
	int sample, samples;     /* 0 = unknown */
	int mem_mb;
	int64_t seconds;         /* since the task was started */
	char note[160];          /* why it waits, the last failure, … for people */
	bool duplicate;          /* somebody else owns the task, and this slot renders it too */
	double speed;            /* seconds of work of a slot of speed 1 that it does in a second: as learned from pieces of known
	                            cost, or else as measured by bfagent --benchmark; 0 = unknown */
};

struct bf_card {
	char id[BF_ID_MAX];
	char host[64];
	char version[32];     /* of bfagent */
	char blender[32];     /* "3.4.1", "" while unknown */
	char tags[BF_TAGS_MAX]; /* what the machine has, in the form of bf_tags_parse */
	int64_t beat_ms, lease_ms;
	char boot[40];        /* boot id, pid namespace and process: to know one's own dead */
	char pid_namespace[40];
	int64_t pid, started; /* started: in clock ticks since boot, as /proc says */
	char note[160];
	int slot_count;
	struct bf_slot slot[BF_SLOTS_MAX];
};

const char *bf_slot_state_name(enum bf_slot_state state);

void bf_card_format(const struct bf_card *card, struct bf_buf *out);
/* Returns 0 / -1; a torn card is -1. */
int bf_card_parse(const char *text, size_t len, const char *where, struct bf_card *out, struct bf_err *err);

/* Read the card of an agent as it is called at this beat. Returns 1, 0 when there is none, -1 (torn, unreadable). Only after 1
 * there is something in *out. */
int bf_card_read(const struct bf_share *share, const char *id, unsigned long beat, struct bf_card *out, struct bf_err *err);

/* Fill in boot, pid_namespace, pid and started for a process of this machine. */
void bf_card_sign(struct bf_card *card, int64_t pid);

/* Whether the card's process ran on this very machine since its last boot, where we could see it, and is gone. */
bool bf_card_process_is_gone(const struct bf_card *card);

#endif
