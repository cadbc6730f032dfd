/* Linked into programs built with BF_SYS_HOOKS: stands between them and the system-call table, and makes one
 * call on the share go wrong.
 *
 * A call has an address that is the same in every run: `ROLE AFTER OP PATH NTH`. ROLE is the process (s supervisor,
 * k keeper, w worker, m bfmerge); AFTER is how many changes that role made to the share before (always 0 for the keeper,
 * whose beats come by the clock); NTH counts equal calls since then. Names that differ from run to run are replaced in PATH.
 *
 *	BF_FAULT_SHARE   the share; calls elsewhere are let through
 *	BF_FAULT_TRACE   file to which the address of every call is appended
 *	BF_FAULT_CALL    the address of the call that goes wrong, once
 *	BF_FAULT_KIND    how: see kinds[]
 *	BF_FAULT_HIT     made when it went wrong */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "share-layout/base/sys.h"

enum { FDS = 1024, PATH_SIZE = 600, OUTAGE_MS = 4000, ROLES = 4 };

enum effect {
	PASS,
	DIE_BEFORE, DIE_AFTER,     /* the whole agent */
	FALL_BEFORE, FALL_AFTER,   /* this process */
	FAIL,                      /* no effect, an error */
	LOSE,                      /* effect, and an error */
	CUT,                       /* a write of half the bytes */
	OUTAGE,                    /* this call and all others for a while */
	STALE,                     /* … all through descriptors that were opened before, for ever */
};

static const struct kind {
	const char *name;
	enum effect effect;
	int error; /* 0: what a repeated call would be told */
} kinds[] = {
	{ "die-before", DIE_BEFORE, 0 }, { "die-after", DIE_AFTER, 0 },
	{ "fall-before", FALL_BEFORE, 0 }, { "fall-after", FALL_AFTER, 0 },
	{ "EIO", FAIL, EIO }, { "ENOSPC", FAIL, ENOSPC }, { "ESTALE", FAIL, ESTALE }, { "EINTR", FAIL, EINTR },
	{ "short", CUT, 0 }, { "lost", LOSE, 0 }, { "lost-EIO", LOSE, EIO },
	{ "outage-EIO", OUTAGE, EIO }, { "outage-ENOSPC", OUTAGE, ENOSPC }, { "stale", STALE, ESTALE },
};

/* What the processes of one program have seen together. */
struct shared {
	atomic_int after[ROLES], matched;
	_Atomic int64_t outage_until_ms;
};

static struct shared *shared;
static struct bf_sys real;
static const struct kind *kind;
static const char *share, *hit_file;
static char wanted_op[16], wanted_path[PATH_SIZE];
static int wanted_role, wanted_after, wanted_nth, trace_fd = -1;
static pid_t first_pid, role_pid;
static int role_here;
static char fd_path[FDS][PATH_SIZE]; /* "" = not on the share */
static bool fd_wrote[FDS];
static bool fd_stale[FDS];

/* ---- where ---- */

/* The part of an absolute path below the share, NULL when it lies elsewhere. */
static const char *below_share(const char *path)
{
	size_t len = strlen(share);
	if (strncmp(path, share, len) || (path[len] && path[len] != '/'))
		return NULL;
	return path[len] ? path + len + 1 : ".";
}

/* Does the text begin with this pattern? # a digit, x a lower-case letter or digit, h a hex digit. Returns its length. */
static size_t match(const char *text, const char *pattern)
{
	size_t n = 0;
	for (; pattern[n]; n++) {
		unsigned char c = (unsigned char)text[n];
		bool good = pattern[n] == '#' ? isdigit(c) : pattern[n] == 'x' ? islower(c) || isdigit(c)
			: pattern[n] == 'h' ? isxdigit(c) : c == (unsigned char)pattern[n];
		if (!good)
			return 0;
	}
	return n;
}

