#include "tools/piece_exr_pack.h"

#include <openexr.h>
#include <stdlib.h>
#include <string.h>

#include "tools/deflate.h"
#include "tools/piece_exr_head.h"
#include "tools/piece_exr_zip.h"

struct exr_packer {
	struct piece_header header; /* of the whole result */
	enum exr_way way;
	struct deflate *deflate;
	unsigned char *spare;
	exr_context_t context;      /* the library packs only for a file it thinks it writes */
	struct bf_err why;
};

enum exr_way exr_way_of(int packing)
{
	switch (packing) {
	case EXR_COMPRESSION_NONE: return EXR_AS_IT_IS;
	case EXR_COMPRESSION_ZIP: case EXR_COMPRESSION_ZIPS: return EXR_ZIP;
	case EXR_COMPRESSION_RLE: case EXR_COMPRESSION_PIZ: case EXR_COMPRESSION_PXR24: return EXR_LIBRARY;
	default: return EXR_COPY_ONLY;
	}
}

const char *exr_copy_only(int packing)
{
	switch (packing) {
	case EXR_COMPRESSION_B44: case EXR_COMPRESSION_B44A:
		return "packed with B44, which loses with every writing: only bands over the full width whose edges are "
			"multiples of 32 rows can be joined";
	case EXR_COMPRESSION_DWAA:
		return "packed with DWAA, which loses with every writing: only bands over the full width whose edges are "
			"multiples of 32 rows can be joined";
	case EXR_COMPRESSION_DWAB:
		return "packed with DWAB, which loses with every writing: only bands over the full width whose edges are "
			"multiples of 256 rows can be joined";
	default:
		return NULL;
	}
}

int exr_unpack(enum exr_way way, const unsigned char *packed, size_t packed_len, unsigned char *rows, size_t len)
{
	if (way != EXR_ZIP) {
		if (packed_len == len)
			memcpy(rows, packed, len);
		return packed_len == len ? 0 : -1;
	}
	unsigned char *spare = malloc(len);
	if (!spare)
		abort();
	int result = exr_zip_unpack(packed, packed_len, rows, len, spare);
	free(spare);
	return result;
}

/* ---- the library's part ---- */

static int64_t write_nowhere(exr_const_context_t context, void *arg, const void *bytes, uint64_t len,
	uint64_t offset, exr_stream_error_func_ptr_t error)
{
	(void)context, (void)arg, (void)bytes, (void)offset, (void)error;
	return (int64_t)len;
}

static void no_message(exr_const_context_t context, exr_result_t code, const char *text)
{
	(void)context, (void)code, (void)text;
}

static exr_pixel_type_t pixel_type(const struct piece_plane *plane)
{
	return plane->type == PIECE_HALF ? EXR_PIXEL_HALF : plane->type == PIECE_UINT ? EXR_PIXEL_UINT : EXR_PIXEL_FLOAT;
}

static bool open_context(struct exr_packer *packer)
{
	const struct piece_header *header = &packer->header;
	exr_context_initializer_t start = EXR_DEFAULT_CONTEXT_INITIALIZER;
	start.error_handler_fn = no_message;
	start.write_fn = write_nowhere;
	int part;
	if (exr_start_write(&packer->context, "chunks", EXR_WRITE_FILE_DIRECTLY, &start) != EXR_ERR_SUCCESS ||
		exr_set_longname_support(packer->context, 1) != EXR_ERR_SUCCESS ||
		exr_add_part(packer->context, "part", EXR_STORAGE_SCANLINE, &part) != EXR_ERR_SUCCESS ||
		exr_initialize_required_attr_simple(packer->context, part, (int32_t)header->width, (int32_t)header->height,
			(exr_compression_t)header->packing) != EXR_ERR_SUCCESS)
		return false;
	for (unsigned i = 0; i < header->planes; i++)
		if (exr_add_channel(packer->context, part, header->plane[i].name, pixel_type(&header->plane[i]),
			EXR_PERCEPTUALLY_LOGARITHMIC, 1, 1) != EXR_ERR_SUCCESS)
			return false;
	return exr_write_header(packer->context) == EXR_ERR_SUCCESS;
}

static exr_result_t keep_chunk(exr_encode_pipeline_t *encode)
{
	unsigned char len[4];
	struct bf_buf *out = encode->encoding_user_data;
	exr_put32(len, (uint32_t)encode->compressed_bytes);
	bf_buf_add(out, len, sizeof len);
	bf_buf_add(out, encode->compressed_buffer, encode->compressed_bytes);
	return EXR_ERR_SUCCESS;
}

