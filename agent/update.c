#include "agent/update.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "agent/listen.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/update.h"

enum {
	LOOK_BEATS = 6,            /* between two looks */
	PROGRAM_MAX = 64 << 20,    /* bytes */
	CHECK_MS = 30000,          /* for ssh-keygen, and for the new program to say its version */
	STEP_MS = 20,
	REFUSED_MAX = 8,
	REFUSED_LOOKS = 20,        /* what was refused may have been half copied: it is looked at again so much later */
	LEFT_S = 3600,             /* what nobody has gone on with for so long was left by who was killed */
};

/* What an agent needs of itself; people's tools are for people to install. */
static const char *const programs[] = { "bfagent", "bfmerge" };

struct updating {
	const struct config *config;
	struct bf_share *share;
	const char *id;
	char machine[65];
	char dir[4096];            /* local, for all builds */
	struct { char version[BF_VERSION_MAX]; int64_t until_ms; } refused[REFUSED_MAX]; /* not looked at again until then */
	unsigned refused_count;
};

static int path_of(const struct updating *u, const char *build, const char *file, char out[4200])
{
	return bf_fmt(out, 4200, "%s/%s%s%s", u->dir, build, *file ? "/" : "", file);
}

/* ---- the folder on the local disk ---- */

/* Nobody else may put a program there. */
static int make_dir(const struct updating *u, struct bf_err *err)
{
	struct stat st;
	if (bf_fs_mkdir(AT_FDCWD, u->dir, err) < 0 || lstat(u->dir, &st) < 0)
		return bf_err_prefix(err, "the folder for new programs");
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || chmod(u->dir, 0700) < 0)
		return bf_err_set(err, "%s is not a folder of the agent's user alone", u->dir);
	return 0;
}

static bool is_left_over(const char *name, const char *path)
{
	struct stat st;
	return !strncmp(name, ".new.", 5) && lstat(path, &st) == 0 && st.st_mtime + LEFT_S < time(NULL);
}

/* All builds but the one to come, the one that runs, and what is being made by other agents of this machine. */
static void remove_others(const struct updating *u, const char *keep)
{
	struct bf_names names = {0};
	char path[4200], own[4096];
	ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
	own[n > 0 ? n : 0] = '\0';
	bf_fs_list(AT_FDCWD, u->dir, &names, NULL);
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.item[i].text;
		struct bf_update build;
		if (path_of(u, name, "", path) < 0)
			continue;
		bool is_own = !strncmp(own, path, strlen(path)) && own[strlen(path)] == '/';
		if (is_left_over(name, path) || (bf_update_parse(name, &build) == 0 && strcmp(name, keep) && !is_own))
			bf_fs_remove_tree(AT_FDCWD, path, NULL);
	}
	bf_names_clear(&names);
}

/* ---- one program ---- */

static int copy_file(const struct updating *u, const struct bf_update *build, const char *file, const char *to, mode_t mode,
	struct bf_err *err)
{
	struct bf_path from = bf_path_update(build, file);
	int64_t size;
	int in = bf_fs_open_file(u->share->root, from.text, &size, err);
	if (in < 0)
		return -1;
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	int result = out < 0 ? bf_err_sys(err, errno, "create(%s)", to) : 0;
	if (result == 0 && (size > PROGRAM_MAX || bf_fs_copy(in, out, PROGRAM_MAX, NULL, NULL, from.text, err) < 0))
		result = size > PROGRAM_MAX ? bf_err_set(err, "%s is too large", from.text) : -1;
	if (out >= 0 && close(out) < 0 && result == 0)
		result = bf_err_sys(err, errno, "close(%s)", to);
	bf_sys.close(in);
	return result;
}

/* Run a program to its end, with a file as its input. Returns 0 when it ended well; said is what it printed. */
static int run(const char *const *argv, const char *input, char said[2048], struct bf_err *err)
{
	struct listen it;
	int in = input ? open(input, O_RDONLY | O_CLOEXEC) : -1, done;
	if (listen_start(&it, argv, in, NULL, CHECK_MS, err) < 0)
		done = -1;
	else
		while (!(done = listen_done(&it, err)))
			bf_sys.sleep_ms(STEP_MS);
	memcpy(said, it.text, sizeof it.text);
	if (in >= 0)
		close(in);
	return done == 1 ? 0 : -1;
}

/* By OpenSSH's signatures: whom to believe stands in a file of this machine, never on the share. */
static int check_signature(const struct updating *u, const char *program, const char *signature, struct bf_err *err)
{
	char said[2048];
	const char *const argv[] = { "ssh-keygen", "-Y", "verify", "-f", u->config->update_signers, "-I", "blendfolder", "-n",
		"blendfolder", "-s", signature, NULL };
	if (run(argv, program, said, err) == 0)
		return 0;
	said[strcspn(said, "\n")] = '\0';
	struct bf_err why = *err;
	return bf_err_set(err, "the signature of %s is not good: %.200s", strrchr(program, '/') + 1, said[0] ? said : why.text);
}

/* The name of a build says a version; so does the program, and that is signed. An old build under a new name is refused. */
static int check_version(const char *program, const char *name, const struct bf_update *build, struct bf_err *err)
{
	char said[2048], want[64];
	const char *const argv[] = { program, "--version", NULL };
	if (run(argv, NULL, said, err) < 0)
		return bf_err_prefix(err, "%s does not run here", name);
	snprintf(want, sizeof want, "%s %s\n", name, build->version);
	said[strcspn(said, "\n") + 1] = '\0';
	if (strcmp(said, want))
		return bf_err_set(err, "%s says it is %.40s", name, said);
	return 0;
}

