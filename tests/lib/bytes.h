/* Bytes of a file that is made by hand, number by number. */
#ifndef BF_TESTS_BYTES_H
#define BF_TESTS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"

/* Append a number of so many bytes, the most significant first (big) or last; beyond eight they are zero. */
void bytes_put(struct bf_buf *b, uint64_t n, int bytes, bool big);
void bytes_le(struct bf_buf *b, uint64_t n, int bytes);
void bytes_be(struct bf_buf *b, uint64_t n, int bytes);
void bytes_fill(struct bf_buf *b, size_t count, char c);

/* Put another number where one stands, least significant byte first. */
void bytes_patch(struct bf_buf *b, size_t at, uint64_t n, int bytes);

#endif