/* Dates, random letters, the numbers of beats: the same in every run. */
static void plain_name(const char *from, char out[PATH_SIZE])
{
	static const struct { const char *pattern, *plain; } changing[] = {
		{ "_####-##-##_######", "_DATE" }, { "victim-xxxxxx", "victim" }, { ".FORMAT.hhhhhhhhhhhhhhhh", ".FORMAT.RANDOM" },
	};
	size_t n = 0;
	while (*from && n < PATH_SIZE - 24) {
		size_t taken = 0;
		for (size_t i = 0; i < sizeof changing / sizeof *changing && !taken; i++)
			if ((taken = match(from, changing[i].pattern)) > 0)
				n += (size_t)snprintf(out + n, PATH_SIZE - n, "%s", changing[i].plain);
		if (!taken)
			out[n++] = isspace((unsigned char)*from) ? '_' : *from;
		from += taken ? taken : 1;
	}
	out[n] = '\0';
	if (!strncmp(out, "agents/victim.", 14))
		strcpy(out + 14, "BEAT");
}

/* A path as seen from the share; false when it is none of ours. */
static bool resolve(int dir, const char *path, char out[PATH_SIZE])
{
	char cwd[PATH_SIZE];
	const char *base = NULL;
	if (!share)
		return false;
	if (path[0] == '/') {
		base = below_share(path);
		path = ".";
	} else if (dir == AT_FDCWD) {
		base = getcwd(cwd, sizeof cwd) ? below_share(cwd) : NULL;
	} else if (dir >= 0 && dir < FDS && fd_path[dir][0]) {
		base = fd_path[dir];
	}
	if (!base)
		return false;
	bool at_root = !strcmp(base, "."), is_base = !strcmp(path, ".");
	snprintf(out, PATH_SIZE, "%.299s%s%.299s", at_root && !is_base ? "" : base, at_root || is_base ? "" : "/", is_base ? "" : path);
	return true;
}

static bool locate(int dir, const char *path, char out[PATH_SIZE])
{
	char full[PATH_SIZE];
	if (!resolve(dir, path, full))
		return false;
	plain_name(full, out);
	return true;
}

static bool locate_fd(int fd, char out[PATH_SIZE])
{
	if (fd < 0 || fd >= FDS || !fd_path[fd][0])
		return false;
	plain_name(fd_path[fd], out);
	return true;
}

/* ---- who, which, how ---- */

enum { SUPERVISOR, KEEPER, WORKER, MERGE };
static const char roles[] = "skwm";

/* The keeper looks at the share itself and at its card before anything else, a worker at what there is to do. */
static int role_of(const char *path)
{
	if (!strcmp(program_invocation_short_name, "bfmerge"))
		return MERGE;
	if (first_pid == getpid())
		return SUPERVISOR;
	if (role_pid != getpid() && (!strncmp(path, "queue", 5) || !strncmp(path, "jobs", 4) || !strncmp(path, "output", 6)
		|| !strncmp(path, "agents", 6))) {
		role_pid = getpid();
		role_here = path[0] == 'a' ? KEEPER : WORKER;
	}
	return role_pid == getpid() ? role_here : KEEPER;
}

static void trace(int role, int after, const char *op, const char *path, bool changes)
{
	char line[PATH_SIZE + 64];
	int n = snprintf(line, sizeof line, "%c %d %s %s %s\n", roles[role], after, op, path, changes ? "change" : "look");
	if (trace_fd >= 0 && write(trace_fd, line, (size_t)n) != n)
		_exit(99);
}

static bool is_wanted(int role, int after, const char *op, const char *path)
{
	return kind && role == wanted_role && after == wanted_after && !strcmp(op, wanted_op) && !strcmp(path, wanted_path)
		&& atomic_fetch_add(&shared->matched, 1) == wanted_nth;
}

static void die(enum effect effect)
{
	if (effect == DIE_BEFORE || effect == DIE_AFTER) { /* bfmerge leads a group of its own */
		kill(!strcmp(program_invocation_short_name, "bfmerge") ? -getpgid(getppid()) : 0, SIGKILL);
	}
	raise(SIGKILL);
}

