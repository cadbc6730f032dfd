/* Newer builds of the programs, published on the share for the agents that want them: agents/update/VERSION-MACHINE/, with
 * each program and its signature beside it (SPEC.md, "Updates"). Pure. */
#ifndef BF_UPDATE_H
#define BF_UPDATE_H

#include <stdbool.h>

#include "share-layout/path.h"

enum { BF_VERSION_MAX = 32 };

struct bf_update {
	char version[BF_VERSION_MAX]; /* numbers with dots between them */
	char machine[32];             /* as `uname -m` says: x86_64 */
};

/* The version of this program. */
extern const char bf_version[];

/* The name of a build's folder. Returns 0, -1 when it is none. */
int bf_update_parse(const char *name, struct bf_update *out);

/* Is version a later than b? Numbers are compared, missing ones are 0. */
bool bf_version_later(const char *a, const char *b);

struct bf_path bf_path_update(const struct bf_update *update, const char *file);

#endif
