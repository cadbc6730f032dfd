/* The agent's own folder on the local disk: copies of .blend files, pictures that are not yet published, Blender's temporary files.
 *
 * It lies in the folder that agent.ini names, under the agent's id, is for the agent's user alone, and goes when the agent
 * ends. What killed agents left goes when the next one starts. */
#ifndef AGENT_SCRATCH_H
#define AGENT_SCRATCH_H

#include "share-layout/base/err.h"

enum { SCRATCH_PATH_MAX = 4200 };

/* Make it, and parent when it is missing. path is where it lies. Returns 0 / -1 with a message for people. */
int scratch_make(const char *parent, const char *id, char path[SCRATCH_PATH_MAX], struct bf_err *err);

/* Remove it with all that is in it, and parent when nothing else is there. */
void scratch_remove(const char *parent, const char *path);

#endif
