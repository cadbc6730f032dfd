#include "tools/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "share-layout/job.h"
#include "share-layout/path.h"

static int complain(struct status *st, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int complain(struct status *st, int status, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(st->said, sizeof st->said, format, args);
	va_end(args);
	return status;
}

static bool same_name(const char *dropped, const char *name)
{
	char one[BF_JOB_MAX], two[BF_JOB_MAX];
	size_t len = strlen(dropped);
	bf_job_clean_name(dropped, len > 4 && !strcasecmp(dropped + len - 4, ".job") ? ".job" : ".blend", one);
	bf_job_clean_name(name, ".blend", two);
	return !strcmp(one, two);
}

static const struct bf_scan_queued *queued_as(const struct bf_scan *scan, const char *name)
{
	for (size_t i = 0; i < scan->queued_count; i++)
		if (same_name(scan->queued[i].name, name))
			return &scan->queued[i];
	return NULL;
}

static const struct bf_scan_rejected *rejected_as(const struct bf_scan *scan, const char *name)
{
	for (size_t i = 0; i < scan->rejected_count; i++)
		if (same_name(scan->rejected[i].name, name))
			return &scan->rejected[i];
	return NULL;
}

/* JOB is not there (any more): it may be on its way, or it is gone. */
static int explain_missing(struct status *st, bool may_come)
{
	const char *job = st->wanted;
	if (st->only_id[0])
		return complain(st, st->waits ? STATUS_INCOMPLETE : STATUS_OK, "%s was removed", st->only_id);
	bool queued = queued_as(st->scan, job) != NULL;
	st->was_queued |= queued;
	st->missed = queued ? 0 : st->missed + 1;
	/* what is just being renamed may be missing in a listing, so one look more is taken */
	if (may_come && st->was_queued && st->missed < 2)
		return -1;
	if (queued)
		return complain(st, STATUS_USAGE, "%s is still in the queue: no agent has accepted it yet", job);
	const struct bf_scan_rejected *rejected = rejected_as(st->scan, job);
	if (rejected)
		return complain(st, st->waits ? STATUS_FAILED : STATUS_USAGE, "%s was rejected: %s", rejected->name,
			rejected->why[0] ? rejected->why : "see queue/rejected/");
	return complain(st, STATUS_USAGE, "no job %s on the share %s", job, st->share.path);
}

/* A job that is neither there nor in the queue may have come a moment ago. 1 / 0 / -1 as bf_scan_find says. */
static int find_afresh(struct status *st, const char *wanted, struct bf_err *err)
{
	static const char *const places[] = { BF_QUEUE, BF_INCOMING, BF_JOBS };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		bf_share_touch_once(&st->share, places[i], NULL);
	return bf_scan_take(&st->share, wanted, st->scan, err) < 0 ? 0 : bf_scan_find(st->scan, wanted, &st->only, err);
}

static int find_job(struct status *st)
{
	struct bf_err err;
	const char *wanted = st->only_id[0] ? st->only_id : st->wanted;
	int found = bf_scan_find(st->scan, wanted, &st->only, &err);
	if (found == 0 && bf_share_is_remote(&st->share) && !queued_as(st->scan, wanted))
		found = find_afresh(st, wanted, &err);
	if (found < 0)
		return complain(st, STATUS_USAGE, "%s", err.text);
	if (found == 0) {
		st->only = NULL;
		return explain_missing(st, st->goes_on);
	}
	st->missed = 0;
	st->was_queued |= st->only->state == BF_JOB_PLANNING;
	/* while it is planned it may still get another id */
	if (st->only->state != BF_JOB_PLANNING)
		memcpy(st->only_id, st->only->plan.id, sizeof st->only_id);
	return -1;
}

int status_look(struct status *st)
{
	struct bf_err err, again;
	const char *only = st->only_id[0] ? st->only_id : st->wanted;
	st->only = NULL;
	int result = bf_scan_take(&st->share, only, st->scan, &err);
	if (result < 0 && !st->first && bf_share_reopen(&st->share, &again) == 1)
		result = bf_scan_take(&st->share, only, st->scan, &err);
	if (result < 0 && st->first)
		return complain(st, STATUS_SHARE, "%s", err.text);
	if (result < 0) {
		snprintf(st->trouble, sizeof st->trouble, "the share cannot be read: %s", err.text);
		if (only) /* what was known last */
			bf_scan_find(st->scan, only, &st->only, &again);
		return -1;
	}
	st->trouble[0] = '\0';
	if (st->first)
		st->rejected_before = st->scan->rejected_count;
	st->first = false;
	return st->wanted ? find_job(st) : -1;
}

bool status_is_over(const struct status *st)
{
	if (st->trouble[0])
		return false;
	if (st->wanted)
		return st->only && bf_scan_ended(st->only);
	for (size_t i = 0; i < st->scan->job_count; i++)
		if (!bf_scan_ended(&st->scan->job[i]))
			return false;
	for (size_t i = 0; i < st->scan->queued_count; i++)
		if (!st->scan->queued[i].held)
			return false;
	return true;
}

static bool ended_badly(const struct bf_scan_job *job)
{
	return job->state == BF_JOB_FAILED || job->state == BF_JOB_CANCELLED;
}

int status_verdict(const struct status *st)
{
	if (st->only)
		return ended_badly(st->only) ? STATUS_FAILED : STATUS_OK;
	for (size_t i = 0; i < st->scan->job_count; i++)
		if (ended_badly(&st->scan->job[i]))
			return STATUS_FAILED;
	return st->scan->rejected_count > st->rejected_before ? STATUS_FAILED : STATUS_OK;
}
