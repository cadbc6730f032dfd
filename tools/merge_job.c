#include "tools/merge.h"

int merge_job_pieces(const char *share, const char *job, int64_t frame, bool verify, struct merge_plan *plan,
	struct bf_buf *out_path, struct bf_err *err)
{
	(void)frame, (void)verify, (void)plan, (void)out_path;
	return bf_err_set(err, "joining the pieces of a job (%s in %s) is not available in this build", job, share);
}
