#include "agent/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/token.h"

/* Folders that agents of this machine left when they were killed: named by their id, with a file pid. */
static void remove_left(const char *parent)
{
	struct bf_names names = {0};
	int dir = bf_fs_open_dir(AT_FDCWD, parent, NULL);
	if (dir >= 0)
		bf_fs_list(dir, ".", &names, NULL);
	for (size_t i = 0; i < names.count; i++) {
		char path[BF_FILE_MAX + 8];
		struct bf_buf text = {0};
		if (!bf_id_ok(names.item[i].text) || bf_fmt(path, sizeof path, "%s/pid", names.item[i].text) < 0)
			continue;
		if (bf_fs_read(dir, path, 64, &text, NULL) == 1) {
			long pid = strtol(bf_buf_text(&text), NULL, 10);
			if (pid > 0 && kill((pid_t)pid, 0) < 0 && errno == ESRCH)
				bf_fs_remove_tree(dir, names.item[i].text, NULL);
		}
		bf_buf_clear(&text);
	}
	bf_names_clear(&names);
	if (dir >= 0)
		bf_sys.close(dir);
}

static int make_parents(const char *path, struct bf_err *err)
{
	char part[4096];
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
		if (bf_fs_mkdir(AT_FDCWD, part, err) < 0 && access(part, F_OK) < 0)
			return -1;
	}
	return bf_fs_mkdir(AT_FDCWD, path, err) < 0 ? -1 : 0;
}

/* Below /tmp anybody may have made a folder of this name, to change later what lies in it. */
static int check_owner(const char *path, struct bf_err *err)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return bf_err_sys(err, errno, "stat(%s)", path);
	return st.st_uid == getuid() || st.st_uid == 0 ? 0 : bf_err_set(err, "it belongs to another user");
}

int scratch_make(const char *parent, const char *id, char path[SCRATCH_PATH_MAX], struct bf_err *err)
{
	char file[SCRATCH_PATH_MAX + 8], pid[32];
	if (make_parents(parent, err) < 0)
		return bf_err_prefix(err, "the scratch folder %s cannot be made", parent);
	if (check_owner(parent, err) < 0)
		return bf_err_prefix(err, "the scratch folder %s cannot be used", parent);
	remove_left(parent);
	if (bf_fmt(path, SCRATCH_PATH_MAX, "%s/%s", parent, id) < 0 || bf_fmt(file, sizeof file, "%s/pid", path) < 0)
		return bf_err_set(err, "the scratch folder's path is too long");
	snprintf(pid, sizeof pid, "%d\n", (int)getpid());
	if (bf_sys.mkdir(AT_FDCWD, path, 0700) < 0)
		return bf_err_sys(err, errno, "the scratch folder %s cannot be made", path);
	if (bf_fs_rewrite(AT_FDCWD, file, pid, strlen(pid), err) < 0)
		return bf_err_prefix(err, "the scratch folder %s cannot be used", parent);
	return 0;
}

void scratch_remove(const char *parent, const char *path)
{
	bf_fs_remove_tree(AT_FDCWD, path, NULL);
	rmdir(parent); /* when no other agent uses it */
}
