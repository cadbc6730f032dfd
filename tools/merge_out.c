#include "tools/merge_out.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"

enum { TRIES = 16, NAME_MAX_KEPT = 200 };

static const int deadly[] = { SIGINT, SIGTERM, SIGHUP, SIGXFSZ, SIGXCPU };

/* What the handler removes; NULL while there is nothing. */
static const char *volatile doomed;

static void on_signal(int number)
{
	if (doomed)
		unlink(doomed);
	signal(number, SIG_DFL);
	raise(number);
}

static void guard(const char *path)
{
	doomed = path;
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
		struct sigaction old, act = { .sa_handler = path ? on_signal : SIG_DFL };
		/* Who starts us with a signal ignored (nohup) wants it ignored. */
		if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(deadly[i], &act, NULL);
	}
}

static void block_signals(int how)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		sigaddset(&set, deadly[i]);
	sigprocmask(how, &set, NULL);
}

/* "dir/.NAME.RANDOM.bfmerge.tmp" */
static void make_aside_name(struct merge_out *out)
{
	const char *name = bf_buf_text(&out->name), *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;
	uint32_t salt = (uint32_t)getpid();
	if (getrandom(&salt, sizeof salt, GRND_NONBLOCK) < 0)
		salt ^= (uint32_t)bf_sys.now_ms();
	bf_buf_reset(&out->aside);
	bf_buf_add(&out->aside, name, (size_t)(base - name));
	bf_buf_printf(&out->aside, ".%.*s.%08x.bfmerge.tmp", NAME_MAX_KEPT, base, (unsigned)salt);
}

static int check_name(const char *name, struct bf_err *err)
{
	struct stat st;
	size_t len = strlen(name);
	if (len == 0 || name[len - 1] == '/')
		return bf_err_set(err, "'%s' is no name for a file", name);
	if (bf_sys.stat(AT_FDCWD, name, &st) == 0 && S_ISDIR(st.st_mode))
		return bf_err_set(err, "%s is a directory", name);
	return 0;
}

int merge_out_open(struct merge_out *out, const char *name, struct bf_err *err)
{
	if (check_name(name, err) < 0)
		return -1;
	bf_buf_reset(&out->name);
	bf_buf_puts(&out->name, name);
	block_signals(SIG_BLOCK);
	int why = EEXIST;
	for (int i = 0; i < TRIES && why == EEXIST; i++) {
		make_aside_name(out);
		out->fd = bf_sys.open(AT_FDCWD, out->aside.data, O_WRONLY | O_CREAT | O_EXCL, 0666);
		why = out->fd < 0 ? errno : 0;
	}
	if (!why)
		guard(out->aside.data);
	block_signals(SIG_UNBLOCK);
	if (!why)
		return 0;
	bf_err_sys(err, why, "create(%s)", bf_buf_text(&out->aside));
	bf_buf_clear(&out->aside);
	bf_buf_clear(&out->name);
	return -1;
}

static void sync_folder_of(const char *name)
{
	const char *slash = strrchr(name, '/');
	struct bf_buf folder = {0};
	if (slash)
		bf_buf_add(&folder, name, slash == name ? 1 : (size_t)(slash - name));
	else
		bf_buf_puts(&folder, ".");
	bf_fs_sync_dir(AT_FDCWD, folder.data);
	bf_buf_clear(&folder);
}

int merge_out_commit(struct merge_out *out, struct bf_err *err)
{
	int fd = out->fd;
	out->fd = -1;
	if (bf_fs_sync_close(fd, out->aside.data, err) < 0)
		return -1;
	int renamed = bf_fs_rename(AT_FDCWD, out->aside.data, out->name.data, err);
	if (renamed <= 0)
		return -1;
	guard(NULL);
	sync_folder_of(out->name.data);
	bf_buf_clear(&out->aside);
	bf_buf_clear(&out->name);
	return 0;
}

void merge_out_abandon(struct merge_out *out)
{
	if (out->aside.len) {
		if (out->fd >= 0)
			bf_sys.close(out->fd);
		bf_fs_unlink(AT_FDCWD, out->aside.data, NULL);
		guard(NULL);
	}
	bf_buf_clear(&out->aside);
	bf_buf_clear(&out->name);
}
