#include "agent/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/journal.h"

enum { LOG_BYTES_MAX = 256 * 1024 };

static void append(struct worker *w, const char *job, struct bf_record *record, const char *event, const char *note)
{
	struct bf_err err;
	record->ended = time(NULL);
	snprintf(record->event, sizeof record->event, "%s", event);
	snprintf(record->note, sizeof record->note, "%s", note ? note : "");
	if (bf_journal_append(w->share, job, w->id, record, &err) < 0)
		bf_log(BF_LOG_DEBUG, "journal: %s", err.text);
}

void record_work(struct worker *w, const struct work *work, const struct bf_task *task, const char *event, const char *note)
{
	struct bf_record record = { .task = *task, .render_s = work->render_s, .bytes = work->bytes, .mem_mb = work->mem_mb };
	if (work->started_ms)
		record.seconds = (double)(bf_sys.now_ms() - work->started_ms) / 1000;
	snprintf(record.blender, sizeof record.blender, "%s", w->board->blender);
	snprintf(record.device, sizeof record.device, "%s", w->config->slot[w->slot].device);
	append(w, work->job->plan.id, &record, event, note);
}

void record_task(struct worker *w, const char *job, const struct bf_task *task, const char *event, const char *note)
{
	struct bf_record record = { .task = *task };
	append(w, job, &record, event, note);
}

int record_log(struct worker *w, const struct work *work, const char *ending, const char *first, const struct bf_buf *log,
	struct bf_err *err)
{
	struct bf_buf text = {0};
	bf_buf_printf(&text, "%s\n", first);
	if (log && log->len) {
		bf_buf_puts(&text, "\n");
		bf_buf_add(&text, log->data, log->len < LOG_BYTES_MAX ? log->len : LOG_BYTES_MAX);
	}
	struct bf_path path = bf_path_failure_log(work->job->plan.id, &work->task, w->config->name, ending);
	int result = bf_fs_rewrite(w->share->root, path.text, text.data, text.len, err);
	if (result < 0 && err->sys == ENOENT /* somebody has tidied up */
		&& bf_fs_mkdir(w->share->root, bf_path_in_job(work->job->plan.id, "logs").text, NULL) == 1)
		result = bf_fs_rewrite(w->share->root, path.text, text.data, text.len, err);
	bf_buf_clear(&text);
	return result;
}

bool record_keeps_logs(const struct worker *w, const struct job_view *job)
{
	return w->config->keep_logs || job->plan.keep_logs || job->control.keep_logs;
}
