/* Which jobs are meant: full ids, names that are unique, patterns such as 'shot*'. */
#ifndef BF_TOOLS_JOB_FIND_H
#define BF_TOOLS_JOB_FIND_H

#include <stddef.h>

#include "share-layout/base/err.h"
#include "share-layout/limits.h"
#include "share-layout/share.h"

/* Starts as all zero bits; ends with job_list_clear. */
struct job_list {
	char (*id)[BF_JOB_MAX];
	size_t count;
};

/* Find all of them, each once, in the order asked for. Returns 1; 0 when one is not there or not unique (err says which
 * and why); -1 when the share cannot be read. */
int job_find(const struct bf_share *share, char *const *wanted, int count, struct job_list *out, struct bf_err *err);

void job_list_clear(struct job_list *list);

#endif
