#include "tests/fuzz/fuzz_tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "share-layout/base/fs.h"

enum { FILES_MAX = 24, PATH_BYTES = 300 };

static char dir[512];
static int root = -1, base = -1;

const char *tree_path(void) { return dir; }

static void remove_at_end(void)
{
	bf_fs_remove_tree(AT_FDCWD, dir, NULL);
}

static void open_root(void)
{
	if (base < 0) {
		const char *tmp = getenv("TMPDIR");
		snprintf(dir, sizeof dir, "%s/fuzz-tree.XXXXXX", tmp ? tmp : "/tmp");
		if (!mkdtemp(dir) || (base = open(dir, O_RDONLY | O_DIRECTORY)) < 0)
			abort();
		strcat(dir, "/t");
		atexit(remove_at_end);
	}
	if (root >= 0)
		close(root);
	bf_fs_remove_tree(base, "t", NULL);
	if (mkdirat(base, "t", 0777) < 0 || (root = openat(base, "t", O_RDONLY | O_DIRECTORY)) < 0)
		abort();
}

void tree_put(const char *path, const void *bytes, size_t size)
{
	char part[PATH_BYTES];
	size_t len = strlen(path);
	if (!len || len >= sizeof part || path[0] == '/' || strstr(path, ".."))
		return;
	for (size_t i = 0; i < len; i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		mkdirat(root, part, 0777);
	}
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0666);
	if (fd < 0) /* a name of a folder, or too long for the file system */
		return;
	if (size && write(fd, bytes, size) < 0)
		abort();
	close(fd);
}

static void put_record(const char *record, size_t size)
{
	char path[PATH_BYTES];
	const char *end = memchr(record, '\n', size);
	size_t len = end ? (size_t)(end - record) : size;
	if (len >= sizeof path || memchr(record, '\0', len))
		return;
	memcpy(path, record, len);
	path[len] = '\0';
	tree_put(path, record + len + (end != NULL), size - len - (end != NULL));
}

int tree_make(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = size ? at + size : at;
	open_root();
	for (int i = 0; i < FILES_MAX && at < end; i++) {
		const char *stop = memmem(at, (size_t)(end - at), "\n\n", 2);
		size_t len = (size_t)((stop ? stop + 1 : end) - at);
		put_record(at, len);
		at += len + (stop != NULL);
	}
	return root;
}
