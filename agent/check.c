#include "agent/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/check_private.h"
#include "agent/interrupt.h"
#include "share-layout/base/sys.h"
#include "share-layout/token.h"

enum { FIT = 0, NOT_FIT = 1, UNUSABLE = 3, REMOVALS = 20, REMOVAL_PAUSE_MS = 100 };

bool check_stopped(void)
{
	return interrupted();
}

/* ---- what all parts use ---- */

void check_say(struct check *check, enum check_grade grade, const char *what, const char *format, ...)
{
	static const char *const words[] = { "ok    ", "      ", "better", "BAD   " };
	char text[1000];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	printf("%s  %-20s %s\n", words[grade], what, text);
	fflush(stdout);
	if (grade >= CHECK_BETTER)
		bf_buf_printf(grade == CHECK_BAD ? &check->bad : &check->better, "  - %s: %s\n", what, text);
}

static int64_t us_of(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t check_now_us(void)
{
	return us_of(CLOCK_MONOTONIC);
}

int64_t check_clock_us(void)
{
	return us_of(CLOCK_REALTIME);
}

int check_make(int dir, const char *path, struct bf_err *err)
{
	int fd = bf_sys.open(dir, path, O_WRONLY | O_CREAT | O_EXCL, 0666);
	if (fd < 0) {
		int why = errno;
		bf_err_sys(err, why, "creating %s", path);
		return why == EEXIST ? 0 : -1;
	}
	if (bf_sys.close(fd) < 0)
		return bf_err_sys(err, errno, "close(%s)", path);
	return 1;
}

int check_list(int dir, const char *path, const char *id, struct bf_names *names, struct bf_err *err)
{
	struct bf_path look = bf_path_of("%s/.look.%s", path, id);
	/* made and gone again within the call: what of it fails shows in the listing's own error */
	if (bf_fs_mkdir(dir, look.text, err) < 0)
		return -1;
	bf_sys.rmdir(dir, look.text);
	if (bf_fs_list(dir, path, names, err) != 1)
		return bf_err_prefix(err, "listing");
	return 0;
}

/* ---- begin and end ---- */

/* Returns 0, or -1 with what to do. */
static int begin(struct check *check, const char *path, struct bf_err *err)
{
	char *real = realpath(path, NULL);
	check->root = bf_sys.open(AT_FDCWD, real ? real : path, O_RDONLY | O_DIRECTORY, 0);
	int why = errno;
	free(real);
	if (check->root < 0)
		return bf_err_sys(err, why, "cannot open the folder %s", path);
	check_mount_find(path, &check->mount);
	bf_id_make(check->name, check->id);
	check->folder = bf_path_check(check->id);
	if (bf_sys.mkdir(check->root, check->folder.text, 0777) < 0)
		return bf_err_sys(err, errno, "cannot make anything in %s", path);
	check->dir = bf_fs_open_dir(check->root, check->folder.text, err);
	return check->dir < 0 ? -1 : 0;
}

/* Another machine may still be making its last look there. */
static void end(struct check *check)
{
	struct bf_err err = {0};
	int removed = -1;
	if (check->dir >= 0)
		bf_sys.close(check->dir);
	for (int i = 0; check->folder.text[0] && removed < 0 && i < REMOVALS; i++) {
		if (i)
			bf_sys.sleep_ms(REMOVAL_PAUSE_MS);
		removed = bf_fs_remove_tree(check->root, check->folder.text, &err);
	}
	if (check->folder.text[0] && removed < 0 && err.sys != ENOENT)
		fprintf(stderr, "bfagent: %s/%s is left, delete it: %s\n", check->path, check->folder.text, err.text);
	if (check->root >= 0)
		bf_sys.close(check->root);
}

static void check_mount_said(struct check *check)
{
	bool bad;
	const char *text;
	for (size_t i = 0; (text = check_mount_advice(&check->mount, i, &bad)); i++)
		check_say(check, bad ? CHECK_BAD : CHECK_BETTER, "mounted as", "%s", text);
}

/* That is no fault of the folder. A leader who is stopped takes the room along. */
static bool partner_left(const struct check *check, const struct check_pair *pair, const struct bf_err *err)
{
	struct bf_names names = {0};
	bool room_is_gone = pair->me == 'b' && bf_fs_list(check->root, bf_path_check(pair->other).text, &names, NULL) == 0;
	bf_names_clear(&names);
	return room_is_gone || err->sys == ECANCELED;
}

static void check_together(struct check *check)
{
	struct check_pair pair = { .check = check, .dir = -1 };
	struct bf_err err;
	int met = check_meet(check, &pair, &err);
	if (met == 1) {
		check->paired = true;
		met = check_pair(&pair, &err);
	} else if (met == 0 && !check_stopped()) {
		check_say(check, CHECK_NOTE, "second machine", "none came within %g s; run this on two machines at the same time to see"
			" what each sees of the other", (double)check->wait_ms / 1000);
	}
	if (met < 0 && check->paired && partner_left(check, &pair, &err)) {
		check->paired = false;
		check_say(check, CHECK_NOTE, "second machine", "it left before the end: run this again");
	} else if (met < 0 && !check_stopped())
		check_say(check, CHECK_BAD, "second machine", "%s", err.text);
	if (pair.dir >= 0)
		bf_sys.close(pair.dir);
}

static int verdict(const struct check *check)
{
	const char *alone = check->paired ? "" : check_mount_is_local(&check->mount)
		? " (for this machine alone: it is a disk of its own)" : " (as far as one machine can tell)";
	if (check->bad.len) {
		printf("\nNOT FIT: do not run a farm in %s as it is.\n%s", check->path, bf_buf_text(&check->bad));
		if (check->better.len)
			printf("And:\n%s", bf_buf_text(&check->better));
		return NOT_FIT;
	}
	if (check->better.len)
		printf("\nFIT, if you change this%s:\n%s", alone, bf_buf_text(&check->better));
	else
		printf("\nFIT%s.\n", alone);
	return FIT;
}

int check_run(const char *path, const char *name, int64_t wait_ms)
{
	struct check check = { .path = path, .root = -1, .dir = -1, .wait_ms = wait_ms };
	struct bf_err err;
	int status = UNUSABLE;
	snprintf(check.name, sizeof check.name, "%s", name);
	interrupt_catch();
	if (begin(&check, path, &err) < 0) {
		fprintf(stderr, "bfagent: %s\n", err.text);
		goto out;
	}
	check_room(&check);
	check_mount_said(&check);
	check_alone(&check);
	check_names(&check);
	check_cost(&check);
	if (wait_ms && !check_stopped())
		check_together(&check);
	if (!check_stopped())
		status = verdict(&check);
out:
	end(&check);
	bf_buf_clear(&check.bad);
	bf_buf_clear(&check.better);
	interrupt_pass_on();
	return status;
}
