/* Formats with a fixed header and rows of pixels, plain or run-length packed: BMP, TGA, Radiance
 * HDR, IRIS, Cineon, DPX. */
#include <string.h>

#include "share-layout/picture_private.h"

/* The file must hold this many bytes. */
static bool holds(const struct bf_peek *peek, int64_t need, const struct bf_picture *out,
	struct bf_err *err)
{
	if (need <= peek->size)
		return true;
	return bf_picture_lacks(err, "the %s has %lld of its %lld bytes", bf_picture_kind_name(out->kind),
		(long long)peek->size, (long long)need);
}

static bool ends_in_header(const struct bf_picture *out, struct bf_err *err)
{
	return bf_picture_lacks(err, "the %s ends in its header", bf_picture_kind_name(out->kind));
}

static bool ends_in_row(const struct bf_picture *out, int64_t row, struct bf_err *err)
{
	return bf_picture_lacks(err, "the %s ends in row %lld of %d", bf_picture_kind_name(out->kind),
		(long long)row + 1, out->height);
}

bool bf_picture_bmp(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	unsigned char h[34];
	if (!bf_peek_get(peek, 0, h, sizeof h))
		return ends_in_header(out, err);
	int64_t height = (int32_t)bf_le32(h + 22);
	int bits = (int)bf_le16(h + 28);
	if (!bf_picture_set_size(out, (int32_t)bf_le32(h + 18), height < 0 ? -height : height, err))
		return false;
	out->channels = bits >= 24 ? bits / 8 : 1;
	out->depth = bits >= 24 ? 8 : bits;
	if (bf_le32(h + 30) != 0 && bf_le32(h + 30) != 3) /* packed: only the file's word for it */
		return holds(peek, bf_le32(h + 2), out, err);
	int64_t row = ((int64_t)out->width * bits + 31) / 32 * 4;
	return holds(peek, (int64_t)bf_le32(h + 10) + row * out->height, out, err);
}

bool bf_picture_is_tga(const unsigned char *h)
{
	int type = h[2] & ~8, bits = h[16];
	return h[1] <= 1 && type >= 1 && type <= 3 && h[2] <= 11 && (type == 1) == (h[1] == 1)
		&& (bits == 8 || bits == 15 || bits == 16 || bits == 24 || bits == 32)
		&& bf_le16(h + 12) && bf_le16(h + 14) && !(h[17] & 0xc0);
}

/* Runs: a byte with the top bit says how often one pixel is repeated, without it how many pixels
 * follow. Runs may cross rows. */
static bool walk_tga(struct bf_peek *peek, int64_t at, int bytes, struct bf_picture *out,
	struct bf_err *err)
{
	int64_t left = (int64_t)out->width * out->height;
	while (left > 0) {
		unsigned char run;
		if (!bf_peek_get(peek, at, &run, 1))
			return ends_in_row(out, out->height - 1 - (left - 1) / out->width, err);
		int64_t n = (run & 127) + 1;
		at += 1 + (run & 128 ? 1 : n) * bytes;
		left -= n;
	}
	return holds(peek, at, out, err);
}

bool bf_picture_tga(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	unsigned char h[18];
	if (!bf_peek_get(peek, 0, h, sizeof h))
		return ends_in_header(out, err);
	if (!bf_picture_set_size(out, bf_le16(h + 12), bf_le16(h + 14), err))
		return false;
	int bytes = (h[16] + 7) / 8;
	out->channels = bytes == 2 ? 3 : bytes;
	out->depth = bytes == 2 ? 5 : 8;
	int64_t map = h[1] ? (int64_t)bf_le16(h + 5) * ((h[7] + 7) / 8) : 0, at = 18 + h[0] + map;
	if (h[2] & 8)
		return walk_tga(peek, at, bytes, out, err);
	return holds(peek, at + (int64_t)out->width * out->height * bytes, out, err);
}

/* Text lines, an empty one, then `-Y height +X width`. Returns where the pixels begin, or 0. */
static int64_t hdr_header(struct bf_peek *peek, int64_t *width, int64_t *height)
{
	char text[4097];
	size_t len = bf_peek_some(peek, 0, text, sizeof text - 1);
	text[len] = '\0';
	const char *p = memmem(text, len, "\n\n", 2);
	if (!p)
		return 0;
	int64_t side[2] = {0};
	p += 2;
	for (int i = 0; i < 2; i++) {
		while (*p == ' ')
			p++;
		if ((*p != '-' && *p != '+') || p[1] != (i ? 'X' : 'Y') || p[2] != ' ')
			return 0;
		for (p += 3; *p >= '0' && *p <= '9' && side[i] < BF_PICTURE_SIDE_MAX; p++)
			side[i] = side[i] * 10 + (*p - '0');
	}
	*height = side[0];
	*width = side[1];
	return *p == '\n' ? p + 1 - text : 0;
}

