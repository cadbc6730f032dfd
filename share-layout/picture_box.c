/* Formats made of boxes: JPEG 2000 (bare or in JP2 boxes), AVIF, WebP. */
#include <string.h>

#include "share-layout/picture_private.h"

/* One box: length, four letters, content. */
struct box {
	unsigned char name[4];
	int64_t at, len; /* of the content */
	int64_t next;
};

enum { BOXES_MAX = 100000 };

/* Read the box at `at` of a chain that ends at `end`. A length of 0 means up to the end, 1 a
 * longer length behind the name. */
static bool read_box(struct bf_peek *peek, int64_t at, int64_t end, struct box *box)
{
	unsigned char h[16];
	int64_t head = 8;
	if (!bf_peek_get(peek, at, h, 8))
		return false;
	uint64_t len = bf_be32(h);
	if (len == 1) {
		if (!bf_peek_get(peek, at + 8, h + 8, 8))
			return false;
		len = (uint64_t)bf_be32(h + 8) << 32 | bf_be32(h + 12);
		head = 16;
	}
	if (len == 0)
		len = (uint64_t)(end - at);
	if (len < (uint64_t)head || len > (uint64_t)(end - at))
		return false;
	memcpy(box->name, h + 4, 4);
	box->at = at + head;
	box->len = (int64_t)len - head;
	box->next = at + (int64_t)len;
	return true;
}

/* Find a box by name in a chain. */
static bool find_box(struct bf_peek *peek, int64_t at, int64_t end, const char *name, struct box *box)
{
	for (int i = 0; i < BOXES_MAX && at < end; i++, at = box->next) {
		if (!read_box(peek, at, end, box))
			return false;
		if (!memcmp(box->name, name, 4))
			return true;
	}
	return false;
}

static bool check_codestream(struct bf_peek *peek, int64_t at, int64_t len, struct bf_picture *out,
	struct bf_err *err)
{
	unsigned char h[43], end[2]; /* SOC, SIZ up to the first component */
	if (len < (int64_t)sizeof h || !bf_peek_get(peek, at, h, sizeof h))
		return bf_picture_lacks(err, "the JPEG 2000 ends in its header");
	if (memcmp(h, "\xff\x4f\xff\x51", 4))
		return bf_picture_lacks(err, "the JPEG 2000 header is damaged");
	out->channels = (int)bf_be16(h + 40);
	out->depth = (h[42] & 0x7f) + 1;
	if (!bf_picture_set_size(out, (int64_t)bf_be32(h + 8) - bf_be32(h + 16),
			(int64_t)bf_be32(h + 12) - bf_be32(h + 20), err))
		return false;
	if (!bf_peek_get(peek, at + len - 2, end, 2) || end[0] != 0xff || end[1] != 0xd9)
		return bf_picture_lacks(err, "the JPEG 2000 ends before its end mark");
	return true;
}

bool bf_picture_j2k(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	return check_codestream(peek, 0, peek->size, out, err);
}

bool bf_picture_jp2(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	struct box box;
	if (!find_box(peek, 0, peek->size, "jp2c", &box))
		return bf_picture_lacks(err, "the JPEG 2000 ends before its codestream does");
	return check_codestream(peek, box.at, box.len, out, err);
}

/* AVIF: the size lies in meta/iprp/ipco/ispe; pixels in mdat. The chain of boxes must come out at
 * the end of the file, which a shortened file cannot. */
bool bf_picture_avif(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	struct box meta, box, data;
	unsigned char size[12];
	int64_t at = 0;
	for (int i = 0; i < BOXES_MAX && at < peek->size; i++, at = box.next)
		if (!read_box(peek, at, peek->size, &box))
			break;
	if (at != peek->size)
		return bf_picture_lacks(err, "the AVIF ends in the middle of a box");
	if (!find_box(peek, 0, peek->size, "meta", &meta) || !find_box(peek, 0, peek->size, "mdat", &data))
		return bf_picture_lacks(err, "the AVIF has no picture in it");
	if (!find_box(peek, meta.at + 4, meta.next, "iprp", &box)
			|| !find_box(peek, box.at, box.next, "ipco", &box)
			|| !find_box(peek, box.at, box.next, "ispe", &box)
			|| !bf_peek_get(peek, box.at, size, sizeof size))
		return bf_picture_lacks(err, "the AVIF does not say its size");
	return bf_picture_set_size(out, bf_be32(size + 4), bf_be32(size + 8), err);
}

static uint32_t le24(const unsigned char *p)
{
	return bf_le16(p) | (uint32_t)p[2] << 16;
}

/* The size in pixels stands differently in each of the three kinds of chunk. */
static bool webp_size(const unsigned char c[18], struct bf_picture *out, struct bf_err *err)
{
	out->depth = 8;
	if (!memcmp(c, "VP8X", 4)) {
		out->channels = c[8] & 0x10 ? 4 : 3;
		return bf_picture_set_size(out, (int64_t)le24(c + 12) + 1, (int64_t)le24(c + 15) + 1, err);
	}
	if (!memcmp(c, "VP8L", 4) && c[8] == 0x2f) {
		uint32_t bits = bf_le32(c + 9);
		out->channels = bits >> 28 & 1 ? 4 : 3;
		return bf_picture_set_size(out, (bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, err);
	}
	if (!memcmp(c, "VP8 ", 4) && !memcmp(c + 11, "\x9d\x01\x2a", 3)) {
		out->channels = 3;
		return bf_picture_set_size(out, bf_le16(c + 14) & 0x3fff, bf_le16(c + 16) & 0x3fff, err);
	}
	return bf_picture_lacks(err, "the WebP does not say its size");
}

bool bf_picture_webp(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	unsigned char head[8], chunk[18] = {0};
	bool pixels = false;
	if (!bf_peek_get(peek, 0, head, sizeof head))
		return bf_picture_lacks(err, "the WebP ends in its header");
	int64_t end = 8 + (int64_t)bf_le32(head + 4), at = 12;
	if (!bf_peek_get(peek, 12, chunk, sizeof chunk))
		return bf_picture_lacks(err, "the WebP ends in its header");
	if (!webp_size(chunk, out, err))
		return false;
	if (end > peek->size)
		return bf_picture_lacks(err, "the WebP has %lld of its %lld bytes", (long long)peek->size,
			(long long)end);
	for (int i = 0; i < BOXES_MAX && at < end && bf_peek_get(peek, at, head, 8); i++) {
		pixels |= !memcmp(head, "VP8 ", 4) || !memcmp(head, "VP8L", 4) || !memcmp(head, "ANMF", 4);
		at += 8 + (int64_t)bf_le32(head + 4);
		at += at & 1;
	}
	if (at != end || !pixels)
		return bf_picture_lacks(err, "the WebP ends in the middle of a chunk");
	return true;
}
