/* libpng reports errors by longjmp: each setjmp has a small function of its own below, whose
 * locals do not change behind it. Chunks that matter to us besides the picture are taken as raw
 * bytes and all others thrown away unseen, because most of libpng's holes were in their handlers. */
#include "tools/piece_png.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/piece_feed.h"
#include "tools/piece_png_write.h"

enum {
	CHUNK_BYTES_MAX = 1 << 22, /* an ICC profile is the largest that is needed */
	CHUNKS_MAX = 500,
	READ_AHEAD = 1 << 16,      /* libpng asks for 4 KB otherwise */
	TEXT_MAX = 1 << 16,
};

static const png_byte colour_chunks[] = "gAMA\0cHRM\0sRGB\0iCCP\0pHYs\0cICP\0mDCV\0cLLI";
static const png_byte text_chunk[] = "tEXt", colour_key_chunk[] = "tRNS";

struct png_reader {
	int fd;
	png_structp png;
	png_infop info;
	struct piece_feed *feed;
	uint32_t width;
	size_t pixel_bytes;
	unsigned char *row; /* for what is cut out of rows */
	struct bf_err why; /* set before libpng jumps */
};

static void on_error(png_structp png, png_const_charp text)
{
	struct png_reader *reader = png_get_error_ptr(png);
	if (!reader->why.text[0])
		bf_err_set(&reader->why, "damaged PNG (%s)", text);
	longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png, (void)text;
}

static void on_read(png_structp png, png_bytep bytes, size_t len)
{
	struct png_reader *reader = png_get_io_ptr(png);
	if (piece_feed_read(reader->feed, bytes, len, &reader->why) < 0)
		png_error(png, "read");
}

static int set_up(struct png_reader *reader)
{
	if (setjmp(png_jmpbuf(reader->png)))
		return -1;
	png_structp png = reader->png;
	png_set_read_fn(png, reader, on_read);
	png_set_benign_errors(png, 0);
	png_set_user_limits(png, PIECE_SIDE_MAX, PIECE_SIDE_MAX);
	png_set_chunk_malloc_max(png, CHUNK_BYTES_MAX);
	png_set_chunk_cache_max(png, CHUNKS_MAX);
	png_set_compression_buffer_size(png, READ_AHEAD);
	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS, colour_chunks, sizeof colour_chunks / 5);
	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS, text_chunk, 1);
	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS, colour_key_chunk, 1);
	if (piece_feed_is_fast(reader->feed)) {
		png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
		png_set_option(png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
	} else {
		png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
	}
	return 0;
}

static int read_info(struct png_reader *reader)
{
	if (setjmp(png_jmpbuf(reader->png)))
		return -1;
	png_read_info(reader->png, reader->info);
	return 0;
}

static int start_rows(struct png_reader *reader)
{
	if (setjmp(png_jmpbuf(reader->png)))
		return -1;
	png_read_update_info(reader->png, reader->info);
	return 0;
}

static int read_rows(struct png_reader *reader, unsigned char *rows, size_t stride, uint32_t count)
{
	if (setjmp(png_jmpbuf(reader->png)))
		return -1;
	for (uint32_t i = 0; i < count; i++)
		png_read_row(reader->png, rows + i * stride, NULL);
	return 0;
}

static int read_end(struct png_reader *reader)
{
	if (setjmp(png_jmpbuf(reader->png)))
		return -1;
	png_read_end(reader->png, NULL);
	return 0;
}

/* From IHDR to what we can work with; the order of the checks is that of the messages' use. */
static int judge_header(struct png_reader *reader, int64_t size, struct piece_header *header, struct bf_err *err)
{
	static const char *const names[] = { "grey", NULL, "RGB", NULL, "grey with alpha", NULL, "RGBA" };
	static const unsigned samples[] = { 1, 0, 3, 0, 2, 0, 4 };
	png_uint_32 width, height;
	int depth, type, interlace;
	if (!png_get_IHDR(reader->png, reader->info, &width, &height, &depth, &type, &interlace, NULL, NULL))
		return bf_err_set(err, "no PNG header");
	if (type == PNG_COLOR_TYPE_PALETTE)
		return bf_err_set(err, "a palette picture; only grey, RGB and RGBA can be joined");
	if (depth != 8 && depth != 16)
		return bf_err_set(err, "%d bits per sample; only 8 and 16 can be joined", depth);
	if (interlace != PNG_INTERLACE_NONE)
		return bf_err_set(err, "interlaced, which cannot be joined row by row");
	if (!piece_size_ok(width, height))
		return bf_err_set(err, "%lux%lu pixels are too many", (unsigned long)width, (unsigned long)height);
	header->width = (uint32_t)width;
	header->height = (uint32_t)height;
	header->samples = samples[type];
	header->sample_bytes = (unsigned)depth / 8;
	header->alpha = type & PNG_COLOR_MASK_ALPHA;
	header->parts = header->chunk_rows = 1;
	piece_header_planes(header, 1);
	header->pixel_bytes = header->samples * header->sample_bytes;
	header->plane[0].bytes = (unsigned char)header->pixel_bytes;
	reader->width = header->width;
	reader->pixel_bytes = header->pixel_bytes;
	snprintf(header->format, sizeof header->format, "%s %d bit", names[type], depth);
	/* Deflate makes at most 1032 bytes of one: whoever promises more is cut short or means harm. */
	if ((piece_row_bytes(header) + 1) * (uint64_t)header->height / 1032 > (uint64_t)size)
		return bf_err_set(err, "%lux%lu pixels cannot be in a file of %lld bytes (truncated, or a bomb)",
			(unsigned long)width, (unsigned long)height, (long long)size);
	return 0;
}

