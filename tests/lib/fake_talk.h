/* The fake Blender's end of the conversation with an agent: begin, then hear commands and answer each. */
#ifndef BF_TESTS_FAKE_TALK_H
#define BF_TESTS_FAKE_TALK_H

#include <stdbool.h>

#include "agent/blender_protocol.h"

/* With the arguments `--bf-in N --bf-out N`. Returns 0, or -1 when they are not there. */
int fake_talk_begin(int argc, char **argv);

/* The next command; false when there are no more. What it holds is good until the next. */
bool fake_talk_hear(struct blender_line *command);

/* The answer that is being made; sent and emptied by fake_talk_answer. When the agent is gone, so is the program. */
extern struct bf_buf fake_line;
void fake_talk_answer(void);
void fake_talk_failed(const char *fault, const char *text);
void fake_talk_nonsense(void);

#endif
