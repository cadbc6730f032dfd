/* What somebody pressed, out of the bytes a terminal sends. Pure. */
#ifndef BF_TOOLS_KEY_H
#define BF_TOOLS_KEY_H

#include <stddef.h>

/* Other keys are the character they print. */
enum { KEY_NONE = 0, KEY_CTRL_C = 3, KEY_TAB = 9, KEY_CTRL_L = 12, KEY_ENTER = 13, KEY_BACK = 127, KEY_ESC = 256, KEY_UP, KEY_DOWN,
	KEY_LEFT, KEY_RIGHT, KEY_HOME, KEY_END, KEY_PAGE_UP, KEY_PAGE_DOWN };

/* The first key in these bytes; *used are its bytes, 0 when they may be the beginning of a longer one: then ask
 * again with more, or with ended when no more came within a moment. KEY_NONE: a key nobody knows. */
int key_take(const char *bytes, size_t len, int ended, size_t *used);

#endif
