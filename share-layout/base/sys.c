#include "share-layout/base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#ifdef SYS_openat2
#include <linux/openat2.h>
#endif

/* ---- below a folder of the share, behind no symbolic link ---- */

/* Is the path one that begins at a folder we hold? What starts elsewhere was named by the user of this machine. */
static bool is_below(int dir, const char *path)
{
	return dir != AT_FDCWD && path[0] != '/';
}

static void leave(int fd, int dir)
{
	int why = errno;
	if (fd >= 0 && fd != dir)
		close(fd);
	errno = why;
}

/* A link where a folder is wanted is told by ENOTDIR otherwise. */
static int open_one(int dir, const char *name, int flags, mode_t mode)
{
	struct stat st;
	int fd = openat(dir, name, flags | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0 && errno == ENOTDIR)
		errno = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode) ? ELOOP : ENOTDIR;
	return fd;
}

/* Folder by folder: what openat2 does in one call. */
static int walk(int dir, const char *path, int flags, mode_t mode)
{
	int at = dir;
	for (const char *end; (end = strchr(path, '/')); path = end + 1) {
		char name[NAME_MAX + 1];
		int next = -1;
		snprintf(name, sizeof name, "%.*s", (int)(end - path), path);
		if (end - path > NAME_MAX)
			errno = ENAMETOOLONG;
		else if (!strcmp(name, ".."))
			errno = EXDEV;
		else
			next = open_one(at, name, O_PATH | O_DIRECTORY, 0);
		leave(at, dir);
		if (next < 0)
			return -1;
		at = next;
	}
	int fd = open_one(at, path, flags, mode);
	leave(at, dir);
	return fd;
}

#ifdef SYS_openat2
static int openat2_below(int dir, const char *path, int flags, mode_t mode)
{
	struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC), .mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

/* Kernels before 5.6 lack it; filters of containers have several words for that. Asked once. */
static bool has_openat2(void)
{
	static atomic_int known; /* 0 no, 1 it has it, 2 it has not */
	if (!known) {
		int fd = openat2_below(AT_FDCWD, ".", O_PATH, 0);
		known = fd >= 0 ? 1 : 2;
		leave(fd, -1);
	}
	return known == 1;
}
#else
static int openat2_below(int dir, const char *path, int flags, mode_t mode)
{
	return walk(dir, path, flags, mode);
}

static bool has_openat2(void)
{
	return false;
}
#endif

static int real_open(int dir, const char *path, int flags, mode_t mode)
{
	if (!is_below(dir, path))
		return openat(dir, path, flags | O_CLOEXEC | O_NOFOLLOW, mode);
	return has_openat2() ? openat2_below(dir, path, flags, mode) : walk(dir, path, flags, mode);
}

/* The folder in which the last component lies: nothing is asked of a server that walking there would not ask. -1 if it cannot be
 * reached. To be left. */
static int open_parent(int dir, const char *path, const char **last)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	*last = path;
	if (!slash || !is_below(dir, path))
		return dir;
	*last = slash + 1;
	if (slash - path >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
	return real_open(dir, folder, O_PATH | O_DIRECTORY, 0);
}

/* After ESTALE: have the server asked for the folder, so that the kernel forgets what it took for it. It does so by itself in a
 * call with the whole path, which we do not make. */
static void ask_for_parent(int dir, const char *path)
{
	char folder[PATH_MAX];
	struct statx st;
	const char *slash = strrchr(path, '/');
	if (!slash || !is_below(dir, path) || slash - path >= PATH_MAX)
		return;
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
	statx(dir, folder, AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &st);
}

/* A call on one name: act(folder, name, arg). */
static int on_one(int dir, const char *path, int (*act)(int in, const char *name, void *arg), void *arg)
{
	for (bool again = true;; again = false) {
		const char *last;
		int in = open_parent(dir, path, &last);
		int result = in == -1 ? -1 : act(in, last, arg);
		leave(in, dir);
		if (result == 0 || errno != ESTALE || !again)
			return result;
		ask_for_parent(dir, path);
	}
}

/* A call on two names, likewise. */
static int on_two(int from_dir, const char *from, int to_dir, const char *to,
	int (*act)(int from_dir, const char *from, int to_dir, const char *to))
{
	for (bool again = true;; again = false) {
		const char *from_last, *to_last = to;
		int out_of = open_parent(from_dir, from, &from_last);
		int into = out_of == -1 ? -1 : open_parent(to_dir, to, &to_last);
		int result = into == -1 ? -1 : act(out_of, from_last, into, to_last);
		leave(out_of, from_dir);
		leave(into, to_dir);
		if (result == 0 || errno != ESTALE || !again)
			return result;
		ask_for_parent(from_dir, from);
		ask_for_parent(to_dir, to);
	}
}

static int act_stat(int in, const char *name, void *st) { return fstatat(in, name, st, AT_SYMLINK_NOFOLLOW); }
static int act_unlink(int in, const char *name, void *flags) { return unlinkat(in, name, *(int *)flags); }
static int act_mkdir(int in, const char *name, void *mode) { return mkdirat(in, name, *(mode_t *)mode); }
static int act_link(int out_of, const char *from, int into, const char *to) { return linkat(out_of, from, into, to, 0); }

static int real_stat(int dir, const char *path, struct stat *st)
{
	return on_one(dir, path, act_stat, st);
}

static int real_unlink(int dir, const char *path)
{
	int flags = 0;
	return on_one(dir, path, act_unlink, &flags);
}

static int real_rmdir(int dir, const char *path)
{
	int flags = AT_REMOVEDIR;
	return on_one(dir, path, act_unlink, &flags);
}

static int real_mkdir(int dir, const char *path, mode_t mode)
{
	return on_one(dir, path, act_mkdir, &mode);
}

static int real_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	return on_two(from_dir, from, to_dir, to, renameat);
}

static int real_link(int from_dir, const char *from, int to_dir, const char *to)
{
	return on_two(from_dir, from, to_dir, to, act_link);
}

/* ---- the rest ---- */

static int real_list(int dir, const char *path, bf_sys_name_fn *each, void *arg)
{
	int fd = real_open(dir, path, O_RDONLY | O_DIRECTORY, 0);
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
	.fstat = fstat, .stat = real_stat, .rename = real_rename, .link = real_link,
	.unlink = real_unlink, .mkdir = real_mkdir, .rmdir = real_rmdir, .list = real_list,
	.now_ms = real_now_ms, .sleep_ms = real_sleep_ms,
};
