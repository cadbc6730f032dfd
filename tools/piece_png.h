/* PNG pieces: grey, RGB, each with or without alpha, 8 or 16 bits, not interlaced.
 *
 * Everything else (palettes, fewer bits, interlacing, a colour key) is refused: Blender does
 * not write it, and a join could not keep its meaning. Colour chunks are kept as the bytes they
 * are, never interpreted. The only place that includes png.h. */
#ifndef BF_TOOLS_PIECE_PNG_H
#define BF_TOOLS_PIECE_PNG_H

#include "tools/piece.h"

extern const struct piece_kind piece_png;

#endif
