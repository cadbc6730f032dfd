/* What each call costs, how much room there is, whose clock it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "agent/check_private.h"
#include "share-layout/base/sys.h"

enum { ROUNDS = 21, SLOW_US = 200 * 1000, FEW_MB = 1000 };

/* ---- cost ---- */

enum { CREATE, WRITE, RENAME, LIST, READ, UNLINK, CALLS };
static const char *const call_names[CALLS] = { "create", "write+fsync", "rename", "list", "open+read", "unlink" };

static int do_call(struct check *check, int call, int round)
{
	struct bf_path file = bf_path_of("cost/%d", round), other = bf_path_of("cost/%d.x", round);
	struct bf_names names = {0};
	struct bf_buf text = {0};
	struct bf_err err;
	int result = -1, fd;
	switch (call) {
	case CREATE: result = check_make(check->dir, file.text, &err); break;
	case WRITE:
		fd = bf_sys.open(check->dir, file.text, O_WRONLY, 0);
		if (fd >= 0)
			result = bf_fs_write_all(fd, "cost", 4, file.text, &err);
		if (fd >= 0 && bf_fs_sync_close(fd, file.text, &err) < 0)
			result = -1;
		break;
	case RENAME: result = bf_fs_rename(check->dir, file.text, other.text, &err); break;
	case LIST: result = bf_fs_list(check->dir, "cost", &names, &err); break;
	case READ: result = bf_fs_read(check->dir, other.text, 100, &text, &err); break;
	case UNLINK: result = bf_fs_unlink(check->dir, other.text, &err); break;
	}
	bf_names_clear(&names);
	bf_buf_clear(&text);
	return result;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

void check_cost(struct check *check)
{
	int64_t us[CALLS][ROUNDS];
	struct bf_buf line = {0};
	bool slow = false;
	int failed = 0, rounds = 0;
	if (check_stopped() || bf_fs_mkdir(check->dir, "cost", NULL) < 0)
		return;
	/* a slow server is measured less often */
	for (int64_t began_us = check_now_us(); rounds < ROUNDS && (rounds < 3 || check_now_us() - began_us < 3000000); rounds++)
		for (int call = 0; call < CALLS; call++) {
			int64_t at_us = check_now_us();
			failed += do_call(check, call, rounds) < 0;
			us[call][rounds] = check_now_us() - at_us;
		}
	for (int call = 0; call < CALLS; call++) {
		qsort(us[call], (size_t)rounds, sizeof us[call][0], by_size);
		bf_buf_printf(&line, "%s%s %.2f ms", call ? ", " : "", call_names[call], (double)us[call][rounds / 2] / 1000);
		slow = slow || us[call][rounds / 2] > SLOW_US;
	}
	check_say(check, failed && !check->bad.len ? CHECK_BAD : slow ? CHECK_NOTE : CHECK_OK, "cost of a call", "%s%s", bf_buf_text(&line),
		failed ? "; some failed" : slow ? ": slow; fine for frames of minutes, not of seconds" : "");
	bf_buf_clear(&line);
}

/* ---- room ---- */

static void say_kind(struct check *check)
{
	const struct check_mount *mount = &check->mount;
	if (!mount->type[0])
		check_say(check, CHECK_NOTE, "mounted as", "could not be found out");
	else
		check_say(check, CHECK_NOTE, "mounted as", "%s at %.200s (%.500s)", mount->type, mount->point, mount->options);
	if (!strncmp(mount->type, "nfs", 3))
		check_say(check, CHECK_NOTE, "mounted as", "make sure that the server exports it with `sync`: this machine cannot see it, and with"
			" `async` a power cut loses finished pictures");
	if (!strcmp(mount->type, "fuse.sshfs"))
		check_say(check, CHECK_NOTE, "mounted as", "make sure of `-o reconnect,ServerAliveInterval=15`: this machine cannot see whether it"
			" was given, and without it the mount is gone after a short break of the line");
}

/* Asked of the kernel, not of the table: nothing on the share is touched. */
static void say_space(struct check *check)
{
	struct statvfs st;
	if (fstatvfs(check->root, &st) < 0) {
		check_say(check, CHECK_NOTE, "free space", "is not told: %s", strerror(errno));
		return;
	}
	double gb = (double)st.f_bavail * (double)st.f_frsize / 1e9;
	bool full = st.f_blocks > 0 && gb * 1000 < FEW_MB;
	bool no_files = st.f_files > 0 && st.f_favail < 10000;
	check_say(check, full || no_files ? CHECK_BETTER : CHECK_OK, "free space", "%.1f GB%s%s", gb, full ? ": make room" : "",
		no_files ? ", and room for fewer than 10,000 more files (inodes): make room" : "");
}

static void say_clock(struct check *check)
{
	struct bf_err err;
	struct stat st;
	int64_t before_us = check_clock_us();
	if (check_make(check->dir, "clock", &err) != 1 || bf_sys.stat(check->dir, "clock", &st) < 0)
		return;
	int64_t server_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
	double off_s = (double)(server_us - before_us) / 1e6;
	if (off_s > -2 && off_s < 2)
		check_say(check, CHECK_OK, "clock of the server", "agrees with this machine's (not needed)");
	else
		check_say(check, CHECK_NOTE, "clock of the server", "%.1f s %s this machine's (no harm: clocks are not compared)", off_s < 0 ? -off_s : off_s,
			off_s < 0 ? "behind" : "ahead of");
}

void check_room(struct check *check)
{
	say_kind(check);
	say_space(check);
	say_clock(check);
}
