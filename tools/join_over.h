/* Laying one row of pixels with alpha over another. Pure.
 *
 * Pixels are interleaved samples of 1 or 2 bytes, most significant first, alpha last and not
 * multiplied into the others. Where one of the two is fully transparent, the other's bits are
 * taken as they are; where the upper one is opaque, its bits; only else is anything computed. */
#ifndef BF_TOOLS_JOIN_OVER_H
#define BF_TOOLS_JOIN_OVER_H

#include <stddef.h>
#include <stdint.h>

void join_over_row(unsigned char *below, const unsigned char *above, size_t pixels, unsigned samples,
	unsigned sample_bytes);

/* The first pixel that neither leaves transparent and that is not the same in both; -1 when
 * there is none. */
int64_t join_over_conflict(const unsigned char *below, const unsigned char *above, size_t pixels, unsigned samples,
	unsigned sample_bytes);

#endif
