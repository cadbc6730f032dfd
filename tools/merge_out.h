/* The result on its way to its name.
 *
 * open makes a private file beside the name; commit syncs it and renames it over the name;
 * abandon removes it. Until commit the name is untouched, afterwards it is complete: nobody ever
 * sees half a picture. SIGINT, SIGTERM, SIGHUP, SIGXFSZ and SIGXCPU remove the private file before
 * they end the program; only SIGKILL or a power cut leaves it: a name that starts with a dot and
 * ends in ".bfmerge.tmp". One at a time in a process. */
#ifndef BF_TOOLS_MERGE_OUT_H
#define BF_TOOLS_MERGE_OUT_H

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"

/* Start with all zero bits. */
struct merge_out {
	int fd;
	struct bf_buf name, aside;
};

int merge_out_open(struct merge_out *out, const char *name, struct bf_err *err);
int merge_out_commit(struct merge_out *out, struct bf_err *err);

/* Harmless after commit, and when nothing was opened. */
void merge_out_abandon(struct merge_out *out);

#endif
