#include "tools/job_find.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/job.h"
#include "share-layout/path.h"

static bool is_listed(const struct job_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->id[i], id))
			return true;
	return false;
}

static void add(struct job_list *list, const char *id)
{
	if (is_listed(list, id))
		return;
	list->id = realloc(list->id, (list->count + 1) * sizeof *list->id);
	if (!list->id)
		bf_bug("out of memory");
	snprintf(list->id[list->count++], BF_JOB_MAX, "%s", id);
}

static bool is_job(const struct bf_name *name)
{
	return name->kind != DT_REG && bf_job_id_ok(name->text);
}

static bool is_pattern(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

/* A pattern may stand for the id or for the name alone. */
static bool fits_pattern(const char *id, const char *pattern)
{
	char name[BF_JOB_MAX];
	snprintf(name, sizeof name, "%.*s", (int)bf_job_name_length(id), id);
	return !fnmatch(pattern, id, 0) || !fnmatch(pattern, name, 0);
}

/* "shot" of shot.blend, shot.job, or a folder. */
static bool was_dropped_as(const char *file, const char *name)
{
	char one[BF_JOB_MAX], two[BF_JOB_MAX];
	size_t len = strlen(file);
	bf_job_clean_name(file, len > 4 && !strcasecmp(file + len - 4, ".job") ? ".job" : ".blend", one);
	bf_job_clean_name(name, ".blend", two);
	return file[0] != '.' && strcasecmp(file, "rejected") && !strcmp(one, two);
}

/* `JOB.A.TOKEN` in .incoming/. */
static bool is_incoming(const char *entry, const char *wanted)
{
	char id[BF_FILE_MAX];
	if (bf_fmt(id, sizeof id, "%s", entry) < 0)
		return false;
	for (int i = 0; i < 2; i++) {
		char *dot = strrchr(id, '.');
		if (!dot)
			return false;
		*dot = '\0';
	}
	return !strcmp(id, wanted) || bf_job_is_named(id, wanted);
}

/* Why there is no such job. Always 0. */
static int explain_missing(const struct bf_share *share, const char *wanted, struct bf_err *err)
{
	struct bf_names names = {0};
	bool queued = false, planned = false;
	if (bf_share_list_fresh(share, BF_QUEUE, &names, NULL) == 1)
		for (size_t i = 0; i < names.count; i++)
			queued |= was_dropped_as(names.item[i].text, wanted) && !strstr(names.item[i].text, ".ini");
	if (bf_share_list_fresh(share, BF_INCOMING, &names, NULL) == 1)
		for (size_t i = 0; i < names.count; i++)
			planned |= is_incoming(names.item[i].text, wanted);
	bf_names_clear(&names);
	if (planned)
		bf_err_set(err, "%s is being accepted just now: try again in a moment", wanted);
	else if (queued)
		bf_err_set(err, "%s is still in the queue: no agent has accepted it yet", wanted);
	else
		bf_err_set(err, "no job %s on the share %s", wanted, share->path);
	return 0;
}

static int explain_several(const struct bf_names *jobs, const char *name, int count, struct bf_err *err)
{
	struct bf_buf list = {0};
	for (size_t i = 0; i < jobs->count; i++)
		if (is_job(&jobs->item[i]) && bf_job_is_named(jobs->item[i].text, name))
			bf_buf_printf(&list, "%s%s", list.len ? ", " : "", jobs->item[i].text);
	bf_err_set(err, "%d jobs are called %s: name one by its full id, or all as '%s_*': %.400s", count, name, name,
		bf_buf_text(&list));
	bf_buf_clear(&list);
	return 0;
}

static int find_one(const struct bf_share *share, const struct bf_names *jobs, const char *wanted, struct job_list *out,
	struct bf_err *err)
{
	const char *found = NULL;
	int count = 0;
	for (size_t i = 0; i < jobs->count; i++)
		if (is_job(&jobs->item[i]) && !strcmp(jobs->item[i].text, wanted)) {
			add(out, wanted);
			return 1;
		}
	for (size_t i = 0; i < jobs->count; i++) {
		const char *id = jobs->item[i].text;
		if (!is_job(&jobs->item[i]))
			continue;
		if (is_pattern(wanted) && fits_pattern(id, wanted)) {
			add(out, id);
			count++;
		} else if (!is_pattern(wanted) && bf_job_is_named(id, wanted)) {
			found = id;
			count++;
		}
	}
	if (!count)
		return explain_missing(share, wanted, err);
	if (found && count > 1)
		return explain_several(jobs, wanted, count, err);
	if (found)
		add(out, found);
	return 1;
}

/* As it is now: who has just seen the job elsewhere must not be told that there is none. */
static int list_jobs(const struct bf_share *share, struct bf_names *jobs, struct bf_err *err)
{
	int result = bf_share_list_fresh(share, BF_JOBS, jobs, err);
	return result == 0 ? bf_err_set(err, "%s/" BF_JOBS " is missing: is the share mounted?", share->path) : result;
}

int job_find(const struct bf_share *share, char *const *wanted, int count, struct job_list *out, struct bf_err *err)
{
	struct bf_names jobs = {0};
	int result = list_jobs(share, &jobs, err);
	bf_names_sort(&jobs);
	for (int i = 0; i < count && result == 1; i++)
		result = find_one(share, &jobs, wanted[i], out, err);
	bf_names_clear(&jobs);
	return result;
}

void job_list_clear(struct job_list *list)
{
	free(list->id);
	memset(list, 0, sizeof *list);
}
