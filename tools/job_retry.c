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
	int status = job_read_plan(order, &job);
	if (status == JOB_OK && order->retry.what == BF_RETRY_FRAMES)
		status = job_check_frames(order, &job);
	if (status == JOB_OK)
		status = retry(order, &job);
	bf_job_clear(&job);
	return status;
}
