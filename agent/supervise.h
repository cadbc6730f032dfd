/* The agent's first process: starts the keeper and the workers, answers signals, ends everything, and never
 * touches the share itself, so that it answers even while the file server is away. */
#ifndef AGENT_SUPERVISE_H
#define AGENT_SUPERVISE_H

#include "agent/config.h"
#include "share-layout/share.h"

/* Run the agent until it is told to stop, or (--once, --drain) until its work is done. next_program is
 * the newer version to become then, "" for none. Returns the exit status of bfagent: 0, 1 work failed, 3 Blender cannot be
 * used, 4 --once found nothing. */
int supervise_run(const struct config *config, struct bf_share *share, char next_program[4096]);

#endif
