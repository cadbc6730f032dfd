#include "tools/submit_time.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "share-layout/job_when.h"

enum { DAY_S = 86400, SPAN_DIGITS = 6 };

static bool take_span(const char *text, int64_t now_s, int64_t *out_s)
{
	if (text[0] != '+')
		return false;
	size_t digits = strspn(text + 1, "0123456789");
	const char *unit = text + 1 + digits;
	int64_t unit_s = !strcmp(unit, "m") ? 60 : !strcmp(unit, "h") ? 3600 : !strcmp(unit, "d") ? DAY_S : 0;
	if (!digits || digits > SPAN_DIGITS || !unit_s)
		return false;
	*out_s = now_s + strtol(text + 1, NULL, 10) * unit_s;
	return true;
}

/* Clocks that are set back for winter show some times twice; mktime chooses. */
static int64_t local_time(struct tm tm)
{
	tm.tm_isdst = -1;
	return mktime(&tm);
}

static bool take_clock(const char *text, int64_t now_s, int64_t *out_s)
{
	int hour, minute, used = 0;
	struct tm tm;
	time_t now = (time_t)now_s;
	if (strlen(text) > 5 || sscanf(text, "%2d:%2d%n", &hour, &minute, &used) != 2 || text[used] || hour < 0 || hour > 23
		|| minute < 0 || minute > 59 || !localtime_r(&now, &tm))
		return false;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = 0;
	*out_s = local_time(tm);
	if (*out_s <= now_s) {
		tm.tm_mday++;
		*out_s = local_time(tm);
	}
	return true;
}

int submit_time_parse(const char *text, int64_t now_s, int64_t *out_s, struct bf_err *err)
{
	size_t len = strlen(text);
	if (take_span(text, now_s, out_s) || take_clock(text, now_s, out_s))
		return 0;
	if (bf_job_when_parse_time(text, out_s, NULL) < 0)
		return bf_err_set(err, "\"%.40s\" is no time: want 22:30, 2026-11-22 06:00 or +8h", text);
	if (text[len - 1] != 'Z') {
		struct tm tm;
		time_t as_utc = (time_t)*out_s;
		gmtime_r(&as_utc, &tm);
		*out_s = local_time(tm);
	}
	return 0;
}
