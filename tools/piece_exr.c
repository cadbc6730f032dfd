/* The library checks the header, finds and reads the chunks, and takes apart what is not ZIP. Before it sees
 * a file, the structure has been looked at: all chunks are there and inside the file. */
#include "tools/piece_exr.h"

#include <errno.h>
#include <openexr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/picture.h"
#include "tools/piece_exr_head.h"
#include "tools/piece_exr_pack.h"
#include "tools/piece_exr_part.h"
#include "tools/piece_exr_write.h"

struct exr_reader {
	int fd;
	int64_t size;
	exr_context_t context;
	struct piece_header *header; /* as opened; not cropped */
	enum exr_way way;
	int32_t first_y;             /* of the data window */
	uint32_t next_row;
	unsigned char *rows;         /* the chunk that holds next_row, taken apart; NULL when there is none */
	uint32_t rows_first;
	struct bf_err why;
};

/* The library reports from within its calls, on the thread that made them. */
static _Thread_local struct bf_err *library_why;

static void on_error(exr_const_context_t context, exr_result_t code, const char *text)
{
	(void)context, (void)code;
	if (library_why && !library_why->text[0])
		bf_err_set(library_why, "damaged EXR (%s)", text);
}

/* Whether the call did it; else why is filled. */
static bool fine(struct exr_reader *reader, exr_result_t result)
{
	library_why = NULL;
	if (result == EXR_ERR_SUCCESS)
		return true;
	if (!reader->why.text[0])
		bf_err_set(&reader->why, "damaged EXR (%s)", exr_get_default_error_message(result));
	return false;
}

/* What is called and where its errors go. */
#define CALL(reader, call) (library_why = &(reader)->why, fine((reader), (call)))

/* Hand on what is in why. Returns -1. */
static int failed(const struct exr_reader *reader, struct bf_err *err)
{
	if (err)
		*err = reader->why;
	return -1;
}

static int64_t on_read(exr_const_context_t context, void *arg, void *bytes, uint64_t len, uint64_t offset,
	exr_stream_error_func_ptr_t error)
{
	const struct exr_reader *reader = arg;
	uint64_t done = 0;
	while (done < len) {
		ssize_t n = pread(reader->fd, (char *)bytes + done, len - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error(context, EXR_ERR_READ_IO, "%s", strerror(errno));
			return -1;
		}
		if (n == 0)
			break;
		done += (uint64_t)n;
	}
	return (int64_t)done;
}

static int64_t on_size(exr_const_context_t context, void *arg)
{
	(void)context;
	return ((const struct exr_reader *)arg)->size;
}

static bool is_exr(const unsigned char *start, size_t len)
{
	return len >= 4 && !memcmp(start, "\x76\x2f\x31\x01", 4);
}

/* ---- opening ---- */

/* Called before the library sees the file. */
static int look(int fd, struct bf_err *err)
{
	struct bf_picture picture;
	int known = bf_picture_look_fd(fd, "file", &picture, err);
	if (known < 0 || !picture.whole || picture.kind != BF_PICTURE_EXR)
		return -1;
	return 0;
}

static int take_channels(const exr_attr_chlist_t *list, struct piece_header *header, struct bf_err *err)
{
	if (exr_part_planes(header, list->num_channels, err) < 0)
		return -1;
	for (int i = 0; i < list->num_channels; i++) {
		const exr_attr_chlist_entry_t *channel = &list->entries[i];
		if (exr_part_plane(header, i, channel->name.str, (unsigned)channel->pixel_type,
				channel->x_sampling == 1 && channel->y_sampling == 1, err) < 0)
			return -1;
	}
	return 0;
}

