/* What one machine can find out by itself: does each call do what it says, and does it see what it did? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "agent/check_private.h"
#include "share-layout/base/sys.h"

enum { ROUNDS = 10 };

static void try_creation(struct check *check)
{
	static const char what[] = "exclusive creation";
	int twice = 0, twice_dirs = 0;
	struct bf_err err;
	for (int i = 0; i < ROUNDS; i++) {
		struct bf_path file = bf_path_of("excl/%d", i), folder = bf_path_of("excl/d%d", i);
		if (check_make(check->dir, file.text, &err) != 1 || bf_fs_mkdir(check->dir, folder.text, &err) != 1) {
			check_say(check, CHECK_BAD, what, "does not work: %s", err.text);
			return;
		}
		twice += check_make(check->dir, file.text, &err) == 1; /* refused with EEXIST, or EPERM over sshfs */
		twice_dirs += bf_fs_mkdir(check->dir, folder.text, &err) == 1;
	}
	if (twice || twice_dirs)
		check_say(check, CHECK_BAD, what, "a file that was there was created again %d times of %d, a folder %d times: two machines would both"
			" believe to be first", twice, ROUNDS, twice_dirs);
	else
		check_say(check, CHECK_OK, what, "a name that is taken stays taken");
}

/* One name, two takers. */
static void try_rename(struct check *check)
{
	static const char what[] = "rename";
	int double_wins = 0;
	struct bf_err err;
	for (int i = 0; i < ROUNDS; i++) {
		struct bf_path from = bf_path_of("move/%d", i), one = bf_path_of("move/%d.one", i), two = bf_path_of("move/%d.two", i);
		if (check_make(check->dir, from.text, &err) != 1 || bf_fs_rename(check->dir, from.text, one.text, &err) != 1) {
			check_say(check, CHECK_BAD, what, "does not work: %s", err.text);
			return;
		}
		double_wins += bf_fs_rename(check->dir, from.text, two.text, &err) == 1;
	}
	if (double_wins)
		check_say(check, CHECK_BAD, what, "what was renamed away could be renamed once more, %d times of %d: two machines would own one frame",
			double_wins, ROUNDS);
	else
		check_say(check, CHECK_OK, what, "has one winner");
}

static bool holds(struct check *check, const char *path, const char *text)
{
	struct bf_buf found = {0};
	bool same = bf_fs_read(check->dir, path, 4096, &found, NULL) == 1 && !strcmp(bf_buf_text(&found), text);
	bf_buf_clear(&found);
	return same;
}

static void try_rename_over(struct check *check)
{
	static const char what[] = "rename onto a file";
	struct bf_err err;
	if (bf_fs_rewrite(check->dir, "move/old", "old", 3, &err) < 0 || bf_fs_rewrite(check->dir, "move/new", "new", 3, &err) < 0
		|| bf_fs_rename(check->dir, "move/new", "move/old", &err) != 1)
		check_say(check, CHECK_BAD, what, "does not work: %s", err.text);
	else if (!holds(check, "move/old", "new"))
		check_say(check, CHECK_BAD, what, "leaves the old content there: finished pictures would stay empty");
	else
		check_say(check, CHECK_OK, what, "replaces it");
}

/* A job appears by the rename of a folder; a folder of tasks must not replace another. */
static void try_rename_folder(struct check *check)
{
	static const char what[] = "rename of a folder";
	struct bf_err err;
	if (bf_fs_mkdir(check->dir, "move/from", &err) != 1 || bf_fs_rewrite(check->dir, "move/from/in", "in", 2, &err) < 0
		|| bf_fs_mkdir(check->dir, "move/full", &err) != 1 || bf_fs_rewrite(check->dir, "move/full/other", "x", 1, &err) < 0) {
		check_say(check, CHECK_BAD, what, "could not be tried: %s", err.text);
		return;
	}
	if (bf_fs_rename(check->dir, "move/from", "move/full", &err) == 1)
		check_say(check, CHECK_BAD, what, "replaces another that has content: tasks would be lost");
	else if (bf_fs_rename(check->dir, "move/from", "move/to", &err) != 1)
		check_say(check, CHECK_BAD, what, "does not work: %s", err.text);
	else if (!holds(check, "move/to/in", "in"))
		check_say(check, CHECK_BAD, what, "what was in it is not in it afterwards");
	else
		check_say(check, CHECK_OK, what, "takes its content along and replaces none");
}

