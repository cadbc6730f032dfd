/* A small picture of what is joined so far, beside the place of a picture that is rendered in pieces (SPEC.md, "Previews").
 *
 * Who has published a piece makes one now and then, while its Blender is at the next piece: no more often than `preview`
 * in agent.ini says, than costs a hundredth of the time, and not when another machine has just made one. It is for people:
 * nothing depends on it, no trouble with it is said louder than in the debug log. */
#ifndef AGENT_PREVIEW_H
#define AGENT_PREVIEW_H

#include "agent/worker.h"

/* After a piece was published. May block as long as joining what is there takes, a minute at most. */
void preview_after(struct worker *w, const struct work *piece);

/* The picture itself is in its place. */
void preview_remove(struct worker *w, const struct work *join);

#endif
