/* Changing to a newer build that was published on the share (SPEC.md, "Updates"). Off unless agent.ini switches it on.
 *
 * A process of its own looks, copies to the local disk, has the signature of each program checked there, and asks the copy
 * for its version. Only then the board tells of it; the supervisor ends as after FINISH, and main() becomes the new
 * program, with the same arguments. Whatever fails, the agent goes on as it is. */
#ifndef AGENT_UPDATE_H
#define AGENT_UPDATE_H

#include "agent/board.h"
#include "agent/config.h"
#include "share-layout/share.h"

/* Body of the process that looks; ends when there is something to change to. */
int update_run(const struct config *config, const char *agent_id, struct board *board, struct bf_share *share);

/* Before the new program is started: remember that it was tried. Who comes up and finds the share forgets it again;
 * a build that never does is not tried a second time. */
void update_mark(const char *program);

#endif
