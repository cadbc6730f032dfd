/* The keeper: the process that beats the agent's card, sees who else is alive and wakes the workers when
 * something changes on this machine. Runs until SIGTERM, then removes the card. */
#ifndef AGENT_BEAT_H
#define AGENT_BEAT_H

#include "agent/board.h"
#include "agent/config.h"
#include "share-layout/share.h"

/* Body of the process; does not return before it is told to end. Returns its exit status. */
int beat_run(const struct config *config, const char *agent_id, struct board *board, struct bf_share *share);

#endif
