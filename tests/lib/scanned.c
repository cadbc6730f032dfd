#include "tests/lib/scanned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/journal.h"
#include "share-layout/path.h"

struct bf_scan scanned;

int scanned_teardown(void **state)
{
	bf_scan_clear(&scanned);
	return fresh_share_teardown(state);
}

void scanned_look(void **state)
{
	struct fresh_share *fresh = *state;
	struct bf_err err;
	if (bf_scan_take(&fresh->share, NULL, &scanned, &err) < 0)
		fail_msg("%s", err.text);
}

const struct bf_scan_job *scanned_job(void)
{
	const struct bf_scan_job *job;
	struct bf_err err;
	if (bf_scan_find(&scanned, JOB, &job, &err) != 1)
		fail_msg(JOB " is not there");
	return job;
}

struct bf_job scanned_plan(const char *frames)
{
	struct bf_job plan = { .width = 64, .height = 36, .columns = 1, .rows = 1, .picture_count = 1, .priority = 7 };
	struct bf_err err;
	strcpy(plan.name, "shot.blend");
	strcpy(plan.blend, "shot.blend");
	strcpy(plan.ext, "png");
	strcpy(plan.picture[0], "####.png");
	assert_int_equal(bf_frames_parse(frames, &plan.frames, &err), 0);
	return plan;
}

void scanned_put_plan(void **state, const char *id, struct bf_job *plan)
{
	struct fresh_share *fresh = *state;
	static const char *const dirs[] = { "tasks/end", "logs", "journal" };
	struct bf_err err;
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		fresh_share_mkdir(fresh, bf_path_in_job(id, dirs[i]).text);
	if (bf_job_write(&fresh->share, bf_path_job(id).text, plan, &err) < 0)
		fail_msg("%s", err.text);
	bf_job_clear(plan);
}

void scanned_put_job(void **state, const char *id, const char *frames, int columns)
{
	struct bf_job plan = scanned_plan(frames);
	plan.columns = columns;
	scanned_put_plan(state, id, &plan);
}

static struct bf_path shard_file(const char *shard, const char *name)
{
	return bf_path_of("%s/%s", bf_path_shard(JOB, shard).text, name);
}

void scanned_put_tasks(void **state, const char *shard, ...)
{
	va_list args;
	va_start(args, shard);
	for (const char *name; (name = va_arg(args, const char *));)
		fresh_share_put(*state, shard_file(shard, name).text, "");
	va_end(args);
}

void scanned_step(void **state, const char *shard, const char *from, const char *to)
{
	struct fresh_share *fresh = *state;
	assert_int_equal(bf_fs_rename(fresh->share.root, shard_file(shard, from).text, shard_file(shard, to).text, NULL), 1);
}

void scanned_put(void **state, const char *name, const char *text)
{
	fresh_share_put(*state, bf_path_in_job(JOB, name).text, text);
}

void scanned_remove(void **state, const char *name)
{
	struct fresh_share *fresh = *state;
	assert_int_equal(bf_fs_unlink(fresh->share.root, bf_path_in_job(JOB, name).text, NULL), 1);
}

void scanned_write_down(void **state, const char *agent, const char *event, int frame, double seconds)
{
	struct fresh_share *fresh = *state;
	struct bf_record record = { .seconds = seconds };
	strcpy(record.event, event);
	record.task = bf_task_open(BF_TASK_FRAME, frame, 0);
	assert_int_equal(bf_journal_append(&fresh->share, JOB, agent, &record, NULL), 0);
}

void scanned_counts_are(const struct bf_count *count, int total, int done, int running, int failed, int waiting)
{
	if (count->total != total || count->done != done || count->running != running || count->failed != failed
		|| count->waiting != waiting)
		fail_msg("total %d done %d running %d failed %d waiting %d", (int)count->total, (int)count->done,
			(int)count->running, (int)count->failed, (int)count->waiting);
}
