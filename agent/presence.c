#include "agent/presence.h"

#include <paths.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <utmpx.h>

#include "share-layout/base/err.h"
#include "share-layout/base/log.h"

enum { ASK_MS = 15000, ANSWER_MS = 5000 };

/* ---- terminals ---- */

int64_t presence_of_terminals(const char *utmp, const char *dev)
{
	int64_t least_ms = INT64_MAX;
	time_t now = time(NULL);
	utmpxname(utmp);
	setutxent();
	for (const struct utmpx *entry; (entry = getutxent());) {
		char path[256];
		struct stat st;
		if (entry->ut_type != USER_PROCESS)
			continue;
		snprintf(path, sizeof path, "%s/%.*s", dev, (int)sizeof entry->ut_line, entry->ut_line);
		if (strstr(path, "..") || stat(path, &st) < 0) /* ":0": a desktop */
			continue;
		int64_t idle_ms = now > st.st_atime ? (int64_t)(now - st.st_atime) * 1000 : 0;
		if (idle_ms < least_ms)
			least_ms = idle_ms;
	}
	endutxent();
	return least_ms;
}

/* ---- desktops ---- */

bool presence_parse_logind(const char *text, int64_t *since_ms)
{
	char idle[8];
	unsigned long long since_us;
	if (sscanf(text, "b %7s t %llu", idle, &since_us) != 2)
		return false;
	if (!strcmp(idle, "true"))
		*since_ms = since_us ? (int64_t)(since_us / 1000) : INT64_MIN;
	else
		*since_ms = INT64_MAX;
	return true;
}

static void ask_logind(struct presence *p, int64_t now_ms)
{
	static const char *const argv[] = { "busctl", "--system", "get-property", "org.freedesktop.login1",
		"/org/freedesktop/login1", "org.freedesktop.login1.Manager", "IdleHint", "IdleSinceHintMonotonic", NULL };
	struct bf_err err;
	p->ask_ms = now_ms + ASK_MS;
	if (listen_start(&p->ask, argv, -1, NULL, ANSWER_MS, &err) < 0) {
		bf_trace("rest", "logind: %s", err.text);
		p->asked = true;
	}
}

static void hear_logind(struct presence *p)
{
	struct bf_err err = {0};
	int done = listen_done(&p->ask, &err);
	if (!done)
		return;
	if (done < 0 || !presence_parse_logind(p->ask.text, &p->desktop_ms)) {
		bf_trace("rest", "logind: %s", err.text);
		p->desktop_ms = INT64_MIN; /* no logind, no desktop that we could know of */
	}
	p->asked = true;
}

int64_t presence_idle_ms(struct presence *p)
{
	int64_t now_ms = proc_now_ms();
	if (listen_running(&p->ask))
		hear_logind(p);
	else if (now_ms >= p->ask_ms)
		ask_logind(p, now_ms);
	if (!p->asked)
		return -1;
	int64_t terminals_ms = presence_of_terminals(_PATH_UTMPX, "/dev");
	int64_t desktop_ms = p->desktop_ms == INT64_MIN ? INT64_MAX : p->desktop_ms == INT64_MAX ? 0 : now_ms - p->desktop_ms;
	return desktop_ms < terminals_ms ? desktop_ms : terminals_ms;
}

void presence_stop(struct presence *p)
{
	listen_stop(&p->ask);
}
