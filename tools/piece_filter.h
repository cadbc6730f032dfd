/* The PNG row filters, on the writing side.
 *
 * One filter is chosen for a whole band by trying all of them on samples of it. The first row of a
 * band always gets Sub, which does not look at the row above: bands stay independent. */
#ifndef BF_TOOLS_PIECE_FILTER_H
#define BF_TOOLS_PIECE_FILTER_H

#include <stddef.h>

enum piece_filter { PIECE_FILTER_NONE, PIECE_FILTER_SUB, PIECE_FILTER_UP, PIECE_FILTER_AVERAGE, PIECE_FILTER_PAETH };

/* The filter that promises the smallest result for these rows (without gaps). */
enum piece_filter piece_filter_choose(const unsigned char *rows, size_t count, size_t row_bytes, size_t pixel_bytes);

/* Write count * (1 + row_bytes) filtered bytes to out. */
void piece_filter_rows(enum piece_filter filter, const unsigned char *rows, size_t count, size_t row_bytes,
	size_t pixel_bytes, unsigned char *out);

#endif
