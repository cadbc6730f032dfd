#include "share-layout/base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int real_open(int dir, const char *path, int flags, mode_t mode)
{
	return openat(dir, path, flags | O_CLOEXEC | O_NOFOLLOW, mode);
}

static int real_stat(int dir, const char *path, struct stat *st)
{
	return fstatat(dir, path, st, AT_SYMLINK_NOFOLLOW);
}

static int real_link(int from_dir, const char *from, int to_dir, const char *to)
{
	return linkat(from_dir, from, to_dir, to, 0);
}

static int real_unlink(int dir, const char *path)
{
	return unlinkat(dir, path, 0);
}

static int real_rmdir(int dir, const char *path)
{
	return unlinkat(dir, path, AT_REMOVEDIR);
}

static int real_list(int dir, const char *path, bf_sys_name_fn *each, void *arg)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	DIR *stream = fdopendir(fd);
	if (!stream) {
		int why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	for (;;) {
		errno = 0;
		struct dirent *entry = readdir(stream);
		if (!entry)
			break;
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			each(arg, entry->d_name, entry->d_type);
	}
	int why = errno;
	closedir(stream);
	errno = why;
	return why ? -1 : 0;
}

static int64_t real_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void real_sleep_ms(int64_t ms)
{
	struct timespec span = { ms / 1000, (ms % 1000) * 1000000 };
	nanosleep(&span, NULL);
}

#ifndef BF_SYS_HOOKS
const
#endif
struct bf_sys bf_sys = {
	.open = real_open, .read = read, .write = write, .fsync = fsync, .close = close,
	.fstat = fstat, .stat = real_stat, .rename = renameat, .link = real_link,
	.unlink = real_unlink, .mkdir = mkdirat, .rmdir = real_rmdir, .list = real_list,
	.now_ms = real_now_ms, .sleep_ms = real_sleep_ms,
};
