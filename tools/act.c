#include "tools/act.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/control.h"
#include "share-layout/path.h"
#include "share-layout/retry.h"

enum { LOG_BYTES_MAX = 1 << 20, PRIORITY_STEP = 10 };

static void say(struct act *act, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct act *act, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(act->said, sizeof act->said, format, args);
	va_end(args);
}

static int change_priority(struct act *act, int by, struct bf_err *err)
{
	int wanted = act->job->priority + by;
	act->priority = wanted > BF_PRIORITY_MAX ? BF_PRIORITY_MAX : wanted < -BF_PRIORITY_MAX ? -BF_PRIORITY_MAX : wanted;
	say(act, "priority %d  %s", act->priority, act->job->plan.id);
	return bf_control_prioritize(act->share, act->job->plan.id, act->priority, err);
}

static int retry(struct act *act, struct bf_err *err)
{
	struct bf_retry ask = { .what = BF_RETRY_FAILED };
	int result = bf_retry_tasks(act->share, &act->job->plan, &ask, err);
	say(act, "%" PRId64 " task%s taken up again  %s", ask.tasks, ask.tasks == 1 ? "" : "s", act->job->plan.id);
	return result;
}

static int read_log(struct act *act, struct bf_err *err)
{
	const struct bf_scan_failed *failed = act->failed;
	if (!failed || !failed->log[0])
		return bf_err_set(err, "no log of it was kept");
	struct bf_path path = bf_path_of("%s/logs/%s", bf_path_job(act->job->plan.id).text, failed->log);
	int fd = bf_fs_open_file(act->share->root, path.text, NULL, err);
	if (fd < 0)
		return -1;
	ssize_t n = bf_sys.read(fd, bf_buf_reserve(&act->text, LOG_BYTES_MAX + 1), LOG_BYTES_MAX);
	bf_sys.close(fd);
	if (n < 0)
		return bf_err_set(err, "%s cannot be read", path.text);
	act->text.len = (size_t)n;
	act->text.data[n] = '\0';
	if (!n)
		say(act, "the log is empty");
	return 1;
}

static int act_on(struct act *act, struct bf_err *err)
{
	const char *job = act->job->plan.id;
	int did = 0;
	switch (act->wish) {
	case VIEW_PAUSE:
		did = bf_control_pause(act->share, job, err);
		say(act, did ? "paused  %s" : "it is paused already  %s", job);
		return did;
	case VIEW_RESUME:
		did = bf_control_resume(act->share, job, err);
		say(act, did ? "goes on  %s" : "it was not paused  %s", job);
		return did;
	case VIEW_CANCEL:
		did = bf_control_cancel(act->share, job, err);
		say(act, did ? "cancelled; r takes it up again  %s" : "it is cancelled already  %s", job);
		return did;
	case VIEW_RAISE:
		return change_priority(act, PRIORITY_STEP, err);
	case VIEW_LOWER:
		return change_priority(act, -PRIORITY_STEP, err);
	case VIEW_RETRY:
		return retry(act, err);
	case VIEW_READ_LOG:
		return read_log(act, err);
	case VIEW_NOTHING:
	case VIEW_LEAVE:
		break;
	}
	return 0;
}

void act_run(void *arg)
{
	struct act *act = arg;
	struct bf_err err;
	act->bad = act_on(act, &err) < 0;
	if (act->bad)
		say(act, "%s", err.text);
}
