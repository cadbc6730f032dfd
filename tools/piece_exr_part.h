/* What an EXR part says of its pixels, and whether that can be: judged before memory is taken for them. Pure.
 *
 * Packing, window, planes, each plane once; then describe and judge the header that has come of it. What the header
 * holds is its owner's to clear, also after an error. */
#ifndef BF_TOOLS_PIECE_EXR_PART_H
#define BF_TOOLS_PIECE_EXR_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/piece.h"

/* All return 0 / -1. chunk_rows: how many the library finds. */
int exr_part_packing(struct piece_header *header, int packing, int32_t chunk_rows, struct bf_err *err);
int exr_part_window(struct piece_header *header, int64_t width, int64_t height, struct bf_err *err);
int exr_part_planes(struct piece_header *header, int count, struct bf_err *err);
/* type: the file's number. full: it has a value for every pixel. */
int exr_part_plane(struct piece_header *header, int number, const char *name, unsigned type, bool full, struct bf_err *err);

/* In words, for people and to compare: header->format. */
void exr_part_describe(struct piece_header *header);
/* The data must have room in a file of that size, and a chunk in memory. */
int exr_part_judge(const struct piece_header *header, int64_t file_size, struct bf_err *err);

#endif
