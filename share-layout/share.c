#include "share-layout/share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/vfs.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

enum { FORMAT_MAX_BYTES = 4096, FORMAT_WAIT_MS = 5000, ASIDE_DIGITS = 16 };

#define ASIDE "." BF_FORMAT_FILE "."

/* ---- FORMAT ---- */

static int parse_format(const char *text, const char *where, char id[33], struct bf_err *err)
{
	unsigned major;
	if (sscanf(text, "blendfolder %u", &major) != 1)
		return bf_err_set(err, "%s/" BF_FORMAT_FILE " is not a blendfolder FORMAT file", where);
	if (major > BF_FORMAT_MAJOR)
		return bf_err_set(err, "the share %s was made by a newer blendfolder (format %u, this program knows"
			" %d): install the newer version on this machine", where, major, BF_FORMAT_MAJOR);
	const char *line = strstr(text, "\nid ");
	if (!line || strspn(line + 4, "0123456789abcdef") != 32 || line[36] != '\n')
		return bf_err_set(err, "%s/" BF_FORMAT_FILE " has no id", where);
	memcpy(id, line + 4, 32);
	id[32] = '\0';
	return 0;
}

/* Returns 1, 0 when there is no FORMAT, -1. Another agent may be writing it just now where the file
 * system has no hard links, so an empty one is given some seconds. */
static int read_format(int root, const char *where, char id[33], struct bf_err *err)
{
	struct bf_buf text = {0};
	int result;
	for (int64_t waited_ms = 0;; waited_ms += 100) {
		bf_buf_reset(&text);
		result = bf_fs_read(root, BF_FORMAT_FILE, FORMAT_MAX_BYTES, &text, err);
		if (result != 1 || text.len || waited_ms >= FORMAT_WAIT_MS)
			break;
		bf_sys.sleep_ms(100);
	}
	if (result == 1 && !text.len)
		result = bf_err_set(err, "%s/" BF_FORMAT_FILE " is empty: if no agent is starting there just now, delete"
			" that file and start one", where);
	else if (result == 1 && parse_format(bf_buf_text(&text), where, id, err) < 0)
		result = -1;
	bf_buf_clear(&text);
	return result;
}

/* ---- opening ---- */

static int open_root(const char *path, struct bf_err *err)
{
	/* The path the user names may lead through links, unlike everything below it. */
	char *real = realpath(path, NULL);
	int fd = bf_sys.open(AT_FDCWD, real ? real : path, O_RDONLY | O_DIRECTORY, 0);
	int why = errno;
	free(real);
	if (fd < 0 && why == ENOTDIR)
		return bf_err_sys(err, why, "%s is not a folder", path);
	if (fd < 0)
		return bf_err_sys(err, why, "cannot open the share %s", path);
	return fd;
}

static void keep_path(struct bf_share *share, const char *path)
{
	char *real = realpath(path, NULL);
	snprintf(share->path, sizeof share->path, "%s", real ? real : path);
	free(real);
}

static unsigned long type_of(int root)
{
	struct statfs st;
	return fstatfs(root, &st) < 0 ? 0 : (unsigned long)st.f_type;
}

int bf_share_open(const char *path, struct bf_share *out, struct bf_err *err)
{
	out->root = open_root(path, err);
	if (out->root < 0)
		return -1;
	int found = read_format(out->root, path, out->id, err);
	if (found == 1) {
		out->fs_type = type_of(out->root);
		keep_path(out, path);
		return 0;
	}
	if (found == 0)
		bf_err_set(err, "%s is not a blendfolder share (it has no file " BF_FORMAT_FILE "): is it mounted? An agent"
			" makes a new share in an empty folder: bfagent --share %s", path, path);
	bf_share_close(out);
	return -1;
}

int bf_share_reopen(struct bf_share *share, struct bf_err *err)
{
	char id[33];
	int root = open_root(share->path, err);
	if (root < 0)
		return err->sys == ENOENT ? 0 : -1;
	int found = read_format(root, share->path, id, err);
	if (found == 1 && strcmp(id, share->id)) {
		bf_err_set(err, "another share is mounted at %s", share->path);
		found = 0;
	} else if (found == 0) {
		bf_err_set(err, "the folder %s is there but the share is not: it is not mounted", share->path);
	}
	if (found == 1) {
		bf_sys.close(share->root);
		share->root = root;
	} else {
		bf_sys.close(root);
	}
	return found;
}

