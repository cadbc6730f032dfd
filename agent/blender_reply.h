/* From the driver's lines and Blender's end to replies. Pure functions. */
#ifndef AGENT_BLENDER_REPLY_H
#define AGENT_BLENDER_REPLY_H

#include "agent/blender.h"
#include "agent/blender_log.h"
#include "agent/blender_protocol.h"

/* ready, opened: facts about Blender and the scene. Lists of texts are not touched. */
void blender_reply_ready(const struct blender_line *line, struct blender_reply *reply);
void blender_reply_opened(const struct blender_line *line, struct blender_reply *reply);

/* rendered: returns -1 when there is no file or a name is not one we asked for (it must begin with
 * name and '-', and be a plain file name). */
int blender_reply_rendered(const struct blender_line *line, const char *name, struct blender_reply *reply);

/* measured: numbers that make no sense are none. */
void blender_reply_measured(const struct blender_line *line, struct blender_reply *reply);

/* failed, or a fatal line in the log. */
void blender_reply_failed(const struct blender_line *line, struct blender_reply *reply);
void blender_reply_fatal(const char *log_line, struct blender_reply *reply);

/* Blender has ended: status as from waitpid; doing says at what ("starting", "rendering frame 7"); ready:
 * whether it ever worked; last_words: the last lines it said. */
void blender_reply_gone(int status, const char *doing, bool ready, const char *last_words, struct blender_reply *reply);

#endif
