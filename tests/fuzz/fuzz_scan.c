/* Any tree of files as a share: opened or refused; when it is opened, a snapshot is taken twice, and reported. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/log.h"
#include "share-layout/scan.h"
#include "tests/fuzz/fuzz_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FORMAT "blendfolder 1\nid 0123456789abcdef0123456789abcdef\n"

static void check(const struct bf_scan *scan)
{
	for (size_t i = 0; i < scan->job_count; i++) {
		const struct bf_scan_job *job = &scan->job[i];
		if (!bf_job_id_ok(job->plan.id) || job->avoid_count > BF_AVOID_MAX || (!job->plan_ok && job->failed_count > 1000))
			abort();
		if (job->tasks.done < 0 || job->tasks.running < 0 || job->tasks.failed < 0 || job->tasks.waiting < 0)
			abort();
	}
	for (size_t i = 0; i < scan->agent_count; i++)
		if (scan->agent[i].seen_s < 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bf_share share;
	struct bf_scan scan = {0};
	struct bf_err err = {0};
	tree_make(data, size);
	tree_put("FORMAT", FORMAT, strlen(FORMAT));
	for (int i = 0; i < 5; i++) {
		static const char *const folders[] = { "queue/rejected/.x", "jobs/.x", "output/.x", "agents/.x", "jobs/.incoming/.x" };
		tree_put(folders[i], "", 0);
	}
	if (bf_share_open(tree_path(), &share, &err) < 0)
		abort();
	for (int i = 0; i < 2; i++) {
		if (bf_scan_take(&share, NULL, &scan, &err) < 0 && !err.text[0])
			abort();
		check(&scan);
	}
	bf_scan_clear(&scan);
	bf_share_close(&share);
	return 0;
}
