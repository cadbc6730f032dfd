/* A new share in a temporary directory for each test: cmocka's set-up and tear-down, and the few
 * moves that tests of share-layout make by hand. Whatever fails here aborts the test program. */
#ifndef BF_TESTS_FRESH_SHARE_H
#define BF_TESTS_FRESH_SHARE_H

#include <stdbool.h>

#include "share-layout/share.h"
#include "share-layout/task.h"

struct fresh_share {
	char dir[256];
	struct bf_share share;
};

int fresh_share_setup(void **state);    /* *state becomes a struct fresh_share * */
int fresh_share_teardown(void **state);

/* Paths are relative to the share; directories on the way are made. */
void fresh_share_mkdir(const struct fresh_share *fresh, const char *path);
void fresh_share_put(const struct fresh_share *fresh, const char *path, const char *text);
void fresh_share_put_task(const struct fresh_share *fresh, const char *job, const char *shard,
	const struct bf_task *task);
bool fresh_share_has(const struct fresh_share *fresh, const char *path);
bool fresh_share_has_task(const struct fresh_share *fresh, const char *job, const char *shard,
	const struct bf_task *task);
int fresh_share_count(const struct fresh_share *fresh, const char *dir); /* names in it, -1 = no such directory */

#endif
