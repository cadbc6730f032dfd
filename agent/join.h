/* Join: the pieces of a frame become its picture, by bfmerge as a child process. */
#ifndef AGENT_JOIN_H
#define AGENT_JOIN_H

#include "agent/worker.h"

/* Work on w->now, a join. Afterwards nothing is held. */
void join_work(struct worker *w);

#endif
