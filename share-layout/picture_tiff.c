/* TIFF: a directory of tags somewhere in the file, which names the strips or tiles of pixels. */
#include "share-layout/picture_private.h"

enum {
	TAG_WIDTH = 256, TAG_HEIGHT = 257, TAG_BITS = 258, TAG_STRIPS = 273, TAG_SAMPLES = 277,
	TAG_ROWS = 278, TAG_STRIP_BYTES = 279, TAG_PLANAR = 284,
	TAG_TILE_W = 322, TAG_TILE_H = 323, TAG_TILES = 324, TAG_TILE_BYTES = 325,
	SHORT = 3, LONG = 4, TAGS_MAX = 1024
};

/* The values of one tag: where they lie and how wide they are. */
struct values {
	int64_t at, count;
	int bytes;
};

struct tiff {
	struct bf_peek *peek;
	bool big;
	uint32_t width, height, bits, samples, rows, planar, tile_w, tile_h;
	struct values offset, length;
};

static uint32_t number(const struct tiff *t, const unsigned char *p, int bytes)
{
	if (bytes == 2)
		return t->big ? bf_be16(p) : bf_le16(p);
	return t->big ? bf_be32(p) : bf_le32(p);
}

static bool value(const struct tiff *t, const struct values *v, int64_t i, uint32_t *out)
{
	unsigned char raw[4];
	if (!bf_peek_get(t->peek, v->at + i * v->bytes, raw, (size_t)v->bytes))
		return false;
	*out = number(t, raw, v->bytes);
	return true;
}

/* Keep what we need of one tag. false when its values lie behind the end of the file. */
static bool take_tag(struct tiff *t, int64_t at, const unsigned char e[12])
{
	/* Bytes per value of the types 1 to 13; values that do not fit into the entry lie elsewhere. */
	static const int bytes[] = { 1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4 };
	uint32_t tag = number(t, e, 2), type = number(t, e + 2, 2), first = 0;
	struct values v = { at + 8, number(t, e + 4, 4), type < sizeof bytes / sizeof *bytes ? bytes[type] : 1 };
	if (v.count * v.bytes > 4) {
		v.at = number(t, e + 8, 4);
		if (!bf_picture_inside(t->peek, (uint64_t)v.at, (uint64_t)(v.count * v.bytes)))
			return false;
	}
	if ((type != SHORT && type != LONG) || !v.count || !value(t, &v, 0, &first))
		return true;
	switch (tag) {
	case TAG_WIDTH: t->width = first; break;
	case TAG_HEIGHT: t->height = first; break;
	case TAG_BITS: t->bits = first; break;
	case TAG_SAMPLES: t->samples = first; break;
	case TAG_ROWS: t->rows = first; break;
	case TAG_PLANAR: t->planar = first; break;
	case TAG_TILE_W: t->tile_w = first; break;
	case TAG_TILE_H: t->tile_h = first; break;
	case TAG_STRIPS: case TAG_TILES: t->offset = v; break;
	case TAG_STRIP_BYTES: case TAG_TILE_BYTES: t->length = v; break;
	}
	return true;
}

static bool read_directory(struct tiff *t, struct bf_err *err)
{
	unsigned char h[8], n[2], entry[12];
	if (!bf_peek_get(t->peek, 0, h, sizeof h))
		return bf_picture_lacks(err, "the TIFF ends in its header");
	t->big = h[0] == 'M';
	int64_t at = number(t, h + 4, 4);
	if (at < 8)
		return bf_picture_lacks(err, "the TIFF has no directory: its writer did not finish");
	if (!bf_peek_get(t->peek, at, n, 2))
		return bf_picture_lacks(err, "the TIFF ends before its directory");
	int count = (int)number(t, n, 2);
	if (count > TAGS_MAX || !bf_picture_inside(t->peek, (uint64_t)at, 2 + 12 * (uint64_t)count))
		return bf_picture_lacks(err, "the TIFF ends in its directory");
	for (int i = 0; i < count; i++) {
		int64_t place = at + 2 + 12 * i;
		if (!bf_peek_get(t->peek, place, entry, sizeof entry) || !take_tag(t, place, entry))
			return bf_picture_lacks(err, "the TIFF ends in its directory");
	}
	return true;
}

/* How many strips or tiles the picture needs. */
static int64_t pieces_needed(const struct tiff *t)
{
	int64_t planes = t->planar == 2 ? t->samples : 1;
	if (t->tile_w && t->tile_h)
		return planes * (((int64_t)t->width + t->tile_w - 1) / t->tile_w)
			* (((int64_t)t->height + t->tile_h - 1) / t->tile_h);
	int64_t rows = t->rows && t->rows < t->height ? t->rows : t->height;
	return planes * ((t->height + rows - 1) / rows);
}

static bool pieces_inside(const struct tiff *t, struct bf_err *err)
{
	int64_t need = pieces_needed(t);
	uint32_t at, len;
	if (t->offset.count < need || t->length.count < need)
		return bf_picture_lacks(err, "the TIFF names %lld of its %lld strips",
			(long long)t->offset.count, (long long)need);
	for (int64_t i = 0; i < need; i++) {
		if (!value(t, &t->offset, i, &at) || !value(t, &t->length, i, &len))
			return bf_picture_lacks(err, "the TIFF ends in its table of strips");
		if (at < 8 || !len)
			return bf_picture_lacks(err, "the TIFF's table of strips has holes: its writer did not finish");
		if (!bf_picture_inside(t->peek, at, len))
			return bf_picture_lacks(err, "the TIFF ends before its strip %lld of %lld",
				(long long)i + 1, (long long)need);
	}
	return true;
}

bool bf_picture_tiff(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	struct tiff t = { .peek = peek, .samples = 1, .bits = 1 };
	if (!read_directory(&t, err) || !bf_picture_set_size(out, t.width, t.height, err))
		return false;
	out->channels = (int)t.samples;
	out->depth = (int)t.bits;
	return pieces_inside(&t, err);
}
