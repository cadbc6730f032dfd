#include "agent/after.h"

#include <stdio.h>
#include <string.h>

#include "agent/drop.h"
#include "agent/submission.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/path.h"

/* ---- in queue/ ---- */

static bool is_same_name(const char *dropped, const char *word)
{
	char one[BF_JOB_MAX], two[BF_JOB_MAX];
	bf_job_clean_name(dropped, ".blend", one);
	bf_job_clean_name(word, ".blend", two);
	return !strcmp(one, two);
}

static bool lies_in_queue(const struct bf_names *queue, const char *word, const char *but)
{
	for (size_t i = 0; i < queue->count; i++)
		if (strcmp(queue->item[i].text, but) && drop_is_candidate(queue, &queue->item[i])
			&& is_same_name(queue->item[i].text, word))
			return true;
	return false;
}

static bool is_being_accepted(struct worker *w, const char *word)
{
	struct bf_names incoming = {0};
	bool found = false;
	bf_share_list_fresh(w->share, BF_INCOMING, &incoming, NULL);
	for (size_t i = 0; i < incoming.count && !found; i++) {
		struct submission s;
		found = submission_parse(incoming.item[i].text, &s) == 0 && bf_job_is_named(s.job, word);
	}
	bf_names_clear(&incoming);
	return found;
}

bool after_is_held(struct worker *w, const struct bf_names *queue, const char *dropped)
{
	char beside[2 * BF_FILE_MAX];
	struct bf_ini *ini = NULL;
	struct bf_job_when when = {0};
	bool held = false;
	snprintf(beside, sizeof beside, "%.*s.ini", (int)submission_stem(dropped), dropped);
	if (!bf_names_has(queue, beside) || strlen(beside) >= BF_FILE_MAX
		|| bf_ini_read(w->share->root, bf_path_queue(beside).text, &ini, NULL) != 1)
		return false;
	if (bf_job_when_parse(ini, "job", &when, NULL) < 0)
		when.after_count = 0; /* what is wrong with it is said when it is planned */
	for (int i = 0; i < when.after_count && !held; i++)
		held = lies_in_queue(queue, when.after[i], dropped);
	for (int i = 0; i < when.after_count && !held; i++) /* behind the queue, in the order in which submissions move */
		held = is_being_accepted(w, when.after[i]);
	bf_ini_free(&ini);
	if (held)
		bf_trace("accept", "%s stays in the queue behind what it waits for", dropped);
	return held;
}

/* ---- when it is planned ---- */

static bool has_ended(const struct bf_names *jobs, const char *id)
{
	char marker[BF_FILE_MAX + sizeof BF_ENDED_SUFFIX];
	snprintf(marker, sizeof marker, "%s" BF_ENDED_SUFFIX, id);
	return bf_names_sorted_has(jobs, marker);
}

/* All jobs of that name, or the one of that id; those that have ended are only counted. */
static int find_jobs(const struct bf_names *jobs, const char *word, struct bf_job_when *into, struct bf_err *err)
{
	bool is_id = bf_names_sorted_has(jobs, word);
	int found = 0;
	for (size_t i = 0; i < jobs->count; i++) {
		const char *id = jobs->item[i].text;
		if (!bf_job_id_ok(id) || strchr(id, ',') || (is_id ? strcmp(id, word) != 0 : !bf_job_is_named(id, word)))
			continue;
		found++;
		if (!has_ended(jobs, id) && bf_job_when_add_after(into, id, strlen(id), err) < 0)
			return -1;
	}
	return found ? 0 : bf_err_set(err, "It is to wait for the job %.100s (after = …), and there is no such job here", word);
}

int after_resolve(struct worker *w, struct bf_job_when *when, struct bf_err *err)
{
	struct bf_job_when found = {0};
	struct bf_names jobs = {0};
	int result = 0;
	if (!when->after_count)
		return 0;
	if (bf_share_list_fresh(w->share, BF_JOBS, &jobs, err) != 1) /* a job may have come into being a moment ago */
		result = -1;
	bf_names_sort(&jobs);
	for (int i = 0; i < when->after_count && result == 0; i++)
		result = find_jobs(&jobs, when->after[i], &found, err);
	bf_names_clear(&jobs);
	if (result == 0) {
		when->after_count = found.after_count;
		memcpy(when->after, found.after, sizeof when->after);
	}
	return result;
}
