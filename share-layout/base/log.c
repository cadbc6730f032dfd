#include "share-layout/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static enum bf_log_level max_level = BF_LOG_INFO;
static char who_word[64];

void bf_log_set_level(enum bf_log_level level)
{
	max_level = level;
}

void bf_log_set_who(const char *who)
{
	snprintf(who_word, sizeof who_word, "%s", who ? who : "");
}

/* systemd names the stream it reads in JOURNAL_STREAM=device:inode (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
	static int known = -1;
	if (known < 0) {
		const char *stream = getenv("JOURNAL_STREAM");
		unsigned long long device, inode;
		struct stat st;
		known = stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2
			&& fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
	}
	return known;
}

static size_t put_stamp(char *line, size_t size, enum bf_log_level level)
{
	static const int journal_priority[] = { 3, 4, 6, 7 };
	static const char *const word[] = { "error ", "warning ", "", "" };
	if (stderr_is_journal())
		return (size_t)snprintf(line, size, "<%d>", journal_priority[level]);
	struct timespec now;
	struct tm tm;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	size_t n = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
	n += (size_t)snprintf(line + n, size - n, ".%03ldZ %s", now.tv_nsec / 1000000, word[level]);
	return n;
}

__attribute__((format(printf, 2, 0)))
static void put_line(enum bf_log_level level, const char *format, va_list args)
{
	char line[2048];
	size_t n = put_stamp(line, sizeof line, level);
	if (who_word[0])
		n += (size_t)snprintf(line + n, sizeof line - n, "%s ", who_word);
	size_t start = n;
	int more = vsnprintf(line + n, sizeof line - n - 1, format, args);
	if (more > 0)
		n += (size_t)more;
	if (n > sizeof line - 2)
		n = sizeof line - 2;
	for (size_t i = start; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	/* Nowhere is left to complain when stderr is gone. */
	ssize_t ignored = write(STDERR_FILENO, line, n);
	(void)ignored;
}

void bf_log(enum bf_log_level level, const char *format, ...)
{
	if (level > max_level)
		return;
	va_list args;
	va_start(args, format);
	put_line(level, format, args);
	va_end(args);
}

bool bf_trace_on(const char *topic)
{
	const char *list = getenv("BF_TRACE");
	if (!list || !*list)
		return false;
	if (!strcmp(list, "all"))
		return true;
	size_t len = strlen(topic);
	for (const char *p = list; (p = strstr(p, topic)); p += len)
		if ((p == list || p[-1] == ',') && (p[len] == ',' || !p[len]))
			return true;
	return false;
}

void bf_trace(const char *topic, const char *format, ...)
{
	if (!bf_trace_on(topic))
		return;
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	bf_log(BF_LOG_INFO, "trace %s: %s", topic, text);
}
