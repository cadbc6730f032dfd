/* Directories: making and removing them, and the names in them. */
#include "share-layout/base/fs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/sys.h"

enum { TREE_DEPTH_MAX = 64 };

int bf_fs_mkdir(int dir, const char *path, struct bf_err *err)
{
	if (bf_sys.mkdir(dir, path, 0777) == 0)
		return 1;
	int why = errno;
	bf_err_sys(err, why, "mkdir(%s)", path);
	return why == EEXIST ? 0 : -1;
}

void bf_fs_sync_dir(int dir, const char *path)
{
	int fd = bf_fs_open_dir(dir, path, NULL);
	if (fd < 0)
		return;
	bf_sys.fsync(fd);
	bf_sys.close(fd);
}

static int remove_tree(int dir, const char *path, int depth, struct bf_err *err)
{
	if (bf_sys.unlink(dir, path) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return bf_err_sys(err, errno, "unlink(%s)", path);
	if (depth > TREE_DEPTH_MAX)
		return bf_err_set(err, "%s: folders nested too deeply", path);
	int fd = bf_fs_open_dir(dir, path, err);
	if (fd < 0)
		return -1;
	struct bf_names names = {0};
	int result = bf_fs_list(fd, ".", &names, err) < 0 ? -1 : 0;
	for (size_t i = 0; result == 0 && i < names.count; i++)
		result = remove_tree(fd, names.item[i].text, depth + 1, err);
	bf_names_clear(&names);
	bf_sys.close(fd);
	if (result == 0 && bf_sys.rmdir(dir, path) < 0 && errno != ENOENT)
		result = bf_err_sys(err, errno, "rmdir(%s)", path);
	return result;
}

int bf_fs_remove_tree(int dir, const char *path, struct bf_err *err)
{
	return remove_tree(dir, path, 0, err);
}

/* ---- the names in it ---- */

static void keep_name(void *arg, const char *text, unsigned char kind)
{
	struct bf_names *names = arg;
	if (names->count == names->room) {
		size_t room = names->room ? names->room * 2 : 64;
		struct bf_name *item = realloc(names->item, room * sizeof *item);
		if (!item)
			abort();
		names->item = item;
		names->room = room;
	}
	char *copy = strdup(text);
	if (!copy)
		abort();
	names->item[names->count++] = (struct bf_name){ copy, kind };
}

static void forget_names(struct bf_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->item[i].text);
	names->count = 0;
}

int bf_fs_list(int dir, const char *path, struct bf_names *names, struct bf_err *err)
{
	forget_names(names);
	if (bf_sys.list(dir, path, keep_name, names) == 0)
		return 1;
	int why = errno;
	bf_err_sys(err, why, "list(%s)", path);
	return why == ENOENT ? 0 : -1;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct bf_name *)a)->text, ((const struct bf_name *)b)->text);
}

void bf_names_sort(struct bf_names *names)
{
	if (names->count)
		qsort(names->item, names->count, sizeof *names->item, by_text);
}

bool bf_names_sorted_has(const struct bf_names *sorted, const char *text)
{
	size_t low = 0, high = sorted->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(sorted->item[middle].text, text);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool bf_names_has(const struct bf_names *names, const char *text)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->item[i].text, text))
			return true;
	return false;
}

void bf_names_clear(struct bf_names *names)
{
	forget_names(names);
	free(names->item);
	memset(names, 0, sizeof *names);
}
