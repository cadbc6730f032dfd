/* A piece: one picture file, read row by row from the top, whatever its kind (PNG, later EXR).
 *
 * Reading: piece_open looks at the first bytes, picks the kind and reads the header; then
 * piece_read hands out the rows in order; after the last one piece_end makes sure that nothing
 * is missing behind them; piece_close at any time. A piece is used by one thread at a time.
 * Writing goes through the kind's table: `begin` writes the header, any number of threads
 * `pack` bands (each with a packer of its own, in any order), one thread hands the packed
 * bands to `write` from top to bottom, `end` completes the file. Nothing here makes a file
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

/* Something a file says about itself. Owned by the list it is in. */
struct piece_tag {
	char key[80];
	unsigned char *data;
	size_t len;
};

/* Starts as all zero bits, ends with piece_tags_clear. */
struct piece_tags {
	struct piece_tag *item;
	size_t count, room;
};

struct piece_header {
	uint32_t width, height;
	unsigned samples;         /* per pixel, interleaved */
	unsigned sample_bytes;    /* 1 or 2, most significant byte first */
	bool alpha;               /* the last sample is alpha, not multiplied into the others */
	char format[32];          /* "RGBA 16 bit": all pieces of one result have the same */
	struct piece_tags colour; /* what gives the numbers their meaning: the same in all pieces */
	struct piece_tags text;   /* key and text, in the order of the file */
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
	bool (*is)(const unsigned char *start, size_t len);

	/* fd becomes the reader's own when open succeeds. */
	int (*open)(int fd, int64_t size, struct piece_header *header, void **reader_out, struct bf_err *err);
	int (*read)(void *reader, unsigned char *rows, size_t stride, uint32_t count, struct bf_err *err);
	int (*end)(void *reader, struct bf_err *err);
	void (*close)(void *reader);

	/* How many rows of such a result make a good band. */
	uint32_t (*band_rows)(const struct piece_header *header);
	void *(*packer_new)(const struct piece_header *header);
	void (*pack)(void *packer, struct piece_band *band);
	void (*packer_free)(void *packer);

	int (*write_begin)(int fd, const char *path, const struct piece_header *header, void **writer_out,
		struct bf_err *err);
	int (*write_band)(void *writer, const struct piece_band *band, struct bf_err *err);
	int (*write_end)(void *writer, struct bf_err *err);
	void (*writer_free)(void *writer);
};

struct piece;

/* Open a picture file and read its header. Links, devices and unknown kinds are refused.
 * Returns 0 / -1; the errors name the file. May block on the file system, as all below. */
int piece_open(const char *path, struct piece **piece_out, struct bf_err *err);

const struct piece_header *piece_header(const struct piece *piece);
const struct piece_kind *piece_kind(const struct piece *piece);

/* The next `count` rows, the first to `rows`, each `stride` bytes behind the one before. 0 / -1. */
int piece_read(struct piece *piece, unsigned char *rows, size_t stride, uint32_t count, struct bf_err *err);

/* After the last row: read on to the end of the file's structure. 0 / -1. */
int piece_end(struct piece *piece, struct bf_err *err);

/* Close and set to NULL; NULL inside is accepted. */
void piece_close(struct piece **piece);

size_t piece_pixel_bytes(const struct piece_header *header);
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