static bool lists(struct check *check, const char *name)
{
	struct bf_names names = {0};
	bool there = bf_fs_list(check->dir, "list", &names, NULL) == 1 && bf_names_has(&names, name);
	bf_names_clear(&names);
	return there;
}

/* The last own change in the directory is what the next listing has to show. */
static void try_listing(struct check *check)
{
	static const char what[] = "listing";
	int wrong = 0;
	struct bf_err err;
	for (int i = 0; i < ROUNDS; i++) {
		struct bf_path old = bf_path_of("list/%d.old", i), new = bf_path_of("list/%d.new", i);
		if (check_make(check->dir, old.text, &err) != 1) {
			check_say(check, CHECK_BAD, what, "could not be tried: %s", err.text);
			return;
		}
		bool made = lists(check, old.text + 5);
		bool renamed = bf_fs_rename(check->dir, old.text, new.text, &err) == 1 && lists(check, new.text + 5)
			&& !lists(check, old.text + 5);
		bool gone = bf_fs_unlink(check->dir, new.text, &err) == 1 && !lists(check, new.text + 5);
		wrong += !made || !renamed || !gone;
	}
	check->blind = wrong > 0;
	if (wrong)
		check_say(check, CHECK_BAD, what, "does not show what this machine itself has just done there, %d times of %d: agents could not tell"
			" what is theirs", wrong, ROUNDS);
	else
		check_say(check, CHECK_OK, what, "shows at once what this machine did");
}

static void try_content(struct check *check)
{
	static const char what[] = "content";
	struct bf_err err;
	if (bf_fs_rewrite(check->dir, "content", "longer than the next", 20, &err) < 0
		|| bf_fs_rewrite(check->dir, "content", "shorter", 7, &err) < 0 || bf_fs_append(check->dir, "content", ", longer", 8, &err) < 0)
		check_say(check, CHECK_BAD, what, "cannot be written: %s", err.text);
	else if (!holds(check, "content", "shorter, longer"))
		check_say(check, CHECK_BAD, what, "what was written is not what is read");
	else
		check_say(check, CHECK_OK, what, "what was written is read");
}

static void try_fsync(struct check *check)
{
	static const char what[] = "fsync";
	struct bf_err err;
	int fd = bf_sys.open(check->dir, "sync", O_WRONLY | O_CREAT | O_EXCL, 0666);
	if (fd < 0) {
		check_say(check, CHECK_BAD, what, "could not be tried: creating a file: %s", strerror(errno));
		return;
	}
	int written = bf_fs_write_all(fd, "x", 1, "sync", &err);
	int synced = bf_fs_sync_close(fd, "sync", &err);
	if (written < 0 || synced < 0) {
		check_say(check, CHECK_BAD, what, "fails (%s): no picture could be called safe", err.text);
		return;
	}
	int dir_synced = bf_sys.fsync(check->dir);
	check_say(check, dir_synced < 0 ? CHECK_NOTE : CHECK_OK, what, dir_synced < 0 ? "works for files, not for folders: a power cut"
		" of the server may undo the last renames; the farm mends that" : "works, for files and folders");
}

static void try_link(struct check *check)
{
	struct bf_err err;
	if (check_make(check->dir, "linked", &err) != 1)
		return;
	if (bf_sys.link(check->dir, "linked", check->dir, "link") == 0)
		check_say(check, CHECK_OK, "hard links", "work (not needed)");
	else
		check_say(check, CHECK_NOTE, "hard links", "do not work (not needed): %s", strerror(errno));
}

void check_alone(struct check *check)
{
	static void (*const tries[])(struct check *) = { try_creation, try_rename, try_rename_over, try_rename_folder, try_listing, try_content,
		try_fsync, try_link };
	static const char *const folders[] = { "excl", "move", "list" };
	struct bf_err err;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (bf_fs_mkdir(check->dir, folders[i], &err) < 0)
			check_say(check, CHECK_BAD, "folders", "cannot be made: %s", err.text);
	for (size_t i = 0; i < sizeof tries / sizeof *tries && !check_stopped(); i++)
		tries[i](check);
}
