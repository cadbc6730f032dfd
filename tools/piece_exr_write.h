/* The writing half of the EXR kind. The functions are those of struct piece_kind; see there for order and threads.
 *
 * The container (header, table of offsets, chunks) is written here, because the library writes parts only one
 * behind the other and attributes only of types it knows. */
#ifndef BF_TOOLS_PIECE_EXR_WRITE_H
#define BF_TOOLS_PIECE_EXR_WRITE_H

#include "tools/piece.h"

int exr_write_begin(int fd, const char *path, const struct piece_header *header, const char *model,
	void **writer_out, struct bf_err *err);
int exr_write_band(void *writer, const struct piece_band *band, struct bf_err *err);
int exr_write_end(void *writer, struct bf_err *err);
void exr_writer_free(void *writer);

/* Append one packed chunk: rows from `row` of the result on. */
int exr_write_chunk(void *writer, unsigned part, uint32_t row, const unsigned char *packed, size_t len,
	struct bf_err *err);

uint32_t exr_band_rows(const struct piece_header *header);
void exr_mark(const struct piece_header *header, unsigned char *row, uint32_t y);

#endif