static int take_part(struct exr_reader *reader, struct piece_header *header, struct bf_err *err)
{
	exr_storage_t storage;
	exr_compression_t packing;
	exr_attr_box2i_t box, other;
	const exr_attr_chlist_t *channels;
	int count, part = (int)header->part;
	int32_t lines;
	if (!CALL(reader, exr_get_count(reader->context, &count)))
		return failed(reader, err);
	if (count < 1 || count > PIECE_PARTS_MAX || part >= count)
		return bf_err_set(err, "an EXR file with %d parts has no part %d", count, part);
	if (!CALL(reader, exr_get_storage(reader->context, part, &storage)) ||
		!CALL(reader, exr_get_compression(reader->context, part, &packing)) ||
		!CALL(reader, exr_get_data_window(reader->context, part, &box)) ||
		!CALL(reader, exr_get_data_window(reader->context, 0, &other)) ||
		!CALL(reader, exr_get_channels(reader->context, part, &channels)))
		return failed(reader, err);
	if (storage != EXR_STORAGE_SCANLINE)
		return bf_err_set(err, "EXR tiles and deep pixels cannot be joined, only scan lines");
	if (memcmp(&box, &other, sizeof box))
		return bf_err_set(err, "the parts of this EXR file have different sizes");
	if (!CALL(reader, exr_get_scanlines_per_chunk(reader->context, part, &lines)))
		return failed(reader, err);
	header->parts = (unsigned)count;
	reader->first_y = box.min.y;
	reader->way = exr_way_of((int)packing);
	if (exr_part_packing(header, (int)packing, lines, err) < 0
		|| exr_part_window(header, (int64_t)box.max.x - box.min.x + 1, (int64_t)box.max.y - box.min.y + 1, err) < 0
		|| take_channels(channels, header, err) < 0)
		return -1;
	exr_part_describe(header);
	return exr_part_judge(header, reader->size, err);
}

static void reader_free(struct exr_reader *reader)
{
	if (reader->context)
		exr_finish(&reader->context);
	if (reader->header)
		piece_header_clear(reader->header);
	free(reader->header);
	free(reader->rows);
	free(reader);
}

static int start_reading(struct exr_reader *reader)
{
	exr_context_initializer_t start = EXR_DEFAULT_CONTEXT_INITIALIZER;
	start.error_handler_fn = on_error;
	start.user_data = reader;
	start.read_fn = on_read;
	start.size_fn = on_size;
	start.max_image_width = start.max_image_height = PIECE_SIDE_MAX;
	start.flags = EXR_CONTEXT_FLAG_DISABLE_CHUNK_RECONSTRUCTION;
	return CALL(reader, exr_start_read(&reader->context, "piece", &start)) ? 0 : -1;
}

static int take_tags(int fd, struct piece_header *header, struct bf_err *err)
{
	struct exr_head head = {0};
	int result = exr_head_read(&head, fd, err);
	if (result == 0)
		exr_head_tags(&head, &header->colour, &header->text);
	exr_head_clear(&head);
	return result;
}

static int open_exr(int fd, int64_t size, struct piece_header *header, void **reader_out, struct bf_err *err)
{
	if (look(fd, err) < 0 || take_tags(fd, header, err) < 0)
		return -1;
	struct exr_reader *reader = calloc(1, sizeof *reader);
	if (!reader || !(reader->header = calloc(1, sizeof *reader->header)))
		abort();
	reader->fd = fd;
	reader->size = size;
	if (start_reading(reader) < 0) {
		failed(reader, err);
	} else if (take_part(reader, header, err) == 0) {
		piece_header_copy(reader->header, header);
		*reader_out = reader;
		return 0;
	}
	reader_free(reader);
	return -1;
}

static void close_exr(void *arg)
{
	struct exr_reader *reader = arg;
	close(reader->fd);
	reader_free(reader);
}

/* ---- chunks ---- */

static bool chunk_info(struct exr_reader *reader, uint32_t row, exr_chunk_info_t *info)
{
	return CALL(reader, exr_read_scanline_chunk_info(reader->context, (int)reader->header->part,
		reader->first_y + (int32_t)row, info));
}

/* The packed bytes, for the caller to free, or NULL. */
static unsigned char *read_packed(struct exr_reader *reader, const exr_chunk_info_t *info)
{
	unsigned char *packed = malloc(info->packed_size ? info->packed_size : 1);
	if (!packed)
		abort();
	if (CALL(reader, exr_read_chunk(reader->context, (int)reader->header->part, info, packed)))
		return packed;
	free(packed);
	return NULL;
}

static bool unpack_ourselves(struct exr_reader *reader, const exr_chunk_info_t *info, size_t len)
{
	unsigned char *packed = read_packed(reader, info);
	bool good = packed && exr_unpack(reader->way, packed, info->packed_size, reader->rows, len) == 0;
	if (packed && !good)
		bf_err_set(&reader->why, "the compressed pixels from row %u on are damaged", (unsigned)reader->rows_first);
	free(packed);
	return good;
}

