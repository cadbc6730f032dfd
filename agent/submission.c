#include "agent/submission.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

#define UNOWNED "open"
#define NAMED "named."

int submission_parse(const char *entry, struct submission *out)
{
	char copy[BF_FILE_MAX];
	memset(out, 0, sizeof *out);
	if (bf_fmt(copy, sizeof copy, "%s", entry) < 0)
		return -1;
	char *token = strrchr(copy, '.');
	if (!token)
		return -1;
	*token++ = '\0';
	char *attempt = strrchr(copy, '.');
	if (!attempt)
		return -1;
	*attempt++ = '\0';
	out->attempt = (unsigned)strtoul(attempt, NULL, 10);
	if (!out->attempt || out->attempt > 1000000 || !bf_job_id_ok(copy)
		|| (strcmp(token, UNOWNED) && bf_token_parse(token, NULL) < 0))
		return -1;
	strcpy(out->entry, entry);
	return bf_fmt(out->job, sizeof out->job, "%s", copy) < 0 || bf_fmt(out->token, sizeof out->token, "%s", token) < 0 ? -1 : 0;
}

struct bf_path submission_source(const struct submission *s)
{
	return bf_path_of("%s/source/%s", bf_path_incoming(s->entry).text, s->dropped);
}

size_t submission_stem(const char *name)
{
	size_t len = strlen(name);
	if (len > 6 && !strcasecmp(name + len - 6, ".blend"))
		return len - 6;
	return len > 4 && !strcasecmp(name + len - 4, ".job") ? len - 4 : len;
}

bool submission_same_name(const struct submission *a, const struct submission *b)
{
	enum { DATE_AND_TIME = 18 }; /* _YYYY-MM-DD_HHMMSS */
	size_t len = strlen(a->job);
	return len == strlen(b->job) && len > DATE_AND_TIME && !strncmp(a->job, b->job, len - DATE_AND_TIME);
}

static void name_entry(struct submission *s)
{
	if (bf_fmt(s->entry, sizeof s->entry, "%s.%u.%s", s->job, s->attempt, s->token) < 0)
		bf_bug("entry name of %s is too long", s->job);
}

/* ---- taking ---- */

static void make_job_id(const char *dropped, char out[BF_JOB_MAX])
{
	char name[BF_JOB_MAX], when[32];
	time_t now = time(NULL);
	struct tm tm;
	localtime_r(&now, &tm);
	strftime(when, sizeof when, "%Y-%m-%d_%H%M%S", &tm);
	bf_job_clean_name(dropped, ".blend", name);
	if (bf_fmt(out, BF_JOB_MAX, "%s_%s", name, when) < 0)
		bf_bug("job name of %s is too long", name);
}

/* Is what lies beside it called by another name, and must that be kept? (A name too long for it is not.) */
static bool has_other_name(const struct submission *s, const char *stem)
{
	bool same = strlen(stem) == submission_stem(s->dropped) && !strncmp(stem, s->dropped, strlen(stem));
	return !same && strlen(stem) + strlen(NAMED) < BF_FILE_MAX;
}

static int look_whether_folder(struct worker *w, struct submission *s, struct bf_err *err)
{
	struct stat st;
	struct bf_path path = submission_source(s);
	if (bf_sys.stat(w->share->root, path.text, &st) < 0)
		return bf_err_sys(err, errno, "stat(%s)", path.text);
	s->folder = S_ISDIR(st.st_mode);
	return 0;
}

int submission_look(struct worker *w, struct submission *s, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = bf_fs_list(w->share->root, bf_path_incoming_in(s->entry, "source").text, &names, err);
	if (result == 1 && names.count == 0)
		result = 0;
	if (result == 1) {
		bf_names_sort(&names);
		if (bf_fmt(s->dropped, sizeof s->dropped, "%s", names.item[0].text) < 0)
			result = bf_err_set(err, "a name in %s is too long", s->entry);
		else if (look_whether_folder(w, s, err) < 0)
			result = -1;
	}
	bf_names_clear(&names);
	return result;
}

/* ---- its .ini and .job ---- */

/* They follow by renames of their own, so their taker may die before them: whoever takes over fetches them. What they
 * are called by is the name of the thing, or, where a .job names a .blend, that of the .job, kept as a
 * folder NAMED + stem until all is there. */
