/* How fast each slot of this machine is, as `bfagent --benchmark` measured it: kept in a file of the user's, read at every start.
 *
 * The file is speed.ini in $XDG_STATE_HOME/blendfolder or ~/.local/state/blendfolder. A slot
 * whose device or threads have been changed since is not believed. Nothing depends on it but how evenly jobs end. */
#ifndef AGENT_SPEED_H
#define AGENT_SPEED_H

#include "agent/config.h"

/* Speed 1: so many samples of pixels of the built-in scene a second, about what one core of an ordinary machine does. */
#define SPEED_ONE 750000.0

/* Where it lies. Returns 0, -1 when there is no place for it. */
int speed_path(char *path, size_t size);

/* Fill in config->slot[].speed. What is missing or no good is left out, and said in the log when it is no good. */
void speed_load(struct config *config);

/* Keep config->slot[].speed. Returns 0 / -1. */
int speed_save(const struct config *config, struct bf_err *err);

#endif
