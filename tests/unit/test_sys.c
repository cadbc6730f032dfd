#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"

static char folder[] = "/tmp/bf-sys-XXXXXX";
static int dir;

static bool makes_file(const char *path)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd >= 0 && close(fd) == 0;
}

/* in/there/file, in/there/deep; other/file; in/link leads to ../other, in/there/file.link to file. Not by the table, which must
 * not have asked yet what the kernel can do. */
static int make_tree(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || (dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	const char *const dirs[] = { "in", "in/there", "in/there/deep", "other", "other/deep" };
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		if (mkdirat(dir, dirs[i], 0700) < 0)
			return -1;
	return makes_file("in/there/file") && makes_file("other/file") && symlinkat("../other", dir, "in/link") == 0
		&& symlinkat("file", dir, "in/there/file.link") == 0 ? 0 : -1;
}

static int remove_the_tree(void **state)
{
	(void)state;
	close(dir);
	return bf_fs_remove_tree(AT_FDCWD, folder, NULL);
}

static void no_name(void *arg, const char *name, unsigned char kind)
{
	(void)name;
	(void)kind;
	++*(int *)arg;
}

/* The name of the first call that does not do what it should, or NULL. */
#define FAILS_WITH(why, call) do { errno = 0; if ((call) != -1 || errno != (why)) return #call; } while (0)
#define WORKS(call) do { if ((call) < 0) return #call; } while (0)

static const char *follow_links(void)
{
	struct stat st;
	int names = 0;
	FAILS_WITH(ELOOP, bf_sys.open(dir, "in/link/file", O_RDONLY, 0));
	FAILS_WITH(ELOOP, bf_sys.open(dir, "in/link/new", O_WRONLY | O_CREAT | O_EXCL, 0600));
	FAILS_WITH(ELOOP, bf_sys.open(dir, "in/there/file.link", O_RDONLY, 0));
	FAILS_WITH(ELOOP, bf_sys.stat(dir, "in/link/file", &st));
	FAILS_WITH(ELOOP, bf_sys.rename(dir, "in/link/file", dir, "in/there/stolen"));
	FAILS_WITH(ELOOP, bf_sys.rename(dir, "in/there/file", dir, "in/link/lost"));
	FAILS_WITH(ELOOP, bf_sys.link(dir, "in/link/file", dir, "in/there/stolen"));
	FAILS_WITH(ELOOP, bf_sys.link(dir, "in/there/file", dir, "in/link/lost"));
	FAILS_WITH(ELOOP, bf_sys.unlink(dir, "in/link/file"));
	FAILS_WITH(ELOOP, bf_sys.mkdir(dir, "in/link/new", 0700));
	FAILS_WITH(ELOOP, bf_sys.rmdir(dir, "in/link/deep"));
	FAILS_WITH(ELOOP, bf_sys.list(dir, "in/link/deep", no_name, &names));
	FAILS_WITH(EXDEV, bf_sys.open(dir, "in/../../etc/passwd", O_RDONLY, 0));
	FAILS_WITH(ENOTDIR, bf_sys.open(dir, "in/there/file/below", O_RDONLY, 0));
	FAILS_WITH(ENOENT, bf_sys.unlink(dir, "in/nowhere/file"));
	FAILS_WITH(ELOOP, bf_sys.list(dir, "in/link", no_name, &names));
	FAILS_WITH(ELOOP, bf_sys.open(dir, "in/link", O_RDONLY | O_DIRECTORY, 0));
	return names ? "list" : NULL;
}

static const char *do_the_rest(void)
{
	struct stat st;
	char name[64];
	int names = 0, fd;
	WORKS(fd = bf_sys.open(dir, "in/there/new", O_WRONLY | O_CREAT | O_EXCL, 0600));
	bf_sys.close(fd);
	WORKS(bf_sys.stat(dir, "in/there/file.link", &st));
	if (!S_ISLNK(st.st_mode))
		return "stat of a link";
	WORKS(bf_sys.link(dir, "in/there/new", dir, "in/there/deep/more"));
	WORKS(bf_sys.rename(dir, "in/there/deep/more", dir, "newer"));
	WORKS(bf_sys.rename(dir, "newer", dir, "in/there/new"));
	WORKS(bf_sys.unlink(dir, "newer")); /* two names of one file: rename leaves both */
	WORKS(bf_sys.unlink(dir, "in/there/new"));
	WORKS(bf_sys.mkdir(dir, "in/there/deep/a", 0700));
	WORKS(bf_sys.list(dir, "in/there/deep", no_name, &names));
	WORKS(bf_sys.rmdir(dir, "in/there/deep/a"));
	snprintf(name, sizeof name, "%s/in/link/file", folder);
	WORKS(fd = bf_sys.open(AT_FDCWD, name, O_RDONLY, 0)); /* the user's own words */
	bf_sys.close(fd);
	WORKS(fd = bf_sys.open(dir, name, O_RDONLY, 0));
	bf_sys.close(fd);
	return names == 1 ? NULL : "list";
}

static void links_are_not_followed(void **state)
{
	(void)state;
	assert_null(follow_links());
	assert_null(do_the_rest());
}

static int forbid_openat2(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -1 : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* As it is on a kernel that has no call for it. First, for it is asked once in a process. */
static void nor_without_help(void **state)
{
	(void)state;
	int status;
	pid_t child = fork();
	if (child == 0) {
		const char *wrong = forbid_openat2() < 0 ? "seccomp" : follow_links();
		wrong = wrong ? wrong : do_the_rest();
		if (wrong)
			fprintf(stderr, "# %s\n", wrong);
		_exit(wrong ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nor_without_help),
		cmocka_unit_test(links_are_not_followed),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_tree, remove_the_tree);
}
