/* PNG and JPEG: chains of length-prefixed pieces with a mark at the end. */
#include <string.h>

#include "share-layout/picture_private.h"

static uint32_t crc32_of(const unsigned char *bytes, size_t len)
{
	uint32_t crc = 0xffffffff;
	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static bool png_header(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	static const int channels[] = { 1, 0, 3, 1, 2, 0, 4 };
	unsigned char h[25]; /* length, IHDR, 13 bytes, CRC */
	if (!bf_peek_get(peek, 8, h, sizeof h))
		return bf_picture_lacks(err, "the PNG ends in its header");
	if (bf_be32(h) != 13 || memcmp(h + 4, "IHDR", 4))
		return bf_picture_lacks(err, "the PNG does not begin with an IHDR chunk");
	if (crc32_of(h + 4, 17) != bf_be32(h + 21))
		return bf_picture_lacks(err, "the PNG's IHDR chunk is damaged");
	if (!bf_picture_set_size(out, bf_be32(h + 8), bf_be32(h + 12), err))
		return false;
	out->depth = h[16];
	out->channels = h[17] < 7 ? channels[h[17]] : 0;
	if (!out->channels)
		return bf_picture_lacks(err, "the PNG has an unknown colour type %d", h[17]);
	return true;
}

bool bf_picture_png(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	if (!png_header(peek, out, err))
		return false;
	bool data = false;
	for (int64_t at = 33;;) {
		unsigned char h[8];
		if (!bf_peek_get(peek, at, h, sizeof h))
			return bf_picture_lacks(err, "the PNG ends before its IEND chunk");
		int64_t len = bf_be32(h);
		if (len > INT32_MAX)
			return bf_picture_lacks(err, "the PNG has a chunk of impossible length");
		at += 12 + len;
		if (at > peek->size)
			return bf_picture_lacks(err, "the PNG ends in its %.4s chunk", (const char *)h + 4);
		data |= !memcmp(h + 4, "IDAT", 4);
		if (!memcmp(h + 4, "IEND", 4))
			break;
	}
	if (!data)
		return bf_picture_lacks(err, "the PNG has no IDAT chunk");
	return true;
}

static bool is_frame(unsigned char marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static bool jpeg_frame(struct bf_peek *peek, int64_t at, struct bf_picture *out, struct bf_err *err)
{
	unsigned char f[6]; /* depth, height, width, channels */
	if (!bf_peek_get(peek, at, f, sizeof f))
		return bf_picture_lacks(err, "the JPEG ends in its header");
	out->depth = f[0];
	out->channels = f[5];
	return bf_picture_set_size(out, bf_be16(f + 3), bf_be16(f + 1), err);
}

bool bf_picture_jpeg(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	unsigned char m[4], end[2];
	for (int64_t at = 2;; at += 2 + bf_be16(m + 2)) {
		while (bf_peek_get(peek, at, m, 2) && m[0] == 0xff && m[1] == 0xff)
			at++; /* fill bytes */
		if (!bf_peek_get(peek, at, m, sizeof m))
			return bf_picture_lacks(err, "the JPEG ends in its header");
		if (m[0] != 0xff || bf_be16(m + 2) < 2)
			return bf_picture_lacks(err, "the JPEG's header is damaged");
		if (is_frame(m[1]) && !jpeg_frame(peek, at + 4, out, err))
			return false;
		if (m[1] == 0xda)
			break;
	}
	if (!out->width)
		return bf_picture_lacks(err, "the JPEG does not say its size");
	if (!bf_peek_get(peek, peek->size - 2, end, 2) || end[0] != 0xff || end[1] != 0xd9)
		return bf_picture_lacks(err, "the JPEG ends before its EOI mark");
	return true;
}
