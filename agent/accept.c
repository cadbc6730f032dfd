#include "agent/accept.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/plan.h"
#include "agent/render.h"
#include "agent/submission.h"
#include "agent/wishes.h"
#include "agent/worker.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/blendfile.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

enum {
	LOOK_LOCAL_MS = 250,   /* between the two looks at a dropped file */
	LOOK_REMOTE_MS = 1000, /* … on a network share, where another machine may be writing it */
	TREE_MAX = 200000,     /* files in a dropped folder that are looked at */
	TREE_DEPTH_MAX = 32,
	INCOMING_MS = 5000,
	DECLINED_MAX = 8,
};

/* What a dropped thing looked like; two equal looks mean that nobody writes to it. */
struct shape {
	int64_t bytes, files, newest_ns;
	uint64_t identity;
	bool operator_made; /* not a file and not a folder: a link, a FIFO … */
	bool folder;
};

struct candidate {
	char name[BF_FILE_MAX];
	struct shape shape;
	int64_t still_since_ms, looked_ms;
	bool seen;      /* in the last listing */
	bool ready;     /* hold still, whole: take it */
	char reject[512]; /* or say this, "" = do not */
};

struct accept {
	struct candidate *candidate;
	size_t count, room;
	struct bf_names queue, incoming;
	int64_t looked_ms, incoming_ms;
	bool saw_work, saw_ready, saw_incoming;
	char take_over[BF_FILE_MAX]; /* an entry of .incoming/ whose owner is gone */
	struct submission mine;      /* owned, while it is planned */
	char declined[DECLINED_MAX][BF_JOB_MAX]; /* submissions that this machine cannot plan */
	unsigned declined_count;
};

struct accept *accept_new(void)
{
	struct accept *accept = calloc(1, sizeof *accept);
	if (!accept)
		bf_bug("out of memory");
	return accept;
}

void accept_free(struct accept **accept)
{
	if (!*accept)
		return;
	bf_names_clear(&(*accept)->queue);
	bf_names_clear(&(*accept)->incoming);
	free((*accept)->candidate);
	free(*accept);
	*accept = NULL;
}

bool accept_saw_work(const struct accept *accept)
{
	return accept->saw_work;
}

bool accept_saw_ready(const struct accept *accept)
{
	return accept->saw_ready;
}

/* ---- names in queue/ ---- */

static bool has_ending(const char *name, const char *ending)
{
	size_t len = strlen(name), tail = strlen(ending);
	return len > tail && !strcasecmp(name + len - tail, ending);
}

/* The name without .blend or .job: what its .ini and .suspend are called by. */
static void stem_of(const char *name, char out[BF_FILE_MAX])
{
	size_t len = strlen(name);
	if (has_ending(name, ".blend"))
		len -= 6;
	else if (has_ending(name, ".job"))
		len -= 4;
	snprintf(out, BF_FILE_MAX, "%.*s", (int)len, name);
}

static bool has_beside(const struct bf_names *queue, const char *name, const char *ending)
{
	char stem[BF_FILE_MAX], beside[2 * BF_FILE_MAX];
	stem_of(name, stem);
	snprintf(beside, sizeof beside, "%s%s", stem, ending);
	if (bf_names_has(queue, beside))
		return true;
	snprintf(beside, sizeof beside, "%s%s", name, ending);
	return bf_names_has(queue, beside);
}

/* Hidden files are somebody's business, *.blend1 and *.blend@ are Blender's; notes, previews and what else
 * people keep in a folder are left alone. */
static bool is_candidate(const struct bf_name *name)
{
	const char *text = name->text;
	if (text[0] == '.' || !strcmp(text, "rejected"))
		return false;
	return name->kind == DT_DIR || has_ending(text, ".blend") || has_ending(text, ".job")
		|| (name->kind == DT_UNKNOWN && !strchr(text, '.'));
}

/* ---- looking at one ---- */

static int shape_of_tree(int dir, const char *path, int depth, struct shape *shape)
{
	struct bf_names names = {0};
	int result = depth > TREE_DEPTH_MAX ? -1 : bf_fs_list(dir, path, &names, NULL);
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
			shape_of_tree(dir, below.text, depth + 1, shape);
	}
	bf_names_clear(&names);
	return result;
}

