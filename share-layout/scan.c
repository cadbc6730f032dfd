#include "share-layout/scan.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "share-layout/base/fs.h"
#include "share-layout/path.h"
#include "share-layout/scan_private.h"
#include "share-layout/token.h"

/* The listings on top, all taken before anything is changed: a share that goes away in between leaves
 * the old snapshot as it was. */
struct top {
	struct bf_names queue, rejected, incoming, jobs, agents;
};

static void top_clear(struct top *top)
{
	bf_names_clear(&top->queue);
	bf_names_clear(&top->rejected);
	bf_names_clear(&top->incoming);
	bf_names_clear(&top->jobs);
	bf_names_clear(&top->agents);
}

/* In the order in which a submission moves, so that one on its way is seen at least once. */
static int top_list(const struct bf_share *share, struct top *top, struct bf_err *err)
{
	const struct { const char *path; struct bf_names *names; bool always_there; } dirs[] = {
		{ BF_QUEUE, &top->queue, true }, { BF_INCOMING, &top->incoming, false }, { BF_JOBS, &top->jobs, true },
		{ BF_REJECTED, &top->rejected, false }, { BF_AGENTS, &top->agents, true },
	};
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		int result = bf_fs_list(share->root, dirs[i].path, dirs[i].names, err);
		if (result < 0)
			return -1;
		/* an empty mount point must not look like a share on which all is done */
		if (result == 0 && dirs[i].always_there)
			return bf_err_set(err, "%s/%s is missing: is the share mounted?", share->path, dirs[i].path);
		bf_names_sort(dirs[i].names);
	}
	return 0;
}

/* ---- jobs/ ---- */

/* Split `JOB.A.TOKEN` or `JOB.A.open`, from the right, for the name may hold dots itself. */
static int parse_incoming(const char *entry, char job[BF_JOB_MAX])
{
	char copy[BF_FILE_MAX];
	if (bf_fmt(copy, sizeof copy, "%s", entry) < 0)
		return -1;
	char *owner = strrchr(copy, '.');
	if (!owner || (strcmp(owner + 1, "open") && bf_token_parse(owner + 1, NULL) < 0))
		return -1;
	*owner = '\0';
	char *attempt = strrchr(copy, '.');
	if (!attempt || !attempt[1] || strspn(attempt + 1, "0123456789") != strlen(attempt + 1))
		return -1;
	*attempt = '\0';
	if (!bf_job_id_ok(copy))
		return -1;
	return bf_fmt(job, BF_JOB_MAX, "%s", copy);
}

/* An entry without source is only the preparation of one, or what is left of one. */
static bool has_source(const struct bf_share *share, const char *entry)
{
	struct bf_names names = {0};
	bool result = bf_fs_list(share->root, bf_path_incoming_in(entry, "source").text, &names, NULL) == 1
		&& names.count > 0;
	bf_names_clear(&names);
	return result;
}

static struct bf_scan_job *find_job(struct bf_scan *scan, const char *id)
{
	for (size_t i = 0; i < scan->job_count; i++)
		if (!strcmp(scan->job[i].plan.id, id))
			return &scan->job[i];
	return NULL;
}

static struct bf_scan_job *add_job(struct bf_scan *scan, const char *id)
{
	scan->job = bf_scan_grow(scan->job, scan->job_count, sizeof *scan->job);
	struct bf_scan_job *job = &scan->job[scan->job_count++];
	memset(job, 0, sizeof *job);
	job->eta.s = job->eta.least_s = job->eta.most_s = -1;
	snprintf(job->plan.id, sizeof job->plan.id, "%s", id);
	snprintf(job->plan.name, sizeof job->plan.name, "%.*s", (int)bf_job_name_length(id), id);
	return job;
}

static void take_incoming(const struct bf_share *share, const struct bf_names *incoming, const char *only,
	struct bf_scan *fresh)
{
	for (size_t i = 0; i < incoming->count; i++) {
		char id[BF_JOB_MAX];
		const char *entry = incoming->item[i].text;
		if (parse_incoming(entry, id) == 0 && (!only || !strcmp(only, id) || bf_job_is_named(id, only))
			&& !find_job(fresh, id) && has_source(share, entry))
			add_job(fresh, id)->state = BF_JOB_PLANNING;
	}
}

