/* libFuzzer: any bytes as a PNG piece, read to its end by both decoders, which must agree.
 *
 * Checksums are put right first, or nearly every input would end at the first chunk; and
 * picture data is made longer than the fast decoder's threshold by an ignored chunk. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "tools/piece.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIXELS_MAX = 1 << 20, PADDING = 1 << 16 };

static void repair_checksums(uint8_t *bytes, size_t size)
{
	for (size_t at = 8; at + 12 <= size;) {
		size_t len = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 | (size_t)bytes[at + 2] << 8 | bytes[at + 3];
		if (len > size - at - 12)
			return;
		uint32_t crc = (uint32_t)crc32(0, bytes + at + 4, (uInt)len + 4);
		for (int i = 0; i < 4; i++)
			bytes[at + 8 + len + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
		at += len + 12;
	}
}

/* 0 = refused; else a checksum of its pixels. */
static uLong read_all(const char *path)
{
	struct piece *piece = NULL;
	struct bf_err err;
	if (piece_open(path, 0, &piece, &err) < 0)
		return 0;
	const struct piece_header *header = piece_header(piece);
	size_t row = piece_row_bytes(header);
	uLong sum = 0;
	if ((uint64_t)header->width * header->height <= PIXELS_MAX) {
		uint8_t *pixels = malloc(row);
		const struct piece_target to = { pixels, row, header->width, 0 };
		sum = 1;
		for (uint32_t y = 0; sum && y < header->height; y++)
			sum = piece_read(piece, &to, 1, &err) < 0 ? 0 : adler32(sum, pixels, (uInt)row) | 1;
		if (sum && piece_end(piece, &err) < 0)
			sum = 0;
		free(pixels);
	}
	piece_close(&piece);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[300];
	static int fd = -1;
	if (fd < 0) {
		const char *tmp = getenv("TMPDIR");
		snprintf(path, sizeof path, "%s/fuzz_piece_png.%d", tmp ? tmp : "/tmp", (int)getpid());
		FILE *file = fopen(path, "wb+");
		fd = file ? fileno(file) : -1;
		if (fd < 0)
			abort();
	}
	uint8_t *bytes = calloc(1, size + PADDING);
	memcpy(bytes, data, size);
	repair_checksums(bytes, size);
	if (pwrite(fd, bytes, size + PADDING, 0) != (ssize_t)(size + PADDING) || ftruncate(fd, (off_t)(size + PADDING)))
		abort();
	free(bytes);
	setenv("BF_DEFLATE", "isal", 1);
	uLong fast = read_all(path);
	setenv("BF_DEFLATE", "zlib", 1);
	uLong plain = read_all(path);
	if (fast && plain && fast != plain)
		abort();
	return 0;
}
