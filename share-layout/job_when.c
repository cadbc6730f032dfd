#include "share-layout/job_when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "share-layout/path.h"

/* ---- times ---- */

static bool take_number(const char **at, int digits, int min, int max, int *out)
{
	const char *p = *at;
	*out = 0;
	for (int i = 0; i < digits; i++, p++) {
		if (*p < '0' || *p > '9')
			return false;
		*out = *out * 10 + (*p - '0');
	}
	*at = p;
	return *out >= min && *out <= max;
}

static bool take_one_of(const char **at, const char *signs)
{
	bool there = **at && strchr(signs, **at);
	*at += there;
	return there;
}

static bool take_date(const char **at, struct tm *tm)
{
	bool good = take_number(at, 4, 1970, 9999, &tm->tm_year) && take_one_of(at, "-")
		&& take_number(at, 2, 1, 12, &tm->tm_mon) && take_one_of(at, "-")
		&& take_number(at, 2, 1, 31, &tm->tm_mday);
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return good;
}

static bool take_time_of_day(const char **at, struct tm *tm)
{
	if (!take_number(at, 2, 0, 23, &tm->tm_hour) || !take_one_of(at, ":") || !take_number(at, 2, 0, 59, &tm->tm_min))
		return false;
	return !take_one_of(at, ":") || take_number(at, 2, 0, 59, &tm->tm_sec);
}

int bf_job_when_parse_time(const char *text, int64_t *out_s, struct bf_err *err)
{
	struct tm tm = {0};
	const char *p = text;
	bool good = take_date(&p, &tm) && take_one_of(&p, " T") && take_time_of_day(&p, &tm);
	take_one_of(&p, "Z");
	int day = tm.tm_mday;
	time_t when = good ? timegm(&tm) : 0;
	if (!good || *p || tm.tm_mday != day) /* it takes a 31st of April for the 1st of May */
		return bf_err_set(err, "\"%.40s\" is no time: want for example 2026-11-22 06:00 (UTC)", text);
	*out_s = when;
	return 0;
}

void bf_job_when_format_time(int64_t time_s, char out[BF_WHEN_TIME_MAX])
{
	struct tm tm;
	time_t when = (time_t)time_s;
	if (!gmtime_r(&when, &tm) || !strftime(out, BF_WHEN_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm))
		out[0] = '\0';
}

/* ---- lists of jobs ---- */

int bf_job_when_add_after(struct bf_job_when *when, const char *job, size_t len, struct bf_err *err)
{
	if (when->after_count == BF_AFTER_MAX)
		return bf_err_set(err, "at most %d jobs can be waited for", BF_AFTER_MAX);
	if (len == 0 || len >= BF_JOB_MAX || memchr(job, '/', len))
		return bf_err_set(err, "\"%.*s\" cannot be the name of a job", len < 60 ? (int)len : 60, job);
	char *to = when->after[when->after_count++];
	memcpy(to, job, len);
	to[len] = '\0';
	return 0;
}

static int parse_after(const char *text, struct bf_job_when *when, struct bf_err *err)
{
	for (const char *p = text + strspn(text, " \t,"); *p; p += strspn(p, " \t,")) {
		size_t len = strcspn(p, ","), used = len;
		while (used && (p[used - 1] == ' ' || p[used - 1] == '\t'))
			used--;
		if (bf_job_when_add_after(when, p, used, err) < 0)
			return -1;
		p += len;
	}
	return 0;
}

/* ---- keys ---- */

static const char *value_of(const struct bf_ini *ini, const char *section, const char *key)
{
	const char *value = bf_ini_get(ini, section, key);
	return value && *value ? value : NULL;
}

int bf_job_when_parse(const struct bf_ini *ini, const char *section, struct bf_job_when *when, struct bf_err *err)
{
	struct bf_err why;
	int64_t agents = 0;
	memset(when, 0, sizeof *when);
	const char *after = value_of(ini, section, "after"), *time = value_of(ini, section, "not_before");
	const char *tags = value_of(ini, section, "tags");
	if (after && parse_after(after, when, &why) < 0)
		return bf_ini_bad(ini, section, "after", err, "jobs, with commas between them (%s)", why.text);
	if (time && bf_job_when_parse_time(time, &when->not_before_s, &why) < 0)
		return bf_ini_bad(ini, section, "not_before", err, "a time in UTC such as 2026-11-22 06:00");
	if (tags && bf_tags_parse(tags, when->tags, &why) < 0)
		return bf_ini_bad(ini, section, "tags", err, "words with commas between them, such as gpu, big (%s)", why.text);
	if (bf_ini_int(ini, section, "max_agents", 0, BF_AGENTS_MAX, &agents, err) < 0)
		return -1;
	when->max_agents = (int)agents;
	return 0;
}

int bf_job_when_format(const struct bf_job_when *when, struct bf_buf *out, struct bf_err *err)
{
	char jobs[BF_AFTER_MAX * (BF_JOB_MAX + 1)] = "", time[BF_WHEN_TIME_MAX];
	for (int i = 0; i < when->after_count; i++) {
		size_t len = strlen(jobs);
		snprintf(jobs + len, sizeof jobs - len, i ? ",%s" : "%s", when->after[i]);
	}
	bf_job_when_format_time(when->not_before_s, time);
	if ((jobs[0] && bf_ini_put(out, "after", jobs, err) < 0)
		|| (when->not_before_s && bf_ini_put(out, "not_before", time, err) < 0)
		|| (when->tags[0] && bf_ini_put(out, "tags", when->tags, err) < 0))
		return -1;
	if (when->max_agents)
		bf_ini_put_int(out, "max_agents", when->max_agents);
	return 0;
}

/* ---- waiting ---- */

static bool has_ended_or_is_gone(const struct bf_names *jobs, const char *id)
{
	char marker[BF_JOB_MAX + sizeof BF_ENDED_SUFFIX];
	snprintf(marker, sizeof marker, "%s" BF_ENDED_SUFFIX, id);
	return !bf_names_sorted_has(jobs, id) || bf_names_sorted_has(jobs, marker);
}

bool bf_job_waits_for(const struct bf_job_when *when, const struct bf_names *jobs, int64_t now_s, char why[BF_FILE_MAX])
{
	for (int i = 0; i < when->after_count; i++) {
		if (has_ended_or_is_gone(jobs, when->after[i]))
			continue;
		if (why)
			snprintf(why, BF_FILE_MAX, "until %s has ended", when->after[i]);
		return true;
	}
	if (now_s >= when->not_before_s)
		return false;
	struct tm tm;
	char text[32] = "";
	time_t until = (time_t)when->not_before_s;
	if (why && localtime_r(&until, &tm) && strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm))
		snprintf(why, BF_FILE_MAX, "until %s", text);
	return true;
}
