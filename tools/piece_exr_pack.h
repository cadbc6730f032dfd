/* Packing rows into chunks, and chunks back into rows.
 *
 * ZIP, ZIPS and uncompressed chunks are made and taken apart here, the others by the library. One packer or
 * unpacker belongs to one thread at a time. */
#ifndef BF_TOOLS_PIECE_EXR_PACK_H
#define BF_TOOLS_PIECE_EXR_PACK_H

#include "tools/piece.h"

/* As in struct piece_kind. */
void *exr_packer_new(const struct piece_header *header);
int exr_pack(void *packer, struct piece_band *band, struct bf_err *err);
void exr_packer_free(void *packer);

enum exr_way { EXR_AS_IT_IS, EXR_ZIP, EXR_LIBRARY, EXR_COPY_ONLY };
enum exr_way exr_way_of(int packing);

/* Take a chunk apart that needs no library: into exactly len bytes. Returns 0, or -1 for damaged data. */
int exr_unpack(enum exr_way way, const unsigned char *packed, size_t packed_len, unsigned char *rows, size_t len);

/* Why not, or NULL. */
const char *exr_copy_only(int packing);

#endif