static int take_one_beside(struct worker *w, const struct submission *s, const char *stem, const char *ending, const char *as,
	struct bf_err *err)
{
	struct bf_path from = bf_path_of(BF_QUEUE "/%s%s", stem, ending);
	int result = bf_fs_rename(w->share->root, from.text, bf_path_incoming_in(s->entry, as).text, err);
	if (result < 0 && (err->sys == EACCES || err->sys == EPERM)) { /* somebody else's, and the share works */
		bf_log(BF_LOG_WARN, "accept %s without its settings: %s", s->entry, err->text);
		return 0;
	}
	return result;
}

/* there: what was taken already. */
static int take_beside(struct worker *w, const struct submission *s, const char *stem, const struct bf_names *there,
	struct bf_err *err)
{
	char named[BF_FILE_MAX + 8];
	if (!bf_names_has(there, "submit.ini") && take_one_beside(w, s, stem, ".ini", "submit.ini", err) < 0)
		return -1;
	if (!bf_names_has(there, "submit.job") && take_one_beside(w, s, stem, ".job", "submit.job", err) < 0)
		return -1;
	snprintf(named, sizeof named, NAMED "%s", stem);
	if (has_other_name(s, stem) && bf_sys.rmdir(w->share->root, bf_path_incoming_in(s->entry, named).text) < 0
		&& errno != ENOENT)
		return bf_err_sys(err, errno, "rmdir(%s)", named);
	return 0;
}

/* What a former owner may not have come to. When the same name lies in queue/ again, what is beside it belongs to that. */
static int take_forgotten(struct worker *w, const struct submission *s, struct bf_err *err)
{
	struct bf_names names = {0};
	struct stat st;
	char stem[BF_FILE_MAX];
	snprintf(stem, sizeof stem, "%.*s", (int)submission_stem(s->dropped), s->dropped);
	int result = bf_fs_list(w->share->root, bf_path_incoming(s->entry).text, &names, err) == 1 ? 0 : -1;
	for (size_t i = 0; i < names.count; i++)
		if (!strncmp(names.item[i].text, NAMED, strlen(NAMED)))
			snprintf(stem, sizeof stem, "%s", names.item[i].text + strlen(NAMED));
	if (result == 0 && bf_sys.stat(w->share->root, bf_path_queue(s->dropped).text, &st) < 0)
		result = errno == ENOENT ? take_beside(w, s, stem, &names, err) : bf_err_sys(err, errno, "stat(%s)", s->dropped);
	bf_names_clear(&names);
	return result;
}

/* ---- the moves ---- */

int submission_take(struct worker *w, const char *dropped, const char *beside, struct submission *out, struct bf_err *err)
{
	int root = w->share->root;
	memset(out, 0, sizeof *out);
	make_job_id(dropped, out->job);
	out->attempt = 1;
	worker_token(w, out->token);
	name_entry(out);
	snprintf(out->dropped, sizeof out->dropped, "%s", dropped);
	struct bf_path dir = bf_path_incoming(out->entry), source = bf_path_incoming_in(out->entry, "source");
	bf_fs_mkdir(root, BF_INCOMING, NULL); /* somebody may have tidied it away */
	char named_by[BF_FILE_MAX + 8];
	snprintf(named_by, sizeof named_by, NAMED "%s", beside);
	struct bf_path named = bf_path_incoming_in(out->entry, named_by);
	if (bf_fs_mkdir(root, dir.text, err) < 0 || bf_fs_mkdir(root, source.text, err) < 0
		|| (has_other_name(out, beside) && bf_fs_mkdir(root, named.text, err) < 0))
		return -1;
	int result = bf_fs_rename(root, bf_path_queue(dropped).text, submission_source(out).text, err);
	if (result != 1) { /* lost, or the answer was: look */
		struct bf_names names = {0};
		if (bf_fs_list(root, source.text, &names, NULL) == 1 && names.count)
			result = 1;
		bf_names_clear(&names);
	}
	if (result != 1) {
		if (has_other_name(out, beside))
			bf_sys.rmdir(root, named.text);
		bf_sys.rmdir(root, source.text);
		bf_sys.rmdir(root, dir.text);
		out->entry[0] = '\0';
		/* We could make a folder a moment ago, so this is about the thing, not about the share. */
		return result < 0 && (err->sys == EACCES || err->sys == EPERM) ? SUBMISSION_STUCK : result;
	}
	struct bf_names nothing = {0};
	return take_beside(w, out, beside, &nothing, err) < 0 || look_whether_folder(w, out, err) < 0 ? -1 : 1;
}