/* Which entries of jobs/ to look at: an id goes before a name. */
static bool is_wanted(const struct bf_names *jobs, const char *id, const char *only)
{
	if (!bf_job_id_ok(id))
		return false;
	return !only || !strcmp(only, id) || (!bf_names_sorted_has(jobs, only) && bf_job_is_named(id, only));
}

static void take_jobs(const struct bf_share *share, const struct bf_names *jobs, const char *only, struct bf_scan *old,
	struct bf_scan *fresh)
{
	for (size_t i = 0; i < jobs->count; i++) {
		const char *id = jobs->item[i].text;
		char marker[BF_JOB_MAX + 16];
		if (jobs->item[i].kind == DT_REG || !is_wanted(jobs, id, only))
			continue;
		snprintf(marker, sizeof marker, "%s" BF_ENDED_SUFFIX, id);
		struct bf_scan_job *job = add_job(fresh, id), *known = find_job(old, id);
		if (known) {
			*job = *known; /* with all it holds; the old one must not be cleared any more */
			*known = old->job[--old->job_count];
		}
		if (bf_scan_job_look(share, job, bf_names_sorted_has(jobs, marker),
				only != NULL || !strcmp(old->detail, id)) == 0) {
			bf_scan_job_clear(job);
			fresh->job_count--;
		}
	}
}

static int by_age(const void *a, const void *b)
{
	const struct bf_scan_job *one = a, *two = b;
	int order = strcmp(one->plan.id + bf_job_name_length(one->plan.id), two->plan.id + bf_job_name_length(two->plan.id));
	return order ? order : strcmp(one->plan.id, two->plan.id);
}

static void clear_jobs(struct bf_scan *scan)
{
	for (size_t i = 0; i < scan->job_count; i++)
		bf_scan_job_clear(&scan->job[i]);
	free(scan->job);
	scan->job = NULL;
	scan->job_count = 0;
}

/* What cannot be read from here on is said in its own row. */
static void take(const struct bf_share *share, const char *only, const struct top *top, struct bf_scan *scan)
{
	struct bf_scan fresh = {0}; /* its jobs only */
	bf_scan_queue_take(share, &top->queue, scan);
	bf_scan_rejected_take(share, &top->rejected, scan);
	bf_scan_agents_take(share, &top->agents, scan);
	take_jobs(share, &top->jobs, only, scan, &fresh);
	take_incoming(share, &top->incoming, only, &fresh);
	clear_jobs(scan);
	scan->job = fresh.job;
	scan->job_count = fresh.job_count;
	if (scan->job_count)
		qsort(scan->job, scan->job_count, sizeof *scan->job, by_age);
	for (size_t i = 0; i < scan->job_count; i++) {
		bf_scan_job_judge(&scan->job[i], scan);
		bf_scan_job_explain_waiting(&scan->job[i], &top->jobs, time(NULL), scan);
	}
}

int bf_scan_take(const struct bf_share *share, const char *only, struct bf_scan *scan, struct bf_err *err)
{
	struct top top = {0};
	int result = top_list(share, &top, err);
	if (result == 0)
		take(share, only, &top, scan);
	top_clear(&top);
	return result;
}

void bf_scan_clear(struct bf_scan *scan)
{
	clear_jobs(scan);
	free(scan->agent);
	free(scan->rejected);
	free(scan->queued);
	memset(scan, 0, sizeof *scan);
}

int bf_scan_find(const struct bf_scan *scan, const char *id_or_name, const struct bf_scan_job **out, struct bf_err *err)
{
	char list[400] = "";
	int found = 0;
	for (size_t i = 0; i < scan->job_count; i++) {
		const struct bf_job *plan = &scan->job[i].plan;
		if (!strcmp(plan->id, id_or_name)) {
			*out = &scan->job[i];
			return 1;
		}
	}
	for (size_t i = 0; i < scan->job_count; i++) {
		const struct bf_job *plan = &scan->job[i].plan;
		if (!bf_job_is_named(plan->id, id_or_name))
			continue;
		*out = &scan->job[i];
		size_t len = strlen(list);
		snprintf(list + len, sizeof list - len, "%s%s", found++ ? ", " : "", plan->id);
	}
	if (found > 1)
		return bf_err_set(err, "%d jobs are called %s: name one by its full id: %s", found, id_or_name, list);
	return found;
}
