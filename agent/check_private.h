/* What the parts of the check share. Nobody else includes this.
 *
 * check_alone, check_names and check_cost need one machine. check_meet finds another one; check_pair compares what
 * each sees of the other, check_race lets both want the same, check_delays measures how late each sees the other. Each says what it found by check_say, as it goes. */
#ifndef AGENT_CHECK_PRIVATE_H
#define AGENT_CHECK_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/check_mount.h"
#include "share-layout/base/fs.h"
#include "share-layout/path.h"

enum check_grade {
	CHECK_OK,
	CHECK_NOTE,   /* good to know, changes nothing */
	CHECK_BETTER, /* works, but should be mounted or set up in another way: the text says how */
	CHECK_BAD,    /* a farm would lose or spoil something here */
};

struct check {
	const char *path;
	char name[BF_NAME_MAX];
	char id[BF_ID_MAX];
	struct bf_path folder; /* ours, relative to root */
	int root, dir;         /* the folder that is checked; ours */
	int64_t wait_ms;
	struct check_mount mount;
	struct bf_buf bad, better; /* one line each, for the verdict */
	bool paired;
	bool blind; /* listings lie: nothing else is concluded from them */
};

/* Two checks at work together, in the leader's folder. */
struct check_pair {
	struct check *check;
	int dir;
	char me, them; /* 'a' leads, 'b' follows */
	char other[BF_ID_MAX];
	bool same_kernel; /* what one sees says nothing about caches then */
};

/* Print a finding and remember it for the verdict. */
void check_say(struct check *check, enum check_grade grade, const char *what, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Whether a signal asked us to end. */
bool check_stopped(void);

/* Microseconds: since some moment, and of the day (this machine's clock). */
int64_t check_now_us(void);
int64_t check_clock_us(void);

/* Make an empty file that must not exist. Returns 1, 0 when the name is taken, -1. */
int check_make(int dir, const char *path, struct bf_err *err);

/* List behind an own change in the directory. Returns 0 / -1. */
int check_list(int dir, const char *path, const char *id, struct bf_names *names, struct bf_err *err);

void check_alone(struct check *check);
void check_names(struct check *check);
void check_cost(struct check *check);
void check_room(struct check *check); /* free space, clock of the server, kind of file system */

/* Find a partner. Returns 1 with pair filled (its dir is to be closed), 0 when nobody came, -1. */
int check_meet(struct check *check, struct check_pair *pair, struct bf_err *err);

/* Tell the partner that a step is done, with a line of text ("" for none) / wait for the partner's, appended to
 * text (may be NULL). Both return 0 / -1. */
int check_tell(const struct check_pair *pair, const char *step, const char *text, struct bf_err *err);
int check_hear(const struct check_pair *pair, const char *step, struct bf_buf *text, struct bf_err *err);
/* The same without waiting: 1 heard, 0 not yet, -1 the partner is gone. */
int check_heard(const struct check_pair *pair, const char *step, struct bf_err *err);

/* What one sees of the other, and the races. Return -1 when the partner is gone. */
int check_pair(const struct check_pair *pair, struct bf_err *err);
int check_delays(const struct check_pair *pair, struct bf_err *err);
int check_race(const struct check_pair *pair, struct bf_err *err);

#endif
