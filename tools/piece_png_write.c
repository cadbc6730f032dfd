#include "tools/piece_png_write.h"

#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "tools/deflate.h"
#include "tools/piece_filter.h"

enum {
	BAND_BYTES = 1 << 19, /* enough to hide what a band costs, little enough to hold many */
	BAND_ROWS = 64,
};

struct png_packer {
	struct deflate *deflate;
	size_t row_bytes, pixel_bytes;
	unsigned char *filtered;
	size_t room;
};

struct png_writer {
	int fd;
	char *path;
	uint32_t check; /* Adler-32 of all bands so far */
};

static void put32(unsigned char *to, size_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Room for the length goes in front of name and content; returns where, for chunk_finish. */
static size_t chunk_start(struct bf_buf *out, const char *name)
{
	size_t at = out->len;
	bf_buf_add(out, "\0\0\0\0", 4);
	bf_buf_add(out, name, 4);
	return at;
}

static void chunk_finish(struct bf_buf *out, size_t at)
{
	unsigned char *chunk = (unsigned char *)out->data + at, check[4];
	size_t len = out->len - at;
	put32(chunk, len - 8);
	put32(check, deflate_crc(0, chunk + 4, len - 4));
	bf_buf_add(out, check, sizeof check);
}

uint32_t piece_png_band_rows(const struct piece_header *header)
{
	size_t rows = BAND_BYTES / piece_row_bytes(header);
	return rows < 1 ? 1 : rows > BAND_ROWS ? BAND_ROWS : (uint32_t)rows;
}

void *piece_png_packer_new(const struct piece_header *header)
{
	struct png_packer *packer = calloc(1, sizeof *packer);
	if (!packer)
		abort();
	packer->deflate = deflate_new();
	packer->row_bytes = piece_row_bytes(header);
	packer->pixel_bytes = header->pixel_bytes;
	packer->room = (packer->row_bytes + 1) * piece_png_band_rows(header);
	packer->filtered = malloc(packer->room);
	if (!packer->filtered)
		abort();
	return packer;
}

void piece_png_packer_free(void *arg)
{
	struct png_packer *packer = arg;
	deflate_free(packer->deflate);
	free(packer->filtered);
	free(packer);
}

int piece_png_pack(void *arg, struct piece_band *band, struct bf_err *err)
{
	(void)err;
	struct png_packer *packer = arg;
	size_t row_bytes = packer->row_bytes, pixel_bytes = packer->pixel_bytes;
	band->raw_len = (row_bytes + 1) * band->rows;
	if (band->raw_len > packer->room)
		bf_bug("piece_png_pack: %u rows", (unsigned)band->rows);
	enum piece_filter filter = piece_filter_choose(band->pixels, band->rows, row_bytes, pixel_bytes);
	piece_filter_rows(filter, band->pixels, band->rows, row_bytes, pixel_bytes, packer->filtered);
	band->raw_check = deflate_adler(1, packer->filtered, band->raw_len);

	size_t at = chunk_start(&band->packed, "IDAT");
	if (band->first_row == 0) {
		unsigned char head[DEFLATE_HEAD];
		deflate_head(head);
		bf_buf_add(&band->packed, head, sizeof head);
	}
	deflate_part(packer->deflate, packer->filtered, band->raw_len, &band->packed);
	chunk_finish(&band->packed, at);
	return 0;
}

static void add_start(struct bf_buf *out, const struct piece_header *header)
{
	static const unsigned char types[] = { 0, 0, 4, 2, 6 }; /* by samples: grey, with alpha, RGB, RGBA */
	unsigned char ihdr[13] = {0}; /* compression, filter method and interlace stay 0 */
	put32(ihdr, header->width);
	put32(ihdr + 4, header->height);
	ihdr[8] = (unsigned char)(header->sample_bytes * 8);
	ihdr[9] = types[header->samples];
	bf_buf_add(out, "\x89PNG\r\n\x1a\n", 8);
	size_t at = chunk_start(out, "IHDR");
	bf_buf_add(out, ihdr, sizeof ihdr);
	chunk_finish(out, at);
}

static void add_tags(struct bf_buf *out, const struct piece_header *header)
{
	for (size_t i = 0; i < header->colour.count; i++) {
		const struct piece_tag *tag = &header->colour.item[i];
		size_t at = chunk_start(out, tag->key);
		bf_buf_add(out, tag->data, tag->len);
		chunk_finish(out, at);
	}
	for (size_t i = 0; i < header->text.count; i++) {
		const struct piece_tag *tag = &header->text.item[i];
		size_t at = chunk_start(out, "tEXt");
		bf_buf_add(out, tag->key, strlen(tag->key) + 1);
		bf_buf_add(out, tag->data, tag->len);
		chunk_finish(out, at);
	}
}

int piece_png_write_begin(int fd, const char *path, const struct piece_header *header, const char *model,
	void **writer_out, struct bf_err *err)
{
	(void)model;
	struct bf_buf start = {0};
	add_start(&start, header);
	add_tags(&start, header);
	int result = bf_fs_write_all(fd, start.data, start.len, path, err);
	bf_buf_clear(&start);
	if (result < 0)
		return -1;

	struct png_writer *writer = calloc(1, sizeof *writer);
	if (!writer || !(writer->path = strdup(path)))
		abort();
	writer->fd = fd;
	writer->check = 1;
	*writer_out = writer;
	return 0;
}

int piece_png_write_band(void *arg, const struct piece_band *band, struct bf_err *err)
{
	struct png_writer *writer = arg;
	writer->check = deflate_adler_join(writer->check, band->raw_check, band->raw_len);
	return bf_fs_write_all(writer->fd, band->packed.data, band->packed.len, writer->path, err);
}

int piece_png_write_end(void *arg, struct bf_err *err)
{
	struct png_writer *writer = arg;
	struct bf_buf out = {0};
	unsigned char tail[DEFLATE_TAIL];
	deflate_tail(tail, writer->check);
	size_t at = chunk_start(&out, "IDAT");
	bf_buf_add(&out, tail, sizeof tail);
	chunk_finish(&out, at);
	at = chunk_start(&out, "IEND");
	chunk_finish(&out, at);
	int result = bf_fs_write_all(writer->fd, out.data, out.len, writer->path, err);
	bf_buf_clear(&out);
	return result;
}

void piece_png_writer_free(void *arg)
{
	struct png_writer *writer = arg;
	free(writer->path);
	free(writer);
}

/* A chequered ground, opaque: seen on any background. */
void piece_png_mark(const struct piece_header *header, unsigned char *row, uint32_t y)
{
	for (uint32_t x = 0; x < header->width; x++, row += header->pixel_bytes) {
		memset(row, (x / PIECE_MARK_SIDE + y / PIECE_MARK_SIDE) % 2 ? 0x60 : 0x30, header->pixel_bytes);
		if (header->alpha)
			memset(row + header->pixel_bytes - header->sample_bytes, 0xff, header->sample_bytes);
	}
}
