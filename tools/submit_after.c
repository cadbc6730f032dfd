#include "tools/submit_after.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/job.h"
#include "share-layout/path.h"

struct known {
	struct bf_names queue, incoming, jobs;
};

/* What a name may mean. */
struct meant {
	int open, ended, queued;
	char id[BF_JOB_MAX];   /* of the last open one */
	char list[300];
};

static bool has_ended(const struct known *known, const char *id)
{
	char marker[BF_FILE_MAX + sizeof BF_ENDED_SUFFIX];
	snprintf(marker, sizeof marker, "%s" BF_ENDED_SUFFIX, id);
	return bf_names_sorted_has(&known->jobs, marker);
}

static void count_jobs(const struct known *known, const char *word, struct meant *meant)
{
	bool is_id = bf_names_sorted_has(&known->jobs, word);
	for (size_t i = 0; i < known->jobs.count; i++) {
		const char *id = known->jobs.item[i].text;
		if (known->jobs.item[i].kind == DT_REG || !bf_job_id_ok(id) || strlen(id) >= BF_JOB_MAX
			|| (is_id ? strcmp(id, word) != 0 : !bf_job_is_named(id, word)))
			continue;
		if (has_ended(known, id)) {
			meant->ended++;
			continue;
		}
		size_t len = strlen(meant->list);
		snprintf(meant->list + len, sizeof meant->list - len, meant->open++ ? ", %s" : "%s", id);
		strcpy(meant->id, id);
	}
}

/* `shot_2026-11-21_184420.1.TOKEN` or `….1.open`: a submission that is being accepted. */
static bool incoming_is_named(const char *entry, const char *word)
{
	char id[BF_FILE_MAX];
	snprintf(id, sizeof id, "%.*s", BF_FILE_MAX - 1, entry);
	for (int parts = 0; parts < 2; parts++) {
		char *dot = strrchr(id, '.');
		if (!dot)
			return false;
		*dot = '\0';
	}
	return bf_job_id_ok(id) && bf_job_is_named(id, word);
}

static void count_queued(const struct known *known, const char *clean, struct meant *meant)
{
	for (size_t i = 0; i < known->queue.count; i++) {
		char other[BF_JOB_MAX];
		const char *name = known->queue.item[i].text, *dot = strrchr(name, '.');
		bool may_be = known->queue.item[i].kind == DT_DIR || (dot && !strcasecmp(dot, ".blend"));
		bf_job_clean_name(name, ".blend", other);
		meant->queued += may_be && name[0] != '.' && !strcmp(other, clean);
	}
	for (size_t i = 0; i < known->incoming.count; i++)
		meant->queued += incoming_is_named(known->incoming.item[i].text, clean);
}

static int resolve_one(const struct known *known, const char *word, struct bf_job_when *into, struct bf_err *err)
{
	struct meant meant = {0};
	char clean[BF_JOB_MAX];
	bf_job_clean_name(word, ".blend", clean);
	count_jobs(known, word, &meant);
	count_queued(known, clean, &meant);
	if (meant.open + meant.queued > 1)
		return bf_err_set(err, "--after %s: several are called so: name one by its full id%s%s", word,
			meant.open ? ": " : ", when it has one", meant.list);
	if (!meant.open && !meant.queued && !meant.ended)
		return bf_err_set(err, "--after %s: there is no such job on the share", word);
	const char *text = meant.open ? meant.id : clean;
	return meant.open || meant.queued ? bf_job_when_add_after(into, text, strlen(text), err) : 0;
}

/* In the order in which submissions move. */
static int look(const struct bf_share *share, struct known *known, struct bf_err *err)
{
	if (bf_share_list_fresh(share, BF_QUEUE, &known->queue, err) != 1
		|| bf_share_list_fresh(share, BF_INCOMING, &known->incoming, err) < 0
		|| bf_share_list_fresh(share, BF_JOBS, &known->jobs, err) != 1)
		return -1;
	bf_names_sort(&known->jobs);
	return 0;
}

int submit_after_resolve(const struct bf_share *share, struct bf_job_when *when, struct bf_err *err)
{
	struct known known = {0};
	struct bf_job_when found = {0};
	if (!when->after_count)
		return 1;
	int result = look(share, &known, err) < 0 ? -1 : 1;
	for (int i = 0; i < when->after_count && result == 1; i++)
		result = resolve_one(&known, when->after[i], &found, err) < 0 ? 0 : 1;
	if (result == 1)
		*when = found;
	bf_names_clear(&known.queue);
	bf_names_clear(&known.incoming);
	bf_names_clear(&known.jobs);
	return result;
}