/* By opening it, not by its name: attributes that were cached for a name may be seconds old on NFS. */
static int shape_of(const struct bf_share *share, const char *name, struct shape *shape)
{
	struct bf_path path = bf_path_queue(name);
	struct stat st;
	memset(shape, 0, sizeof *shape);
	if (bf_sys.stat(share->root, path.text, &st) < 0)
		return errno == ENOENT ? 0 : -1;
	if (S_ISREG(st.st_mode)) {
		int fd = bf_fs_open_file(share->root, path.text, NULL, NULL);
		if (fd < 0)
			return -1;
		int looked = bf_sys.fstat(fd, &st);
		bf_sys.close(fd);
		if (looked < 0)
			return -1;
	}
	shape->bytes = st.st_size;
	shape->newest_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	shape->identity = (uint64_t)st.st_ino;
	shape->folder = S_ISDIR(st.st_mode);
	shape->operator_made = !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
	return shape->folder ? shape_of_tree(share->root, path.text, 0, shape) : 1;
}

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

static void judge_folder(struct worker *w, struct candidate *c, int64_t still_ms)
{
	if (still_ms < w->config->settle_ms)
		return;
	if (tree_has_blend(w->share, c->name))
		c->ready = true;
	else if (still_ms >= w->config->settle_limit_ms)
		snprintf(c->reject, sizeof c->reject, "There is no .blend file in this folder. A folder in queue/ must hold"
			" one .blend, with its textures beside it or in folders below.");
}

static void judge_blend(struct worker *w, struct candidate *c, int64_t still_ms)
{
	struct bf_blendfile look;
	struct bf_err err;
	int found = bf_blendfile_look(w->share->root, bf_path_queue(c->name).text, &look, &err);
	if (found == 0 || (found < 0 && bf_err_is_share_fault(&err) && err.sys != EACCES && err.sys != EPERM))
		return;
	if (found < 0) {
		if (still_ms >= w->config->settle_limit_ms)
			snprintf(c->reject, sizeof c->reject, "This file cannot be read by the machines of the farm: %.300s", err.text);
	} else if (look.kind == BF_BLENDFILE_WHOLE) {
		c->ready = true;
	} else if (look.kind == BF_BLENDFILE_NOT) {
		snprintf(c->reject, sizeof c->reject, "This is not a Blender file: %.300s", err.text);
	} else if (still_ms >= w->config->settle_limit_ms) {
		snprintf(c->reject, sizeof c->reject, "This .blend is not complete: %.300s. Nothing was added to it for %d seconds."
			" Copy it into queue/ again.", err.text, (int)(still_ms / 1000));
	}
}

/* The .blend that a .job names is taken together with it. */
static void judge_job_file(struct worker *w, struct candidate *c, int64_t still_ms)
{
	struct bf_buf text = {0};
	struct bf_err err;
	char blend[BF_FILE_MAX];
	if (bf_fs_read(w->share->root, bf_path_queue(c->name).text, 8192, &text, &err) == 1) {
		if (wishes_parse_job_file(bf_buf_text(&text), blend, NULL, &err) < 0) {
			if (still_ms >= 2000)
				snprintf(c->reject, sizeof c->reject, "This .job cannot be used: %.300s", err.text);
		} else if (bf_names_has(&w->accept->queue, blend)) {
			struct candidate of_blend = { .still_since_ms = c->still_since_ms };
			snprintf(of_blend.name, sizeof of_blend.name, "%s", blend);
			judge_blend(w, &of_blend, still_ms);
			c->ready = of_blend.ready;
			snprintf(c->reject, sizeof c->reject, "%s", of_blend.reject);
		} else if (still_ms >= w->config->settle_limit_ms) {
			snprintf(c->reject, sizeof c->reject, "The .blend that this .job names, %.200s, is not in queue/", blend);
		}
	}
	bf_buf_clear(&text);
}

static void judge(struct worker *w, struct candidate *c, int64_t gap_ms)
{
	struct shape shape;
	int64_t now_ms = bf_sys.now_ms();
	if (now_ms - c->looked_ms < gap_ms)
		return;
	c->ready = false;
	c->reject[0] = '\0';
	if (shape_of(w->share, c->name, &shape) != 1)
		return;
	bool first = !c->looked_ms;
	c->looked_ms = now_ms;
	if (first || memcmp(&shape, &c->shape, sizeof shape)) {
		c->shape = shape;
		c->still_since_ms = now_ms;
		return;
	}
	int64_t still_ms = now_ms - c->still_since_ms;
	if (shape.operator_made)
		snprintf(c->reject, sizeof c->reject, "This is a link or a special file. Copy the .blend itself into queue/.");
	else if (shape.folder)
		judge_folder(w, c, still_ms);
	else if (has_ending(c->name, ".job"))
		judge_job_file(w, c, still_ms);
	else
		judge_blend(w, c, still_ms);
}

