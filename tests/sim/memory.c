/* A file system in memory, behind the table of system calls. What a call costs in requests is what an NFSv4.2 client was
 * measured to send for it; attributes it would have had in its cache are counted as asked for.
 *
 *   open 1, with O_CREAT|O_EXCL 2 · read 1 · write 0 (sent by fsync or close: 1) · close 1 · rename, unlink, mkdir, stat 1
 *   listing: 2 and one more for each thousand names; 1 when nothing changed since this agent's last
 *
 * Bytes are kept only of what is written before the clock starts (the plan); of all else the size. */
#include "tests/sim/sim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/err.h"
#include "share-layout/base/sys.h"

enum { FDS = 1 << 14, SEEN = 8 };

struct dir {
	struct node **slot; /* open addressing; GONE where a name was removed */
	size_t room, count, used;
	uint64_t version;   /* grows with every change */
};

struct node {
	char *name;
	uint32_t hash;
	int refs;        /* open files, and one for its name */
	struct dir *dir; /* NULL: a file */
	int64_t size;
	char *bytes;
};

struct file { struct node *node; bool dirty; int64_t at; };

/* What a client remembers of directories it has listed. */
struct seen { const struct dir *dir; uint64_t version; };

struct sim_counts sim_counts;

static struct node *root;
static struct file *file;
static int free_fd[FDS], free_count;
static struct seen (*seen)[SEEN];
static int seen_room;
static uint64_t version;
static struct node gone_node;
#define GONE (&gone_node)

static struct bf_sys real;

/* ---- nodes ---- */

static uint32_t hash_of(const char *name, size_t len)
{
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619u;
	return hash ^ hash >> 15;
}

static void *must(void *memory)
{
	if (!memory)
		bf_bug("out of memory");
	return memory;
}

static struct node *new_node(const char *name, size_t len, bool is_dir)
{
	struct node *node = must(calloc(1, sizeof *node));
	node->name = must(strndup(name, len));
	node->hash = hash_of(name, len);
	node->refs = 1;
	if (is_dir)
		node->dir = must(calloc(1, sizeof *node->dir));
	return node;
}

static void put_away(struct node *node)
{
	if (--node->refs)
		return;
	for (size_t i = 0; node->dir && i < node->dir->room; i++)
		if (node->dir->slot[i] && node->dir->slot[i] != GONE)
			put_away(node->dir->slot[i]);
	if (node->dir)
		free(node->dir->slot);
	free(node->dir);
	free(node->bytes);
	free(node->name);
	free(node);
}

static struct node **find_slot(struct dir *dir, const char *name, size_t len)
{
	if (!dir->room)
		return NULL;
	uint32_t hash = hash_of(name, len);
	for (size_t i = hash & (dir->room - 1);; i = (i + 1) & (dir->room - 1)) {
		struct node *node = dir->slot[i];
		if (!node)
			return NULL;
		if (node != GONE && node->hash == hash && !strncmp(node->name, name, len) && !node->name[len])
			return &dir->slot[i];
	}
}

static void insert(struct dir *dir, struct node *node)
{
	size_t i = node->hash & (dir->room - 1);
	while (dir->slot[i] && dir->slot[i] != GONE)
		i = (i + 1) & (dir->room - 1);
	dir->used += !dir->slot[i];
	dir->slot[i] = node;
}

static void grow(struct dir *dir)
{
	struct node **old = dir->slot;
	size_t room = dir->room;
	if (10 * (dir->used + 1) <= 7 * room)
		return;
	dir->room = 8;
	while (dir->room < 2 * (dir->count + 2))
		dir->room *= 2;
	dir->slot = must(calloc(dir->room, sizeof(struct node *)));
	dir->used = 0;
	for (size_t i = 0; i < room; i++)
		if (old[i] && old[i] != GONE)
			insert(dir, old[i]);
	free(old);
}

static void add(struct dir *dir, struct node *node)
{
	grow(dir);
	insert(dir, node);
	dir->version = ++version;
	if (++dir->count > sim_counts.largest)
		sim_counts.largest = dir->count;
}

static struct node *take_out(struct dir *dir, struct node **slot)
{
	struct node *node = *slot;
	*slot = GONE;
	dir->count--;
	dir->version = ++version;
	return node;
}

/* ---- paths ---- */

static bool is_ours(int fd, const char *path)
{
	return fd >= SIM_FD || !strncmp(path, SIM_PATH, strlen(SIM_PATH));
}

/* The directory that holds the last component; NULL and errno when there is none. */
static struct node *walk(int fd, const char *path, const char **last)
{
	struct node *node = fd >= SIM_FD ? file[fd - SIM_FD].node : root;
	if (fd < SIM_FD)
		path += strlen(SIM_PATH);
	while (*path == '/')
		path++;
	for (const char *end; node && (end = strchr(path, '/')); path = end + 1) {
		struct node **slot = node->dir ? find_slot(node->dir, path, (size_t)(end - path)) : NULL;
		node = slot ? *slot : NULL;
	}
	if (!node || !node->dir) {
		errno = ENOENT;
		return NULL;
	}
	*last = path;
	return node;
}

