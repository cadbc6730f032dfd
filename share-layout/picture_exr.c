/* OpenEXR: headers, then a table of offsets per part, then the chunks. The library writes the
 * table as zeros first and fills it in at the end, so holes in it mean a writer that did not get
 * there. The headers are walked twice, so that nothing about the parts need be kept. */
#include <string.h>

#include "share-layout/picture_private.h"

enum {
	TILED = 0x200, DEEP = 0x800, MULTI = 0x1000,
	NAME_MAX_LEN = 255, PARTS_MAX = 4096, ATTRIBUTES_MAX = 65536
};

struct part {
	int64_t width, height;
	int channels, depth;
	int packing;       /* -1 while not known */
	int64_t tile_w, tile_h;
	int tile_mode;
	int64_t told;      /* attribute chunkCount, or -1 */
	bool tiled, deep;
};

/* Read a NUL-terminated name; its length, or -1. */
static int read_name(struct bf_peek *peek, int64_t at, char name[NAME_MAX_LEN + 1])
{
	for (int i = 0; i <= NAME_MAX_LEN; i++) {
		if (!bf_peek_get(peek, at + i, &name[i], 1))
			return -1;
		if (!name[i])
			return i;
	}
	return -1;
}

static void read_channels(struct bf_peek *peek, int64_t at, int64_t len, struct part *part)
{
	int64_t end = at + len;
	char name[NAME_MAX_LEN + 1];
	unsigned char rest[16]; /* pixel type, flags, sampling */
	while (at < end) {
		int n = read_name(peek, at, name);
		if (n <= 0 || !bf_peek_get(peek, at + n + 1, rest, sizeof rest))
			return;
		if (!part->channels++)
			part->depth = bf_le32(rest) == 1 ? 16 : 32;
		at += n + 1 + (int64_t)sizeof rest;
	}
}

/* The attributes that decide how many chunks there are. */
static void take_attribute(struct bf_peek *peek, const char *name, int64_t at, int64_t len,
	struct part *part)
{
	unsigned char v[16] = {0};
	size_t n = len < (int64_t)sizeof v ? (size_t)len : sizeof v;
	if (!bf_peek_get(peek, at, v, n))
		return;
	if (!strcmp(name, "dataWindow") && n == 16) {
		part->width = (int64_t)(int32_t)bf_le32(v + 8) - (int32_t)bf_le32(v) + 1;
		part->height = (int64_t)(int32_t)bf_le32(v + 12) - (int32_t)bf_le32(v + 4) + 1;
	} else if (!strcmp(name, "compression") && n == 1) {
		part->packing = v[0];
	} else if (!strcmp(name, "chunkCount") && n == 4) {
		part->told = bf_le32(v);
	} else if (!strcmp(name, "tiles") && n == 9) {
		part->tile_w = bf_le32(v);
		part->tile_h = bf_le32(v + 4);
		part->tile_mode = v[8];
	} else if (!strcmp(name, "type")) {
		part->deep = n >= 4 && !memcmp(v, "deep", 4);
		part->tiled = (n >= 5 && !memcmp(v, "tiled", 5)) || (n >= 8 && !memcmp(v, "deeptile", 8));
	} else if (!strcmp(name, "channels")) {
		read_channels(peek, at, len, part);
	}
}

/* Read one header. Returns where the next one begins, 0 for the empty header that ends the list of
 * parts, -1 when the file ends or makes no sense. */
static int64_t read_header(struct bf_peek *peek, int64_t at, uint32_t flags, struct part *part)
{
	*part = (struct part){ .packing = -1, .told = -1, .tiled = flags & TILED,
		.deep = flags & DEEP && !(flags & MULTI) };
	for (int i = 0; i < ATTRIBUTES_MAX; i++) {
		char name[NAME_MAX_LEN + 1], type[NAME_MAX_LEN + 1];
		unsigned char size[4];
		int name_len = read_name(peek, at, name);
		if (name_len == 0)
			return i ? at + 1 : 0;
		int type_len = name_len < 0 ? -1 : read_name(peek, at + name_len + 1, type);
		at += name_len + type_len + 2;
		if (type_len < 0 || !bf_peek_get(peek, at, size, 4))
			return -1;
		int64_t len = bf_le32(size);
		if (!bf_picture_inside(peek, (uint64_t)at + 4, (uint64_t)len))
			return -1;
		take_attribute(peek, name, at + 4, len, part);
		at += 4 + len;
	}
	return -1;
}

static int64_t parts_up(int64_t n, int64_t piece)
{
	return (n + piece - 1) / piece;
}

/* Side of a level of a mip map: halved and rounded as the file says. */
static int64_t level_side(int64_t side, int level, bool round_up)
{
	int64_t n = round_up ? parts_up(side, (int64_t)1 << level) : side >> level;
	return n > 1 ? n : 1;
}

static int level_count(int64_t side, bool round_up)
{
	int n = 1;
	while (level_side(side, n - 1, round_up) > 1)
		n++;
	return n;
}