/* Another program of this run may have been hit already (each bfmerge counts anew). */
static bool first_hit(void)
{
	int fd = open(hit_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void make_stale(void)
{
	for (int fd = 0; fd < FDS; fd++)
		fd_stale[fd] = fd_path[fd][0] != '\0';
}

/* Decides what becomes of a call, and dies on the spot where that is it. */
static enum effect meet(const char *op, const char *path, bool changes)
{
	int role = role_of(path);
	int after = changes ? atomic_fetch_add(&shared->after[role], 1) : atomic_load(&shared->after[role]);
	if (role == KEEPER)
		after = 0;
	trace(role, after, op, path, changes);
	if (is_wanted(role, after, op, path) && first_hit()) {
		if (kind->effect == DIE_BEFORE || kind->effect == FALL_BEFORE)
			die(kind->effect);
		if (kind->effect == OUTAGE)
			atomic_store(&shared->outage_until_ms, real.now_ms() + OUTAGE_MS);
		if (kind->effect == STALE)
			make_stale();
		return kind->effect;
	}
	/* a full disk refuses what needs room */
	bool refused = real.now_ms() < atomic_load(&shared->outage_until_ms) && (kind->error != ENOSPC || (changes
		&& strcmp(op, "unlink") && strcmp(op, "rmdir") && strcmp(op, "rename")));
	return refused ? OUTAGE : PASS;
}

static bool refuses(enum effect effect)
{
	if (effect != FAIL && effect != OUTAGE && effect != STALE)
		return false;
	errno = kind->error;
	return true;
}

/* After the call: result as it is, or as the caller is to see it. again = what NFS says to a repeated call. */
static int settle(enum effect effect, int result, int again)
{
	if (effect == DIE_AFTER || effect == FALL_AFTER)
		die(effect);
	if (effect != LOSE || result < 0)
		return result;
	errno = kind->error ? kind->error : again;
	return -1;
}

static bool is_stale(int fd)
{
	if (fd < 0 || fd >= FDS || !fd_stale[fd])
		return false;
	errno = ESTALE;
	return true;
}

/* ---- the table ---- */

static void remember(int fd, int dir, const char *path)
{
	if (fd < 0 || fd >= FDS)
		return;
	fd_wrote[fd] = fd_stale[fd] = false;
	if (!resolve(dir, path, fd_path[fd]))
		fd_path[fd][0] = '\0';
}

static int hook_open(int dir, const char *path, int flags, mode_t mode)
{
	char where[PATH_SIZE];
	bool ours = locate(dir, path, where);
	enum effect effect = PASS;
	if (ours) {
		const char *op = flags & O_EXCL ? "create" : flags & O_CREAT ? "put" : flags & O_DIRECTORY ? "opendir" : "open";
		effect = meet(op, where, flags & (O_CREAT | O_TRUNC));
		if (refuses(effect) || is_stale(dir))
			return -1;
	}
	int fd = real.open(dir, path, flags, mode);
	int result = settle(effect, fd, flags & O_EXCL ? EEXIST : EIO);
	if (result < 0 && fd >= 0) {
		int why = errno;
		real.close(fd);
		errno = why;
	}
	remember(result, dir, path);
	return result;
}

static ssize_t hook_read(int fd, void *bytes, size_t len)
{
	char where[PATH_SIZE];
	if (locate_fd(fd, where) && (refuses(meet("read", where, false)) || is_stale(fd)))
		return -1;
	return real.read(fd, bytes, len);
}

static ssize_t hook_write(int fd, const void *bytes, size_t len)
{
	char where[PATH_SIZE];
	enum effect effect = PASS;
	if (locate_fd(fd, where)) {
		effect = meet("write", where, true);
		if (refuses(effect) || is_stale(fd))
			return -1;
		fd_wrote[fd] = true;
	}
	ssize_t done = real.write(fd, bytes, effect == CUT && len > 1 ? len / 2 : len);
	if (effect == DIE_AFTER || effect == FALL_AFTER)
		die(effect);
	return done;
}

static int hook_fsync(int fd)
{
	char where[PATH_SIZE];
	enum effect effect = PASS;
	if (locate_fd(fd, where)) {
		effect = meet("fsync", where, false);
		if (refuses(effect) || is_stale(fd))
			return -1;
	}
	return settle(effect, 0, EIO); /* no power fails here: nothing is gained by waiting for a disk */
}

/* The descriptor is gone whatever close says. */
static int hook_close(int fd)
{
	char where[PATH_SIZE];
	bool ours = locate_fd(fd, where), stale = is_stale(fd);
	enum effect effect = ours ? meet(fd_wrote[fd] ? "close-written" : "close", where, false) : PASS;
	int result = real.close(fd);
	if (fd >= 0 && fd < FDS) {
		fd_path[fd][0] = '\0';
		fd_wrote[fd] = fd_stale[fd] = false;
	}
	if (ours && (refuses(effect) || stale)) {
		errno = stale ? ESTALE : errno;
		return -1;
	}
	return settle(effect, result, EIO);
}

static int hook_fstat(int fd, struct stat *st)
{
	char where[PATH_SIZE];
	if (locate_fd(fd, where) && (refuses(meet("fstat", where, false)) || is_stale(fd)))
		return -1;
	return real.fstat(fd, st);
}

static int hook_stat(int dir, const char *path, struct stat *st)
{
	char where[PATH_SIZE];
	if (locate(dir, path, where) && (refuses(meet("stat", where, false)) || is_stale(dir)))
		return -1;
	return real.stat(dir, path, st);
}

/* PASS, or what was decided; -1 when the call is refused. */
static int change(const char *op, int dir, const char *path)
{
	char where[PATH_SIZE];
	if (!locate(dir, path, where))
		return PASS;
	enum effect effect = meet(op, where, true);
	return refuses(effect) || is_stale(dir) ? -1 : (int)effect;
}

static int hook_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	int effect = change("rename", from_dir, from);
	return effect < 0 ? -1 : settle((enum effect)effect, real.rename(from_dir, from, to_dir, to), ENOENT);
}

static int hook_link(int from_dir, const char *from, int to_dir, const char *to)
{
	int effect = change("link", from_dir, from);
	return effect < 0 ? -1 : settle((enum effect)effect, real.link(from_dir, from, to_dir, to), EEXIST);
}

static int hook_unlink(int dir, const char *path)
{
	int effect = change("unlink", dir, path);
	return effect < 0 ? -1 : settle((enum effect)effect, real.unlink(dir, path), ENOENT);
}

static int hook_mkdir(int dir, const char *path, mode_t mode)
{
	int effect = change("mkdir", dir, path);
	return effect < 0 ? -1 : settle((enum effect)effect, real.mkdir(dir, path, mode), EEXIST);
}

static int hook_rmdir(int dir, const char *path)
{
	int effect = change("rmdir", dir, path);
	return effect < 0 ? -1 : settle((enum effect)effect, real.rmdir(dir, path), ENOENT);
}

static int hook_list(int dir, const char *path, bf_sys_name_fn *each, void *arg)
{
	char where[PATH_SIZE];
	if (locate(dir, path, where) && (refuses(meet("list", where, false)) || is_stale(dir)))
		return -1;
	return real.list(dir, path, each, arg);
}

/* ---- before main ---- */

static void read_wanted(void)
{
	const char *call = getenv("BF_FAULT_CALL"), *name = getenv("BF_FAULT_KIND");
	char role;
	if (!call || !name)
		return;
	if (sscanf(call, "%c %d %15s %599s %d", &role, &wanted_after, wanted_op, wanted_path, &wanted_nth) != 5
		|| !strchr(roles, role))
		abort();
	wanted_role = (int)(strchr(roles, role) - roles);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(name, kinds[i].name))
			kind = &kinds[i];
	if (!kind)
		abort();
}

__attribute__((constructor)) static void install(void)
{
	const char *trace_file = getenv("BF_FAULT_TRACE");
	share = getenv("BF_FAULT_SHARE");
	hit_file = getenv("BF_FAULT_HIT");
	first_pid = getpid();
	real = bf_sys;
	if (!share)
		return;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		abort();
	if (trace_file)
		trace_fd = open(trace_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	read_wanted();
	struct bf_sys hooked = {
		.open = hook_open, .read = hook_read, .write = hook_write, .fsync = hook_fsync, .close = hook_close,
		.fstat = hook_fstat, .stat = hook_stat, .rename = hook_rename, .link = hook_link, .unlink = hook_unlink,
		.mkdir = hook_mkdir, .rmdir = hook_rmdir, .list = hook_list, .now_ms = real.now_ms, .sleep_ms = real.sleep_ms,
	};
	bf_sys = hooked;
}
