#include "tools/job.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/control.h"
#include "share-layout/path.h"

enum { NAMED_MAX = 20 }; /* tasks that are named before "and N more" */

struct naming {
	struct bf_buf list;
	int64_t count;
};

static void name_task(void *arg, const struct bf_task *task)
{
	struct naming *naming = arg;
	char name[BF_TASK_MAX];
	bf_task_name(task, name);
	if (naming->count++ < NAMED_MAX)
		bf_buf_printf(&naming->list, "%s%s", naming->count > 1 ? " " : "", name);
}

static int by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return x < y ? -1 : x > y;
}

/* Are the frames asked for frames of the job? */
static int check_frames(const struct job_order *order, const struct bf_job *job)
{
	const struct bf_frames *asked = order->retry.frames;
	int32_t *all = malloc((job->frames.count + 1) * sizeof *all);
	int status = JOB_OK;
	if (!all)
		bf_bug("out of memory");
	memcpy(all, job->frames.frame, job->frames.count * sizeof *all);
	qsort(all, job->frames.count, sizeof *all, by_number);
	for (size_t i = 0; i < asked->count && status == JOB_OK; i++)
		if (!bsearch(&asked->frame[i], all, job->frames.count, sizeof *all, by_number))
			status = job_complain(JOB_USAGE, "%s: frame %d is not one of its frames, %d to %d", order->id,
				(int)asked->frame[i], (int)all[0], (int)all[job->frames.count - 1]);
	free(all);
	return status;
}

static const char *nothing_of(const struct bf_retry *retry, char *text, size_t size)
{
	if (retry->going)
		snprintf(text, size, "nothing to retry: what you ask for waits or is being rendered anyway");
	else if (retry->what == BF_RETRY_FAILED)
		snprintf(text, size, "nothing to retry: no frame was given up");
	else if (retry->what == BF_RETRY_MACHINE)
		snprintf(text, size, "nothing to retry: no picture of it was made by %s", retry->machine);
	else
		snprintf(text, size, "nothing to retry");
	return text;
}

static void tell(const struct job_order *order, const struct bf_retry *retry, const struct naming *naming)
{
	char more[40] = "", gone[80] = "", going[80] = "";
	if (naming->count > NAMED_MAX)
		snprintf(more, sizeof more, " … and %" PRId64 " more", naming->count - NAMED_MAX);
	if (retry->pictures)
		snprintf(gone, sizeof gone, "; pictures removed: %" PRId64, retry->pictures);
	if (retry->going)
		snprintf(going, sizeof going, "; not done yet anyway: %" PRId64, retry->going);
	job_say(order, "%s: %s%s%s%s", order->look_only ? "would render again" : "renders again", bf_buf_text(&naming->list),
		more, order->look_only ? "" : gone, going);
}

/* A retry does not change what else was asked of the job. */
static void tell_what_holds_it(const struct job_order *order)
{
	struct bf_control control;
	if (bf_control_read(order->share, order->id, &control, NULL) == 1 && (control.paused || control.cancelled))
		job_say(order, "is %s: nothing is rendered before bfjob resume", control.cancelled ? "cancelled" : "paused");
}

static int retry(const struct job_order *order, const struct bf_job *job)
{
	struct naming naming = {0};
	struct bf_retry ask = order->retry;
	struct bf_err err;
	char who[128], text[200];
	job_who(who, sizeof who);
	ask.by = who;
	ask.look_only = order->look_only;
	ask.each = name_task;
	ask.arg = &naming;
	int result = bf_retry_tasks(order->share, job, &ask, &err), status = JOB_OK;
	if (result == 0 && !ask.tasks) {
		job_say(order, "%s", nothing_of(&ask, text, sizeof text));
		status = JOB_NOTHING;
	} else {
		if (ask.tasks)
			tell(order, &ask, &naming);
		tell_what_holds_it(order);
	}
	if (result < 0)
		status = job_complain_of(order->id, &err);
	bf_buf_clear(&naming.list);
	return status;
}

int job_retry(const struct job_order *order)
{
	struct bf_job job = {0};
	struct bf_err err;
	int read = bf_job_read(order->share, order->id, &job, &err), status = JOB_OK;
	if (read == 0)
		status = job_complain(JOB_FAILED, "%s: there is no such job any more", order->id);
	else if (read < 0)
		status = job_complain_of(order->id, &err);
	if (status == JOB_OK && order->retry.what == BF_RETRY_FRAMES)
		status = check_frames(order, &job);
	if (status == JOB_OK)
		status = retry(order, &job);
	bf_job_clear(&job);
	return status;
}