static int64_t tile_count(const struct part *part)
{
	bool up = part->tile_mode >> 4;
	int64_t larger = part->width > part->height ? part->width : part->height, sum = 0;
	int mode = part->tile_mode & 15, nx = 1, ny = 1;
	if (part->tile_w < 1 || part->tile_h < 1 || mode > 2)
		return -1;
	if (mode == 1)
		nx = level_count(larger, up);
	if (mode == 2) {
		nx = level_count(part->width, up);
		ny = level_count(part->height, up);
	}
	for (int y = 0; y < ny; y++)
		for (int x = 0; x < nx; x++)
			sum += parts_up(level_side(part->width, x, up), part->tile_w)
				* parts_up(level_side(part->height, mode == 1 ? x : y, up), part->tile_h);
	return sum;
}

/* How many chunks a part must have, or -1. */
static int64_t chunk_count(const struct part *part)
{
	/* Lines per chunk: none rle zips zip piz pxr24 b44 b44a dwaa dwab htj2k256 htj2k32. */
	static const int lines[] = { 1, 1, 1, 16, 32, 16, 32, 32, 32, 256, 256, 32 };
	if (part->tiled)
		return tile_count(part);
	if (part->packing < 0 || part->packing >= (int)(sizeof lines / sizeof *lines))
		return part->told; /* a packing newer than we: the file's word must do */
	return parts_up(part->height, lines[part->packing]);
}

/* Whether the chunk at this offset lies inside the file, with its data. */
static bool chunk_inside(struct bf_peek *peek, uint64_t at, const struct part *part, bool multi,
	int number)
{
	unsigned char h[44];
	size_t skip = (multi ? 4 : 0) + (part->tiled ? 16 : 4), len = skip + (part->deep ? 24 : 4);
	if (!bf_picture_inside(peek, at, len) || !bf_peek_get(peek, (int64_t)at, h, len))
		return false;
	if (multi && bf_le32(h) != (uint32_t)number)
		return false;
	if (!part->deep)
		return bf_picture_inside(peek, at + len, bf_le32(h + skip));
	uint64_t table = bf_le64(h + skip), data = bf_le64(h + skip + 8);
	return bf_picture_inside(peek, at + len, table) && bf_picture_inside(peek, at + len + table, data);
}

/* Check one part's table at *table and step behind it. */
static bool check_table(struct bf_peek *peek, int64_t *table, const struct part *part, bool multi,
	int number, struct bf_err *err)
{
	int64_t count = chunk_count(part);
	if (count < 1 || (part->told >= 0 && part->told != count))
		return bf_picture_lacks(err, "the EXR's part %d does not say how many chunks it has", number);
	if (count > peek->size / 8 || *table + 8 * count > peek->size)
		return bf_picture_lacks(err, "the EXR ends in its chunk table");
	int64_t at = *table;
	*table += 8 * count;
	for (int64_t i = 0; i < count; i++) {
		/* The chunks' own heads pass through the window too: take the table in handfuls. */
		unsigned char offsets[64 * 8];
		size_t n = count - i < 64 ? (size_t)(count - i) : 64;
		if (i % 64 == 0 && bf_peek_some(peek, at + 8 * i, offsets, 8 * n) != 8 * n)
			return bf_picture_lacks(err, "the EXR ends in its chunk table");
		uint64_t offset = bf_le64(offsets + 8 * (i % 64));
		if (offset < (uint64_t)*table)
			return bf_picture_lacks(err, "the EXR's chunk table has holes: its writer did not finish");
		if (!chunk_inside(peek, offset, part, multi, number))
			return bf_picture_lacks(err, "the EXR ends before its chunk %lld of %lld in part %d",
				(long long)i + 1, (long long)count, number);
	}
	return true;
}

bool bf_picture_exr(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	unsigned char v[4];
	struct part part;
	if (!bf_peek_get(peek, 4, v, 4))
		return bf_picture_lacks(err, "the EXR ends in its header");
	uint32_t flags = bf_le32(v);
	bool multi = flags & MULTI;
	int64_t at = 8, next;
	for (out->parts = 0; (next = read_header(peek, at, flags, &part)) > 0; at = next) {
		if (!bf_picture_set_size(out, part.width, part.height, err))
			return false;
		if (++out->parts > PARTS_MAX)
			return bf_picture_lacks(err, "the EXR has more than %d parts", PARTS_MAX);
		if (!multi) {
			at = next;
			break;
		}
	}
	if (next < 0 || !out->parts)
		return bf_picture_lacks(err, "the EXR ends in its header");
	int64_t table = multi ? at + 1 : at;
	at = 8;
	for (int i = 0; i < out->parts; i++) {
		at = read_header(peek, at, flags, &part);
		if (at <= 0 || !check_table(peek, &table, &part, multi, i, err))
			return at <= 0 ? bf_picture_lacks(err, "the EXR changed while it was read") : false;
		if (i == 0) {
			bf_picture_set_size(out, part.width, part.height, err);
			out->channels = part.channels;
			out->depth = part.depth;
		}
	}
	return true;
}
