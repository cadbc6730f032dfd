/* The packing that EXR calls ZIP (and, row by row, ZIPS): bytes are parted into even and odd ones, each becomes its
 * difference from the one before, and that is compressed as a zlib stream; what does not shrink is stored as it is. */
#ifndef BF_TOOLS_PIECE_EXR_ZIP_H
#define BF_TOOLS_PIECE_EXR_ZIP_H

#include <stddef.h>

#include "share-layout/base/buf.h"
#include "tools/deflate.h"

/* Append the packed chunk to out. spare has room for len bytes. */
void exr_zip_pack(struct deflate *deflate, const unsigned char *raw, size_t len, unsigned char *spare,
	struct bf_buf *out);

/* Unpack into exactly len bytes; spare has room for as many. Returns 0, or -1 for damaged data. */
int exr_zip_unpack(const unsigned char *packed, size_t packed_len, unsigned char *raw, size_t len,
	unsigned char *spare);

#endif
