/* Open ahead: while one machine plans a submission, idle ones open its file, and render a few pixels of it where the planner measures
 * it. What a heavy scene needs before its first pixel (loading, building) is then done on all machines at once, and each begins
 * with its part when there is one.
 *
 * Nothing of it is on the share or changes what is planned: if the job comes to be another than was thought, its file
 * is opened again. */
#ifndef AGENT_AHEAD_H
#define AGENT_AHEAD_H

#include <stdbool.h>

#include "agent/worker.h"

/* entry: in jobs/.incoming/, in another's hands. May block as long as Blender needs for it. Returns true when it has been
 * dealt with: opened, or not worth it. False when to look again later: it is not whole yet, or the share has trouble. */
bool ahead_open(struct worker *w, const char *entry);

#endif