bool bf_share_is_here(const struct bf_share *share)
{
	struct stat at_path, held;
	return bf_sys.stat(AT_FDCWD, share->path, &at_path) == 0 && bf_sys.fstat(share->root, &held) == 0
		&& at_path.st_dev == held.st_dev && at_path.st_ino == held.st_ino;
}

bool bf_share_is_remote(const struct bf_share *share)
{
	/* statfs(2): the disk file systems a single machine may use; whatever else there is may be shared */
	static const unsigned long local[] = { 0xef53 /* ext */, 0x58465342 /* xfs */, 0x9123683e /* btrfs */,
		0x01021994 /* tmpfs */, 0x794c7630 /* overlay */, 0x2fc12fc1 /* zfs */, 0xf2f52010 /* f2fs */ };
	for (size_t i = 0; i < sizeof local / sizeof *local; i++)
		if (share->fs_type == local[i])
			return false;
	return true;
}

int64_t bf_share_listing_age_ms(const struct bf_share *share)
{
	return share->fs_type == 0x65735546 /* FUSE_SUPER_MAGIC */ ? 20000 : 0;
}

void bf_share_close(struct bf_share *share)
{
	if (share->root >= 0)
		bf_sys.close(share->root);
	share->root = -1;
}

/* ---- making ---- */

/* What file servers, desktops and a half-made share leave in a folder that people call empty. FORMAT:
 * it was not there a moment ago, so another agent is making the share just now. */
static bool counts_as_empty(const char *name)
{
	static const char *const harmless[] = {
		BF_FORMAT_FILE, "README.txt", "queue", "jobs", "output", "agents", "lost+found", "System Volume Information",
		"$RECYCLE.BIN", "Thumbs.db", "desktop.ini", "@eaDir", "#recycle", "#snapshot", "@Recycle", NULL,
	};
	if (name[0] == '.')
		return true;
	for (int i = 0; harmless[i]; i++)
		if (!strcmp(name, harmless[i]))
			return true;
	return false;
}

static bool line_has_mount(const char *file, int column, const char *path)
{
	FILE *stream = fopen(file, "re");
	if (!stream)
		return false;
	char *line = NULL;
	size_t room = 0;
	bool found = false;
	while (!found && getline(&line, &room, stream) >= 0) {
		char *rest = line, *word = NULL;
		for (int i = 0; i <= column; i++)
			word = strtok_r(i ? NULL : line, " \t\n", &rest);
		found = line[0] != '#' && word && !strcmp(word, path);
	}
	free(line);
	fclose(stream);
	return found;
}

static bool is_unmounted_mount_point(const char *path)
{
	char *real = realpath(path, NULL);
	bool result = real && line_has_mount("/etc/fstab", 1, real)
		&& !line_has_mount("/proc/self/mounts", 1, real);
	free(real);
	return result;
}

static int check_may_make(int root, const char *path, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = bf_fs_list(root, ".", &names, err) == 1 ? 0 : -1;
	for (size_t i = 0; result == 0 && i < names.count; i++)
		if (!counts_as_empty(names.item[i].text))
			result = bf_err_set(err, "%s is neither a blendfolder share nor empty (it holds %s): name"
				" another folder, or an empty one to make a new share in", path, names.item[i].text);
	bf_names_clear(&names);
	if (result == 0 && is_unmounted_mount_point(path))
		result = bf_err_set(err, "%s is a mount point of /etc/fstab and nothing is mounted on it: mount it"
			" first", path);
	return result;
}

static void random_hex(char out[33])
{
	unsigned char bytes[16];
	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		bf_bug("getrandom");
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* What a maker of FORMAT has left that was killed. One that is still at it finds that somebody was quicker. */
static void remove_asides(int root)
{
	struct bf_names names = {0};
	bf_fs_list(root, ".", &names, NULL);
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.item[i].text;
		if (!strncmp(name, ASIDE, strlen(ASIDE)) && strspn(name + strlen(ASIDE), "0123456789abcdef") == ASIDE_DIGITS
			&& !name[strlen(ASIDE) + ASIDE_DIGITS])
			bf_fs_unlink(root, name, NULL);
	}
	bf_names_clear(&names);
}