/* One row of four channels, each in runs: above 128 a repeated byte, else bytes that follow. */
static bool walk_hdr_row(struct bf_peek *peek, int64_t *at, int64_t width)
{
	for (int channel = 0; channel < 4; channel++)
		for (int64_t left = width; left > 0;) {
			unsigned char run;
			if (!bf_peek_get(peek, *at, &run, 1) || !run)
				return false;
			int64_t n = run > 128 ? run - 128 : run;
			*at += 1 + (run > 128 ? 1 : n);
			left -= n;
		}
	return *at <= peek->size;
}

bool bf_picture_hdr(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	int64_t width = 0, height = 0, at = hdr_header(peek, &width, &height);
	if (!at)
		return ends_in_header(out, err);
	if (!bf_picture_set_size(out, width, height, err))
		return false;
	out->channels = 3;
	out->depth = 32;
	for (int64_t row = 0; row < height; row++) {
		unsigned char h[4];
		if (!bf_peek_get(peek, at, h, sizeof h))
			return ends_in_row(out, row, err);
		bool runs = h[0] == 2 && h[1] == 2 && bf_be16(h + 2) == width;
		at += runs ? 4 : 4 * width;
		if (runs ? !walk_hdr_row(peek, &at, width) : at > peek->size)
			return ends_in_row(out, row, err);
	}
	return true;
}

/* Packed IRIS files have a table of where each row of each channel lies. */
static bool walk_iris(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	int64_t rows = (int64_t)out->height * out->channels;
	for (int64_t i = 0; i < rows; i++) {
		/* Two places far apart: taken past the window, which each would spoil for the other. */
		unsigned char at[4], len[4];
		if (bf_peek_some(peek, 512 + 4 * i, at, 4) != 4
				|| bf_peek_some(peek, 512 + 4 * (rows + i), len, 4) != 4)
			return bf_picture_lacks(err, "the IRIS ends in its table of rows");
		if (bf_be32(at) < 512 + 8 * rows)
			return bf_picture_lacks(err, "the IRIS table of rows has holes: its writer did not finish");
		if (!bf_picture_inside(peek, bf_be32(at), bf_be32(len)))
			return ends_in_row(out, i % out->height, err);
	}
	return true;
}

bool bf_picture_iris(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	unsigned char h[12];
	if (!bf_peek_get(peek, 0, h, sizeof h) || peek->size < 512)
		return ends_in_header(out, err);
	int dimensions = (int)bf_be16(h + 4);
	if (!bf_picture_set_size(out, bf_be16(h + 6), dimensions > 1 ? bf_be16(h + 8) : 1, err))
		return false;
	out->channels = dimensions > 2 ? (int)bf_be16(h + 10) : 1;
	out->depth = 8 * h[3];
	if (h[2])
		return walk_iris(peek, out, err);
	return holds(peek, 512 + (int64_t)out->width * out->height * out->channels * h[3], out, err);
}

/* Cineon and DPX: a size in bytes that a writer may leave out, and pixels packed so that no fewer
 * bits than these are used. */
static bool holds_film(const struct bf_peek *peek, uint32_t start, uint32_t told,
	const struct bf_picture *out, struct bf_err *err)
{
	int64_t bits = (int64_t)out->width * out->height * out->channels * out->depth;
	return holds(peek, start + bits / 8, out, err)
		&& (told == UINT32_MAX || holds(peek, told, out, err));
}

bool bf_picture_cin(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	unsigned char h[208];
	if (!bf_peek_get(peek, 0, h, sizeof h))
		return ends_in_header(out, err);
	uint32_t (*number)(const unsigned char *) = h[0] == 0x80 ? bf_be32 : bf_le32;
	if (!bf_picture_set_size(out, number(h + 200), number(h + 204), err))
		return false;
	out->channels = h[193];
	out->depth = h[198];
	return holds_film(peek, number(h + 4), number(h + 20), out, err);
}

bool bf_picture_dpx(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	unsigned char h[804];
	if (!bf_peek_get(peek, 0, h, sizeof h))
		return ends_in_header(out, err);
	uint32_t (*number)(const unsigned char *) = h[0] == 'S' ? bf_be32 : bf_le32;
	if (!bf_picture_set_size(out, number(h + 772), number(h + 776), err))
		return false;
	out->channels = h[800] == 50 ? 3 : h[800] == 51 || h[800] == 52 ? 4 : 1;
	out->depth = h[803];
	return holds_film(peek, number(h + 4), number(h + 16), out, err);
}
