/* A piece: one picture file, read row by row from the top, whatever its kind (PNG, EXR).
 *
 * Reading: piece_open looks at the first bytes, picks the kind and reads the header; piece_crop, if
 * at all, comes next; then piece_read hands out the rows in order; after the last one piece_end makes
 * sure that nothing is missing behind them; piece_close at any time. A piece is used by one thread
 * at a time. A file may have several parts (EXR; PNG has one), pictures of the same size behind
 * each other: each part is opened and read by itself.
 * Rows: pixels consist of planes, and a row holds all pixels of its first plane, then all of the
 * second. A PNG has one plane with all its samples, an EXR one for each channel. Samples are in the
 * byte order of the file.
 * Writing goes through the kind's table: `begin` writes the header, then for each part any number of
 * threads `pack` bands (each with a packer of its own, in any order), one thread hands the packed
 * bands to `write` from top to bottom; `end` completes the file. Nothing here makes a file
 * visible or syncs it; that is the caller's.
 * Files are untrusted: limits are checked before memory is taken, nothing is guessed. */
#ifndef BF_TOOLS_PIECE_H
#define BF_TOOLS_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"

/* No picture is wider or higher, and none has more pixels, pieces and results alike. */
#define PIECE_SIDE_MAX 1000000u
#define PIECE_PIXELS_MAX ((uint64_t)1 << 32)

enum { PIECE_PARTS_MAX = 4096, PIECE_PLANES_MAX = 4096, PIECE_MARK_SIDE = 16 };

/* Something a file says about itself. Owned by the list it is in. */
struct piece_tag {
	char key[300];
	unsigned char *data; /* a NUL stands behind it */
	size_t len;
};

/* Starts as all zero bits, ends with piece_tags_clear. */
struct piece_tags {
	struct piece_tag *item;
	size_t count, room;
};

enum piece_type { PIECE_INTEGERS, PIECE_HALF, PIECE_FLOAT, PIECE_UINT };

/* What the mean of several renders of one picture is, for this plane. */
enum piece_mix { PIECE_MIX_MEAN, PIECE_MIX_SUM, PIECE_MIX_FIRST };

struct piece_plane {
	char *name;          /* "ViewLayer.Combined.R"; NULL of a PNG */
	unsigned char bytes; /* of one pixel */
	unsigned char type;  /* enum piece_type; all but PIECE_INTEGERS little-endian */
	unsigned char mix;   /* enum piece_mix */
};

/* Starts as all zero bits, ends with piece_header_clear. */
struct piece_header {
	uint32_t width, height;
	unsigned parts, part;     /* how many the file has, which one this is about */
	struct piece_plane *plane;
	unsigned planes;
	size_t pixel_bytes;       /* of all planes together */
	uint32_t chunk_rows;      /* rows that the file compresses together */
	int packing;              /* how, a number of the kind's own */
	const char *copy_only;    /* why pixels of this packing cannot be taken apart; NULL = they can */
	unsigned samples;         /* PNG only: per pixel, interleaved */
	unsigned sample_bytes;    /* PNG only: 1 or 2, most significant byte first */
	bool alpha;               /* the last sample is alpha, not multiplied into the others */
	char format[96];          /* "RGBA 16 bit": all pieces of one result have the same */
	struct piece_tags colour; /* what gives the numbers their meaning: the same in all pieces */
	struct piece_tags text;   /* key and text, in the order of the file */
};

/* What is not wanted of a piece, in pixels from its edges. */
struct piece_crop {
	uint32_t left, top, right, bottom;
};

/* Where rows go: to rows of `width` pixels, each `stride` bytes behind the one before, at pixel x. */
struct piece_target {
	unsigned char *rows;
	size_t stride;
	uint32_t width, x;
};

/* Some rows of a result on their way from pixels to bytes of the file. */
struct piece_band {
	uint32_t first_row, rows;
	unsigned char *pixels; /* rows without gaps */
	struct bf_buf packed;  /* what `write` puts into the file */
	size_t raw_len;        /* bytes that went into the compressor ... */
	uint32_t raw_check;    /* ... and their checksum */
};

