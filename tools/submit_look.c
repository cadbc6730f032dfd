/* Looking at what is to be submitted: a whole .blend, or a folder that holds one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/job.h"
#include "tools/submit.h"

enum { DEPTH_MAX = 32, FILES_MAX = 200000 };

/* ---- signals ---- */

static volatile sig_atomic_t stopped_by;

static void note_signal(int number)
{
	stopped_by = number;
}

void submit_watch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = note_signal }; /* no SA_RESTART: waiting calls come back */
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int submit_stopped(void)
{
	return stopped_by;
}

int submit_say_stopped(struct bf_err *err)
{
	return bf_err_set(err, "stopped; nothing of it was left in the queue");
}

/* ---- its files ---- */

static char *copy_of(const char *text)
{
	char *copy = strdup(text);
	if (!copy)
		abort();
	return copy;
}

int submit_append(struct submit *s, const char *from, const char *origin, const char *to, int64_t size, struct bf_err *err)
{
	if (s->count == FILES_MAX)
		return bf_err_set(err, "more than %d files", FILES_MAX);
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 16;
		s->file = realloc(s->file, s->room * sizeof *s->file);
		if (!s->file)
			abort();
	}
	s->file[s->count++] = (struct submit_file){ copy_of(from), copy_of(origin), copy_of(to), size, "" };
	s->bytes += size;
	return 0;
}

int submit_add(struct submit *s, const char *from, const char *origin, const char *to, struct bf_err *err)
{
	struct stat st;
	if (stat(from, &st) < 0)
		return bf_err_sys(err, errno, "%s", from);
	if (!S_ISREG(st.st_mode))
		return bf_err_set(err, "%s is not a file", from);
	if (access(from, R_OK) < 0)
		return bf_err_sys(err, errno, "%s", from);
	return submit_append(s, from, origin, to, st.st_size, err);
}

int submit_root(const struct submit *s)
{
	return s->on ? s->on->root : AT_FDCWD;
}

static bool has_ending(const char *name, const char *ending)
{
	size_t len = strlen(name), tail = strlen(ending);
	return len > tail && !strcasecmp(name + len - tail, ending);
}

/* Blender's backups and what file managers hide are nobody's textures. */
static bool is_clutter(const char *name)
{
	const char *dot = strrchr(name, '.');
	return name[0] == '.' || (dot && !strncmp(dot, ".blend", 6) && dot[6] && (dot[6] == '@'
		|| strspn(dot + 6, "0123456789") == strlen(dot + 6)));
}

static int add_tree(struct submit *s, const char *dir, const char *to, int depth, struct bf_err *err);

static int add_entry(struct submit *s, const char *dir, const char *to, const char *name, int depth, struct bf_err *err)
{
	char from[PATH_MAX], real[PATH_MAX], below[PATH_MAX];
	struct stat st;
	if (bf_fmt(from, sizeof from, "%s/%s", dir, name) < 0 || bf_fmt(below, sizeof below, "%s%s", to, name) < 0)
		return bf_err_set(err, "%s/%s: the path is too long", dir, name);
	if (lstat(from, &st) < 0 || !realpath(from, real))
		return bf_err_sys(err, errno, "%s", from);
	if (S_ISDIR(st.st_mode))
		return bf_fmt(below, sizeof below, "%s%s/", to, name) < 0 ? bf_err_set(err, "%s: the path is too long", from)
			: add_tree(s, from, below, depth + 1, err);
	if (stat(real, &st) == 0 && S_ISDIR(st.st_mode)) {
		bf_buf_printf(&s->notes, "%s is a link to a folder and stays behind\n", from);
		return 0;
	}
	return submit_add(s, real, real, below, err);
}

/* to: "" or a path with a / behind it. */
static int add_tree(struct submit *s, const char *dir, const char *to, int depth, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = depth > DEPTH_MAX ? bf_err_set(err, "%s: folders nested too deeply", dir)
		: bf_fs_list(AT_FDCWD, dir, &names, err) == 1 ? 0 : -1;
	bf_names_sort(&names);
	for (size_t i = 0; i < names.count && result == 0; i++)
		if (!is_clutter(names.item[i].text))
			result = submit_stopped() ? submit_say_stopped(err) : add_entry(s, dir, to, names.item[i].text, depth, err);
	bf_names_clear(&names);
	return result;
}

