#include "agent/drop.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/submission.h"
#include "agent/wishes.h"
#include "share-layout/base/sys.h"
#include "share-layout/blendfile.h"
#include "share-layout/path.h"

enum {
	TREE_MAX = 200000,     /* files in a dropped folder that are looked at */
	TREE_DEPTH_MAX = 32,
	JOB_FILE_MAX = 8192,
	JOB_FILE_STILL_MS = 2000,
};

/* ---- names in queue/ ---- */

static bool has_ending(const char *name, const char *ending)
{
	size_t len = strlen(name), tail = strlen(ending);
	return len > tail && !strcasecmp(name + len - tail, ending);
}

static bool is_suspended(const struct bf_names *queue, const char *name)
{
	char beside[2 * BF_FILE_MAX];
	snprintf(beside, sizeof beside, "%.*s.suspend", (int)submission_stem(name), name);
	if (bf_names_has(queue, beside))
		return true;
	snprintf(beside, sizeof beside, "%s.suspend", name);
	return bf_names_has(queue, beside);
}

/* Hidden files are somebody's business, *.blend1 and *.blend@ are Blender's; notes, previews and what else
 * people keep in a folder are left alone. */
bool drop_is_candidate(const struct bf_names *queue, const struct bf_name *name)
{
	const char *text = name->text;
	if (text[0] == '.' || !strcmp(text, "rejected") || strlen(text) >= BF_FILE_MAX)
		return false;
	return (name->kind == DT_DIR || has_ending(text, ".blend") || has_ending(text, ".job")
		|| (name->kind == DT_UNKNOWN && !strchr(text, '.'))) && !is_suspended(queue, text);
}

int drop_read_job_file(struct worker *w, const char *name, char blend[BF_FILE_MAX])
{
	struct bf_buf text = {0};
	int result = bf_fs_read(w->share->root, bf_path_queue(name).text, JOB_FILE_MAX, &text, NULL) == 1
		&& wishes_parse_job_file(bf_buf_text(&text), blend, NULL, NULL) == 0;
	bf_buf_clear(&text);
	return result;
}

bool drop_is_named_by_job_file(struct worker *w, const struct bf_names *queue, const char *name)
{
	char blend[BF_FILE_MAX];
	bool named = false;
	for (size_t i = 0; i < queue->count && !named && has_ending(name, ".blend"); i++)
		named = has_ending(queue->item[i].text, ".job") && drop_read_job_file(w, queue->item[i].text, blend) == 1
			&& !strcmp(blend, name);
	return named;
}

/* ---- what it looks like ---- */

static int look_at_tree(int dir, const char *path, int depth, struct drop_shape *shape)
{
	struct bf_names names = {0};
	struct bf_err err;
	int result = depth > TREE_DEPTH_MAX ? 0 : bf_fs_list(dir, path, &names, &err);
	shape->unreadable |= result < 0 && (err.sys == EACCES || err.sys == EPERM);
	for (size_t i = 0; result == 1 && i < names.count && shape->files < TREE_MAX; i++) {
		struct bf_path below = bf_path_of("%.700s/%.255s", path, names.item[i].text);
		struct stat st;
		if (bf_sys.stat(dir, below.text, &st) < 0)
			continue;
		int64_t changed_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
		shape->files++;
		shape->bytes += st.st_size;
		if (changed_ns > shape->newest_ns)
			shape->newest_ns = changed_ns;
		if (S_ISDIR(st.st_mode) && strlen(below.text) < 600)
			look_at_tree(dir, below.text, depth + 1, shape);
	}
	bf_names_clear(&names);
	return result == 1 || shape->unreadable ? 1 : result;
}

/* Attributes of a file by opening it, not by its name: those that were cached for a name may be seconds old on
 * NFS. 0 / -1. */
static int look_inside(int root, const char *path, struct stat *st, struct drop_shape *shape)
{
	struct bf_err err;
	int fd = bf_fs_open_file(root, path, NULL, &err);
	shape->unreadable = fd < 0 && (err.sys == EACCES || err.sys == EPERM);
	if (fd < 0)
		return shape->unreadable ? 0 : -1;
	int looked = bf_sys.fstat(fd, st);
	bf_sys.close(fd);
	return looked;
}

int drop_shape_of(const struct bf_share *share, const char *name, struct drop_shape *shape)
{
	struct bf_path path = bf_path_queue(name);
	struct stat st;
	memset(shape, 0, sizeof *shape);
	if (bf_sys.stat(share->root, path.text, &st) < 0)
		return errno == ENOENT ? 0 : -1;
	if (S_ISREG(st.st_mode) && look_inside(share->root, path.text, &st, shape) < 0)
		return -1;
	shape->bytes = st.st_size;
	shape->newest_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	shape->identity = (uint64_t)st.st_ino;
	shape->folder = S_ISDIR(st.st_mode);
	shape->special = !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
	return shape->folder ? look_at_tree(share->root, path.text, 0, shape) : 1;
}

/* ---- what to do with it ---- */