struct piece_kind {
	const char *name;
	const char *tag_word; /* what it calls its tags */
	bool (*is)(const unsigned char *start, size_t len);

	/* fd becomes the reader's own when open succeeds. header->part says which part. */
	int (*open)(int fd, int64_t size, struct piece_header *header, void **reader_out, struct bf_err *err);
	/* The next rows, of them `width` pixels from `left` on; to == NULL leaves the rows out. */
	int (*read)(void *reader, uint32_t left, uint32_t width, const struct piece_target *to, uint32_t count,
		struct bf_err *err);
	int (*end)(void *reader, struct bf_err *err);
	void (*close)(void *reader);

	/* How many rows of such a result make a good band. */
	uint32_t (*band_rows)(const struct piece_header *header);
	void *(*packer_new)(const struct piece_header *header);
	int (*pack)(void *packer, struct piece_band *band, struct bf_err *err);
	void (*packer_free)(void *packer);

	/* header is that of the result's first part; what it does not say is as in the file `model`. */
	int (*write_begin)(int fd, const char *path, const struct piece_header *header, const char *model,
		void **writer_out, struct bf_err *err);
	int (*write_band)(void *writer, const struct piece_band *band, struct bf_err *err);
	int (*write_end)(void *writer, struct bf_err *err);
	void (*writer_free)(void *writer);

	/* Append all chunks of a piece as they are, as the rows of the result from first_row on (a multiple of
	 * chunk_rows, as the number of its rows is but at the result's lower edge). NULL = no such way. writer
	 * may be NULL: read only. */
	int (*copy)(void *reader, void *writer, uint32_t first_row, struct bf_err *err);

	/* Fill one row with what marks a hole. */
	void (*mark)(const struct piece_header *header, unsigned char *row, uint32_t y);
};

struct piece;

/* Open a part of a picture file and read its header. Links, devices and unknown kinds are refused.
 * Returns 0 / -1; the errors name the file. May block on the file system, as all below. */
int piece_open(const char *path, unsigned part, struct piece **piece_out, struct bf_err *err);

/* Before the first row: from now on the piece is what is left after this. -1 when nothing is. */
int piece_crop(struct piece *piece, const struct piece_crop *crop, struct bf_err *err);

const struct piece_header *piece_header(const struct piece *piece);
const struct piece_kind *piece_kind(const struct piece *piece);

/* The next `count` rows. 0 / -1. */
int piece_read(struct piece *piece, const struct piece_target *to, uint32_t count, struct bf_err *err);

/* All rows, through the kind's copy. 0 / -1. */
int piece_copy(struct piece *piece, void *writer, uint32_t first_row, struct bf_err *err);

/* After the last row: read on to the end of the file's structure. 0 / -1. */
int piece_end(struct piece *piece, struct bf_err *err);

/* Close and set to NULL; NULL inside is accepted. */
void piece_close(struct piece **piece);

/* A deep copy, into zero bits. */
void piece_header_copy(struct piece_header *to, const struct piece_header *from);
void piece_header_clear(struct piece_header *header);

/* Make room for planes; only once. */
void piece_header_planes(struct piece_header *header, unsigned planes);

size_t piece_row_bytes(const struct piece_header *header);

/* Whether the limits above allow such a picture. */
bool piece_size_ok(uint64_t width, uint64_t height);

/* Add a copy; a key that is too long is left out. / The first tag with this key, or NULL. */
void piece_tags_add(struct piece_tags *tags, const char *key, const void *data, size_t len);
struct piece_tag *piece_tags_find(const struct piece_tags *tags, const char *key);
void piece_tags_copy(struct piece_tags *to, const struct piece_tags *from);
void piece_tags_clear(struct piece_tags *tags);

/* The key of the first tag that one list has and the other has not, or has with other content;
 * NULL when both say the same in the same order or another. */
const char *piece_tags_differ(const struct piece_tags *a, const struct piece_tags *b);

#endif