static void set_channels(const struct exr_packer *packer, exr_encode_pipeline_t *encode, const unsigned char *rows)
{
	const struct piece_header *header = &packer->header;
	for (int i = 0; i < encode->channel_count; i++) {
		exr_coding_channel_info_t *channel = &encode->channels[i];
		channel->encode_from_ptr = rows;
		channel->user_pixel_stride = header->plane[i].bytes;
		channel->user_line_stride = (int32_t)piece_row_bytes(header);
		channel->user_bytes_per_element = header->plane[i].bytes;
		channel->user_data_type = channel->data_type;
		rows += (size_t)header->width * header->plane[i].bytes;
	}
}

/* The library wants chunks in the order of the file, but only where it writes them: to it each is the first. */
static bool library_pack(struct exr_packer *packer, uint32_t count, const unsigned char *rows, struct bf_buf *out)
{
	exr_chunk_info_t info;
	exr_encode_pipeline_t encode;
	if (!packer->context && !open_context(packer))
		return false;
	if (exr_write_scanline_chunk_info(packer->context, 0, 0, &info) != EXR_ERR_SUCCESS)
		return false;
	info.height = (int32_t)count;
	info.unpacked_size = (uint64_t)count * piece_row_bytes(&packer->header);
	if (exr_encoding_initialize(packer->context, 0, &info, &encode) != EXR_ERR_SUCCESS)
		return false;
	set_channels(packer, &encode, rows);
	bool done = exr_encoding_choose_default_routines(packer->context, 0, &encode) == EXR_ERR_SUCCESS;
	encode.encoding_user_data = out;
	encode.write_fn = keep_chunk;
	done = done && exr_encoding_run(packer->context, 0, &encode) == EXR_ERR_SUCCESS;
	exr_encoding_destroy(packer->context, &encode);
	return done;
}

/* ---- both ---- */

void *exr_packer_new(const struct piece_header *header)
{
	struct exr_packer *packer = calloc(1, sizeof *packer);
	if (!packer)
		abort();
	piece_header_copy(&packer->header, header);
	packer->way = exr_way_of(header->packing);
	if (packer->way == EXR_ZIP) {
		packer->deflate = deflate_new();
		packer->spare = malloc(piece_row_bytes(header) * header->chunk_rows);
		if (!packer->spare)
			abort();
	}
	return packer;
}

void exr_packer_free(void *arg)
{
	struct exr_packer *packer = arg;
	deflate_free(packer->deflate);
	free(packer->spare);
	if (packer->context)
		exr_finish(&packer->context);
	piece_header_clear(&packer->header);
	free(packer);
}

/* Append [length data]. */
static int pack_chunk(struct exr_packer *packer, uint32_t count, const unsigned char *rows, struct bf_buf *out,
	struct bf_err *err)
{
	size_t at = out->len, len = count * piece_row_bytes(&packer->header);
	if (packer->way == EXR_LIBRARY)
		return library_pack(packer, count, rows, out) ? 0
			: bf_err_set(err, "OpenEXR cannot pack with %s", exr_packing_name(packer->header.packing));
	bf_buf_add(out, "\0\0\0\0", 4);
	if (packer->way == EXR_ZIP)
		exr_zip_pack(packer->deflate, rows, len, packer->spare, out);
	else
		bf_buf_add(out, rows, len);
	exr_put32((unsigned char *)out->data + at, (uint32_t)(out->len - at - 4));
	return 0;
}

int exr_pack(void *arg, struct piece_band *band, struct bf_err *err)
{
	struct exr_packer *packer = arg;
	size_t row_bytes = piece_row_bytes(&packer->header);
	uint32_t most = packer->header.chunk_rows;
	for (uint32_t y = 0; y < band->rows; y += most) {
		uint32_t rows = band->rows - y < most ? band->rows - y : most;
		unsigned char lead[8];
		exr_put32(lead, packer->header.part);
		exr_put32(lead + 4, band->first_row + y);
		bf_buf_add(&band->packed, lead, sizeof lead);
		if (pack_chunk(packer, rows, band->pixels + y * row_bytes, &band->packed, err) < 0)
			return -1;
	}
	return 0;
}
