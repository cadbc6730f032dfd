#include "agent/plan_source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/blendfile.h"
#include "share-layout/digest.h"

enum { LOOK_MS = 500 };

struct search {
	struct worker *w;
	const struct submission *submission;
	const char *wish;
	struct plan_source *out;
	struct bf_err *why;
};

static enum plan_source_found cannot_read(struct search *search)
{
	if (search->why->sys == EACCES || search->why->sys == EPERM) {
		bf_err_prefix(search->why, "The machines of the farm may not read this. Let everybody read it, then copy it into"
			" queue/ again");
		return PLAN_SOURCE_CLOSED;
	}
	if (search->why->sys == ELOOP)
		bf_err_set(search->why, "%s is a link. Copy the .blend itself", search->out->blend);
	return bf_err_is_share_fault(search->why) ? PLAN_SOURCE_AWAY : PLAN_SOURCE_WRONG;
}

static bool is_blend(const char *name)
{
	size_t len = strlen(name);
	return len > 6 && !strcasecmp(name + len - 6, ".blend") && name[0] != '.';
}

static enum plan_source_found find_in_folder(struct search *search)
{
	struct bf_names names = {0};
	int found = 0;
	int listed = bf_fs_list(search->w->share->root, submission_source(search->submission).text, &names, search->why);
	if (listed != 1)
		return listed == 0 ? PLAN_SOURCE_GONE : cannot_read(search);
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.item[i].text;
		if (!is_blend(name) || names.item[i].kind == DT_DIR || (search->wish[0] && strcmp(name, search->wish)))
			continue;
		snprintf(search->out->blend, sizeof search->out->blend, "%s", name);
		found++;
	}
	bf_names_clear(&names);
	if (found == 1)
		return PLAN_SOURCE_READY;
	if (found)
		bf_err_set(search->why, "There are %d .blend files in this folder. Say which one is to be rendered: put a text file"
			" %s.ini beside the folder with the lines [job] and blend = NAME.blend", found, search->submission->dropped);
	else
		bf_err_set(search->why, "There is no .blend file in this folder (folders inside it are not searched)");
	return PLAN_SOURCE_WRONG;
}

/* The file may still be growing: it was taken by name, and another may have come under the same name
 * after the look. Wait for it under its new name, as long as it moves. */
static enum plan_source_found wait_until_whole(struct search *search, const char *path)
{
	struct bf_blendfile look;
	int64_t still_ms = 0, size = -1;
	while (!board_stopping(search->w->board)) {
		int found = bf_blendfile_look(search->w->share->root, path, &look, search->why);
		if (found == 0)
			return PLAN_SOURCE_GONE;
		if (found < 0)
			return cannot_read(search);
		if (look.kind == BF_BLENDFILE_WHOLE)
			return PLAN_SOURCE_READY;
		if (look.kind == BF_BLENDFILE_NOT)
			return PLAN_SOURCE_WRONG;
		still_ms = look.size == size ? still_ms + LOOK_MS : 0;
		size = look.size;
		if (still_ms > search->w->config->settle_limit_ms)
			return PLAN_SOURCE_WRONG;
		bf_sys.sleep_ms(LOOK_MS);
	}
	return PLAN_SOURCE_GONE;
}

/* Read it to its end, for size and hash; copied into `to`, -1 = nowhere. 0 / -1. */
static int read_all(struct search *search, int from, int to, const char *path)
{
	struct plan_source *out = search->out;
	struct bf_digest *digest = bf_digest_new();
	out->size = bf_fs_copy(from, to, INT64_MAX, bf_digest_each, digest, path, search->why);
	bf_digest_hex(digest, out->hash);
	bf_digest_free(&digest);
	return out->size < 0 ? -1 : 0;
}

/* Under the name of its hash: the plan says which it was. */
static enum plan_source_found copy_to_scratch(struct search *search, int from, const char *path)
{
	struct worker *w = search->w;
	struct plan_source *out = search->out;
	char dir[4200], aside[4300];
	if (bf_fmt(dir, sizeof dir, "%s/../blend", w->dir) < 0 || bf_fmt(aside, sizeof aside, "%s/plan.slot%u", dir, w->slot) < 0) {
		bf_err_set(search->why, "the scratch folder's path is too long");
		return PLAN_SOURCE_AWAY;
	}
	if (bf_fs_mkdir(AT_FDCWD, w->dir, search->why) < 0 || bf_fs_mkdir(AT_FDCWD, dir, search->why) < 0)
		return PLAN_SOURCE_AWAY;
	int to = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (to < 0) {
		bf_err_sys(search->why, errno, "create(%s)", aside);
		return PLAN_SOURCE_AWAY;
	}
	int result = read_all(search, from, to, path);
	bool closed = close(to) == 0;
	if (result == 0 && (!closed || bf_fmt(out->local, sizeof out->local, "%s/%s.blend", dir, out->hash) < 0
		|| rename(aside, out->local) < 0))
		result = bf_err_sys(search->why, errno, "write(%s)", aside);
	if (result < 0)
		unlink(aside);
	return result < 0 ? PLAN_SOURCE_AWAY : PLAN_SOURCE_READY;
}

/* Where it is: what it uses lies beside it. */
static enum plan_source_found leave_in_place(struct search *search, int from, const char *path)
{
	struct plan_source *out = search->out;
	if (read_all(search, from, -1, path) < 0)
		return PLAN_SOURCE_AWAY;
	if (bf_fmt(out->local, sizeof out->local, "%s/%s", search->w->share->path, path) < 0) {
		bf_err_set(search->why, "The path of %s is too long", path);
		return PLAN_SOURCE_WRONG;
	}
	return PLAN_SOURCE_READY;
}

static enum plan_source_found fetch(struct search *search, const char *path)
{
	int from = bf_fs_open_file(search->w->share->root, path, &search->out->size, search->why);
	if (from < 0)
		return PLAN_SOURCE_AWAY;
	enum plan_source_found found = search->submission->folder ? leave_in_place(search, from, path)
		: copy_to_scratch(search, from, path);
	bf_sys.close(from);
	return found;
}

enum plan_source_found plan_source_find(struct worker *w, const struct submission *submission, const char *wish,
	struct plan_source *out, struct bf_err *err)
{
	struct search search = { .w = w, .submission = submission, .wish = wish, .out = out, .why = err };
	struct bf_path path = submission_source(submission);
	snprintf(out->blend, sizeof out->blend, "%s", submission->dropped);
	if (submission->folder) {
		enum plan_source_found found = find_in_folder(&search);
		if (found != PLAN_SOURCE_READY)
			return found;
		path = bf_path_of("%s/%s", path.text, out->blend);
	}
	enum plan_source_found whole = wait_until_whole(&search, path.text);
	return whole == PLAN_SOURCE_READY ? fetch(&search, path.text) : whole;
}
