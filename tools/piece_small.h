/* A small picture of the result, for people to look at while the rest is rendered: PNG, RGBA with 8 bits, no side longer
 * than PIECE_SMALL_SIDE. It is only written, whatever the pieces are; each of its pixels is the mean of a square of the
 * result. Of EXR the combined pass is shown, or the first that has red, green and blue, or grey: as sRGB, without the scene's
 * view transform.
 *
 * The functions are those of struct piece_kind; see there for order and threads. header is always the result's own, as
 * large as the pieces make it. */
#ifndef BF_TOOLS_PIECE_SMALL_H
#define BF_TOOLS_PIECE_SMALL_H

#include "tools/piece.h"

enum { PIECE_SMALL_SIDE = 1024 };

extern const struct piece_kind piece_small;

#endif
