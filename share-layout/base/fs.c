#include "share-layout/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/sys.h"

enum { COPY_CHUNK = 1 << 18, BUSY_PAUSE_MS = 200 };

/* A signal, or a server that was slow, is no answer. */
static int open_patiently(int dir, const char *path, int flags, mode_t mode)
{
	int fd;
	do
		fd = bf_sys.open(dir, path, flags, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

int bf_fs_open_dir(int dir, const char *path, struct bf_err *err)
{
	int fd = open_patiently(dir, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return bf_err_sys(err, errno, "open(%s)", path);
	return fd;
}

int bf_fs_open_file(int dir, const char *path, int64_t *size_out, struct bf_err *err)
{
	/* O_NONBLOCK: opening a FIFO that somebody put there must not hang us. */
	int fd = open_patiently(dir, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return bf_err_sys(err, errno, "open(%s)", path);
	struct stat st;
	if (bf_sys.fstat(fd, &st) < 0) {
		bf_err_sys(err, errno, "fstat(%s)", path);
		bf_sys.close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		bf_sys.close(fd);
		return bf_err_set(err, "%s is not a regular file", path);
	}
	if (size_out)
		*size_out = st.st_size;
	return fd;
}

int bf_fs_is_empty(int dir, const char *path, struct bf_err *err)
{
	int64_t size;
	int fd = bf_fs_open_file(dir, path, &size, err);
	if (fd < 0)
		return -1;
	bf_sys.close(fd);
	return size == 0;
}

static ssize_t read_some(int fd, void *bytes, size_t len)
{
	ssize_t n;
	do
		n = bf_sys.read(fd, bytes, len);
	while (n < 0 && errno == EINTR);
	return n;
}

int bf_fs_read(int dir, const char *path, size_t max, struct bf_buf *out, struct bf_err *err)
{
	int64_t size;
	struct bf_err why;
	int fd = bf_fs_open_file(dir, path, &size, &why);
	if (fd < 0) {
		if (err)
			*err = why;
		return why.sys == ENOENT ? 0 : -1;
	}
	size_t start = out->len;
	int result = -1;
	if (size > (int64_t)max) {
		bf_err_set(err, "%s is larger than %zu bytes", path, max);
		goto out;
	}
	for (;;) {
		size_t want = 4096;
		char *to = bf_buf_reserve(out, want);
		ssize_t n = read_some(fd, to, want);
		if (n < 0) {
			bf_err_sys(err, errno, "read(%s)", path);
			goto out;
		}
		if (n == 0)
			break;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (out->len - start > max) {
			bf_err_set(err, "%s is larger than %zu bytes", path, max);
			goto out;
		}
	}
	result = 1;
out:
	bf_sys.close(fd);
	return result;
}

int bf_fs_write_all(int fd, const void *bytes, size_t len, const char *path, struct bf_err *err)
{
	const char *p = bytes;
	while (len) {
		ssize_t n = bf_sys.write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return bf_err_sys(err, n < 0 ? errno : ENOSPC, "write(%s)", path);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int close_checked(int fd, const char *path, struct bf_err *err)
{
	/* EINTR from close(2) on Linux means closed: nothing to repeat. */
	if (bf_sys.close(fd) < 0 && errno != EINTR)
		return bf_err_sys(err, errno, "close(%s)", path);
	return 0;
}

int bf_fs_sync_close(int fd, const char *path, struct bf_err *err)
{
	int synced;
	do
		synced = bf_sys.fsync(fd);
	while (synced < 0 && errno == EINTR);
	if (synced < 0) {
		bf_err_sys(err, errno, "fsync(%s)", path);
		bf_sys.close(fd);
		return -1;
	}
	return close_checked(fd, path, err);
}

int bf_fs_create(int dir, const char *path, const void *bytes, size_t len, struct bf_err *err)
{
	int fd = open_patiently(dir, path, O_WRONLY | O_CREAT | O_EXCL, 0666);
	if (fd < 0) {
		int why = errno;
		bf_err_sys(err, why, "create(%s)", path);
		return why == EEXIST ? 0 : -1;
	}
	if (bf_fs_write_all(fd, bytes, len, path, err) < 0) {
		bf_sys.close(fd);
	} else if (len ? bf_fs_sync_close(fd, path, err) == 0 : close_checked(fd, path, err) == 0) {
		return 1; /* an empty file has nothing to sync: its directory entry is all of it */
	}
	bf_sys.unlink(dir, path);
	return -1;
}

int bf_fs_replace(int dir, const char *path, const char *suffix, const void *bytes, size_t len,
	struct bf_err *err)
{
	char aside[1100];
	if (bf_fmt(aside, sizeof aside, "%s.tmp%s", path, suffix) < 0)
		return bf_err_sys(err, ENAMETOOLONG, "%s", path);
	int fd = open_patiently(dir, aside, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd < 0)
		return bf_err_sys(err, errno, "create(%s)", aside);
	if (bf_fs_write_all(fd, bytes, len, aside, err) < 0)
		bf_sys.close(fd);
	else if (bf_fs_sync_close(fd, aside, err) == 0 && bf_fs_rename(dir, aside, path, err) == 1)
		return 0;
	bf_sys.unlink(dir, aside);
	return -1;
}

static int put(int dir, const char *path, int flags, const void *bytes, size_t len, struct bf_err *err)
{
	int fd = open_patiently(dir, path, O_WRONLY | O_CREAT | O_NONBLOCK | flags, 0666);
	if (fd < 0)
		return bf_err_sys(err, errno, "open(%s)", path);
	if (bf_fs_write_all(fd, bytes, len, path, err) < 0) {
		bf_sys.close(fd);
		return -1;
	}
	return close_checked(fd, path, err);
}

int bf_fs_rewrite(int dir, const char *path, const void *bytes, size_t len, struct bf_err *err)
{
	return put(dir, path, O_TRUNC, bytes, len, err);
}

int bf_fs_append(int dir, const char *path, const void *bytes, size_t len, struct bf_err *err)
{
	return put(dir, path, O_APPEND, bytes, len, err);
}

int bf_fs_rename(int dir, const char *from, const char *to, struct bf_err *err)
{
	if (bf_sys.rename(dir, from, dir, to) == 0)
		return 1;
	int why = errno;
	bf_err_sys(err, why, "rename(%s)", from);
	return why == ENOENT ? 0 : -1;
}

int bf_fs_rename_when_free(int dir, const char *from, const char *to, int64_t patience_ms, struct bf_err *err)
{
	struct bf_err why = {0};
	int64_t until_ms = bf_sys.now_ms() + patience_ms;
	int moved;
	while ((moved = bf_fs_rename(dir, from, to, &why)) < 0 && (why.sys == EACCES || why.sys == EBUSY || why.sys == EPERM)
		&& bf_sys.now_ms() < until_ms)
		bf_sys.sleep_ms(BUSY_PAUSE_MS);
	if (moved < 1 && err)
		*err = why;
	return moved;
}

int bf_fs_unlink(int dir, const char *path, struct bf_err *err)
{
	if (bf_sys.unlink(dir, path) == 0)
		return 1;
	int why = errno;
	bf_err_sys(err, why, "unlink(%s)", path);
	return why == ENOENT ? 0 : -1;
}

int64_t bf_fs_copy(int from, int to, int64_t max, void (*each)(void *arg, const void *bytes, size_t len),
	void *arg, const char *path, struct bf_err *err)
{
	char *chunk = malloc(COPY_CHUNK);
	if (!chunk)
		abort();
	int64_t total = 0;
	for (;;) {
		ssize_t n = read_some(from, chunk, COPY_CHUNK);
		if (n < 0) {
			total = bf_err_sys(err, errno, "read(%s)", path);
			break;
		}
		if (n == 0)
			break;
		if (total + n > max) {
			total = bf_err_set(err, "%s is larger than %lld bytes", path, (long long)max);
			break;
		}
		if (each)
			each(arg, chunk, (size_t)n);
		if (to >= 0 && bf_fs_write_all(to, chunk, (size_t)n, path, err) < 0) {
			total = -1;
			break;
		}
		total += n;
	}
	free(chunk);
	return total;
}

bool bf_fs_name_is_plain(const char *name)
{
	return name[0] && strlen(name) <= 255 && strcmp(name, ".") && strcmp(name, "..") && !strchr(name, '/');
}

bool bf_fs_name_ok(const char *name)
{
	for (const unsigned char *p = (const unsigned char *)name; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			return false;
	return bf_fs_name_is_plain(name);
}
