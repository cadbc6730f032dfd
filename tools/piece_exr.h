/* EXR pieces: scan lines, one or several parts, half, float and uint channels.
 *
 * Each channel is a plane. Everything else (tiles, mip maps, deep pixels, channels of fewer pixels) is refused:
 * Blender does not write it. Lossy packings that lose again with every writing (B44, DWA) can only be
 * copied chunk by chunk; PXR24 loses once and can be taken apart. Attributes are kept as the bytes they are. */
#ifndef BF_TOOLS_PIECE_EXR_H
#define BF_TOOLS_PIECE_EXR_H

#include "tools/piece.h"

extern const struct piece_kind piece_exr;

#endif
