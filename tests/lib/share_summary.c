#include "tests/lib/share_summary.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/digest.h"
#include "share-layout/live.h"
#include "share-layout/path.h"
#include "share-layout/task.h"
#include "share-layout/token.h"

struct lines {
	char **line;
	size_t count, room;
};

static void add(struct lines *lines, char *line)
{
	if (lines->count == lines->room) {
		lines->room = lines->room ? 2 * lines->room : 64;
		lines->line = realloc(lines->line, lines->room * sizeof *lines->line);
		if (!lines->line)
			abort();
	}
	lines->line[lines->count++] = line;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void clear(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		free(lines->line[i]);
	free(lines->line);
}

/* ---- one thing ---- */

static void cut_dates(const char *from, char *out, size_t size)
{
	static const char form[] = "_####-##-##_######";
	size_t n = 0;
	while (*from && n + 8 < size) {
		size_t i = 0;
		while (form[i] && (form[i] == '#' ? isdigit((unsigned char)from[i]) != 0 : from[i] == form[i]))
			i++;
		if (form[i])
			out[n++] = *from++;
		else {
			n += (size_t)snprintf(out + n, size - n, "_DATE");
			from += i;
		}
	}
	out[n] = '\0';
}

static void hash_of(int dir, const char *name, char hex[BF_DIGEST_HEX])
{
	int64_t size = 0;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW);
	strcpy(hex, "unreadable");
	if (fd >= 0 && bf_digest_fd(fd, name, hex, &size, NULL) == 0 && size == 0)
		strcpy(hex, "empty");
	if (fd >= 0)
		close(fd);
}

/* Text and settings differ by dates and by who wrote them; that they are there counts. */
static bool is_plain_text(const char *path)
{
	static const char *const endings[] = { "/job.ini", ".why.txt", "/FORMAT", "/README.txt", NULL };
	size_t len = strlen(path);
	for (int i = 0; endings[i]; i++)
		if (len >= strlen(endings[i]) && !strcmp(path + len - strlen(endings[i]), endings[i]))
			return true;
	return false;
}

/* TASK.ATTEMPT.MACHINE.log → TASK: who came to write it, and how often, is chance. */
static bool drop_attempt(char *path)
{
	char *end = path + strlen(path);
	for (int dots = 0; dots < 3; dots++) {
		while (end > path && *--end != '.' && *end != '/')
			;
		if (*end != '.')
			return false;
	}
	*end = '\0';
	return true;
}

static void describe(int dir, const char *path, const char *name, struct bf_buf *out)
{
	char plain[1200], hex[BF_DIGEST_HEX];
	struct bf_task task;
	struct stat st;
	cut_dates(path, plain, sizeof plain);
	if (strstr(path, "/tasks/") && bf_task_parse(name, &task) == 0) {
		char task_name[BF_TASK_MAX];
		bf_task_name(&task, task_name);
		bf_buf_printf(out, "%.*s%s %s failures=%u %s", (int)(strrchr(plain, '/') + 1 - plain), plain, task_name,
			bf_task_state_name(task.state), task.failures, task.hash);
	} else if (strstr(path, "/logs/") && drop_attempt(plain)) {
		bf_buf_printf(out, "%s.log", plain);
	} else if (is_plain_text(path)) {
		bool empty = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_size == 0;
		bf_buf_printf(out, "%s%s", plain, empty ? " empty" : "");
	} else {
		hash_of(dir, name, hex);
		bf_buf_printf(out, "%s %s", plain, hex);
	}
}

/* A mean has its token and its hash in its name; no frame may have two in a folder. */
static bool describe_mean(int dir, const char *path, const struct bf_names *names, size_t n, struct bf_buf *out)
{
	char plain[1200], hex[BF_DIGEST_HEX];
	struct bf_task mean, before;
	if (bf_mean_parse(names->item[n].text, &mean) < 0)
		return false;
	bool again = n && bf_mean_parse(names->item[n - 1].text, &before) == 0 && before.frame == mean.frame;
	cut_dates(path, plain, sizeof plain);
	hash_of(dir, names->item[n].text, hex);
	bf_buf_printf(out, "%.*sframe %d%s %s%s", (int)(strrchr(plain, '/') + 1 - plain), plain, (int)mean.frame, again ? " again" : "",
		hex, strcmp(hex, mean.hash) ? ", not what its name says" : "");
	return true;
}

