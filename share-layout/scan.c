#include "share-layout/scan.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/scan_private.h"
#include "share-layout/token.h"

enum {
	BEAT_MS = 10000,       /* agents' usual one: how much silence one look can have seen at most is twice that */
	LEASE_MS = 60000,      /* of an agent whose card could not be read */
	ROWS_MAX = 100000,     /* of any list made from names that anybody can make */
};

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

static void take_queue(const struct bf_share *share, const struct bf_names *queue, struct bf_scan *scan)
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

static void take_rejected(const struct bf_share *share, const struct bf_names *names, struct bf_scan *scan)
{
	struct bf_scan old = { .rejected = scan->rejected, .rejected_count = scan->rejected_count };
	scan->rejected = NULL;
	scan->rejected_count = 0;
	for (size_t i = 0; i < names->count && scan->rejected_count < ROWS_MAX; i++) {
		const char *name = names->item[i].text;
		char why[BF_FILE_MAX + 16];
		if (name[0] == '.' || ends_with(name, WHY) || strlen(name) >= BF_FILE_MAX)
			continue;
		snprintf(why, sizeof why, "%s" WHY, name);
		if (ends_with(name, ".ini") && !bf_names_sorted_has(names, why))
			continue; /* the settings of its neighbour */
		scan->rejected = bf_scan_grow(scan->rejected, scan->rejected_count, sizeof *scan->rejected);
		struct bf_scan_rejected *row = &scan->rejected[scan->rejected_count++];
		const struct bf_scan_rejected *known = old.rejected_count
			? bsearch(name, old.rejected, old.rejected_count, sizeof *old.rejected, by_rejected_name) : NULL;
		memset(row, 0, sizeof *row);
		snprintf(row->name, sizeof row->name, "%s", name);
		if (known && known->why[0])
			memcpy(row->why, known->why, sizeof row->why);
		else if (bf_names_sorted_has(names, why))
			first_line(share, bf_path_rejected(why).text, row->why, sizeof row->why);
	}
	free(old.rejected);
}

/* ---- agents/ ---- */

static int64_t read_card(const struct bf_share *share, struct bf_scan_agent *agent)
{
	struct bf_buf text = {0};
	struct bf_card card;
	struct stat st;
	int64_t changed_ms = 0;
	struct bf_path path = bf_path_card(agent->id, agent->beat);
	if (bf_fs_read(share->root, path.text, BF_CARD_BYTES, &text, NULL) == 1
		&& bf_card_parse(bf_buf_text(&text), text.len, path.text, &card, NULL) == 0) {
		agent->card = card;
		agent->card_ok = true;
		/* ctime is the server's on every file system; all of them are only compared with each other. */
		if (bf_sys.stat(share->root, path.text, &st) == 0)
			changed_ms = (int64_t)st.st_ctim.tv_sec * 1000 + st.st_ctim.tv_nsec / 1000000;
	}
	bf_buf_clear(&text);
	return changed_ms;
}

static struct bf_scan_agent *find_agent(struct bf_scan *scan, const char *id)
{
	for (size_t i = 0; i < scan->agent_count; i++)
		if (!strcmp(scan->agent[i].id, id))
			return &scan->agent[i];
	return NULL;
}

static struct bf_scan_agent *find_or_add_agent(struct bf_scan *scan, const char *id)
{
	struct bf_scan_agent *agent = find_agent(scan, id);
	if (agent || scan->agent_count == BF_LIVE_MAX)
		return agent;
	scan->agent = bf_scan_grow(scan->agent, scan->agent_count, sizeof *scan->agent);
	agent = &scan->agent[scan->agent_count++];
	memset(agent, 0, sizeof *agent);
	snprintf(agent->id, sizeof agent->id, "%s", id);
	bf_id_name(id, agent->name);
	return agent;
}

static void drop_agents_without_card(struct bf_scan *scan)
{
	size_t kept = 0;
	for (size_t i = 0; i < scan->agent_count; i++) {
		const struct bf_live_agent *live = bf_live_find(&scan->live, scan->agent[i].id);
		if (live && live->listed)
			scan->agent[kept++] = scan->agent[i];
	}
	scan->agent_count = kept;
}

static void judge_silence(struct bf_scan *scan)
{
	for (size_t i = 0; i < scan->agent_count; i++) {
		struct bf_scan_agent *agent = &scan->agent[i];
		const struct bf_live_agent *live = bf_live_find(&scan->live, agent->id);
		int64_t lease_ms = agent->card_ok && agent->card.lease_ms ? agent->card.lease_ms : LEASE_MS;
		agent->seen_s = agent->silent_before_s + (live ? (double)live->silent_ms / 1000 : 0);
		agent->lost = agent->seen_s * 1000 >= (double)lease_ms;
	}
}

static int by_agent_name(const void *a, const void *b)
{
	const struct bf_scan_agent *one = a, *two = b;
	int order = strcmp(one->name, two->name);
	return order ? order : strcmp(one->id, two->id);
}

static void take_agents(const struct bf_share *share, const struct bf_names *cards, struct bf_scan *scan)
{
	bool first = !scan->live.looked_ms;
	int64_t newest_ms = 0, *changed_ms = calloc(BF_LIVE_MAX, sizeof *changed_ms);
	if (!changed_ms)
		abort();
	int64_t now_ms = bf_sys.now_ms();
	bf_live_look(&scan->live, cards, now_ms ? now_ms : 1, BEAT_MS);
	for (size_t i = 0; i < cards->count; i++) {
		char id[BF_ID_MAX];
		unsigned long beat;
		if (bf_live_parse_card(cards->item[i].text, id, &beat) < 0)
			continue;
		struct bf_scan_agent *agent = find_or_add_agent(scan, id);
		if (!agent || (agent->card_ok && agent->beat == beat))
			continue;
		agent->beat = beat;
		agent->silent_before_s = 0;
		int64_t changed = read_card(share, agent);
		changed_ms[agent - scan->agent] = changed;
		if (changed > newest_ms)
			newest_ms = changed;
	}
	for (size_t i = 0; first && i < scan->agent_count; i++)
		if (changed_ms[i])
			scan->agent[i].silent_before_s = (double)(newest_ms - changed_ms[i]) / 1000;
	free(changed_ms);
	drop_agents_without_card(scan);
	judge_silence(scan);
	if (scan->agent_count)
		qsort(scan->agent, scan->agent_count, sizeof *scan->agent, by_agent_name);
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

int bf_scan_take(const struct bf_share *share, const char *only, struct bf_scan *scan, struct bf_err *err)
{
	struct top top = {0};
	int result = top_list(share, &top, err);
	if (result == 0) {
		struct bf_scan fresh = {0}; /* its jobs only */
		take_queue(share, &top.queue, scan);
		take_rejected(share, &top.rejected, scan);
		take_agents(share, &top.agents, scan);
		take_jobs(share, &top.jobs, only, scan, &fresh);
		take_incoming(share, &top.incoming, only, &fresh);
		clear_jobs(scan);
		scan->job = fresh.job;
		scan->job_count = fresh.job_count;
		if (scan->job_count)
			qsort(scan->job, scan->job_count, sizeof *scan->job, by_age);
		for (size_t i = 0; i < scan->job_count; i++) {
			bf_scan_job_judge(&scan->job[i], scan);
			bf_scan_job_explain_waiting(&scan->job[i], &top.jobs, time(NULL), scan);
		}
	}
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
