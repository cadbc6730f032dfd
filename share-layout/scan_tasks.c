#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/scan_private.h"

/* A change within the same tick of the server's clock leaves the directory's time as it was. Ticks
 * are at most 2 s long (FAT); a listing taken later than that after the time was first seen is safe. */
enum { SETTLE_MS = 3000 };

/* The latest state seen of each task that the directory ought to hold. */
struct seen {
	unsigned attempt;      /* 0 = not seen */
	unsigned char state;
	unsigned short machine;
};

struct listing {
	struct bf_scan_job *job;
	struct bf_scan_tasks *tasks;
	struct seen *seen;
	size_t first_row, row_count;
	unsigned per_frame;
	struct bf_task *candidate; size_t candidate_count; /* running and parked, the same task maybe twice */
};

void bf_scan_tasks_clear(struct bf_scan_tasks *tasks)
{
	free(tasks->running);
	free(tasks->failed);
	free(tasks->done_by);
	free(tasks->map.piece);
	memset(tasks, 0, sizeof *tasks);
}

/* The first of the columns a row uses: a frame that is not cut has the last one only. */
static unsigned first_column(const struct listing *list, size_t row)
{
	return list->first_row + row < list->job->plan.whole_frames ? list->per_frame - 1 : 0;
}

static size_t first_row_in_pieces(const struct listing *list)
{
	size_t whole = list->job->plan.whole_frames;
	return whole > list->first_row ? whole - list->first_row : 0;
}

/* Which of the expected tasks it is, or NULL. */
static struct seen *place_of(const struct listing *list, const struct bf_task *task)
{
	const struct bf_scan_keep *keep = list->job->keep;
	if (task->kind > BF_TASK_JOIN || task->frame < keep->row_min || task->frame > keep->row_max)
		return NULL;
	size_t row = (size_t)keep->row[task->frame - keep->row_min];
	if (row <= list->first_row || row > list->first_row + list->row_count)
		return NULL;
	row -= 1 + list->first_row;
	bool in_pieces = list->per_frame > 1 && first_column(list, row) == 0;
	if ((task->kind == BF_TASK_FRAME) == in_pieces
		|| (task->kind == BF_TASK_PIECE && task->number >= list->per_frame - 1))
		return NULL;
	unsigned column = task->kind == BF_TASK_PIECE ? task->number : list->per_frame - 1;
	return &list->seen[row * list->per_frame + column];
}

static void take_name(void *arg, const char *name, unsigned char kind)
{
	struct listing *list = arg;
	struct bf_task task;
	(void)kind;
	if (bf_task_parse(name, &task) < 0)
		return;
	if (task.kind == BF_TASK_MORE && task.state == BF_RUN)
		list->tasks->more_running = true;
	struct seen *seen = place_of(list, &task);
	if (!seen || seen->attempt > task.attempt || (seen->attempt == task.attempt && seen->state >= task.state))
		return;
	seen->attempt = task.attempt;
	seen->state = (unsigned char)task.state;
	if (task.state == BF_DONE || task.state == BF_RUN)
		seen->machine = (unsigned short)bf_scan_machine_of(list->job, task.token);
	if (task.state == BF_RUN || task.state == BF_PARKED) {
		list->candidate = bf_scan_grow(list->candidate, list->candidate_count, sizeof *list->candidate);
		list->candidate[list->candidate_count++] = task;
	}
}

static void count_one(struct bf_count *count, bool done, bool running, bool failed)
{
	count->total++;
	if (done)
		count->done++;
	else if (running)
		count->running++;
	else if (failed)
		count->failed++;
	else
		count->waiting++;
}

static void count_frame(struct listing *list, size_t row)
{
	const struct seen *seen = &list->seen[row * list->per_frame];
	bool running = false, failed = false, done = false;
	for (unsigned i = first_column(list, row); i < list->per_frame; i++) {
		bool there = seen[i].attempt > 0;
		done = there && seen[i].state == BF_DONE; /* the last one stands for the whole frame */
		bool runs = there && seen[i].state == BF_RUN, fails = there && seen[i].state == BF_PARKED;
		count_one(&list->tasks->tasks, done, runs, fails);
		running |= runs;
		failed |= fails;
		if (done)
			list->tasks->done_by[seen[i].machine]++;
	}
	count_one(&list->tasks->frames, done, running, failed);
}

