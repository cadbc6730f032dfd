#include "tests/lib/fresh_share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/path.h"
#include "tests/lib/fresh_folder.h"

static void must(bool good, const char *what, const struct bf_err *err)
{
	if (!good)
		bf_bug("%s: %s", what, err ? err->text : strerror(errno));
}

int fresh_share_setup(void **state)
{
	struct bf_err err = {0};
	struct fresh_share *fresh = calloc(1, sizeof *fresh);
	must(fresh != NULL, "calloc", NULL);
	fresh_folder(fresh->dir, sizeof fresh->dir);
	must(bf_share_open_or_make(fresh->dir, &fresh->share, &err) == 0, fresh->dir, &err);
	*state = fresh;
	return 0;
}

int fresh_share_teardown(void **state)
{
	struct bf_err err = {0};
	struct fresh_share *fresh = *state;
	bf_share_close(&fresh->share);
	must(bf_fs_remove_tree(AT_FDCWD, fresh->dir, &err) == 0, fresh->dir, &err);
	free(fresh);
	return 0;
}

void fresh_share_mkdir(const struct fresh_share *fresh, const char *path)
{
	struct bf_err err = {0};
	char part[BF_PATH_MAX];
	for (const char *p = path; (p = strchr(p, '/')); p++) {
		snprintf(part, sizeof part, "%.*s", (int)(p - path), path);
		must(bf_fs_mkdir(fresh->share.root, part, &err) >= 0, part, &err);
	}
	must(bf_fs_mkdir(fresh->share.root, path, &err) >= 0, path, &err);
}

void fresh_share_put(const struct fresh_share *fresh, const char *path, const char *text)
{
	struct bf_err err = {0};
	char parent[BF_PATH_MAX];
	snprintf(parent, sizeof parent, "%s", path);
	char *slash = strrchr(parent, '/');
	if (slash) {
		*slash = '\0';
		fresh_share_mkdir(fresh, parent);
	}
	must(bf_fs_rewrite(fresh->share.root, path, text, strlen(text), &err) == 0, path, &err);
}

void fresh_share_put_task(const struct fresh_share *fresh, const char *job, const char *shard,
	const struct bf_task *task)
{
	fresh_share_put(fresh, bf_path_task(job, shard, task).text, "");
}

bool fresh_share_has(const struct fresh_share *fresh, const char *path)
{
	return faccessat(fresh->share.root, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool fresh_share_has_task(const struct fresh_share *fresh, const char *job, const char *shard,
	const struct bf_task *task)
{
	return fresh_share_has(fresh, bf_path_task(job, shard, task).text);
}

int fresh_share_count(const struct fresh_share *fresh, const char *dir)
{
	struct bf_names names = {0};
	int count = bf_fs_list(fresh->share.root, dir, &names, NULL) == 1 ? (int)names.count : -1;
	bf_names_clear(&names);
	return count;
}