static void keep_text(struct piece_tags *text, const unsigned char *data, size_t len)
{
	const unsigned char *end = len ? memchr(data, 0, len) : NULL;
	char key[80];
	if (len > TEXT_MAX || !end || end == data || bf_fmt(key, sizeof key, "%s", (const char *)data) < 0)
		return;
	size_t key_len = (size_t)(end - data) + 1;
	piece_tags_add(text, key, data + key_len, len - key_len);
}

static int keep_chunks(struct png_reader *reader, struct piece_header *header, struct bf_err *err)
{
	png_unknown_chunkp chunks = NULL;
	int count = png_get_unknown_chunks(reader->png, reader->info, &chunks);
	for (int i = 0; i < count; i++) {
		const char *name = (const char *)chunks[i].name;
		if (!strcmp(name, "tRNS"))
			return bf_err_set(err, "a colour key (tRNS) instead of alpha cannot be joined");
		if (!strcmp(name, "tEXt"))
			keep_text(&header->text, chunks[i].data, chunks[i].size);
		else if (piece_tags_find(&header->colour, name))
			return bf_err_set(err, "two %s chunks", name);
		else
			piece_tags_add(&header->colour, name, chunks[i].data, chunks[i].size);
	}
	return 0;
}

static bool is_png(const unsigned char *start, size_t len)
{
	return len >= 8 && !png_sig_cmp(start, 0, 8);
}

static void reader_free(struct png_reader *reader)
{
	png_destroy_read_struct(&reader->png, &reader->info, NULL);
	piece_feed_free(reader->feed);
	free(reader->row);
	free(reader);
}

static int open_png(int fd, int64_t size, struct piece_header *header, void **reader_out, struct bf_err *err)
{
	struct png_reader *reader = calloc(1, sizeof *reader);
	if (!reader)
		abort();
	reader->fd = fd;
	reader->feed = piece_feed_new(fd, size);
	reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, on_warning);
	if (reader->png)
		reader->info = png_create_info_struct(reader->png);
	if (!reader->info) {
		bf_err_set(err, "libpng %s does not start", PNG_LIBPNG_VER_STRING);
	} else if (set_up(reader) < 0 || read_info(reader) < 0) {
		if (err)
			*err = reader->why;
	} else if (judge_header(reader, size, header, err) == 0 && keep_chunks(reader, header, err) == 0) {
		if (start_rows(reader) == 0) {
			*reader_out = reader;
			return 0;
		}
		if (err)
			*err = reader->why;
	}
	reader_free(reader);
	return -1;
}

/* Rows of which only some pixels are wanted, or none. */
static int read_cut(struct png_reader *reader, uint32_t left, uint32_t width, const struct piece_target *to,
	uint32_t count)
{
	size_t pixel = reader->pixel_bytes;
	if (!reader->row && !(reader->row = malloc(reader->width * pixel)))
		abort();
	for (uint32_t i = 0; i < count; i++) {
		if (read_rows(reader, reader->row, 0, 1) < 0)
			return -1;
		if (to)
			memcpy(to->rows + i * to->stride + to->x * pixel, reader->row + left * pixel, width * pixel);
	}
	return 0;
}

static int read_png(void *arg, uint32_t left, uint32_t width, const struct piece_target *to, uint32_t count,
	struct bf_err *err)
{
	struct png_reader *reader = arg;
	int result = to && width == reader->width
		? read_rows(reader, to->rows + to->x * reader->pixel_bytes, to->stride, count)
		: read_cut(reader, left, width, to, count);
	if (result < 0 && err)
		*err = reader->why;
	return result;
}

static int end_png(void *arg, struct bf_err *err)
{
	struct png_reader *reader = arg;
	if (read_end(reader) == 0)
		return 0;
	if (err)
		*err = reader->why;
	return -1;
}

static void close_png(void *arg)
{
	struct png_reader *reader = arg;
	close(reader->fd);
	reader_free(reader);
}

const struct piece_kind piece_png = {
	.name = "PNG", .tag_word = "chunk", .mark = piece_png_mark, .is = is_png, .open = open_png, .read = read_png, .end = end_png, .close = close_png,
	.band_rows = piece_png_band_rows, .packer_new = piece_png_packer_new, .pack = piece_png_pack,
	.packer_free = piece_png_packer_free, .write_begin = piece_png_write_begin,
	.write_band = piece_png_write_band, .write_end = piece_png_write_end, .writer_free = piece_png_writer_free,
};
