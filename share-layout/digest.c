#include "share-layout/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <xxhash.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"

struct bf_digest {
	XXH3_state_t *state; /* wants 64-byte alignment, which only its own constructor gives */
};

struct bf_digest *bf_digest_new(void)
{
	struct bf_digest *digest = malloc(sizeof *digest);
	if (!digest || !(digest->state = XXH3_createState()))
		abort();
	XXH3_128bits_reset(digest->state);
	return digest;
}

void bf_digest_add(struct bf_digest *digest, const void *bytes, size_t len)
{
	if (len)
		XXH3_128bits_update(digest->state, bytes, len);
}

void bf_digest_each(void *digest, const void *bytes, size_t len)
{
	bf_digest_add(digest, bytes, len);
}

void bf_digest_hex(const struct bf_digest *digest, char hex[BF_DIGEST_HEX])
{
	static const char digit[] = "0123456789abcdef";
	XXH128_canonical_t canonical;
	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(digest->state));
	for (size_t i = 0; i < sizeof canonical.digest; i++) {
		hex[2 * i] = digit[canonical.digest[i] >> 4];
		hex[2 * i + 1] = digit[canonical.digest[i] & 15];
	}
	hex[2 * sizeof canonical.digest] = '\0';
}

void bf_digest_free(struct bf_digest **digest)
{
	if (!*digest)
		return;
	XXH3_freeState((*digest)->state);
	free(*digest);
	*digest = NULL;
}

int bf_digest_fd(int fd, const char *path, char hex[BF_DIGEST_HEX], int64_t *size_out,
	struct bf_err *err)
{
	struct bf_digest *digest = bf_digest_new();
	int64_t size = bf_fs_copy(fd, -1, INT64_MAX, bf_digest_each, digest, path, err);
	if (size >= 0) {
		bf_digest_hex(digest, hex);
		if (size_out)
			*size_out = size;
	}
	bf_digest_free(&digest);
	return size < 0 ? -1 : 0;
}

int bf_digest_copy(int from, int dir, const char *to, char hex[BF_DIGEST_HEX], int64_t *size_out, struct bf_err *err)
{
	int out = bf_sys.open(dir, to, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (out < 0)
		return bf_err_sys(err, errno, "create(%s)", to);
	struct bf_digest *digest = bf_digest_new();
	*size_out = bf_fs_copy(from, out, INT64_MAX, bf_digest_each, digest, to, err);
	bf_digest_hex(digest, hex);
	bf_digest_free(&digest);
	if (*size_out >= 0)
		return bf_fs_sync_close(out, to, err);
	bf_sys.close(out);
	return -1;
}
