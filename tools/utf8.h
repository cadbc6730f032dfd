/* Text that strangers gave, one character at a time. Pure. */
#ifndef BF_TOOLS_UTF8_H
#define BF_TOOLS_UTF8_H

#include <stdbool.h>
#include <stdint.h>

/* The character at **text, which must not be the end; *text moves behind it. Returns -1 for a byte that
 * begins no well-formed character; *text moves by that byte. */
int32_t utf8_next(const char **text);

/* Characters that do things instead of looking like something: controls of ASCII and Latin-1, line
 * separators, changes of the writing direction. */
bool utf8_is_control(int32_t character);

/* Columns on a terminal: 0 for accents that join their letter, 2 for the wide ones of East Asia, else 1. */
int utf8_columns(int32_t character);

#endif