static bool tree_has_blend(const struct bf_share *share, const char *name)
{
	struct bf_names names = {0};
	bool found = false;
	bf_fs_list(share->root, bf_path_queue(name).text, &names, NULL);
	for (size_t i = 0; i < names.count; i++)
		found |= has_ending(names.item[i].text, ".blend") && names.item[i].text[0] != '.';
	bf_names_clear(&names);
	return found;
}

static void judge_folder(struct worker *w, struct drop *d, int64_t still_ms)
{
	/* A file that is not in sight yet may be growing. Every name that comes changes its folder's time, so nothing is still that
	 * was not still for as long as names may be hidden. */
	if (still_ms < w->config->settle_ms + bf_share_listing_age_ms(w->share))
		return;
	if (tree_has_blend(w->share, d->name))
		d->ready = true;
	else if (still_ms >= w->config->settle_limit_ms)
		snprintf(d->reject, sizeof d->reject, "There is no .blend file in this folder. A folder in queue/ must hold"
			" one .blend, with its textures beside it or in folders below.");
}

static void judge_blend(struct worker *w, struct drop *d, int64_t still_ms)
{
	struct bf_blendfile look;
	struct bf_err err;
	int found = bf_blendfile_look(w->share->root, bf_path_queue(d->name).text, &look, &err);
	if (found == 0 || (found < 0 && bf_err_is_share_fault(&err)))
		return;
	if (found < 0) {
		if (still_ms >= w->config->settle_limit_ms)
			snprintf(d->reject, sizeof d->reject, "This file cannot be read: %.300s", err.text);
	} else if (look.kind == BF_BLENDFILE_WHOLE) {
		d->ready = true;
	} else if (look.kind == BF_BLENDFILE_NOT) {
		snprintf(d->reject, sizeof d->reject, "%.300s", err.text);
	} else if (still_ms >= w->config->settle_limit_ms) {
		snprintf(d->reject, sizeof d->reject, "%.300s. Nothing was added to it for %d seconds."
			" Copy it into queue/ again.", err.text, (int)(still_ms / 1000));
	}
}

/* The .blend that a .job names is taken together with it. */
static void judge_job_file(struct worker *w, const struct bf_names *queue, struct drop *d, int64_t still_ms)
{
	struct bf_buf text = {0};
	struct bf_err err;
	char blend[BF_FILE_MAX];
	if (bf_fs_read(w->share->root, bf_path_queue(d->name).text, JOB_FILE_MAX, &text, &err) != 1) {
		if (!bf_err_is_share_fault(&err) && still_ms >= w->config->settle_limit_ms)
			snprintf(d->reject, sizeof d->reject, "This .job cannot be used: %.300s", err.text);
	} else if (wishes_parse_job_file(bf_buf_text(&text), blend, NULL, &err) < 0) {
		if (still_ms >= JOB_FILE_STILL_MS)
			snprintf(d->reject, sizeof d->reject, "This .job cannot be used: %.300s", err.text);
	} else if (bf_names_has(queue, blend)) {
		struct drop of_blend = { .still_since_ms = d->still_since_ms };
		snprintf(of_blend.name, sizeof of_blend.name, "%s", blend);
		judge_blend(w, &of_blend, still_ms);
		d->ready = of_blend.ready;
		snprintf(d->reject, sizeof d->reject, "%s", of_blend.reject);
	} else if (still_ms >= w->config->settle_limit_ms) {
		snprintf(d->reject, sizeof d->reject, "The .blend that this .job names, %.200s, is not in queue/", blend);
	}
	bf_buf_clear(&text);
}

void drop_look(struct worker *w, const struct bf_names *queue, struct drop *d, int64_t gap_ms)
{
	struct drop_shape shape;
	int64_t now_ms = bf_sys.now_ms();
	if (now_ms - d->looked_ms < gap_ms || now_ms < d->retry_ms)
		return;
	d->ready = false;
	d->reject[0] = '\0';
	if (drop_shape_of(w->share, d->name, &shape) != 1)
		return;
	bool first = !d->looked_ms;
	d->looked_ms = now_ms;
	if (first || memcmp(&shape, &d->shape, sizeof shape)) {
		memcpy(&d->shape, &shape, sizeof shape); /* padding too: it is compared */
		d->still_since_ms = now_ms;
		return;
	}
	int64_t still_ms = now_ms - d->still_since_ms;
	if (shape.special)
		snprintf(d->reject, sizeof d->reject, "This is a link or a special file. Copy the .blend itself into queue/.");
	else if (shape.unreadable && still_ms >= w->config->settle_limit_ms)
		snprintf(d->reject, sizeof d->reject, "The machines of the farm may not read this%s (permission denied). Let everybody"
			" read it, then copy it into queue/ again.", shape.folder ? " folder or one inside it" : "");
	else if (shape.unreadable)
		return; /* another machine may be allowed to */
	else if (shape.folder)
		judge_folder(w, d, still_ms);
	else if (has_ending(d->name, ".job"))
		judge_job_file(w, queue, d, still_ms);
	else
		judge_blend(w, d, still_ms);
}
