/* The header of an EXR file as the bytes it is: lists of attributes, one for each part.
 *
 * Read it, look at it, write another like it. Only the structure is understood here: names, types, lengths. Nothing
 * in it is believed beyond the bytes that were read; the values are looked at by who uses them. */
#ifndef BF_TOOLS_PIECE_EXR_HEAD_H
#define BF_TOOLS_PIECE_EXR_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"
#include "tools/piece.h"

enum { EXR_LONG_NAMES = 0x400, EXR_NOT_PIXELS = 0x800, EXR_MULTI_PART = 0x1000, EXR_TILED = 0x200 };

struct exr_attribute {
	const char *name, *type;
	const unsigned char *data;
	uint32_t len;
};

struct exr_part {
	struct exr_attribute *attribute;
	size_t count, room;
};

/* Starts as all zero bits, ends with exr_head_clear. */
struct exr_head {
	struct bf_buf bytes; /* what all the pointers point into */
	uint32_t flags;
	struct exr_part *part;
	unsigned parts;
};

/* Read the header of an open file. Returns 0 / -1, the error without the file's name. */
int exr_head_read(struct exr_head *head, int fd, struct bf_err *err);
void exr_head_clear(struct exr_head *head);

const struct exr_attribute *exr_head_find(const struct exr_part *part, const char *name);

/* What the texts say (a render's time, its file, camera …), and what has to be the same in all pieces. */
void exr_head_tags(const struct exr_head *head, struct piece_tags *colour, struct piece_tags *text);

/* Append the header of a picture that is like `head` but of this size, with these texts instead of its own. */
void exr_head_format(const struct exr_head *head, const struct piece_header *result, struct bf_buf *out);

/* How many rows are packed together; 0 = no such packing. */
uint32_t exr_chunk_rows(int packing);
const char *exr_packing_name(int packing);

uint32_t exr_get32(const unsigned char *p);
void exr_put32(unsigned char *p, uint32_t value);
void exr_put64(unsigned char *p, uint64_t value);

#endif
