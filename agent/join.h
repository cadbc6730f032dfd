/* Join: the pieces of a frame become its picture, by bfmerge as a child process; where the plan says so, Blender
 * then makes the picture of what was joined. */
#ifndef AGENT_JOIN_H
#define AGENT_JOIN_H

#include "agent/worker.h"

/* Work on w->now, a join. Afterwards w->now is empty or, behind Blender's work, holds the next task. */
void join_work(struct worker *w);

#endif
