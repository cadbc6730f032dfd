#include "tests/lib/plain_exr.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/buf.h"

enum { CHANNELS = 4, FLOAT = 2 };

/* In the order of files. */
static const char letters[CHANNELS + 1] = "ABGR";

static void put32(struct bf_buf *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bf_buf_putc(out, (char)(value >> 8 * i));
}

static void put_name(struct bf_buf *out, const char *name, const char *type, uint32_t size)
{
	bf_buf_add(out, name, strlen(name) + 1);
	bf_buf_add(out, type, strlen(type) + 1);
	put32(out, size);
}

static void put_channels(struct bf_buf *out)
{
	char name[] = "ViewLayer.Combined.?";
	put_name(out, "channels", "chlist", (uint32_t)(CHANNELS * (sizeof name + 16) + 1));
	for (int i = 0; i < CHANNELS; i++) {
		name[sizeof name - 2] = letters[i];
		bf_buf_add(out, name, sizeof name);
		put32(out, FLOAT);
		put32(out, 0); /* linear, reserved */
		put32(out, 1);
		put32(out, 1);
	}
	bf_buf_putc(out, '\0');
}

static void put_window(struct bf_buf *out, const char *name, const struct plain_exr *picture)
{
	put_name(out, name, "box2i", 16);
	put32(out, 0);
	put32(out, 0);
	put32(out, (uint32_t)picture->width - 1);
	put32(out, (uint32_t)picture->height - 1);
}

static void put_float(struct bf_buf *out, float value)
{
	uint32_t bits;
	memcpy(&bits, &value, 4);
	put32(out, bits);
}

static void put_header(struct bf_buf *out, const struct plain_exr *picture)
{
	put32(out, 20000630);
	put32(out, 2);
	put_channels(out);
	put_name(out, "compression", "compression", 1);
	bf_buf_putc(out, '\0');
	put_window(out, "dataWindow", picture);
	put_window(out, "displayWindow", picture);
	put_name(out, "lineOrder", "lineOrder", 1);
	bf_buf_putc(out, '\0');
	put_name(out, "pixelAspectRatio", "float", 4);
	put_float(out, 1);
	put_name(out, "screenWindowCenter", "v2f", 8);
	put_float(out, 0);
	put_float(out, 0);
	put_name(out, "screenWindowWidth", "float", 4);
	put_float(out, 1);
	bf_buf_putc(out, '\0');
}

static uint32_t row_bytes(const struct plain_exr *picture)
{
	return (uint32_t)picture->width * CHANNELS * 4;
}

static void put_row(struct bf_buf *out, const struct plain_exr *picture, int y)
{
	put32(out, (uint32_t)y);
	put32(out, row_bytes(picture));
	for (int c = CHANNELS - 1; c >= 0; c--) /* A B G R */
		for (int x = 0; x < picture->width; x++)
			put_float(out, picture->value(picture->arg, x, y, c));
}

int plain_exr_write(FILE *file, const struct plain_exr *picture)
{
	struct bf_buf out = {0};
	put_header(&out, picture);
	uint64_t first = out.len + (uint64_t)picture->height * 8;
	for (int y = 0; y < picture->height; y++) {
		uint64_t offset = first + (uint64_t)y * (row_bytes(picture) + 8);
		put32(&out, (uint32_t)offset);
		put32(&out, (uint32_t)(offset >> 32));
	}
	for (int y = 0; y < picture->height; y++)
		put_row(&out, picture, y);
	int result = fwrite(out.data, 1, out.len, file) == out.len ? 0 : -1;
	bf_buf_clear(&out);
	return result;
}

/* The rows of a plain file are its end, whatever stands in its header. */
bool plain_exr_is(FILE *file, const struct plain_exr *picture)
{
	struct bf_buf want = {0};
	for (int y = 0; y < picture->height; y++)
		put_row(&want, picture, y);
	char *got = malloc(want.len);
	bool same = got && fseek(file, -(long)want.len, SEEK_END) == 0 && fread(got, 1, want.len, file) == want.len
		&& !memcmp(got, want.data, want.len);
	free(got);
	bf_buf_clear(&want);
	return same;
}
