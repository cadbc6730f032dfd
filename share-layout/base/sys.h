/* The one table through which everything on the share is touched.
 *
 * Release builds use the constant table below. Builds with -DBF_SYS_HOOKS make it a variable,
 * so that tests can fail, kill or delay call number n, or put a simulated server in its place.
 * Conventions are those of the system call of the same name: -1 and errno on failure.
 * All paths are relative to a directory descriptor. Below one, no symlink is followed, wherever it stands in the path (ELOOP),
 * nor "..": whoever writes to a share must not lead us out of it. Absolute paths and those below AT_FDCWD were named by the
 * user of this machine: of these the last component alone must be none. Every call may block for as long as the file server is away. */
#ifndef BF_BASE_SYS_H
#define BF_BASE_SYS_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Called for each name but . and ..; kind is a DT_ constant of <dirent.h>. */
typedef void bf_sys_name_fn(void *arg, const char *name, unsigned char kind);

struct bf_sys {
	int (*open)(int dir, const char *path, int flags, mode_t mode); /* O_CLOEXEC|O_NOFOLLOW added */
	ssize_t (*read)(int fd, void *bytes, size_t len);
	ssize_t (*write)(int fd, const void *bytes, size_t len);
	int (*fsync)(int fd);
	int (*close)(int fd);
	int (*fstat)(int fd, struct stat *st);
	int (*stat)(int dir, const char *path, struct stat *st); /* of a link itself, like lstat */
	int (*rename)(int from_dir, const char *from, int to_dir, const char *to);
	int (*link)(int from_dir, const char *from, int to_dir, const char *to);
	int (*unlink)(int dir, const char *path);
	int (*mkdir)(int dir, const char *path, mode_t mode);
	int (*rmdir)(int dir, const char *path);
	/* A listing through a descriptor opened for it: the only look that is fresh on NFS. */
	int (*list)(int dir, const char *path, bf_sys_name_fn *each, void *arg);
	int64_t (*now_ms)(void);          /* monotonic, does not run while the machine sleeps */
	void (*sleep_ms)(int64_t ms);     /* may return early on a signal */
};

#ifdef BF_SYS_HOOKS
extern struct bf_sys bf_sys;
#else
extern const struct bf_sys bf_sys;
#endif

#endif
