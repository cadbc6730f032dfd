/* Options as wishes: each is checked when it is given, all of them become the text of NAME.ini. Pure, but for the clock. */
#ifndef BF_TOOLS_SUBMIT_WISHES_H
#define BF_TOOLS_SUBMIT_WISHES_H

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"
#include "share-layout/job_when.h"

/* Starts as all zero bits, ended with submit_wishes_clear. */
struct submit_wishes {
	struct bf_buf lines;   /* `key = "value"` */
	int64_t frames;        /* how many were named, 0 = as the file says */
	struct bf_job_when when; /* only after */
};

/* key is that of NAME.ini. Returns 0, or -1 with what would be right. */
int submit_wishes_add(struct submit_wishes *wishes, const char *key, const char *value, struct bf_err *err);

/* NAME.ini. blend: which .blend of a folder, NULL for a single file. Returns 0 / -1. */
int submit_wishes_format(const struct submit_wishes *wishes, const char *blend, const char *content, struct bf_buf *out,
	struct bf_err *err);

void submit_wishes_clear(struct submit_wishes *wishes);

#endif
