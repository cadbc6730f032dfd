/* What stands on a terminal, so that only lines that differ are written: nothing flickers, and a slow connection
 * carries little. Pure: text in, escape sequences out. */
#ifndef BF_TOOLS_SCREEN_H
#define BF_TOOLS_SCREEN_H

#include "share-layout/base/buf.h"

/* Start from zero bits. */
struct screen {
	struct bf_buf shown; /* lines, each with its newline */
	int known;           /* how many of them; what stands below is not known */
};

/* Append what turns the screen into text: lines with newlines, of which the first `rows` count. */
void screen_update(struct screen *screen, const char *text, int rows, struct bf_buf *out);

/* Something else wrote there, or the size changed: the next update clears it first. */
void screen_forget(struct screen *screen);

void screen_clear(struct screen *screen);

#endif