/* Cards come and go; no agent may have two. */
static bool is_second_card(const struct bf_names *names, size_t n)
{
	char id[BF_ID_MAX], other[BF_ID_MAX];
	unsigned long beat;
	if (bf_live_parse_card(names->item[n].text, id, &beat) < 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (bf_live_parse_card(names->item[i].text, other, &beat) == 0 && !strcmp(id, other))
			return true;
	return false;
}

static bool ends_with(const char *text, const char *ending)
{
	size_t len = strlen(text), tail = strlen(ending);
	return len >= tail && !strcmp(text + len - tail, ending);
}

static bool is_left_out(const char *path, const struct bf_names *names, size_t n)
{
	const char *above = strrchr(path, '/');
	return (above && !strcmp(above, "/agents") && !is_second_card(names, n))
		|| (above && !strcmp(above, "/journal")) || (above && !strcmp(above, "/logs") && ends_with(names->item[n].text, ".lost"));
}

/* ---- all of it ---- */

static void walk(int dir, const char *path, struct lines *lines)
{
	struct bf_names names = {0};
	struct bf_err err;
	int here = openat(dir, path[0] == '.' ? "." : strrchr(path, '/') + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (here < 0 || bf_fs_list(here, ".", &names, &err) != 1) {
		add(lines, strdup("unreadable"));
		return;
	}
	bf_names_sort(&names);
	for (size_t i = 0; i < names.count; i++) {
		struct bf_buf line = {0};
		char below[1200];
		struct stat st;
		snprintf(below, sizeof below, "%.900s/%.255s", strcmp(path, ".") ? path : "", names.item[i].text);
		if (is_left_out(strcmp(path, ".") ? path : "", &names, i))
			continue;
		if (fstatat(here, names.item[i].text, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode)) {
			char plain[1200];
			cut_dates(below, plain, sizeof plain);
			bf_buf_printf(&line, "%s/", plain);
			walk(here, below, lines);
		} else if (!describe_mean(here, below, &names, i, &line)) {
			describe(here, below, names.item[i].text, &line);
		}
		add(lines, line.data);
	}
	bf_names_clear(&names);
	close(here);
}

void share_summary(const char *share, struct bf_buf *out)
{
	struct lines lines = {0};
	int dir = open(share, O_RDONLY | O_DIRECTORY);
	if (dir < 0) {
		bf_buf_puts(out, "there is no share\n");
		return;
	}
	walk(dir, ".", &lines);
	close(dir);
	qsort(lines.line, lines.count, sizeof *lines.line, by_text);
	for (size_t i = 0; i < lines.count; i++)
		if (!i || strcmp(lines.line[i], lines.line[i - 1]))
			bf_buf_printf(out, "%s\n", lines.line[i]);
	clear(&lines);
}

/* ---- differences ---- */

static void split(const char *text, struct lines *lines)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		add(lines, strndup(text, len));
		text += len + (text[len] == '\n');
	}
}

void share_summary_diff(const char *wanted, const char *got, int max, struct bf_buf *out)
{
	struct lines a = {0}, b = {0};
	split(wanted, &a);
	split(got, &b);
	for (size_t i = 0, j = 0; (i < a.count || j < b.count) && max > 0;) {
		int order = i == a.count ? 1 : j == b.count ? -1 : strcmp(a.line[i], b.line[j]);
		if (order < 0)
			bf_buf_printf(out, "- %s\n", a.line[i]);
		else if (order > 0)
			bf_buf_printf(out, "+ %s\n", b.line[j]);
		max -= order != 0;
		i += order <= 0;
		j += order >= 0;
	}
	clear(&a);
	clear(&b);
}
