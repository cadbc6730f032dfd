#include "tools/piece_exr_head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIRST_LOOK = 1 << 14, HEAD_MAX = 1 << 24, NAME_MAX_LEN = 255, ATTRIBUTES_MAX = 10000, TEXT_MAX = 1 << 16 };

/* The packings in the order of their numbers; lines are those of the file format. */
static const struct { const char *name; uint32_t rows; } packings[] = {
	{ "uncompressed", 1 }, { "RLE", 1 }, { "ZIPS", 1 }, { "ZIP", 16 }, { "PIZ", 32 }, { "PXR24", 16 },
	{ "B44", 32 }, { "B44A", 32 }, { "DWAA", 32 }, { "DWAB", 256 },
};

uint32_t exr_chunk_rows(int packing)
{
	return packing >= 0 && packing < (int)(sizeof packings / sizeof *packings) ? packings[packing].rows : 0;
}

const char *exr_packing_name(int packing)
{
	return exr_chunk_rows(packing) ? packings[packing].name : "an unknown packing";
}

uint32_t exr_get32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void exr_put32(unsigned char *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(value >> 8 * i);
}

void exr_put64(unsigned char *p, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		p[i] = (unsigned char)(value >> 8 * i);
}

/* ---- reading ---- */

struct walk {
	const unsigned char *bytes;
	size_t len, at;
};

/* A NUL-terminated name, or NULL when the bytes end before it does. */
static const char *take_name(struct walk *walk)
{
	size_t left = walk->len - walk->at;
	const unsigned char *start = walk->bytes + walk->at;
	const unsigned char *end = memchr(start, 0, left < NAME_MAX_LEN + 1 ? left : NAME_MAX_LEN + 1);
	if (!end)
		return NULL;
	walk->at += (size_t)(end - start) + 1;
	return (const char *)start;
}

static void add_attribute(struct exr_part *part, const struct exr_attribute *attribute)
{
	if (part->count == part->room) {
		part->room = part->room ? part->room * 2 : 32;
		part->attribute = realloc(part->attribute, part->room * sizeof *part->attribute);
		if (!part->attribute)
			abort();
	}
	part->attribute[part->count++] = *attribute;
}

/* 1 = an attribute was taken, 0 = the list ends here, -1 = more bytes are wanted. */
static int take_attribute(struct walk *walk, struct exr_part *part)
{
	struct exr_attribute attribute = { .name = take_name(walk) };
	if (!attribute.name)
		return -1;
	if (!*attribute.name)
		return 0;
	attribute.type = take_name(walk);
	if (!attribute.type || walk->len - walk->at < 4)
		return -1;
	attribute.len = exr_get32(walk->bytes + walk->at);
	walk->at += 4;
	if (attribute.len > walk->len - walk->at)
		return -1;
	attribute.data = walk->bytes + walk->at;
	walk->at += attribute.len;
	add_attribute(part, &attribute);
	return 1;
}

static void forget_parts(struct exr_head *head)
{
	for (unsigned i = 0; i < head->parts; i++)
		free(head->part[i].attribute);
	free(head->part);
	head->part = NULL;
	head->parts = 0;
}

/* 1 = all of it was there, 0 = more bytes are wanted, -1. */
static int parse(struct exr_head *head, struct bf_err *err)
{
	struct walk walk = { (const unsigned char *)head->bytes.data, head->bytes.len, 8 };
	forget_parts(head);
	head->flags = exr_get32(walk.bytes + 4);
	bool multi = head->flags & EXR_MULTI_PART;
	for (;;) {
		head->part = realloc(head->part, (head->parts + 1) * sizeof *head->part);
		if (!head->part)
			abort();
		struct exr_part *part = &head->part[head->parts++];
		memset(part, 0, sizeof *part);
		int taken;
		while ((taken = take_attribute(&walk, part)) == 1)
			if (part->count > ATTRIBUTES_MAX)
				return bf_err_set(err, "an EXR header with more than %d attributes", ATTRIBUTES_MAX);
		if (taken < 0)
			return 0;
		if (multi && part->count == 0)
			head->parts--; /* an empty list is behind the last part */
		if (!multi || part->count == 0)
			return head->parts ? 1 : bf_err_set(err, "an EXR file without any part");
		if (head->parts > PIECE_PARTS_MAX)
			return bf_err_set(err, "an EXR file with more than %d parts", PIECE_PARTS_MAX);
	}
}

