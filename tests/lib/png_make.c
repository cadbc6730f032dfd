#include "tests/lib/png_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void put32(unsigned char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> (24 - 8 * i));
}

unsigned png_make_pixel_bytes(unsigned type, unsigned depth)
{
	static const unsigned samples[] = { 1, 0, 3, 0, 2, 0, 4 };
	return samples[type] * depth / 8;
}

void png_make_chunk(struct bf_buf *out, const char *name, const void *data, size_t len)
{
	unsigned char word[4];
	put32(word, (uint32_t)len);
	bf_buf_add(out, word, 4);
	size_t at = out->len;
	bf_buf_add(out, name, 4);
	if (len)
		bf_buf_add(out, data, len);
	put32(word, (uint32_t)crc32(0, (const Bytef *)out->data + at, (uInt)(out->len - at)));
	bf_buf_add(out, word, 4);
}

/* What the five filters guess, from the pixel to the left, above, and above to the left. */
static unsigned guess(unsigned filter, int a, int b, int c)
{
	int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
	switch (filter) {
	case 1: return (unsigned)a;
	case 2: return (unsigned)b;
	case 3: return (unsigned)(a + b) / 2;
	case 4: return (unsigned)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
	default: return 0;
	}
}

static void add_filtered(const struct png_make *png, struct bf_buf *raw)
{
	size_t pixel = png_make_pixel_bytes(png->type, png->depth), row = pixel * png->width;
	for (uint32_t y = 0; y < png->height; y++) {
		const unsigned char *now = png->pixels + y * row, *above = y ? now - row : NULL;
		unsigned filter = y % 5;
		bf_buf_putc(raw, (char)filter);
		for (size_t i = 0; i < row; i++) {
			int a = i >= pixel ? now[i - pixel] : 0, b = above ? above[i] : 0;
			int c = above && i >= pixel ? above[i - pixel] : 0;
			bf_buf_putc(raw, (char)(now[i] - guess(filter, a, b, c)));
		}
	}
}

void png_make(const struct png_make *png, struct bf_buf *out)
{
	unsigned char ihdr[13] = {0};
	put32(ihdr, png->width);
	put32(ihdr + 4, png->height);
	ihdr[8] = (unsigned char)png->depth;
	ihdr[9] = (unsigned char)png->type;
	bf_buf_add(out, "\x89PNG\r\n\x1a\n", 8);
	png_make_chunk(out, "IHDR", ihdr, sizeof ihdr);
	if (png->chunks)
		bf_buf_add(out, png->chunks->data, png->chunks->len);

	struct bf_buf raw = {0};
	add_filtered(png, &raw);
	uLongf len = compressBound(raw.len);
	unsigned char *packed = malloc(len);
	if (!packed || compress2(packed, &len, (const Bytef *)raw.data, raw.len, png->level) != Z_OK)
		abort();
	for (size_t at = 0, n; at < len; at += n) {
		n = len - at < png->idat_len ? len - at : png->idat_len;
		png_make_chunk(out, "IDAT", packed + at, n);
	}
	png_make_chunk(out, "IEND", NULL, 0);
	free(packed);
	bf_buf_clear(&raw);
}

void png_make_file(const struct png_make *png, const char *path)
{
	struct bf_buf out = {0};
	png_make(png, &out);
	FILE *file = fopen(path, "wb");
	if (!file || fwrite(out.data, 1, out.len, file) != out.len || fclose(file))
		abort();
	bf_buf_clear(&out);
}

void png_make_noise(unsigned char *bytes, size_t len, uint32_t seed)
{
	uint32_t state = seed * 2654435761u + 12345u;
	for (size_t i = 0; i < len; i++) {
		state = state * 1664525u + 1013904223u;
		bytes[i] = seed % 2 ? (unsigned char)(i / 7 + (state >> 29)) : (unsigned char)(state >> 24);
	}
}