/* Exclusive: whichever of several agents that start at once comes first has made the share, the
 * others find its FORMAT. A hard link shows name and content in one step; without links a rename
 * does, and the last of them holds (all read it again afterwards). Whether FORMAT is there counts more than what
 * the calls say. */
static int make_format(int root, const char *path, struct bf_err *err)
{
	char id[33], text[128], aside[64];
	int created = 0;
	/* nobody else has this name: if it is taken, the answer to our own call was lost, and the file is empty */
	for (int i = 0; i < 3 && created == 0; i++) {
		random_hex(id);
		snprintf(text, sizeof text, "blendfolder %d\nid %s\n", BF_FORMAT_MAJOR, id);
		snprintf(aside, sizeof aside, ASIDE "%.*s", ASIDE_DIGITS, id);
		created = bf_fs_create(root, aside, text, strlen(text), err);
	}
	if (created != 1)
		return -1;
	bool made = bf_sys.link(root, aside, root, BF_FORMAT_FILE) == 0 || errno == EEXIST
		|| read_format(root, path, id, NULL) == 1 || bf_fs_rename(root, aside, BF_FORMAT_FILE, err) == 1
		|| read_format(root, path, id, NULL) == 1;
	bf_fs_unlink(root, aside, NULL);
	return made ? 0 : -1;
}

static int make_tree(int root, const char *path, struct bf_err *err)
{
	for (int i = 0; bf_skeleton_dirs[i]; i++)
		if (bf_fs_mkdir(root, bf_skeleton_dirs[i], err) < 0)
			return -1;
	if (bf_fs_rewrite(root, "README.txt", bf_skeleton_readme, strlen(bf_skeleton_readme), err) < 0)
		return -1;
	if (make_format(root, path, err) < 0)
		return -1;
	bf_fs_sync_dir(root, ".");
	return 0;
}

int bf_share_open_or_make(const char *path, struct bf_share *out, struct bf_err *err)
{
	if (bf_fs_mkdir(AT_FDCWD, path, err) < 0)
		return bf_err_prefix(err, "cannot make the share %s", path);
	int root = open_root(path, err);
	if (root < 0)
		return -1;
	char id[33];
	int found = read_format(root, path, id, err);
	if (found == 0 && check_may_make(root, path, err) < 0)
		found = -1;
	else if (found == 0)
		found = make_tree(root, path, err) == 0 ? 1 : bf_err_prefix(err, "cannot make a share in %s", path);
	bf_sys.close(root);
	if (found != 1 || bf_share_open(path, out, err) < 0)
		return -1;
	remove_asides(out->root);
	return 0;
}

/* ---- looking anew ---- */

static const char probe_prefix[] = ".look.";

int bf_share_touch(const struct bf_share *share, const char *dir, const char *token, struct bf_err *err)
{
	struct bf_path probe = bf_path_of("%s/%s%s", dir, probe_prefix, token);
	if (bf_fs_create(share->root, probe.text, "", 0, err) < 0)
		return -1;
	return bf_fs_unlink(share->root, probe.text, err) < 0 ? -1 : 0;
}

int bf_share_touch_once(const struct bf_share *share, const char *dir, struct bf_err *err)
{
	struct bf_token it = { .count = 1 };
	char host[BF_NAME_MAX], token[BF_TOKEN_MAX];
	bf_name_of_host(host);
	bf_id_make(host, it.id);
	bf_token_format(&it, token);
	return bf_share_touch(share, dir, token, err);
}

int bf_share_list_fresh(const struct bf_share *share, const char *dir, struct bf_names *names, struct bf_err *err)
{
	if (bf_share_is_remote(share))
		bf_share_touch_once(share, dir, NULL);
	return bf_fs_list(share->root, dir, names, err);
}

bool bf_share_is_probe(const char *name)
{
	return !strncmp(name, probe_prefix, sizeof probe_prefix - 1);
}