static struct node *look_up(int fd, const char *path)
{
	const char *last;
	struct node *in = walk(fd, path, &last);
	if (!in || !*last || !strcmp(last, "."))
		return in;
	struct node **slot = find_slot(in->dir, last, strlen(last));
	if (!slot)
		errno = ENOENT;
	return slot ? *slot : NULL;
}

/* ---- the table ---- */

static int new_fd(struct node *node)
{
	if (!free_count)
		bf_bug("too many open files");
	int fd = free_fd[--free_count];
	node->refs++;
	file[fd] = (struct file){ .node = node };
	return SIM_FD + fd;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);
	return len >= n && !strcmp(text + len - n, end);
}

static int sim_open(int at, const char *path, int flags, mode_t mode)
{
	const char *last;
	if (!is_ours(at, path))
		return real.open(at, path, flags, mode);
	struct node *node = look_up(at, path), *in = walk(at, path, &last);
	if (node && (flags & O_EXCL)) {
		sim_server_ask(1, 0);
		errno = EEXIST;
		return -1;
	}
	if (!node && in && (flags & O_CREAT)) {
		node = new_node(last, strlen(last), false);
		add(in->dir, node);
		if (ends_with(last, ".ended")) { /* nothing is left to be seen, and the agents may not drop the plan they share */
			sim_counts.ended = true;
			sim_clock_stop();
		}
	}
	if (node && flags & O_TRUNC)
		node->size = 0;
	int fd = node ? new_fd(node) : -1;
	sim_server_ask(flags & O_EXCL ? 2 : 1, 0);
	if (fd < 0)
		errno = ENOENT;
	return fd;
}

static ssize_t sim_read(int fd, void *bytes, size_t len)
{
	if (fd < SIM_FD)
		return real.read(fd, bytes, len);
	struct file *f = &file[fd - SIM_FD];
	size_t left = (size_t)(f->node->size - f->at), n = len < left ? len : left;
	if (!f->at)
		sim_server_ask(1, 0);
	if (n && f->node->bytes)
		memcpy(bytes, f->node->bytes + f->at, n);
	else
		memset(bytes, 0, n);
	f->at += (int64_t)n;
	return (ssize_t)n;
}

static ssize_t sim_write(int fd, const void *bytes, size_t len)
{
	if (fd < SIM_FD)
		return real.write(fd, bytes, len);
	struct file *f = &file[fd - SIM_FD];
	if (sim_clock_who() < 0) {
		f->node->bytes = must(realloc(f->node->bytes, (size_t)f->node->size + len));
		memcpy(f->node->bytes + f->node->size, bytes, len);
	}
	f->node->size += (int64_t)len;
	f->dirty = true;
	return (ssize_t)len;
}

static int sim_fsync(int fd)
{
	if (fd < SIM_FD)
		return real.fsync(fd);
	bool dirty = file[fd - SIM_FD].dirty;
	file[fd - SIM_FD].dirty = false;
	sim_server_ask(dirty, 0);
	return 0;
}

static int sim_close(int fd)
{
	if (fd < SIM_FD)
		return real.close(fd);
	struct file *f = &file[fd - SIM_FD];
	int requests = f->node->dir ? 0 : 1 + f->dirty;
	put_away(f->node);
	f->node = NULL;
	free_fd[free_count++] = fd - SIM_FD;
	sim_server_ask(requests, 0);
	return 0;
}

static void fill_stat(const struct node *node, struct stat *st)
{
	memset(st, 0, sizeof *st);
	st->st_mode = node->dir ? S_IFDIR | 0777 : S_IFREG | 0666;
	st->st_size = node->size;
	st->st_ino = (ino_t)(uintptr_t)node;
}

static int sim_fstat(int fd, struct stat *st)
{
	if (fd < SIM_FD)
		return real.fstat(fd, st);
	fill_stat(file[fd - SIM_FD].node, st);
	return 0;
}

static int sim_stat(int at, const char *path, struct stat *st)
{
	if (!is_ours(at, path))
		return real.stat(at, path, st);
	struct node *node = look_up(at, path);
	if (node)
		fill_stat(node, st);
	sim_server_ask(1, 0);
	if (!node)
		errno = ENOENT;
	return node ? 0 : -1;
}

static void count_step(const char *from, const char *to, bool done)
{
	bool take = strstr(from, ".open.") && strstr(to, ".run.");
	sim_counts.takes += take && done;
	sim_counts.lost_takes += take && !done;
	if (done && from[0] == 'f' && from[1] != 'i' && strstr(to, ".done.")) {
		sim_counts.commits++;
		sim_counts.last_commit_us = sim_clock_now_us();
	}
}