/* ---- looking at all ---- */

static struct candidate *find_or_add(struct accept *accept, const char *name)
{
	for (size_t i = 0; i < accept->count; i++)
		if (!strcmp(accept->candidate[i].name, name))
			return &accept->candidate[i];
	if (accept->count == accept->room) {
		accept->room = accept->room ? 2 * accept->room : 16;
		accept->candidate = realloc(accept->candidate, accept->room * sizeof *accept->candidate);
		if (!accept->candidate)
			bf_bug("out of memory");
	}
	struct candidate *c = &accept->candidate[accept->count++];
	memset(c, 0, sizeof *c);
	snprintf(c->name, sizeof c->name, "%s", name);
	return c;
}

static void forget_unseen(struct accept *accept)
{
	size_t kept = 0;
	for (size_t i = 0; i < accept->count; i++)
		if (accept->candidate[i].seen)
			accept->candidate[kept++] = accept->candidate[i];
	accept->count = kept;
}

static bool is_named_by_job_file(struct worker *w, const char *name)
{
	bool named = false;
	for (size_t i = 0; i < w->accept->queue.count && !named; i++) {
		const char *file = w->accept->queue.item[i].text;
		struct bf_buf text = {0};
		char blend[BF_FILE_MAX];
		if (has_ending(file, ".job") && bf_fs_read(w->share->root, bf_path_queue(file).text, 8192, &text, NULL) == 1)
			named = wishes_parse_job_file(bf_buf_text(&text), blend, NULL, NULL) == 0 && !strcmp(blend, name);
		bf_buf_clear(&text);
	}
	return named;
}

static void look_at_queue(struct worker *w)
{
	struct accept *accept = w->accept;
	struct bf_err err;
	int64_t gap_ms = bf_share_is_remote(w->share) ? LOOK_REMOTE_MS : LOOK_LOCAL_MS;
	if (bf_fs_list(w->share->root, BF_QUEUE, &accept->queue, &err) != 1)
		return;
	for (size_t i = 0; i < accept->count; i++)
		accept->candidate[i].seen = false;
	for (size_t i = 0; i < accept->queue.count; i++) {
		const struct bf_name *name = &accept->queue.item[i];
		if (!is_candidate(name) || strlen(name->text) >= BF_FILE_MAX || has_beside(&accept->queue, name->text, ".suspend")
			|| (has_ending(name->text, ".blend") && is_named_by_job_file(w, name->text)))
			continue;
		struct candidate *c = find_or_add(accept, name->text);
		c->seen = true;
		judge(w, c, gap_ms);
		accept->saw_work = true;
		accept->saw_ready |= c->ready || c->reject[0];
	}
	forget_unseen(accept);
}

static bool has_declined(const struct accept *accept, const char *job)
{
	for (unsigned i = 0; i < accept->declined_count && i < DECLINED_MAX; i++)
		if (!strcmp(accept->declined[i], job))
			return true;
	return false;
}

void accept_decline(struct accept *accept, const char *job)
{
	snprintf(accept->declined[accept->declined_count++ % DECLINED_MAX], BF_JOB_MAX, "%s", job);
}

static void look_at_incoming(struct worker *w)
{
	struct accept *accept = w->accept;
	accept->take_over[0] = '\0';
	accept->saw_incoming = false;
	if (bf_fs_list(w->share->root, BF_INCOMING, &accept->incoming, NULL) != 1)
		return;
	board_get_live(w->board, w->live);
	for (size_t i = 0; i < accept->incoming.count; i++) {
		struct submission s;
		struct bf_token token;
		const char *entry = accept->incoming.item[i].text;
		if (submission_parse(entry, &s) < 0)
			continue;
		accept->saw_incoming = true;
		if (has_declined(accept, s.job))
			continue;
		bool free_for_all = bf_token_parse(s.token, &token) < 0;
		if (!free_for_all && !bf_live_find(w->live, token.id))
			board_note(w->board, w->slot, token.id);
		bool ours = !free_for_all && !strcmp(token.id, w->id) && token.slot == w->slot;
		if (free_for_all || ours || bf_live_is_dead(w->live, token.id, w->config->lease_ms)) {
			snprintf(accept->take_over, sizeof accept->take_over, "%s", entry);
		}
	}
}

