#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/path.h"
#include "tools/job.h"
#include "tools/job_text.h"
#include "tools/term.h"

enum { LOG_BYTES_MAX = 4 << 20, LOGS_MAX = 200 };

/* ---- which task ---- */

struct wanted {
	struct bf_task task;
	bool whole_frame; /* with its pieces and their join */
};

/* "12" and "f0012" are a frame with all that belongs to it, "f0012.p003" is that alone. */
static bool parse_wanted(const char *text, struct wanted *out)
{
	char *end;
	long frame = strtol(text, &end, 10);
	memset(out, 0, sizeof *out);
	if (*text && !*end && frame >= BF_FRAME_MIN && frame <= BF_FRAME_MAX) {
		out->task = bf_task_open(BF_TASK_FRAME, (int32_t)frame, 0);
		out->whole_frame = true;
		return true;
	}
	if (bf_task_parse_name(text, &out->task) < 0)
		return false;
	out->whole_frame = out->task.kind == BF_TASK_FRAME;
	return true;
}

static bool is_wanted(const void *arg, const struct bf_task *task)
{
	const struct wanted *wanted = arg;
	if (!wanted->whole_frame)
		return bf_task_same(task, &wanted->task);
	return task->kind <= BF_TASK_JOIN && task->frame == wanted->task.frame;
}

/* ---- logs of a task ---- */

struct log_file {
	struct bf_failure_log log;
	char path[BF_FILE_MAX + 16]; /* below the job */
};

struct logs {
	struct log_file *file;
	size_t count;
};

static void collect(const struct job_order *order, const struct wanted *wanted, const char *dir, struct logs *logs)
{
	struct bf_names names = {0};
	bf_fs_list(order->share->root, bf_path_in_job(order->id, dir).text, &names, NULL);
	for (size_t i = 0; i < names.count && logs->count < LOGS_MAX; i++) {
		struct log_file *file = &logs->file[logs->count];
		if (bf_failure_log_parse(names.item[i].text, &file->log) == 0 && is_wanted(wanted, &file->log.task)
			&& bf_fmt(file->path, sizeof file->path, "%s/%s", dir, names.item[i].text) == 0)
			logs->count++;
	}
	bf_names_clear(&names);
}

static int by_attempt(const void *a, const void *b)
{
	const struct log_file *x = a, *y = b;
	if (x->log.task.attempt != y->log.task.attempt)
		return x->log.task.attempt < y->log.task.attempt ? -1 : 1;
	return strcmp(x->path, y->path);
}

static void collect_all(const struct job_order *order, const struct wanted *wanted, struct logs *logs)
{
	logs->file = calloc(LOGS_MAX, sizeof *logs->file);
	if (!logs->file)
		bf_bug("out of memory");
	collect(order, wanted, "logs", logs);
	collect(order, wanted, "logs/retried", logs);
	qsort(logs->file, logs->count, sizeof *logs->file, by_attempt);
}

static void write_log(const struct job_order *order, struct pen *pen, const struct log_file *file)
{
	struct bf_buf text = {0};
	struct bf_err err;
	struct bf_path path = bf_path_in_job(order->id, file->path);
	line_text(pen, 0, PAINT_TITLE, "==> %s <==", path.text);
	if (bf_fs_read(order->share->root, path.text, LOG_BYTES_MAX, &text, &err) < 0)
		line_text(pen, 0, PAINT_WARN, "%s", err.text);
	char *rest = text.data, *line;
	while (rest && (line = strsep(&rest, "\n")))
		if (*line || (rest && *rest))
			line_text(pen, 0, PAINT_PLAIN, "%s", line);
	bf_buf_clear(&text);
}

static void put_logs(const struct job_order *order, struct json *json, const struct logs *logs)
{
	json_key(json, "logs");
	json_open(json, '[');
	for (size_t i = 0; i < logs->count; i++) {
		struct bf_buf text = {0};
		struct bf_path path = bf_path_in_job(order->id, logs->file[i].path);
		bf_fs_read(order->share->root, path.text, LOG_BYTES_MAX, &text, NULL);
		json_open(json, '{');
		json_put_text(json, "file", path.text);
		json_put_text(json, "text", bf_buf_text(&text));
		json_close(json, '}');
		bf_buf_clear(&text);
	}
	json_close(json, ']');
}

/* ---- the log ---- */

static int print(struct bf_buf *text)
{
	if (fwrite(text->data ? text->data : "", 1, text->len, stdout) == text->len && fflush(stdout) == 0)
		return JOB_OK;
	return job_complain(JOB_FAILED, "cannot write: %s", strerror(errno));
}

static int print_text(const struct job_order *order, const struct history *history, const struct logs *logs)
{
	struct bf_buf text = {0};
	struct pen pen = { .out = &text, .columns = 0, .color = term_color(order->color, STDOUT_FILENO) == 1 };
	if (!order->machines)
		job_text_rows(&pen, history);
	if (!order->machines && !history->count && !logs->count)
		line_text(&pen, 0, PAINT_PLAIN, "%s: nothing has happened to %s yet", order->id,
			order->task ? order->task : "it");
	for (size_t i = 0; i < logs->count; i++)
		write_log(order, &pen, &logs->file[i]);
	if (!order->task)
		job_text_machines(&pen, history);
	int status = print(&text);
	bf_buf_clear(&text);
	return status;
}

static int print_json(const struct job_order *order, const struct history *history, const struct logs *logs)
{
	struct bf_buf text = {0};
	struct json json = { .out = &text };
	json_open(&json, '{');
	json_put_int(&json, "format", 1);
	json_put_text(&json, "job", order->id);
	job_text_json(&json, history, !order->machines);
	if (order->task)
		put_logs(order, &json, logs);
	json_close(&json, '}');
	bf_buf_putc(&text, '\n');
	int status = print(&text);
	bf_buf_clear(&text);
	return status;
}

int job_log(const struct job_order *order)
{
	struct history history = {0};
	struct logs logs = {0};
	struct wanted wanted;
	struct bf_err err;
	int status;
	if (order->task && !parse_wanted(order->task, &wanted))
		return job_complain(JOB_USAGE, "%s is no task: want a frame such as 12, or f0012.p003 for a piece of it", order->task);
	int read = history_read(order->share, order->id, order->task ? is_wanted : NULL, &wanted, &history, &err);
	if (order->task)
		collect_all(order, &wanted, &logs);
	if (read < 0)
		status = job_complain_of(order->id, &err);
	else
		status = order->json ? print_json(order, &history, &logs) : print_text(order, &history, &logs);
	free(logs.file);
	history_clear(&history);
	return status;
}
