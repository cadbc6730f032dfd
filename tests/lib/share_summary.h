/* A share as text that is the same for every share with the same outcome: one sorted line for each thing that lies
 * there. Dates of jobs, tokens, attempts, cards, journals and remarks about lost owners are left out, since they differ between
 * runs that are equally right; failures, which tasks have a log of one, pictures with their hashes, and everything that
 * nobody should have left behind are in. */
#ifndef BF_TESTS_SHARE_SUMMARY_H
#define BF_TESTS_SHARE_SUMMARY_H

#include "share-layout/base/buf.h"

/* Appends to out. Whatever cannot be read becomes a line that says so. */
void share_summary(const char *share, struct bf_buf *out);

/* Appends the lines that only one of two summaries has, with - or + in front, at most max of them. */
void share_summary_diff(const char *wanted, const char *got, int max, struct bf_buf *out);

#endif
