/* Reading a few bytes here and there of an untrusted file: what the format checkers stand on.
 *
 * Order: open (or use, for a descriptor of one's own), get as often as needed, close. A read
 * behind the end of the file is an answer (false); a failed read is false too, and remembered
 * in sys, so that a checker asks once at its end whether the disk or the file was to blame. */
#ifndef BF_PEEK_H
#define BF_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/err.h"

struct bf_peek {
	int fd;
	int sys; /* errno of the first failed read, or 0 */
	int64_t size;
	int64_t at; /* where the window lies in the file */
	size_t have;
	unsigned char window[4096];
};

/* Open a regular file. 1, 0 when there is none, -1. May block. */
int bf_peek_open(struct bf_peek *peek, int dir, const char *path, struct bf_err *err);

/* Look at an open file; its position is moved, the descriptor stays the caller's. 0 / -1. */
int bf_peek_use(struct bf_peek *peek, int fd, const char *path, struct bf_err *err);

/* Copy len bytes from offset at. Through a window: small neighbouring reads cost one call. */
bool bf_peek_get(struct bf_peek *peek, int64_t at, void *bytes, size_t len);

/* Up to len bytes from offset at, past the window. How many there were; 0 at the end or error. */
size_t bf_peek_some(struct bf_peek *peek, int64_t at, void *bytes, size_t len);

void bf_peek_close(struct bf_peek *peek);

static inline uint32_t bf_le16(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t bf_be16(const unsigned char *p)
{
	return (uint32_t)p[0] << 8 | (uint32_t)p[1];
}

static inline uint32_t bf_le32(const unsigned char *p)
{
	return bf_le16(p) | bf_le16(p + 2) << 16;
}

static inline uint32_t bf_be32(const unsigned char *p)
{
	return bf_be16(p) << 16 | bf_be16(p + 2);
}

static inline uint64_t bf_le64(const unsigned char *p)
{
	return (uint64_t)bf_le32(p) | (uint64_t)bf_le32(p + 4) << 32;
}

#endif
