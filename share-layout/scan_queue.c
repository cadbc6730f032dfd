/* What waits in queue/, and what was rejected. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/scan_private.h"

enum { ROWS_MAX = 100000 }; /* of a list made from names that anybody can make */

static bool ends_with(const char *text, const char *ending)
{
	size_t len = strlen(text), tail = strlen(ending);
	return len > tail && !strcasecmp(text + len - tail, ending);
}

/* ---- queue/ ---- */

static bool is_directory(const struct bf_share *share, const struct bf_name *name)
{
	struct stat st;
	if (name->kind != DT_UNKNOWN)
		return name->kind == DT_DIR;
	return bf_sys.stat(share->root, bf_path_queue(name->text).text, &st) == 0 && S_ISDIR(st.st_mode);
}

/* What an agent would take, now or when it is whole. */
static bool is_submission(const struct bf_share *share, const struct bf_name *name)
{
	if (name->text[0] == '.' || !strcasecmp(name->text, "rejected") || strlen(name->text) >= BF_FILE_MAX)
		return false;
	return ends_with(name->text, ".blend") || ends_with(name->text, ".job") || is_directory(share, name);
}

/* NAME.suspend beside NAME.blend or NAME.job. */
static bool is_held(const struct bf_names *queue, const char *name)
{
	char marker[BF_FILE_MAX + 16];
	int stem = (int)strlen(name);
	if (ends_with(name, ".blend"))
		stem -= 6;
	else if (ends_with(name, ".job"))
		stem -= 4;
	snprintf(marker, sizeof marker, "%.*s.suspend", stem, name);
	return bf_names_sorted_has(queue, marker);
}

void bf_scan_queue_take(const struct bf_share *share, const struct bf_names *queue, struct bf_scan *scan)
{
	scan->queued_count = 0;
	for (size_t i = 0; i < queue->count && scan->queued_count < ROWS_MAX; i++) {
		if (!is_submission(share, &queue->item[i]))
			continue;
		scan->queued = bf_scan_grow(scan->queued, scan->queued_count, sizeof *scan->queued);
		struct bf_scan_queued *row = &scan->queued[scan->queued_count++];
		snprintf(row->name, sizeof row->name, "%s", queue->item[i].text);
		row->held = is_held(queue, row->name);
	}
}

/* ---- queue/rejected/ ---- */

static void first_line(const struct bf_share *share, const char *path, char *dst, size_t size)
{
	struct bf_buf text = {0};
	dst[0] = '\0';
	if (bf_fs_read(share->root, path, 64 * 1024, &text, NULL) == 1)
		snprintf(dst, size, "%.*s", (int)strcspn(bf_buf_text(&text), "\r\n"), bf_buf_text(&text));
	bf_buf_clear(&text);
}

static int by_rejected_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct bf_scan_rejected *)row)->name);
}

#define WHY ".why.txt"
enum { WHY_MAX = BF_FILE_MAX + 16 };

/* Not what only belongs to another one. why: the file that would tell the reason. */
static bool is_rejected(const struct bf_names *names, const char *name, char why[WHY_MAX])
{
	if (name[0] == '.' || ends_with(name, WHY) || strlen(name) >= BF_FILE_MAX)
		return false;
	snprintf(why, WHY_MAX, "%s" WHY, name);
	return !ends_with(name, ".ini") || bf_names_sorted_has(names, why); /* else the settings of its neighbour */
}

static const struct bf_scan_rejected *find_known(const struct bf_scan_rejected *rows, size_t count, const char *name)
{
	const struct bf_scan_rejected *row = count ? bsearch(name, rows, count, sizeof *rows, by_rejected_name) : NULL;
	return row && row->why[0] ? row : NULL;
}

void bf_scan_rejected_take(const struct bf_share *share, const struct bf_names *names, struct bf_scan *scan)
{
	struct bf_scan_rejected *old = scan->rejected;
	size_t old_count = scan->rejected_count;
	scan->rejected = NULL;
	scan->rejected_count = 0;
	for (size_t i = 0; i < names->count && scan->rejected_count < ROWS_MAX; i++) {
		const char *name = names->item[i].text;
		char why[WHY_MAX];
		if (!is_rejected(names, name, why))
			continue;
		scan->rejected = bf_scan_grow(scan->rejected, scan->rejected_count, sizeof *scan->rejected);
		struct bf_scan_rejected *row = &scan->rejected[scan->rejected_count++];
		const struct bf_scan_rejected *known = find_known(old, old_count, name);
		memset(row, 0, sizeof *row);
		snprintf(row->name, sizeof row->name, "%s", name);
		if (known)
			memcpy(row->why, known->why, sizeof row->why);
		else if (bf_names_sorted_has(names, why))
			first_line(share, bf_path_rejected(why).text, row->why, sizeof row->why);
	}
	free(old);
}
