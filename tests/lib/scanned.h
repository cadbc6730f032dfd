/* A fresh share with jobs made by hand, and what a scan finds in it: one snapshot, refreshed by every look.
 *
 * The tests of a file are listed with SCANNED_TEST. What does not succeed fails the test. */
#ifndef BF_TESTS_SCANNED_H
#define BF_TESTS_SCANNED_H

#include "share-layout/scan.h"
#include "tests/lib/fresh_share.h"

#define JOB "shot_2026-01-02_030405"
#define HASH "0123456789abcdef0123456789abcdef"
#define PC1 "pc1-abcdef"
#define PC2 "pc2-abcdef"

#define SCANNED_TEST(name) cmocka_unit_test_setup_teardown(name, fresh_share_setup, scanned_teardown)

extern struct bf_scan scanned;

int scanned_teardown(void **state);
void scanned_look(void **state);
const struct bf_scan_job *scanned_job(void); /* JOB; it has to be there */

/* A plan for these frames, one picture of 64 x 36 each; and a job of a plan, without any task. The latter takes the plan's
 * frames over. */
struct bf_job scanned_plan(const char *frames);
void scanned_put_plan(void **state, const char *id, struct bf_job *plan);
/* Both, cut into columns. */
void scanned_put_job(void **state, const char *id, const char *frames, int columns);

/* All of JOB. The names end with NULL. */
void scanned_put_tasks(void **state, const char *shard, ...);
void scanned_step(void **state, const char *shard, const char *from, const char *to);
void scanned_put(void **state, const char *name, const char *text);
void scanned_remove(void **state, const char *name);
void scanned_write_down(void **state, const char *agent, const char *event, int frame, double seconds); /* in its journal */

void scanned_counts_are(const struct bf_count *count, int total, int done, int running, int failed, int waiting);

#endif
