/* The terminal: how large it is, whether it likes colour, and a picture on it that is redrawn.
 *
 * Order for a picture: term_open, then term_draw and term_wait as often as you like, term_close. While it is open,
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT only make term_wait return; term_close puts back what was before.
 * One terminal per program. */
#ifndef BF_TOOLS_TERM_H
#define BF_TOOLS_TERM_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/base/buf.h"

/* Whether to colour what goes to this descriptor: when is auto, always or never. Auto asks for a terminal that is
 * not dumb and no NO_COLOR. Returns -1 for another word. */
int term_color(const char *when, int fd);

/* Columns of the terminal behind a descriptor, 0 when it is none. */
int term_columns(int fd);

/* Whether a picture can be drawn on stdout. */
bool term_can_draw(void);

void term_open(void);
void term_close(void);

/* Show text in place of what was there: as many lines as fit, and how many do not. Nothing flickers: every
 * line is written over the old one. Lines must not be longer than term_columns. */
void term_draw(const char *text);

enum term_event { TERM_TIME, TERM_RESIZED, TERM_QUIT };
/* Wait for the time to pass, for a change of size, or for somebody who has seen enough (q, Ctrl-C, a signal). */
enum term_event term_wait(int64_t ms);

/* The signal that ended it, 0 when it was a key. */
int term_signal(void);

#endif