static int sim_rename(int from_at, const char *from, int to_at, const char *to)
{
	const char *from_last = "", *to_last = "";
	if (!is_ours(from_at, from))
		return real.rename(from_at, from, to_at, to);
	struct node *out_of = walk(from_at, from, &from_last), *into = walk(to_at, to, &to_last);
	struct node **slot = out_of ? find_slot(out_of->dir, from_last, strlen(from_last)) : NULL;
	int why = !slot || !into ? ENOENT : 0;
	struct node **over = why ? NULL : find_slot(into->dir, to_last, strlen(to_last));
	if (over && (*over)->dir && (*over)->dir->count)
		why = ENOTEMPTY;
	if (!why) {
		struct node *node = take_out(out_of->dir, slot);
		if (over)
			put_away(take_out(into->dir, over));
		free(node->name);
		node->name = must(strdup(to_last));
		node->hash = hash_of(to_last, strlen(to_last));
		add(into->dir, node);
		if (strstr(to_last, ".run.") && into->dir->count > sim_counts.largest_shard)
			sim_counts.largest_shard = into->dir->count;
	}
	count_step(from_last, to_last, !why);
	sim_server_ask(1, 0);
	errno = why;
	return why ? -1 : 0;
}

static int sim_link(int from_at, const char *from, int to_at, const char *to)
{
	if (!is_ours(from_at, from))
		return real.link(from_at, from, to_at, to);
	errno = EPERM;
	return -1;
}

static int drop_name(int at, const char *path, bool is_dir)
{
	const char *last;
	struct node *in = walk(at, path, &last);
	struct node **slot = in ? find_slot(in->dir, last, strlen(last)) : NULL;
	int why = !slot ? ENOENT : !is_dir && (*slot)->dir ? EISDIR
		: is_dir && (*slot)->dir && (*slot)->dir->count ? ENOTEMPTY : 0;
	if (!why)
		put_away(take_out(in->dir, slot));
	sim_server_ask(1, 0);
	errno = why;
	return why ? -1 : 0;
}

static int sim_unlink(int at, const char *path)
{
	return is_ours(at, path) ? drop_name(at, path, false) : real.unlink(at, path);
}

static int sim_rmdir(int at, const char *path)
{
	return is_ours(at, path) ? drop_name(at, path, true) : real.rmdir(at, path);
}

static int sim_mkdir(int at, const char *path, mode_t mode)
{
	const char *last;
	if (!is_ours(at, path))
		return real.mkdir(at, path, mode);
	struct node *in = walk(at, path, &last);
	int why = !in ? ENOENT : find_slot(in->dir, last, strlen(last)) ? EEXIST : 0;
	if (!why)
		add(in->dir, new_node(last, strlen(last), true));
	sim_server_ask(1, 0);
	errno = why;
	return why ? -1 : 0;
}

/* Has this client listed the directory as it is now? */
static bool is_known(int who, const struct dir *dir)
{
	if (who < 0)
		return true;
	while (who >= seen_room) {
		seen = must(realloc(seen, (size_t)(seen_room + 1024) * sizeof *seen));
		memset(seen + seen_room, 0, 1024 * sizeof *seen);
		seen_room += 1024;
	}
	struct seen *mine = seen[who];
	int i = 0;
	while (i < SEEN - 1 && mine[i].dir != dir)
		i++;
	bool known = mine[i].dir == dir && mine[i].version == dir->version;
	memmove(mine + 1, mine, (size_t)i * sizeof *mine);
	mine[0] = (struct seen){ dir, dir->version };
	return known;
}

static int sim_list(int at, const char *path, bf_sys_name_fn *each, void *arg)
{
	if (!is_ours(at, path))
		return real.list(at, path, each, arg);
	struct node *node = look_up(at, path);
	struct dir *dir = node ? node->dir : NULL;
	if (!dir) {
		sim_server_ask(1, 0);
		errno = ENOENT;
		return -1;
	}
	for (size_t i = 0; i < dir->room; i++)
		if (dir->slot[i] && dir->slot[i] != GONE)
			each(arg, dir->slot[i]->name, dir->slot[i]->dir ? DT_DIR : DT_REG);
	size_t count = dir->count;
	if (is_known(sim_clock_who(), dir))
		sim_server_ask(1, 0);
	else
		sim_server_ask(2 + (int)(count / 1000), count);
	return 0;
}

static int64_t sim_now_ms(void)
{
	return 1000000 + sim_clock_now_us() / 1000; /* no machine began a moment ago */
}

static void sim_sleep_ms(int64_t ms)
{
	sim_clock_wait(ms * 1000);
}

int sim_memory_reset(void)
{
	if (!real.open)
		real = bf_sys;
	if (root)
		put_away(root);
	if (!file)
		file = must(calloc(FDS, sizeof *file));
	for (free_count = 0; free_count < FDS; free_count++)
		free_fd[free_count] = FDS - 1 - free_count;
	if (seen)
		memset(seen, 0, (size_t)seen_room * sizeof *seen);
	memset(&sim_counts, 0, sizeof sim_counts);
	root = new_node("", 0, true);
	bf_sys = (struct bf_sys){
		.open = sim_open, .read = sim_read, .write = sim_write, .fsync = sim_fsync, .close = sim_close,
		.fstat = sim_fstat, .stat = sim_stat, .rename = sim_rename, .link = sim_link, .unlink = sim_unlink,
		.mkdir = sim_mkdir, .rmdir = sim_rmdir, .list = sim_list, .now_ms = sim_now_ms, .sleep_ms = sim_sleep_ms,
	};
	return new_fd(root);
}
