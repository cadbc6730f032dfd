/* Words that say what a machine has and what a job wants: "gpu,big".
 *
 * Parse what a person wrote into the one form that is kept and compared: small letters, in the order they were written, a comma
 * between two words, none twice. Pure. */
#ifndef BF_TAGS_H
#define BF_TAGS_H

#include <stdbool.h>

#include "share-layout/base/err.h"

enum { BF_TAGS_MAX = 256 }; /* of the whole list, with its NUL */

/* Words of letters, digits, - and _, separated by commas or blanks. Returns 0, or -1 with what is wrong. */
int bf_tags_parse(const char *text, char out[BF_TAGS_MAX], struct bf_err *err);

/* Is each word of wanted in offered? Both as bf_tags_parse made them. Yes when nothing is wanted. */
bool bf_tags_cover(const char *offered, const char *wanted);

#endif