static void keep_task(struct bf_task **array, size_t *count, const struct bf_task *task)
{
	*array = bf_scan_grow(*array, *count, sizeof **array);
	(*array)[(*count)++] = *task;
}

static int by_name(const void *a, const void *b)
{
	return bf_task_compare(a, b);
}

static void sort_tasks(struct bf_task *task, size_t count)
{
	if (count)
		qsort(task, count, sizeof *task, by_name);
}

/* Which frame in pieces is worth a map: the first that has begun and is not done, else the first that is not, else the last. */
static size_t row_for_map(const struct listing *list, bool *begun, bool *done)
{
	size_t next = list->row_count;
	for (size_t row = first_row_in_pieces(list); row < list->row_count; row++) {
		const struct seen *seen = &list->seen[row * list->per_frame];
		unsigned moved = 0;
		for (unsigned i = 0; i < list->per_frame; i++)
			moved += seen[i].attempt && seen[i].state != BF_OPEN;
		*done = seen[list->per_frame - 1].attempt && seen[list->per_frame - 1].state == BF_DONE;
		*begun = moved && !*done;
		if (*begun)
			return row;
		if (!*done && next == list->row_count)
			next = row;
	}
	*done = next == list->row_count;
	return *done ? list->row_count - 1 : next;
}

static void keep_map(struct listing *list)
{
	struct bf_scan_tasks *tasks = list->tasks;
	if (list->per_frame < 2 || first_row_in_pieces(list) >= list->row_count)
		return;
	size_t row = row_for_map(list, &tasks->map_begun, &tasks->map_done);
	tasks->map.frame = list->job->plan.frames.frame[list->first_row + row];
	tasks->map.count = list->per_frame - 1;
	if (!tasks->map.piece && !(tasks->map.piece = calloc(tasks->map.count, sizeof *tasks->map.piece)))
		abort();
	for (unsigned i = 0; i < tasks->map.count; i++) {
		const struct seen *seen = &list->seen[row * list->per_frame + i];
		tasks->map.piece[i] = (struct bf_scan_piece){ .state = seen->attempt ? seen->state : BF_OPEN, .machine = seen->machine };
	}
}

static void count_all(struct listing *list)
{
	struct bf_scan_tasks *tasks = list->tasks;
	free(tasks->done_by);
	tasks->done_by_count = list->job->machine_count;
	tasks->done_by = calloc(tasks->done_by_count + 1, sizeof *tasks->done_by);
	if (!tasks->done_by)
		abort();
	memset(&tasks->frames, 0, sizeof tasks->frames);
	memset(&tasks->tasks, 0, sizeof tasks->tasks);
	tasks->running_count = tasks->failed_count = 0;
	for (size_t row = 0; row < list->row_count; row++)
		count_frame(list, row);
	keep_map(list);
	for (size_t i = 0; i < list->candidate_count; i++) {
		const struct bf_task *task = &list->candidate[i];
		const struct seen *seen = place_of(list, task);
		if (seen->attempt != task->attempt || seen->state != task->state)
			continue; /* it has moved on since */
		if (task->state == BF_RUN)
			keep_task(&tasks->running, &tasks->running_count, task);
		else
			keep_task(&tasks->failed, &tasks->failed_count, task);
	}
	sort_tasks(tasks->running, tasks->running_count);
	sort_tasks(tasks->failed, tasks->failed_count);
}

/* Nothing to do is left in it, or nothing has begun: whatever moves next, moves again soon, so that a
 * change that hides behind the tick of a clock does not stay hidden. */
static bool is_uniform(const struct bf_scan_tasks *tasks)
{
	const struct bf_count *count = &tasks->tasks;
	return count->done + count->failed == count->total || count->waiting == count->total;
}

/* Whether the listing we have still holds. mtime: what the directory says now. Each directory has its own
 * number of refreshes after which it is listed anyway, so that they do not all fall into one. */
