/* An error as a value: which call on which path failed, and the errno behind it.
 *
 * Low layers fill a struct bf_err where the path is known and return -1; nobody below
 * a main loop prints or exits. A struct bf_err need not be cleared before use and holds
 * no resources. Passing NULL for an error one does not care about is allowed everywhere. */
#ifndef BF_BASE_ERR_H
#define BF_BASE_ERR_H

#include <stdbool.h>

struct bf_err {
	int sys;        /* errno of the failed call, 0 when no system call is to blame */
	char text[640]; /* one line, no newline, control bytes escaped */
};

/* Fill err from a format. Always returns -1, so that `return bf_err_set(...)` reads well. */
int bf_err_set(struct bf_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a failed system call: "<format>: <strerror(sys)>", and remembers sys. Returns -1. */
int bf_err_sys(struct bf_err *err, int sys, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Put text in front of what err already says: "<format>: <old text>". Returns -1. */
int bf_err_prefix(struct bf_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether the share (or its server, disk or network) is to blame rather than the work:
 * such an error never counts as a failed attempt of a frame. */
bool bf_err_is_share_fault(const struct bf_err *err);

/* A fault of our own logic: say where, abort. Never used for anything the outside can cause. */
void bf_bug(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
