/* What becomes of a task whose render did not come to a good end: whose fault was it? The share's counts against nobody, the
 * machine's against the machine, the rest against the task. Each of these may block on the share. */
#ifndef AGENT_RENDER_FAULT_H
#define AGENT_RENDER_FAULT_H

#include "agent/worker.h"

/* Blender reads a folder's files from the share while it renders. Was the share away meanwhile? Then what it made or said is
 * nobody's fault, and a picture may lack textures without a word: gives w->now back. Returns whether it did. */
bool render_fault_of_share(struct worker *w);

/* Blender failed w->now, as it says in reply, or is gone. A Blender that is not to be trusted any more is stopped. */
void render_fault(struct worker *w, const struct blender_reply *reply, bool gone);

/* Blender calls it a success, and it is none. */
void render_fault_of_picture(struct worker *w, struct work *done, const char *why);

/* Stop a Blender that takes more than this machine gives. What it has piled up over many pictures says nothing of this one:
 * then w->now stays in hand and has another try in a fresh Blender. Returns whether Blender was stopped. */
bool render_fault_of_limits(struct worker *w);

#endif