int submission_take_over(struct worker *w, const char *entry, struct submission *out, struct bf_err *err)
{
	struct bf_path from = bf_path_incoming(entry);
	if (submission_parse(entry, out) < 0)
		return bf_err_set(err, "%s is no submission", entry);
	bool was_owned = strcmp(out->token, UNOWNED) != 0;
	out->attempt += was_owned;
	out->taken_over = true;
	worker_token(w, out->token);
	name_entry(out);
	int result = bf_fs_rename(w->share->root, from.text, bf_path_incoming(out->entry).text, err);
	if (result != 1) {
		out->entry[0] = '\0';
		return result;
	}
	int found = submission_look(w, out, err);
	if (found == 0) { /* its owner died before he had anything */
		bf_fs_remove_tree(w->share->root, bf_path_incoming(out->entry).text, NULL);
		out->entry[0] = '\0';
	}
	return found == 1 && take_forgotten(w, out, err) < 0 ? -1 : found;
}

static void give_back_as(struct worker *w, struct submission *s, unsigned attempt)
{
	struct submission next = *s;
	struct bf_err err;
	if (!s->entry[0])
		return;
	next.attempt = attempt;
	strcpy(next.token, UNOWNED);
	name_entry(&next);
	if (bf_fs_rename(w->share->root, bf_path_incoming(s->entry).text, bf_path_incoming(next.entry).text, &err) < 0)
		bf_log(BF_LOG_WARN, "give back %s: %s", s->entry, err.text);
	s->entry[0] = '\0';
}

void submission_give_back(struct worker *w, struct submission *s)
{
	give_back_as(w, s, s->attempt);
}

void submission_fail(struct worker *w, struct submission *s)
{
	give_back_as(w, s, s->attempt + 1);
}

/* ---- appearing ---- */

static bool is_taken(struct worker *w, const char *job)
{
	struct stat st;
	struct bf_names names = {0};
	bool taken = bf_sys.stat(w->share->root, bf_path_job(job).text, &st) == 0
		|| bf_sys.stat(w->share->root, bf_path_ended(job).text, &st) == 0;
	/* an empty output folder is what an accepting agent leaves that died a moment before the end */
	if (!taken && bf_fs_list(w->share->root, bf_path_output(job).text, &names, NULL) == 1)
		taken = names.count > 0;
	bf_names_clear(&names);
	return taken;
}

static int choose_id(struct worker *w, const struct submission *s, struct bf_job *job, struct bf_err *err)
{
	for (int n = 1; n < 1000; n++) {
		char tail[8] = "";
		if (n > 1)
			snprintf(tail, sizeof tail, "_%d", n);
		if (bf_fmt(job->id, sizeof job->id, "%s%s", s->job, tail) < 0)
			break;
		if (!is_taken(w, job->id))
			return 0;
	}
	return bf_err_set(err, "no free name for the job %s", s->job);
}

int submission_appear(struct worker *w, struct submission *s, struct bf_job *job, struct bf_err *err)
{
	int root = w->share->root;
	struct bf_path from = bf_path_incoming(s->entry);
	for (int tries = 0; tries < 20; tries++) {
		if (choose_id(w, s, job, err) < 0 || bf_job_write(w->share, from.text, job, err) < 0
			|| bf_fs_mkdir(root, bf_path_output(job->id).text, err) < 0)
			return -1;
		int result = bf_fs_rename_when_free(root, from.text, bf_path_job(job->id).text, SUBMISSION_FREE_MS, err);
		if (result == 1) {
			bf_fs_sync_dir(root, BF_JOBS);
			s->entry[0] = '\0';
			return 1;
		}
		if (result == 0 || !is_taken(w, job->id))
			return result;
	}
	return -1;
}
