/* `bfagent --check-share` on a file system that lies:  brokenshare KIND DIR WAIT_SECONDS NAME
 *
 * Brings its own table of system calls, which the linker takes instead of the library's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/check.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"

enum { CACHED = 64, STALE_MS = 200, OLD_MS = 8000, SLOW_MS = 2 };

static const char *kind;

static bool is(const char *name)
{
	return !strcmp(kind, name);
}

static int64_t my_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void my_sleep_ms(int64_t ms)
{
	struct timespec span = { ms / 1000, (ms % 1000) * 1000000 };
	nanosleep(&span, NULL);
}

/* ---- listings from the past ---- */

static struct cached {
	int dir;
	char path[300];
	int64_t at_ms;
	struct bf_names names;
} cache[CACHED];

static struct cached *cached(int dir, const char *path)
{
	for (int i = 0; i < CACHED; i++)
		if (cache[i].path[0] && cache[i].dir == dir && !strcmp(cache[i].path, path))
			return &cache[i];
	return NULL;
}

/* sshfs forgets a directory in which the machine itself changes something. */
static void changed(int dir, const char *path)
{
	char folder[300];
	const char *slash = strrchr(path, '/');
	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	struct cached *entry = is("cached-list") ? cached(dir, folder) : NULL;
	if (entry)
		entry->at_ms = 0;
}

static void keep(void *arg, const char *name, unsigned char type)
{
	struct bf_names *names = arg;
	if ((is("list-misses") && strstr(name, "3.done")) || (is("hides-dots") && name[0] == '.'))
		return;
	if (names->count == names->room) {
		names->room = names->room ? names->room * 2 : 64;
		names->item = realloc(names->item, names->room * sizeof *names->item);
		if (!names->item)
			abort();
	}
	names->item[names->count++] = (struct bf_name){ strdup(name), type };
}

static int read_names(int dir, const char *path, struct bf_names *names)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream)
		return -1;
	for (struct dirent *entry; (entry = readdir(stream));)
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			keep(names, entry->d_name, entry->d_type);
	closedir(stream);
	return 0;
}

static struct cached *refresh(int dir, const char *path)
{
	static int next;
	struct cached *entry = cached(dir, path);
	if (!entry)
		entry = &cache[next++ % CACHED];
	bf_names_clear(&entry->names);
	entry->dir = dir;
	entry->at_ms = my_now_ms();
	snprintf(entry->path, sizeof entry->path, "%s", path);
	return read_names(dir, path, &entry->names) < 0 ? NULL : entry;
}

static int my_list(int dir, const char *path, bf_sys_name_fn *each, void *arg)
{
	struct cached *entry = cached(dir, path);
	int64_t old_ms = is("stale-list") ? STALE_MS : is("cached-list") ? OLD_MS : -1;
	if (!entry || my_now_ms() - entry->at_ms > old_ms)
		entry = refresh(dir, path);
	for (size_t i = 0; entry && i < entry->names.count; i++)
		each(arg, entry->names.item[i].text, entry->names.item[i].kind);
	return entry ? 0 : -1;
}

/* ---- the other calls ---- */

static int my_open(int dir, const char *path, int flags, mode_t mode)
{
	if (is("creation-twice") && flags & O_CREAT)
		flags &= ~O_EXCL;
	if (flags & O_CREAT)
		changed(dir, path);
	int fd = openat(dir, path, flags | O_CLOEXEC | O_NOFOLLOW, mode);
	for (int i = 0; i < CACHED; i++) /* the number may have been another directory's */
		if (fd >= 0 && cache[i].dir == fd)
			cache[i].at_ms = 0;
	return fd;
}

static int my_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	changed(from_dir, from);
	changed(to_dir, to);
	struct stat st;
	if (is("rename-copies") && fstatat(from_dir, from, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
		/* two steps where there should be one */
		unlinkat(to_dir, to, 0);
		if (linkat(from_dir, from, to_dir, to, 0) < 0)
			return -1;
		my_sleep_ms(SLOW_MS);
		unlinkat(from_dir, from, 0);
		return 0;
	}
	int result = renameat(from_dir, from, to_dir, to);
	return result < 0 && errno == ENOENT && is("rename-twice") ? 0 : result;
}

static int my_fsync(int fd)
{
	if (!is("fsync-fails"))
		return fsync(fd);
	errno = EIO;
	return -1;
}

static int my_stat(int dir, const char *path, struct stat *st)
{
	return fstatat(dir, path, st, AT_SYMLINK_NOFOLLOW);
}

static int my_link(int from_dir, const char *from, int to_dir, const char *to)
{
	changed(to_dir, to);
	return linkat(from_dir, from, to_dir, to, 0);
}

static int my_unlink(int dir, const char *path)
{
	changed(dir, path);
	return unlinkat(dir, path, 0);
}

static int my_mkdir(int dir, const char *path, mode_t mode)
{
	changed(dir, path);
	return mkdirat(dir, path, mode);
}

static int my_rmdir(int dir, const char *path)
{
	changed(dir, path);
	return unlinkat(dir, path, AT_REMOVEDIR);
}

#ifndef BF_SYS_HOOKS
const
#endif
struct bf_sys bf_sys = {
	.open = my_open, .read = read, .write = write, .fsync = my_fsync, .close = close, .fstat = fstat, .stat = my_stat,
	.rename = my_rename, .link = my_link, .unlink = my_unlink, .mkdir = my_mkdir, .rmdir = my_rmdir, .list = my_list,
	.now_ms = my_now_ms, .sleep_ms = my_sleep_ms,
};

int main(int argc, char **argv)
{
	if (argc != 5) {
		fputs("Usage: brokenshare KIND DIR WAIT_SECONDS NAME\n", stderr);
		return 2;
	}
	kind = argv[1];
	int status = check_run(argv[2], argv[4], (int64_t)(atof(argv[3]) * 1000));
	for (int i = 0; i < CACHED; i++)
		bf_names_clear(&cache[i].names);
	return status;
}
