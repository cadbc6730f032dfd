/* What a look at a picture finds, and what it ought to find. The last look stands in seen and seen_err. */
#ifndef BF_TESTS_SEEN_H
#define BF_TESTS_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include "share-layout/base/buf.h"
#include "share-layout/picture.h"

extern struct bf_picture seen;
extern struct bf_err seen_err;

/* Whether these bytes are a whole picture. */
bool seen_whole(const void *bytes, size_t len);

/* It is, of 5 x 3 pixels; and no beginning of it is. */
void seen_expect_whole(const struct bf_buf *b, enum bf_picture_kind kind, int channels, int depth);
/* It is not, and the reason holds these words. */
void seen_expect_lacks(const struct bf_buf *b, const char *words);

#endif
