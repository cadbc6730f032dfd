/* A drop: a thing in queue/ that may become a job. Is it still being copied, is it whole, what is wrong with it?
 *
 * Look at each again and again; two equal looks mean that nobody writes to it. The verdict is about the name that was looked
 * at: whoever takes it looks once more at what he got. */
#ifndef AGENT_DROP_H
#define AGENT_DROP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/worker.h"
#include "share-layout/base/fs.h"

struct drop {
	char name[BF_FILE_MAX];
	struct drop_shape {
		int64_t bytes, files, newest_ns;
		uint64_t identity;
		bool special;    /* not a file and not a folder: a link, a FIFO … */
		bool folder;
		bool unreadable;
	} shape;
	int64_t still_since_ms, looked_ms;
	int64_t retry_ms;        /* do not look before */
	bool seen;               /* in the last listing */
	bool told;               /* people know that it cannot be moved */
	bool ready;              /* holds still and is whole: take it */
	char reject[512];        /* or take it and reject it with this; "" = do not */
};

/* What a thing in queue/ looks like now; two shapes of one that is not written to are the same, byte for byte. Returns 1, 0 when it
 * is not there, -1 when there is no telling now. */
int drop_shape_of(const struct bf_share *share, const char *name, struct drop_shape *shape);

/* Is this name one for us? Judged with the whole listing: NAME.suspend holds NAME back. */
bool drop_is_candidate(const struct bf_names *queue, const struct bf_name *name);

/* Does a .job file of the listing name this .blend? They are taken together. Reads the .job files. */
bool drop_is_named_by_job_file(struct worker *w, const struct bf_names *queue, const char *name);

/* The .blend that a .job file in queue/ names. Returns 1, 0 when it is not there or not readable as one. */
int drop_read_job_file(struct worker *w, const char *name, char blend[BF_FILE_MAX]);

/* Look at it, at most every gap_ms, and set ready or reject. May block on the share. */
void drop_look(struct worker *w, const struct bf_names *queue, struct drop *drop, int64_t gap_ms);

#endif
