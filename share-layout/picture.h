/* Is this picture file whole, and what is it? Asked before a picture is published: a Blender that
 * was killed, or a disk that ran full, leaves files that have the right name and a good beginning.
 *
 * Every still format that Blender 3.4 to 5.2 writes is known by its content, not by its name. What
 * is checked is the structure: all parts that the header promises lie inside the file, tables are
 * filled in, the end mark is where it belongs. Pixels are not decoded. Numbers in the file are never
 * trusted: little memory and work no larger than the file. */
#ifndef BF_PICTURE_H
#define BF_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/base/err.h"

enum bf_picture_kind {
	BF_PICTURE_UNKNOWN,
	BF_PICTURE_PNG,
	BF_PICTURE_JPEG,
	BF_PICTURE_EXR,
	BF_PICTURE_TIFF,
	BF_PICTURE_BMP,
	BF_PICTURE_TGA,
	BF_PICTURE_HDR,
	BF_PICTURE_WEBP,
	BF_PICTURE_JP2,  /* in boxes or as bare codestream */
	BF_PICTURE_CIN,
	BF_PICTURE_DPX,
	BF_PICTURE_IRIS,
	BF_PICTURE_AVIF
};

enum { BF_PICTURE_SIDE_MAX = 1 << 20 }; /* pixels; Blender stops at 65536 */

struct bf_picture {
	enum bf_picture_kind kind;
	bool whole;
	int32_t width, height; /* 0 where not known; of an EXR: the data window of its first part */
	int channels, depth;   /* per pixel, bits per channel; 0 where not known */
	int parts;             /* of an EXR; else 1 */
	int64_t size;          /* bytes */
};

const char *bf_picture_kind_name(enum bf_picture_kind kind);

/* Look at a file. Returns 1 with out filled (when it is not whole, err says what is missing, for
 * example `0012.png: the PNG ends before its IEND chunk`), 0 when there is no such file, -1 when it
 * cannot be read. May block. */
int bf_picture_look(int dir, const char *path, struct bf_picture *out, struct bf_err *err);

/* The same for an open file, whose position is moved. path is for messages. */
int bf_picture_look_fd(int fd, const char *path, struct bf_picture *out, struct bf_err *err);

#endif