static bool still_holds(const struct bf_scan_tasks *tasks, unsigned shard, int64_t mtime_ns)
{
	int skips_max = BF_SCAN_SKIPS_MAX + (int)(shard % (BF_SCAN_SKIPS_MAX + 1));
	return tasks->there && tasks->stamp_ns == mtime_ns && !tasks->running_count && !tasks->more_running
		&& (tasks->settled || is_uniform(tasks)) && tasks->skipped < skips_max;
}

static void note_stamp(struct bf_scan_tasks *tasks, int64_t mtime_ns)
{
	int64_t now_ms = bf_sys.now_ms();
	if (tasks->stamp_ns != mtime_ns || !tasks->there) {
		tasks->stamp_ns = mtime_ns;
		tasks->stamp_seen_ms = now_ms;
	}
	tasks->settled = now_ms - tasks->stamp_seen_ms >= SETTLE_MS;
	tasks->there = true;
	tasks->skipped = 0;
}

/* Open a directory and learn its mtime: an open asks the server, where a stat may answer from the
 * past. Returns a descriptor, -1. */
static int open_stamped(const struct bf_share *share, const char *path, int64_t *mtime_ns, struct bf_err *err)
{
	int fd = bf_sys.open(share->root, path, O_RDONLY | O_DIRECTORY, 0);
	struct stat st;
	if (fd >= 0 && bf_sys.fstat(fd, &st) == 0) {
		*mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
		return fd;
	}
	bf_err_sys(err, errno, "open(%s)", path);
	if (fd >= 0)
		bf_sys.close(fd);
	return -1;
}

static int list_tasks(int fd, const char *path, struct listing *list, struct bf_err *err)
{
	list->seen = calloc(list->row_count * list->per_frame + 1, sizeof *list->seen);
	if (!list->seen)
		abort();
	int result = 1;
	list->tasks->more_running = false;
	if (bf_sys.list(fd, ".", take_name, list) < 0)
		result = bf_err_sys(err, errno, "list(%s)", path);
	else
		count_all(list);
	free(list->seen);
	free(list->candidate);
	return result;
}

int bf_scan_tasks_look(const struct bf_share *share, struct bf_scan_job *job, unsigned shard, struct bf_err *err)
{
	struct bf_scan_tasks *tasks = &job->keep->tasks[shard];
	struct bf_path path = bf_path_shard(job->plan.id, bf_shard_of(shard).name);
	struct bf_err why = {0};
	int64_t mtime_ns = 0;
	int fd = open_stamped(share, path.text, &mtime_ns, &why), result = 1;
	if (fd < 0) {
		if (err)
			*err = why;
		return why.sys == ENOENT ? 0 : -1;
	}
	if (still_holds(tasks, shard, mtime_ns)) {
		tasks->skipped++;
	} else {
		struct listing list = { .job = job, .tasks = tasks, .per_frame = bf_job_tasks_per_frame(&job->plan) };
		bf_job_shard_frames(&job->plan, shard, &list.first_row, &list.row_count);
		note_stamp(tasks, mtime_ns);
		result = list_tasks(fd, path.text, &list, err);
		if (result < 0)
			tasks->stamp_ns = 0;
	}
	bf_sys.close(fd);
	return result;
}

/* ---- tasks/end/ ---- */

static void take_finish(void *arg, const char *name, unsigned char kind)
{
	struct bf_task task, *latest = arg;
	(void)kind;
	if (bf_task_parse(name, &task) == 0 && task.kind == BF_TASK_FINISH
		&& (!latest->attempt || bf_task_later(&task, latest)))
		*latest = task;
}

int bf_scan_end_look(const struct bf_share *share, struct bf_scan_job *job, struct bf_err *err)
{
	struct bf_task finish = {0};
	struct bf_path path = bf_path_shard(job->plan.id, BF_SHARD_END);
	if (bf_sys.list(share->root, path.text, take_finish, &finish) < 0) {
		int why = errno;
		bf_err_sys(err, why, "list(%s)", path.text);
		return why == ENOENT ? 0 : -1;
	}
	job->keep->finish_done = finish.attempt && finish.state == BF_DONE;
	job->keep->finish_running = finish.attempt && finish.state == BF_RUN;
	return 1;
}
