/* Mean: what the samples of a frame come to before Blender finishes the picture, kept for a job that adds samples to it; and what
 * this job took over from its own base (share-layout/mean.h). */
#ifndef AGENT_MEAN_H
#define AGENT_MEAN_H

#include "agent/worker.h"

/* Part of publishing, before the commit: put what was joined into means/, synced. Does nothing where no samples are joined. Called again
 * after an error it writes the same again. Returns 0 / -1. May block. */
int mean_keep(struct worker *w, struct work *work, struct bf_err *err);

/* The commit did not come about: remove it. */
void mean_remove(struct worker *w, const struct work *work);

/* What the work, a join, takes from its base, as an argument of bfmerge that works in pieces/: appended to out, nothing where it has no
 * base. Reads the file and compares it with its hash. Returns 0, or -1 with the reason in words. May block. */
int mean_of_base(struct worker *w, const struct work *join, struct bf_buf *out, struct bf_err *err);

#endif
