/* libFuzzer: any bytes as an EXR piece: each part read to its end, whole and cut, and its chunks read for copying. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/piece.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BYTES_MAX = 1 << 22, PARTS = 3 };

static int read_rows(struct piece *piece, struct bf_err *err)
{
	const struct piece_header *header = piece_header(piece);
	size_t row = piece_row_bytes(header);
	uint8_t *pixels = malloc(row);
	const struct piece_target to = { pixels, row, header->width, 0 };
	int result = 0;
	for (uint32_t y = 0; result == 0 && y < header->height; y++)
		result = piece_read(piece, &to, 1, err);
	free(pixels);
	return result == 0 ? piece_end(piece, err) : result;
}

/* Returns whether there may be another part. */
static int read_part(const char *path, unsigned part, const struct piece_crop *crop)
{
	struct piece *piece = NULL;
	struct bf_err err;
	if (piece_open(path, part, &piece, &err) < 0)
		return 0;
	const struct piece_header *header = piece_header(piece);
	if ((uint64_t)piece_row_bytes(header) * header->height <= BYTES_MAX) {
		if (!crop && piece_kind(piece)->copy)
			piece_copy(piece, NULL, 0, &err);
		if ((!crop || piece_crop(piece, crop, &err) == 0) && !header->copy_only)
			read_rows(piece, &err);
	}
	int more = part + 1 < header->parts && part + 1 < PARTS;
	piece_close(&piece);
	return more;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[300];
	static int fd = -1;
	static const struct piece_crop crop = { 1, 2, 3, 4 };
	if (fd < 0) {
		const char *tmp = getenv("TMPDIR");
		snprintf(path, sizeof path, "%s/fuzz_piece_exr.%d", tmp ? tmp : "/tmp", (int)getpid());
		FILE *file = fopen(path, "wb+");
		fd = file ? fileno(file) : -1;
		if (fd < 0)
			abort();
	}
	if (pwrite(fd, data, size, 0) != (ssize_t)size || ftruncate(fd, (off_t)size))
		abort();
	for (unsigned part = 0; read_part(path, part, NULL); part++)
		;
	read_part(path, 0, &crop);
	return 0;
}