/* ---- what was given ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static int look_at_blend(struct submit *s, struct bf_err *err)
{
	size_t len = strlen(s->blend);
	int found = bf_blendfile_look(AT_FDCWD, s->blend, &s->look, err);
	if (!s->folder && found && !strncmp(err->text, s->blend, len) && !strncmp(err->text + len, ": ", 2))
		memmove(err->text, err->text + len + 2, strlen(err->text + len + 2) + 1); /* the user has said which */
	if (found == 0)
		return bf_err_set(err, "%s: there is no such file", s->blend);
	return found < 0 || s->look.kind != BF_BLENDFILE_WHOLE ? -1 : 0;
}

static int take_folder(struct submit *s, struct bf_err *err)
{
	char dir[PATH_MAX];
	int found = 0;
	strcpy(dir, s->blend);
	s->folder = s->given_as_folder = true;
	if (add_tree(s, dir, "", 0, err) < 0)
		return -1;
	for (size_t i = 0; i < s->count; i++)
		if (!strchr(s->file[i].to, '/') && has_ending(s->file[i].to, ".blend")) {
			found++;
			if (bf_fmt(s->main, sizeof s->main, "%s", s->file[i].to) < 0
				|| bf_fmt(s->blend, sizeof s->blend, "%s", s->file[i].from) < 0)
				return bf_err_set(err, "%s: the name is too long", s->file[i].from);
		}
	if (found > 1)
		return bf_err_set(err, "there are %d .blend files in this folder: name the one that is to be rendered", found);
	return found ? look_at_blend(s, err) : bf_err_set(err, "there is no .blend file in this folder");
}

int submit_look(struct submit *s, const char *given, const char *name, struct bf_err *err)
{
	struct stat st;
	_Static_assert(sizeof s->blend >= PATH_MAX, "realpath writes that much");
	if (!*given || !realpath(given, s->blend))
		return errno == ENOENT || !*given ? bf_err_set(err, "there is no such file") : bf_err_sys(err, errno, "cannot be read");
	bf_job_clean_name(name ? name : base_name(s->blend), ".blend", s->stem);
	if (stat(s->blend, &st) < 0)
		return bf_err_sys(err, errno, "cannot be read");
	if (S_ISDIR(st.st_mode))
		return take_folder(s, err);
	if (!S_ISREG(st.st_mode))
		return bf_err_set(err, "this is not a file");
	if (bf_fmt(s->main, sizeof s->main, "%s.blend", s->stem) < 0)
		return bf_err_set(err, "the name is too long");
	return look_at_blend(s, err) < 0 ? -1 : submit_add(s, s->blend, s->blend, s->main, err);
}

void submit_clear(struct submit *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->file[i].from);
		free(s->file[i].origin);
		free(s->file[i].to);
	}
	free(s->file);
	bf_buf_clear(&s->ini);
	bf_buf_clear(&s->missing);
	bf_buf_clear(&s->notes);
	if (s->scratch[0])
		bf_fs_remove_tree(AT_FDCWD, s->scratch, NULL);
	memset(s, 0, sizeof *s);
}

/* ---- its content ---- */

static int digest_of(int root, const char *path, char hex[BF_DIGEST_HEX], struct bf_err *err)
{
	int fd = bf_fs_open_file(root, path, NULL, err);
	int result = fd < 0 ? -1 : bf_digest_fd(fd, path, hex, NULL, err);
	if (fd >= 0)
		close(fd);
	return result;
}

int submit_digest(struct submit *s, struct bf_err *err)
{
	struct bf_digest *all = bf_digest_new();
	int result = 0;
	for (size_t i = 0; i < s->count && result == 0; i++) {
		struct submit_file *file = &s->file[i];
		result = submit_stopped() ? submit_say_stopped(err) : digest_of(submit_root(s), file->origin, file->hash, err);
		bf_digest_add(all, file->to, strlen(file->to) + 1);
		bf_digest_add(all, file->hash, sizeof file->hash);
	}
	if (s->folder)
		bf_digest_hex(all, s->content);
	else if (s->count)
		memcpy(s->content, s->file[0].hash, sizeof s->content);
	bf_digest_free(&all);
	return result;
}