/* Read up to len bytes from the start of the file. */
static int fill(struct exr_head *head, int fd, size_t len, struct bf_err *err)
{
	char *room = bf_buf_reserve(&head->bytes, len - head->bytes.len);
	ssize_t n;
	do
		n = pread(fd, room, len - head->bytes.len, (off_t)head->bytes.len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return bf_err_sys(err, errno, "read");
	if (n == 0)
		return bf_err_set(err, "the EXR header is cut short (truncated)");
	head->bytes.len += (size_t)n;
	return 0;
}

int exr_head_read(struct exr_head *head, int fd, struct bf_err *err)
{
	static const unsigned char magic[] = { 0x76, 0x2f, 0x31, 0x01 };
	int done = 0;
	for (size_t look = FIRST_LOOK; done == 0; look *= 2) {
		if (look > HEAD_MAX)
			return bf_err_set(err, "an EXR header of more than %d MB", HEAD_MAX >> 20);
		while (head->bytes.len < look && done == 0) {
			if (fill(head, fd, look, err) < 0)
				return -1;
			if (head->bytes.len < 9)
				continue;
			if (memcmp(head->bytes.data, magic, 4))
				return bf_err_set(err, "no EXR header");
			done = parse(head, err);
		}
	}
	return done < 0 ? -1 : 0;
}

void exr_head_clear(struct exr_head *head)
{
	forget_parts(head);
	bf_buf_clear(&head->bytes);
	memset(head, 0, sizeof *head);
}

const struct exr_attribute *exr_head_find(const struct exr_part *part, const char *name)
{
	for (size_t i = 0; i < part->count; i++)
		if (!strcmp(part->attribute[i].name, name))
			return &part->attribute[i];
	return NULL;
}

/* ---- what the attributes are for ---- */

static bool begins(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* The same in all pieces, or their numbers do not mean the same. A manifest lists objects, and is kept of the first. */
static bool is_meaning(const struct exr_attribute *attribute)
{
	static const char *const names[] = { "channels", "compression", "pixelAspectRatio", "chromaticities",
		"whiteLuminance", "adoptedNeutral", "colorInteropID", "acesImageContainerFlag", "name", "type", "view",
		"multiView", "BlenderMultiChannel" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(attribute->name, names[i]))
			return true;
	size_t len = strlen(attribute->name);
	return begins(attribute->name, "cryptomatte/") && !(len > 9 && !strcmp(attribute->name + len - 9, "/manifest"));
}

static bool is_text(const struct exr_attribute *attribute)
{
	return !strcmp(attribute->type, "string") && !is_meaning(attribute) && !begins(attribute->name, "cryptomatte/") &&
		attribute->len <= TEXT_MAX;
}

void exr_head_tags(const struct exr_head *head, struct piece_tags *colour, struct piece_tags *text)
{
	char key[NAME_MAX_LEN + 32];
	for (unsigned p = 0; p < head->parts; p++)
		for (size_t i = 0; i < head->part[p].count; i++) {
			const struct exr_attribute *attribute = &head->part[p].attribute[i];
			if (is_meaning(attribute)) {
				if (p)
					bf_fmt(key, sizeof key, "%s (part %u)", attribute->name, p);
				else
					bf_fmt(key, sizeof key, "%s", attribute->name);
				piece_tags_add(colour, key, attribute->data, attribute->len);
			} else if (is_text(attribute) && !piece_tags_find(text, attribute->name)) {
				piece_tags_add(text, attribute->name, attribute->data, attribute->len);
			}
		}
}

/* ---- writing ---- */

static void put_attribute(struct bf_buf *out, const char *name, const char *type, const void *data, size_t len)
{
	unsigned char size[4];
	exr_put32(size, (uint32_t)len);
	bf_buf_add(out, name, strlen(name) + 1);
	bf_buf_add(out, type, strlen(type) + 1);
	bf_buf_add(out, size, sizeof size);
	bf_buf_add(out, data, len);
}

static void put_window(struct bf_buf *out, const char *name, const struct piece_header *result)
{
	unsigned char box[16] = {0};
	exr_put32(box + 8, result->width - 1);
	exr_put32(box + 12, result->height - 1);
	put_attribute(out, name, "box2i", box, sizeof box);
}

static void put_chunk_count(struct bf_buf *out, const struct exr_part *part, const struct piece_header *result)
{
	const struct exr_attribute *packing = exr_head_find(part, "compression");
	uint32_t rows = packing && packing->len ? exr_chunk_rows(packing->data[0]) : 1;
	unsigned char count[4];
	exr_put32(count, (result->height - 1) / rows + 1);
	put_attribute(out, "chunkCount", "int", count, sizeof count);
}

static void put_one(struct bf_buf *out, const struct exr_part *part, const struct exr_attribute *attribute,
	const struct piece_header *result)
{
	const struct piece_tag *text = is_text(attribute) ? piece_tags_find(&result->text, attribute->name) : NULL;
	if (!strcmp(attribute->name, "dataWindow") || !strcmp(attribute->name, "displayWindow"))
		put_window(out, attribute->name, result);
	else if (!strcmp(attribute->name, "chunkCount"))
		put_chunk_count(out, part, result);
	else if (!strcmp(attribute->name, "lineOrder"))
		put_attribute(out, "lineOrder", "lineOrder", "\0", 1); /* from the top down, as it is written */
	else if (text)
		put_attribute(out, attribute->name, "string", text->data, text->len);
	else if (!is_text(attribute) && strcmp(attribute->type, "preview"))
		put_attribute(out, attribute->name, attribute->type, attribute->data, attribute->len);
}

static void put_new_texts(struct bf_buf *out, const struct exr_part *part, const struct piece_tags *text)
{
	for (size_t i = 0; i < text->count; i++)
		if (!exr_head_find(part, text->item[i].key) && !strcmp(text->item[i].key, "Software"))
			put_attribute(out, text->item[i].key, "string", text->item[i].data, text->item[i].len);
}

void exr_head_format(const struct exr_head *head, const struct piece_header *result, struct bf_buf *out)
{
	unsigned char start[8] = { 0x76, 0x2f, 0x31, 0x01 };
	exr_put32(start + 4, 2 | (head->flags & (EXR_LONG_NAMES | EXR_MULTI_PART)));
	bf_buf_add(out, start, sizeof start);
	for (unsigned p = 0; p < head->parts; p++) {
		const struct exr_part *part = &head->part[p];
		for (size_t i = 0; i < part->count; i++)
			put_one(out, part, &part->attribute[i], result);
		if (p == 0)
			put_new_texts(out, part, &result->text);
		bf_buf_putc(out, '\0');
	}
	if (head->flags & EXR_MULTI_PART)
		bf_buf_putc(out, '\0');
}