static int fetch_program(const struct updating *u, const struct bf_update *build, const char *dir, const char *name, struct bf_err *err)
{
	char program[4300], signature[4310], file[64];
	if (bf_fmt(program, sizeof program, "%s/%s", dir, name) < 0 || bf_fmt(signature, sizeof signature, "%s.sig", program) < 0)
		return bf_err_set(err, "the path is too long");
	snprintf(file, sizeof file, "%s.sig", name);
	if (copy_file(u, build, name, program, 0700, err) < 0 || copy_file(u, build, file, signature, 0600, err) < 0
		|| check_signature(u, program, signature, err) < 0)
		return -1;
	return check_version(program, name, build, err);
}

/* ---- a build ---- */

static int fetch(const struct updating *u, const struct bf_update *build, char program[4096], struct bf_err *err)
{
	char aside[4200], final[4200], name[BF_FILE_MAX];
	int result = -1;
	snprintf(name, sizeof name, ".new.%s", u->id);
	if (make_dir(u, err) < 0 || path_of(u, name, "", aside) < 0)
		return -1;
	snprintf(name, sizeof name, "%s-%s", build->version, build->machine);
	if (path_of(u, name, "", final) < 0 || bf_fmt(program, 4096, "%s/bfagent", final) < 0)
		return bf_err_set(err, "the path is too long");
	bf_fs_remove_tree(AT_FDCWD, aside, NULL);
	if (mkdir(aside, 0700) < 0)
		return bf_err_sys(err, errno, "mkdir(%s)", aside);
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
		if (fetch_program(u, build, aside, programs[i], err) < 0)
			goto out;
	bf_fs_remove_tree(AT_FDCWD, final, NULL);
	if (rename(aside, final) < 0) {
		bf_err_sys(err, errno, "rename(%s)", aside);
		goto out;
	}
	remove_others(u, name);
	result = 0;
out:
	bf_fs_remove_tree(AT_FDCWD, aside, NULL);
	return result;
}

static bool was_tried(const struct updating *u, const struct bf_update *build)
{
	char path[4200];
	return bf_fmt(path, sizeof path, "%s/%s-%s.tried", u->dir, build->version, build->machine) >= 0 && access(path, F_OK) == 0;
}

static bool is_refused(const struct updating *u, const char *version)
{
	for (int i = 0; i < REFUSED_MAX; i++)
		if (!strcmp(u->refused[i].version, version) && bf_sys.now_ms() < u->refused[i].until_ms)
			return true;
	return false;
}

/* The latest build for this machine that is later than we are. */
static bool find_build(const struct updating *u, struct bf_update *best)
{
	struct bf_names names = {0};
	snprintf(best->version, sizeof best->version, "%s", bf_version);
	bool found = false;
	bf_fs_list(u->share->root, BF_UPDATE, &names, NULL);
	for (size_t i = 0; i < names.count; i++) {
		struct bf_update build;
		if (bf_update_parse(names.item[i].text, &build) < 0 || strcmp(build.machine, u->machine)
			|| is_refused(u, build.version) || !bf_version_later(build.version, best->version))
			continue;
		*best = build;
		found = true;
	}
	bf_names_clear(&names);
	return found;
}

static void refuse(struct updating *u, const struct bf_update *build, const char *why)
{
	unsigned at = REFUSED_MAX;
	for (unsigned i = 0; i < REFUSED_MAX; i++)
		if (!strcmp(u->refused[i].version, build->version))
			at = i;
	if (at == REFUSED_MAX) {
		bf_log(BF_LOG_WARN, "update version=%s is not taken: %s", build->version, why);
		at = u->refused_count++ % REFUSED_MAX;
	}
	snprintf(u->refused[at].version, sizeof u->refused[at].version, "%s", build->version);
	u->refused[at].until_ms = bf_sys.now_ms() + REFUSED_LOOKS * LOOK_BEATS * u->config->beat_ms;
}

/* Returns whether program is what to change to. */
static bool look(struct updating *u, char program[4096])
{
	struct bf_update build;
	struct bf_err err;
	if (!find_build(u, &build))
		return false;
	if (was_tried(u, &build)) {
		bf_err_set(&err, "it did not come up when it was tried before; to try again remove %s/%s-%s.tried", u->dir,
			build.version, build.machine);
	} else if (fetch(u, &build, program, &err) == 0) {
		bf_log(BF_LOG_INFO, "update version=%s program=%s", build.version, program);
		return true;
	}
	refuse(u, &build, err.text);
	return false;
}

int update_run(const struct config *config, const char *agent_id, struct board *board, struct bf_share *share)
{
	struct updating u = { .config = config, .share = share, .id = agent_id };
	struct utsname system;
	struct bf_err err;
	char tried[4200];
	if (uname(&system) < 0 || bf_fmt(u.dir, sizeof u.dir, "%s/update", config->scratch) < 0)
		return 1;
	snprintf(u.machine, sizeof u.machine, "%s", system.machine);
	if (bf_fmt(tried, sizeof tried, "%s/%s-%s.tried", u.dir, bf_version, u.machine) >= 0)
		unlink(tried); /* we have come up */
	while (!look(&u, board->next_program)) {
		bf_sys.sleep_ms(LOOK_BEATS * config->beat_ms);
		if (!bf_share_is_here(share))
			bf_share_reopen(share, &err);
	}
	atomic_store(&board->has_next, true);
	return 0;
}

void update_mark(const char *program)
{
	char path[4200];
	const char *slash = strrchr(program, '/');
	int fd = slash && bf_fmt(path, sizeof path, "%.*s.tried", (int)(slash - program), program) >= 0
		? open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	if (fd >= 0)
		close(fd);
}
