/* PNG files for tests, made with zlib only: every row filter in turn, picture data cut into chunks of
 * any size. Nothing of the code under test is used. */
#ifndef BF_TESTS_PNG_MAKE_H
#define BF_TESTS_PNG_MAKE_H

#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"

struct png_make {
	uint32_t width, height;
	unsigned type, depth;        /* as in IHDR: 0, 2, 4, 6; 8, 16 */
	const unsigned char *pixels; /* rows without gaps, samples as in the file */
	size_t idat_len;             /* bytes of picture data per chunk */
	int level;                   /* of zlib */
	const struct bf_buf *chunks; /* whole chunks before the picture data, or NULL */
};

unsigned png_make_pixel_bytes(unsigned type, unsigned depth);
void png_make_chunk(struct bf_buf *out, const char *name, const void *data, size_t len);
void png_make(const struct png_make *png, struct bf_buf *out);
void png_make_file(const struct png_make *png, const char *path);

/* Reproducible noise: the same for the same seed; smooth when it is odd. */
void png_make_noise(unsigned char *bytes, size_t len, uint32_t seed);

#endif
