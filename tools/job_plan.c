#include "tools/job.h"

#include <stdlib.h>
#include <string.h>

int job_read_plan(const struct job_order *order, struct bf_job *job)
{
	struct bf_err err;
	int read = bf_job_read(order->share, order->id, job, &err);
	if (read == 0)
		return job_complain(JOB_FAILED, "%s: there is no such job any more", order->id);
	return read < 0 ? job_complain_of(order->id, &err) : JOB_OK;
}

int job_check_frames(const struct job_order *order, const struct bf_job *job)
{
	const struct bf_frames *asked = order->retry.frames;
	int32_t *all = malloc((job->frames.count + 1) * sizeof *all);
	int status = JOB_OK;
	if (!all)
		bf_bug("out of memory");
	memcpy(all, job->frames.frame, job->frames.count * sizeof *all);
	qsort(all, job->frames.count, sizeof *all, bf_frames_compare);
	for (size_t i = 0; i < asked->count && status == JOB_OK; i++)
		if (!bsearch(&asked->frame[i], all, job->frames.count, sizeof *all, bf_frames_compare))
			status = job_complain(JOB_USAGE, "%s: frame %d is not one of its frames, %d to %d", order->id,
				(int)asked->frame[i], (int)all[0], (int)all[job->frames.count - 1]);
	free(all);
	return status;
}
