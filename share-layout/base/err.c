#include "share-layout/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* File names come from strangers: a newline or an escape sequence in one must not
 * reach a log line or a terminal. UTF-8 bytes (>= 0x80) pass. */
static void escape_controls(char *text)
{
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

int bf_err_set(struct bf_err *err, const char *format, ...)
{
	if (err) {
		va_list args;
		va_start(args, format);
		vsnprintf(err->text, sizeof err->text, format, args);
		va_end(args);
		escape_controls(err->text);
		err->sys = 0;
	}
	return -1;
}

/* What people can act on. */
static const char *in_words(int sys)
{
	return sys == ELOOP ? "is a symbolic link or lies behind one, which is not followed" : strerror(sys);
}

int bf_err_sys(struct bf_err *err, int sys, const char *format, ...)
{
	if (err) {
		va_list args;
		va_start(args, format);
		int n = vsnprintf(err->text, sizeof err->text, format, args);
		va_end(args);
		if (n >= 0 && (size_t)n < sizeof err->text)
			snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", in_words(sys));
		escape_controls(err->text);
		err->sys = sys;
	}
	return -1;
}

int bf_err_prefix(struct bf_err *err, const char *format, ...)
{
	if (err) {
		char old[sizeof err->text / 2];
		snprintf(old, sizeof old, "%.*s", (int)sizeof old - 1, err->text);
		va_list args;
		va_start(args, format);
		int n = vsnprintf(err->text, sizeof err->text, format, args);
		va_end(args);
		if (n >= 0 && (size_t)n < sizeof err->text)
			snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", old);
		escape_controls(err->text);
	}
	return -1;
}

bool bf_err_is_share_fault(const struct bf_err *err)
{
	switch (err->sys) {
	case 0: /* no system call */
	case ENOENT: case EEXIST: case ENOTDIR: case EISDIR: case ELOOP: case ENAMETOOLONG: case ENOTEMPTY: case EINVAL:
	case EILSEQ: case EFBIG: case ENOEXEC: /* about this file or name */
		return false;
	default: /* file servers, FUSE and kernels have many words for not being able to */
		return true;
	}
}

void bf_bug(const char *format, ...)
{
	va_list args;
	fputs("bug: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}
