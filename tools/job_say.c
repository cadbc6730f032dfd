#include "tools/job.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "share-layout/base/buf.h"
#include "share-layout/token.h"
#include "tools/report_line.h"

static void vformat(char *out, size_t size, const char *format, va_list args) __attribute__((format(printf, 3, 0)));

static void vformat(char *out, size_t size, const char *format, va_list args)
{
	vsnprintf(out, size, format, args);
}

int job_say(const struct job_order *order, const char *format, ...)
{
	char text[1024];
	struct bf_buf line = {0};
	struct pen pen = { .out = &line };
	va_list args;
	va_start(args, format);
	vformat(text, sizeof text, format, args);
	va_end(args);
	line_text(&pen, 0, PAINT_PLAIN, "%s: %s", order->id, text);
	fputs(bf_buf_text(&line), stdout);
	bf_buf_clear(&line);
	return JOB_OK;
}

int job_complain(int status, const char *format, ...)
{
	char text[1024];
	struct bf_err safe;
	va_list args;
	va_start(args, format);
	vformat(text, sizeof text, format, args);
	va_end(args);
	bf_err_set(&safe, "%s", text); /* without what does things to a terminal */
	fprintf(stderr, "bfjob: %s%s\n", safe.text, status == JOB_USAGE ? "\nTry bfjob --help." : "");
	return status;
}

int job_complain_of(const char *id, const struct bf_err *err)
{
	int status = bf_err_is_share_fault(err) ? JOB_SHARE : JOB_FAILED;
	return id ? job_complain(status, "%s: %s", id, err->text) : job_complain(status, "%s", err->text);
}

void job_who(char *out, size_t size)
{
	char host[BF_NAME_MAX];
	const struct passwd *user = getpwuid(geteuid());
	bf_name_of_host(host);
	snprintf(out, size, "%s on %s", user && user->pw_name ? user->pw_name : "somebody", host);
}
