#include "share-layout/peek.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"

static void start(struct bf_peek *peek, int fd, int64_t size)
{
	peek->fd = fd;
	peek->sys = 0;
	peek->size = size;
	peek->at = 0;
	peek->have = 0;
}

int bf_peek_open(struct bf_peek *peek, int dir, const char *path, struct bf_err *err)
{
	struct bf_err why;
	int64_t size = 0;
	int fd = bf_fs_open_file(dir, path, &size, &why);
	start(peek, fd, size);
	if (fd >= 0)
		return 1;
	if (err)
		*err = why;
	return why.sys == ENOENT ? 0 : -1;
}

int bf_peek_use(struct bf_peek *peek, int fd, const char *path, struct bf_err *err)
{
	struct stat st;
	if (bf_sys.fstat(fd, &st) < 0)
		return bf_err_sys(err, errno, "fstat(%s)", path);
	start(peek, fd, st.st_size);
	return 0;
}

size_t bf_peek_some(struct bf_peek *peek, int64_t at, void *bytes, size_t len)
{
	size_t got = 0;
	if (at < 0 || at >= peek->size || peek->sys)
		return 0;
	if ((int64_t)len > peek->size - at)
		len = (size_t)(peek->size - at);
	if (lseek(peek->fd, at, SEEK_SET) < 0)
		peek->sys = errno;
	while (got < len && !peek->sys) {
		ssize_t n = bf_sys.read(peek->fd, (char *)bytes + got, len - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			peek->sys = errno;
		if (n <= 0)
			break; /* the file may have become shorter meanwhile */
		got += (size_t)n;
	}
	return peek->sys ? 0 : got;
}

bool bf_peek_get(struct bf_peek *peek, int64_t at, void *bytes, size_t len)
{
	if (at < 0 || at > peek->size || (int64_t)len > peek->size - at)
		return false;
	if (len > sizeof peek->window)
		return bf_peek_some(peek, at, bytes, len) == len;
	if (at < peek->at || at + (int64_t)len > peek->at + (int64_t)peek->have) {
		peek->at = at;
		peek->have = bf_peek_some(peek, at, peek->window, sizeof peek->window);
		if (peek->have < len)
			return false;
	}
	memcpy(bytes, peek->window + (at - peek->at), len);
	return true;
}

void bf_peek_close(struct bf_peek *peek)
{
	if (peek->fd >= 0)
		bf_sys.close(peek->fd);
	peek->fd = -1;
}
