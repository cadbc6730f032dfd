#include "tools/key.h"

#include <stdlib.h>

enum { ESC = 27, SEQUENCE_MAX = 16 };

static int key_of_letter(char letter)
{
	switch (letter) {
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return KEY_RIGHT;
	case 'D': return KEY_LEFT;
	case 'H': return KEY_HOME;
	case 'F': return KEY_END;
	case 'Z': return KEY_TAB; /* with shift: there are two panes, so back is on */
	default: return KEY_NONE;
	}
}

static int key_of_number(int number)
{
	switch (number) {
	case 1: case 7: return KEY_HOME;
	case 4: case 8: return KEY_END;
	case 5: return KEY_PAGE_UP;
	case 6: return KEY_PAGE_DOWN;
	default: return KEY_NONE;
	}
}

/* Behind `ESC [` or `ESC O`: parameters, then one letter or ~. */
static int take_sequence(const char *bytes, size_t len, size_t *used)
{
	for (size_t i = 2; i < len && i < SEQUENCE_MAX; i++) {
		if (bytes[i] < 0x40 || bytes[i] > 0x7e)
			continue;
		*used = i + 1;
		return bytes[i] == '~' ? key_of_number(atoi(bytes + 2)) : key_of_letter(bytes[i]);
	}
	*used = len < SEQUENCE_MAX ? 0 : len;
	return KEY_NONE;
}

int key_take(const char *bytes, size_t len, int ended, size_t *used)
{
	int key = KEY_NONE;
	*used = len ? 1 : 0;
	if (!len)
		return KEY_NONE;
	if (*bytes != ESC)
		return *bytes == '\n' ? KEY_ENTER : *bytes == 8 ? KEY_BACK : (unsigned char)*bytes;
	if (len == 1) {
		*used = ended ? 1 : 0;
		return ended ? KEY_ESC : KEY_NONE;
	}
	if (bytes[1] != '[' && bytes[1] != 'O')
		return KEY_ESC;
	key = take_sequence(bytes, len, used);
	if (!*used && ended)
		*used = len;
	return key;
}
