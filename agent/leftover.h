/* Leftovers in queue/: what a bfsubmit that was killed did not come to finish or remove (`.bf.submit.*`).
 *
 * Nobody can ask whether its maker still lives, so it is watched: what has not changed for a day, on our own clock, in size,
 * number of files or times, is removed. It costs a look at each such thing every few minutes, and nothing when there is none. */
#ifndef AGENT_LEFTOVER_H
#define AGENT_LEFTOVER_H

#include "agent/drop.h"
#include "agent/worker.h"

enum { LEFTOVERS_MAX = 16 };

/* Starts as all zero bits. */
struct leftovers {
	struct leftover {
		char name[BF_FILE_MAX];
		struct drop_shape shape;
		int64_t still_since_ms, looked_ms; /* 0 = free */
		bool seen;
	} one[LEFTOVERS_MAX];
};

/* Look at those in a listing of queue/, and remove the old ones. */
void leftover_tidy(struct worker *w, struct leftovers *leftovers, const struct bf_names *queue);

#endif
