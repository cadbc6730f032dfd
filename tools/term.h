/* The terminal: how large it is, whether it likes colour, and a picture on it that is redrawn.
 *
 * Order for a picture: term_open, then term_draw and term_wait as often as you like, term_close. While it is open,
 * SIGINT, SIGTERM, SIGHUP and SIGQUIT only make term_wait return (TERM_STOP); term_close puts back what was before.
 * One terminal per program. */
#ifndef BF_TOOLS_TERM_H
#define BF_TOOLS_TERM_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/base/buf.h"

/* Whether to colour what goes to this descriptor: when is auto, always or never. Auto asks for a terminal that is
 * not dumb and no NO_COLOR. Returns -1 for another word. */
int term_color(const char *when, int fd);

/* Columns of the terminal behind a descriptor, 0 when it is none; rows of stdout's. */
int term_columns(int fd);
int term_rows(void);

/* Whether a picture can be drawn on stdout. */
bool term_can_draw(void);

void term_open(void);
void term_close(void);

/* Show these lines in place of what was there, as far as they fit; only those that differ are written. Lines must not be
 * wider than term_columns. */
void term_draw(const char *text);
/* Something else wrote on the screen: write all of it the next time. */
void term_forget(void);

enum term_event { TERM_TIME, TERM_RESIZED, TERM_KEY, TERM_READY, TERM_STOP };
/* Wait until a moment (of CLOCK_MONOTONIC), a change of size, a key, a descriptor that can be read (-1 = none), or a signal that
 * asks to stop. *key is set for TERM_KEY. */
enum term_event term_wait(int64_t until_ms, int fd, int *key);

/* The signal that asked to stop, 0 = none. */
int term_signal(void);

#endif
