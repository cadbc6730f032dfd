/* The history of a job: the journals of all agents and people in one order, and what each machine did by them.
 *
 * Clocks of machines differ. What one journal says stays in its order, and an attempt of a task stands behind the
 * attempts before it, whatever the clocks say; only where these say nothing do they decide. */
#ifndef BF_TOOLS_JOB_HISTORY_H
#define BF_TOOLS_JOB_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/journal.h"
#include "share-layout/share.h"

struct history_row {
	struct bf_record record;
	unsigned journal;      /* which one, by number */
	int64_t order;         /* private: when, on no clock in particular */
};

struct history_machine {
	char name[BF_NAME_MAX];
	int64_t pictures;      /* frames and pieces that it rendered, also those rendered again since */
	int64_t joins, failed, late, lost; /* lost: taken over from it when it was silent */
	double seconds;        /* for the pictures, from start to end */
};

/* Starts as all zero bits; ends with history_clear. */
struct history {
	struct history_row *row;
	size_t count;
	bool cut;              /* there was more than anybody wants to read */
	char (*journal)[BF_ID_MAX + 8];
	size_t journal_count;
	struct history_machine *machine; /* by name */
	size_t machine_count;
};

/* Read all journals of a job. wanted (may be NULL) picks rows; the machines' figures count all. Returns 1, 0 when the job
 * is gone, -1 when the share cannot be read. */
int history_read(const struct bf_share *share, const char *job, bool (*wanted)(const void *arg, const struct bf_task *task),
	const void *arg, struct history *out, struct bf_err *err);

/* Who wrote a row: the name of the machine. */
void history_who(const struct history *history, const struct history_row *row, char out[BF_NAME_MAX]);

/* Pure, called by history_read: bring the rows into their order. */
void history_sort(struct history *history);

/* Mean seconds for a picture, of all machines; 0 = unknown. */
double history_mean(const struct history *history);

void history_clear(struct history *history);

#endif