void accept_peek(struct worker *w)
{
	struct accept *accept = w->accept;
	accept->looked_ms = bf_sys.now_ms();
	accept->saw_work = accept->saw_ready = false;
	look_at_queue(w);
	/* What others are accepting concerns us only when they die, or when we wait for the farm to run dry. */
	int64_t interval_ms = w->config->drain || w->config->once || accept->saw_incoming ? 0 : INCOMING_MS;
	if (accept->looked_ms - accept->incoming_ms >= interval_ms || !accept->incoming_ms) {
		accept->incoming_ms = accept->looked_ms;
		look_at_incoming(w);
	}
	accept->saw_work |= accept->saw_incoming;
	accept->saw_ready |= accept->take_over[0] != '\0';
}

int64_t accept_wait_ms(const struct accept *accept, int64_t poll_ms)
{
	/* while something new lies there the second look is near */
	return accept->count && poll_ms > LOOK_LOCAL_MS + 10 ? LOOK_LOCAL_MS + 10 : poll_ms;
}

/* ---- accepting one ---- */

static const struct candidate *find_ready(const struct accept *accept)
{
	for (size_t i = 0; i < accept->count; i++)
		if (accept->candidate[i].ready || accept->candidate[i].reject[0])
			return &accept->candidate[i];
	return NULL;
}

static int take_candidate(struct worker *w, const struct candidate *c, struct bf_err *err)
{
	char stem[BF_FILE_MAX], blend[BF_FILE_MAX];
	if (c->reject[0])
		return submission_reject_from_queue(w, c->name, c->reject, err) < 0 ? -1 : 1;
	stem_of(c->name, stem);
	snprintf(blend, sizeof blend, "%s", c->name);
	if (has_ending(c->name, ".job")) {
		struct bf_buf text = {0};
		int named = bf_fs_read(w->share->root, bf_path_queue(c->name).text, 8192, &text, err) == 1
			? wishes_parse_job_file(bf_buf_text(&text), blend, NULL, err) : -1;
		bf_buf_clear(&text);
		if (named < 0)
			return 0;
	}
	return submission_take(w, blend, stem, &w->accept->mine, err);
}

/* Something may be coming: Blender needs a second to start, and the second look is not yet due. */
static void start_early(struct worker *w)
{
	struct bf_err err;
	if (!w->blender && w->accept->count && render_ensure_blender(w, &err) < 0)
		bf_log(BF_LOG_DEBUG, "blender: %s", err.text);
}

static int accept_one(struct worker *w, struct bf_err *err)
{
	struct accept *accept = w->accept;
	const struct candidate *c = find_ready(accept);
	int taken = 0;
	if (accept->take_over[0])
		taken = submission_take_over(w, accept->take_over, &accept->mine, err);
	else if (c)
		taken = take_candidate(w, c, err);
	if (taken == 1 && accept->mine.entry[0]) {
		int planned = plan_submission(w, &accept->mine, err);
		accept->mine.entry[0] = planned < 0 ? accept->mine.entry[0] : '\0';
		return planned < 0 ? -1 : 1;
	}
	return taken;
}

bool accept_look(struct worker *w)
{
	struct bf_err err;
	int64_t now_ms = bf_sys.now_ms();
	struct accept *accept = w->accept;
	int64_t interval_ms = accept_wait_ms(accept, w->config->poll_ms);
	if (accept->looked_ms && w->refreshed_ms && now_ms - accept->looked_ms < interval_ms)
		return false;
	worker_share_begin(w);
	accept_peek(w);
	start_early(w);
	int did = accept->saw_ready ? accept_one(w, &err) : 0;
	worker_share_end(w);
	if (did < 0) {
		accept_let_go(w);
		worker_wait_for_share(w, &err);
	}
	if (did == 1)
		accept->looked_ms = accept->incoming_ms = 0; /* there may be more of them */
	return did == 1;
}

void accept_let_go(struct worker *w)
{
	if (w->accept->mine.entry[0])
		submission_give_back(w, &w->accept->mine);
}
