/* The writing half of the PNG kind, without libpng, which compresses on one thread only.
 *
 * The functions are those of struct piece_kind; see there for order and threads. Every band
 * becomes one IDAT chunk, complete with checksum, in the thread that packs it. */
#ifndef BF_TOOLS_PIECE_PNG_WRITE_H
#define BF_TOOLS_PIECE_PNG_WRITE_H

#include "tools/piece.h"

uint32_t piece_png_band_rows(const struct piece_header *header);
void *piece_png_packer_new(const struct piece_header *header);
int piece_png_pack(void *packer, struct piece_band *band, struct bf_err *err);
void piece_png_packer_free(void *packer);

int piece_png_write_begin(int fd, const char *path, const struct piece_header *header, const char *model,
	void **writer_out, struct bf_err *err);
int piece_png_write_band(void *writer, const struct piece_band *band, struct bf_err *err);
int piece_png_write_end(void *writer, struct bf_err *err);
void piece_png_writer_free(void *writer);

void piece_png_mark(const struct piece_header *header, unsigned char *row, uint32_t y);

#endif
