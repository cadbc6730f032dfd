/* The fingerprint of a file's bytes: XXH3, 128 bits, as 32 lower-case hex digits, the same that
 * `xxhsum -H2 FILE` prints, so that people can check a picture by hand. It finds damage, not
 * forgery.
 *
 * Order: new, add as often as needed, hex (which does not end it), free. */
#ifndef BF_DIGEST_H
#define BF_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/err.h"

enum { BF_DIGEST_HEX = 33 }; /* digits and the NUL */

struct bf_digest;

struct bf_digest *bf_digest_new(void);
void bf_digest_add(struct bf_digest *digest, const void *bytes, size_t len);

/* bf_digest_add in the form that bf_fs_copy takes as its `each`, with the digest as its arg. */
void bf_digest_each(void *digest, const void *bytes, size_t len);

void bf_digest_hex(const struct bf_digest *digest, char hex[BF_DIGEST_HEX]);
void bf_digest_free(struct bf_digest **digest);

/* Digest an open file from its current position to its end; *size_out (may be NULL) is how many
 * bytes that were. May block. Returns 0 / -1; path is for messages only. */
int bf_digest_fd(int fd, const char *path, char hex[BF_DIGEST_HEX], int64_t *size_out,
	struct bf_err *err);

/* Copy an open file, from its current position to its end, to a file below dir that is made or written anew, and synced. hex and
 * *size_out are those of the bytes. What was written stays when it fails. May block. Returns 0 / -1, err->sys is ENOENT where there is
 * no such folder. */
int bf_digest_copy(int from, int dir, const char *to, char hex[BF_DIGEST_HEX], int64_t *size_out, struct bf_err *err);

#endif
