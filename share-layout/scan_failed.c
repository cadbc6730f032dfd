#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/scan_private.h"

/* A log of a failed attempt, or the note about a lost one: TASK.A.NAME.log, TASK.A.NAME.lost. */
struct note {
	const char *file;
	struct bf_failure_log log;
};

static int parse_note(const char *file, struct note *note)
{
	if (bf_failure_log_parse(file, &note->log) < 0
		|| (strcmp(note->log.ending, "log") && strcmp(note->log.ending, "lost")))
		return -1;
	note->file = file;
	return 0;
}

/* The note that tells most is that of the last attempt. */
static void take_note(const struct bf_scan_job *job, size_t asked, const struct note *note, struct note *newest)
{
	for (size_t i = 0; i < asked; i++)
		if (bf_task_same(&job->failed[i].task, &note->log.task)
			&& (!newest[i].file || note->log.task.attempt >= newest[i].log.task.attempt))
			newest[i] = *note;
}

static void read_first_line(const struct bf_share *share, const char *path, char *dst, size_t size)
{
	int fd = bf_fs_open_file(share->root, path, NULL, NULL);
	if (fd < 0)
		return;
	char head[1024];
	ssize_t n = bf_sys.read(fd, head, sizeof head - 1);
	if (n > 0) {
		head[n] = '\0';
		snprintf(dst, size, "%.*s", (int)strcspn(head, "\r\n"), head);
	}
	bf_sys.close(fd);
}

static void explain(const struct bf_share *share, struct bf_scan_job *job, size_t asked)
{
	struct bf_names names = {0};
	struct note newest[BF_SCAN_REASONS_MAX] = {0};
	if (bf_fs_list(share->root, bf_path_in_job(job->plan.id, "logs").text, &names, NULL) == 1) {
		for (size_t i = 0; i < names.count; i++) {
			struct note note;
			if (parse_note(names.item[i].text, &note) == 0)
				take_note(job, asked, &note, newest);
		}
	}
	for (size_t i = 0; i < asked; i++) {
		struct bf_scan_failed *failed = &job->failed[i];
		if (!newest[i].file)
			continue;
		memcpy(failed->machine, newest[i].log.machine, sizeof failed->machine);
		bf_fmt(failed->log, sizeof failed->log, "%s", newest[i].file);
		read_first_line(share, bf_path_of("%s/logs/%s", bf_path_job(job->plan.id).text, newest[i].file).text,
			failed->why, sizeof failed->why);
	}
	bf_names_clear(&names);
}

void bf_scan_failed_explain(const struct bf_share *share, struct bf_scan_job *job, const struct bf_scan_failed *known,
	size_t known_count)
{
	size_t asked = job->failed_count < BF_SCAN_REASONS_MAX ? job->failed_count : BF_SCAN_REASONS_MAX;
	bool all_known = true;
	if (known_count > BF_SCAN_REASONS_MAX)
		known_count = BF_SCAN_REASONS_MAX;
	for (size_t i = 0; i < asked; i++) {
		struct bf_scan_failed *failed = &job->failed[i];
		size_t k = 0;
		while (k < known_count && !(bf_task_same(&known[k].task, &failed->task)
			&& known[k].task.attempt == failed->task.attempt))
			k++;
		if (k < known_count)
			*failed = known[k];
		else
			all_known = false;
	}
	if (!all_known)
		explain(share, job, asked);
}