static bool unpack_by_library(struct exr_reader *reader, const exr_chunk_info_t *info, size_t len)
{
	exr_decode_pipeline_t decode;
	int part = (int)reader->header->part;
	if (!CALL(reader, exr_decoding_initialize(reader->context, part, info, &decode)))
		return false;
	bool good = CALL(reader, exr_decoding_choose_default_routines(reader->context, part, &decode));
	decode.unpack_and_convert_fn = NULL; /* what the file holds is what is wanted */
	good = good && CALL(reader, exr_decoding_run(reader->context, part, &decode));
	if (good)
		memcpy(reader->rows, decode.unpacked_buffer, len);
	exr_decoding_destroy(reader->context, &decode);
	return good;
}

/* Take the chunk that holds next_row apart. */
static bool load(struct exr_reader *reader)
{
	const struct piece_header *header = reader->header;
	exr_chunk_info_t info;
	uint32_t first = reader->next_row - reader->next_row % header->chunk_rows, left = header->height - first;
	size_t len = piece_row_bytes(header) * (left < header->chunk_rows ? left : header->chunk_rows);
	if (!chunk_info(reader, first, &info))
		return false;
	if (info.unpacked_size != len) {
		bf_err_set(&reader->why, "a chunk of %llu bytes where there should be %zu", (unsigned long long)info.unpacked_size,
			len);
		return false;
	}
	reader->rows_first = first;
	if (!(reader->rows = malloc(len)))
		abort();
	return (reader->way == EXR_LIBRARY ? unpack_by_library : unpack_ourselves)(reader, &info, len);
}

static void hand_out(const struct exr_reader *reader, uint32_t left, uint32_t width, const struct piece_target *to,
	uint32_t number)
{
	const struct piece_header *header = reader->header;
	const unsigned char *from = reader->rows + (reader->next_row - reader->rows_first) * piece_row_bytes(header);
	unsigned char *row = to->rows + number * to->stride;
	for (unsigned i = 0; i < header->planes; i++) {
		size_t bytes = header->plane[i].bytes;
		memcpy(row + to->x * bytes, from + left * bytes, width * bytes);
		from += header->width * bytes;
		row += to->width * bytes;
	}
}

static int read_exr(void *arg, uint32_t left, uint32_t width, const struct piece_target *to, uint32_t count,
	struct bf_err *err)
{
	struct exr_reader *reader = arg;
	for (uint32_t i = 0; i < count; i++) {
		if (!reader->rows && to && !load(reader))
			return failed(reader, err);
		if (to)
			hand_out(reader, left, width, to, i);
		if (++reader->next_row % reader->header->chunk_rows == 0) {
			free(reader->rows); /* as many pieces are open as there are side by side */
			reader->rows = NULL;
		}
	}
	return 0;
}

static int end_exr(void *arg, struct bf_err *err)
{
	(void)arg, (void)err; /* chunks need not be in order, so there is no end to be checked */
	return 0;
}

static int copy_exr(void *arg, void *writer, uint32_t first_row, struct bf_err *err)
{
	struct exr_reader *reader = arg;
	int result = 0;
	for (uint32_t row = 0; result == 0 && row < reader->header->height; row += reader->header->chunk_rows) {
		exr_chunk_info_t info;
		unsigned char *packed = chunk_info(reader, row, &info) ? read_packed(reader, &info) : NULL;
		if (!packed) {
			result = failed(reader, err);
		} else if (writer) {
			result = exr_write_chunk(writer, reader->header->part, first_row + row, packed, info.packed_size, err);
		}
		free(packed);
	}
	return result;
}

const struct piece_kind piece_exr = {
	.name = "EXR", .tag_word = "attribute", .is = is_exr, .open = open_exr, .read = read_exr, .end = end_exr,
	.close = close_exr, .copy = copy_exr, .mark = exr_mark,
	.band_rows = exr_band_rows, .packer_new = exr_packer_new, .pack = exr_pack, .packer_free = exr_packer_free,
	.write_begin = exr_write_begin, .write_band = exr_write_band, .write_end = exr_write_end,
	.writer_free = exr_writer_free,
};
