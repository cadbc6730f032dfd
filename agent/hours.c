#include "agent/hours.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DAY = 24 * 60 };

static void skip_blanks(const char **p)
{
	*p += strspn(*p, " \t");
}

/* "mon", "Monday" → 1. Returns -1 when there is no day. */
static int take_day(const char **p)
{
	static const char *const days[] = { "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday" };
	size_t len = 0;
	while (isalpha((unsigned char)(*p)[len]))
		len++;
	for (int i = 0; len >= 3 && i < 7; i++) {
		if (len > strlen(days[i]) || strncasecmp(*p, days[i], len))
			continue;
		*p += len;
		return i;
	}
	return -1;
}

/* "7:30", "07:30", "7" → minutes; at most 24:00. Returns -1 when there is no time. */
static int take_time(const char **p)
{
	unsigned hour, minute = 0;
	int n = 0, more = 0;
	if (!isdigit((unsigned char)**p) || sscanf(*p, "%2u%n", &hour, &n) != 1)
		return -1;
	if ((*p)[n] == ':') {
		if (sscanf(*p + n, ":%2u%n", &minute, &more) != 1 || more != 3)
			return -1;
		n += more;
	}
	if (minute > 59 || hour * 60 + minute > DAY || isdigit((unsigned char)(*p)[n]))
		return -1;
	*p += n;
	return (int)(hour * 60 + minute);
}

static void open_span(struct hours *hours, int day, int from, int to)
{
	if (to <= from)
		to += DAY; /* over midnight */
	for (int minute = from; minute < to; minute++) {
		int at = (day * DAY + minute) % HOURS_WEEK;
		hours->open[at / 8] |= (uint8_t)(1 << at % 8);
	}
}

static bool take_days(const char **p, int *first, int *last)
{
	*first = *last = take_day(p);
	if (*first < 0) {
		*first = 0;
		*last = 6;
		return false;
	}
	skip_blanks(p);
	const char *after = *p + 1;
	skip_blanks(&after);
	if (**p == '-' && isalpha((unsigned char)*after)) {
		*p = after;
		*last = take_day(p);
	}
	return true;
}

/* One span, up to the comma. Returns 0 / -1. */
static int take_span(const char **p, struct hours *hours)
{
	int first, last, from = 0, to = DAY;
	skip_blanks(p);
	bool has_days = take_days(p, &first, &last);
	skip_blanks(p);
	bool has_times = isdigit((unsigned char)**p);
	if (has_times) {
		from = take_time(p);
		skip_blanks(p);
		if (from < 0 || **p != '-')
			return -1;
		++*p;
		skip_blanks(p);
		to = take_time(p);
		skip_blanks(p);
	}
	if (last < 0 || to < 0 || from == to || from == DAY || !(has_days || has_times) || (**p && **p != ','))
		return -1;
	for (int day = first; ; day = (day + 1) % 7) {
		open_span(hours, day, from, to);
		if (day == last)
			return 0;
	}
}

int hours_parse(const char *text, struct hours *hours, struct bf_err *err)
{
	struct hours made = { .any = true };
	for (const char *p = text; ; p++) {
		const char *span = p;
		if (take_span(&p, &made) < 0)
			return bf_err_set(err, "\"%.*s\" is no span of time", (int)strcspn(span, ","), span);
		if (!*p)
			break;
	}
	*hours = made;
	return 0;
}

bool hours_open(const struct hours *hours, const struct tm *local)
{
	int at = (local->tm_wday * DAY + local->tm_hour * 60 + local->tm_min) % HOURS_WEEK;
	return !hours->any || (hours->open[at / 8] >> at % 8 & 1);
}
