#include "tools/job_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

enum { ROWS_MAX = 1000000, JOURNALS_MAX = 10000, ROUNDS_MAX = 16 };

/* The order in finer steps than the clocks, so that no two rows of a journal or of a task are alike. */
static const int64_t STEPS = 10 * ROWS_MAX, LATEST = 100000000000;

static void *grow(void *array, size_t count, size_t size)
{
	if (count & (count - 1)) /* room doubles at powers of two */
		return array;
	array = realloc(array, (count ? count * 2 : 1) * size);
	if (!array)
		bf_bug("out of memory");
	return array;
}

/* ---- reading ---- */

struct reading {
	struct history *history;
	bool (*wanted)(const void *arg, const struct bf_task *task);
	const void *arg;
};

static struct history_machine *machine_named(struct history *history, const char *name)
{
	for (size_t i = 0; i < history->machine_count; i++)
		if (!strcmp(history->machine[i].name, name))
			return &history->machine[i];
	history->machine = grow(history->machine, history->machine_count, sizeof *history->machine);
	struct history_machine *machine = &history->machine[history->machine_count++];
	memset(machine, 0, sizeof *machine);
	snprintf(machine->name, sizeof machine->name, "%s", name);
	return machine;
}

static void journal_name(const char *journal, char out[BF_NAME_MAX])
{
	bool by = !strncmp(journal, BF_JOURNAL_BY, strlen(BF_JOURNAL_BY));
	bf_id_name(by ? journal + strlen(BF_JOURNAL_BY) : journal, out);
}

static void count(struct history *history, const struct bf_record *record)
{
	char name[BF_NAME_MAX];
	struct bf_token token;
	const char *journal = history->journal[history->journal_count - 1];
	if (!strncmp(journal, BF_JOURNAL_BY, strlen(BF_JOURNAL_BY)))
		return;
	journal_name(journal, name);
	struct history_machine *machine = machine_named(history, name);
	bool picture = record->task.kind == BF_TASK_FRAME || record->task.kind == BF_TASK_PIECE;
	if (!strcmp(record->event, "done") && picture) {
		machine->pictures++;
		machine->seconds += record->seconds;
	} else if (!strcmp(record->event, "done")) {
		machine->joins += record->task.kind == BF_TASK_JOIN;
	} else if (!strcmp(record->event, "failed") || !strcmp(record->event, "parked")) {
		machine->failed++;
	} else if (!strcmp(record->event, "late")) {
		machine->late++;
	} else if (!strcmp(record->event, "broken") && bf_token_parse(record->task.token, &token) == 0) {
		bf_id_name(token.id, name);
		machine_named(history, name)->lost++;
	}
}

static void take(void *arg, const struct bf_record *record)
{
	struct reading *reading = arg;
	struct history *history = reading->history;
	count(history, record);
	if (reading->wanted && !reading->wanted(reading->arg, &record->task))
		return;
	if (history->count == ROWS_MAX) {
		history->cut = true;
		return;
	}
	history->row = grow(history->row, history->count, sizeof *history->row);
	history->row[history->count++] = (struct history_row){ .record = *record,
		.order = (record->ended < LATEST ? record->ended : LATEST) * STEPS, .journal = (unsigned)history->journal_count - 1 };
}

static bool is_journal(const char *name)
{
	bool by = !strncmp(name, BF_JOURNAL_BY, strlen(BF_JOURNAL_BY));
	return bf_id_ok(by ? name + strlen(BF_JOURNAL_BY) : name);
}

static int by_machine(const void *a, const void *b)
{
	return strcmp(((const struct history_machine *)a)->name, ((const struct history_machine *)b)->name);
}

int history_read(const struct bf_share *share, const char *job, bool (*wanted)(const void *arg, const struct bf_task *task),
	const void *arg, struct history *out, struct bf_err *err)
{
	struct bf_names names = {0};
	struct reading reading = { out, wanted, arg };
	int result = bf_fs_list(share->root, bf_path_in_job(job, "journal").text, &names, err);
	bf_names_sort(&names);
	for (size_t i = 0; i < names.count && result == 1 && out->journal_count < JOURNALS_MAX; i++) {
		int64_t offset = 0;
		if (!is_journal(names.item[i].text))
			continue;
		out->journal = grow(out->journal, out->journal_count, sizeof *out->journal);
		snprintf(out->journal[out->journal_count++], sizeof *out->journal, "%s", names.item[i].text);
		if (bf_journal_read(share, job, names.item[i].text, &offset, take, &reading, err) < 0
			&& bf_err_is_share_fault(err)) /* else it is no journal, whatever its name says */
			result = -1;
	}
	bf_names_clear(&names);
	history_sort(out);
	if (out->machine_count)
		qsort(out->machine, out->machine_count, sizeof *out->machine, by_machine);
	return result;
}

/* ---- one order of many journals ---- */

/* Of one attempt: what began it, what ended it, what came to light later. */
static int step_of(const struct bf_record *record)
{
	static const char *const last[] = { "late", "reopened" };
	if (record->task.state == BF_OPEN)
		return 0;
	for (size_t i = 0; i < sizeof last / sizeof *last; i++)
		if (!strcmp(record->event, last[i]))
			return 2;
	return 1;
}

static int compare_tasks(const struct bf_task *x, const struct bf_task *y)
{
	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int by_attempt(const void *a, const void *b)
{
	const struct history_row *x = *(struct history_row *const *)a, *y = *(struct history_row *const *)b;
	int order = compare_tasks(&x->record.task, &y->record.task);
	if (!order)
		order = x->record.task.attempt < y->record.task.attempt ? -1 : x->record.task.attempt > y->record.task.attempt;
	if (!order)
		order = step_of(&x->record) - step_of(&y->record);
	return order ? order : x < y ? -1 : x > y;
}

/* A row is not before the one in front of it in its journal. The rows of a journal lie together. */
static bool push_by_journal(struct history *history)
{
	bool moved = false;
	for (size_t i = 1; i < history->count; i++) {
		struct history_row *row = &history->row[i];
		if (row->journal == row[-1].journal && row->order <= row[-1].order) {
			row->order = row[-1].order + 1;
			moved = true;
		}
	}
	return moved;
}

/* … and not before an earlier attempt of its task. */
static bool push_by_attempt(struct history_row **sorted, size_t rows)
{
	bool moved = false;
	for (size_t i = 1; i < rows; i++)
		if (!compare_tasks(&sorted[i]->record.task, &sorted[i - 1]->record.task)
			&& sorted[i]->order <= sorted[i - 1]->order) {
			sorted[i]->order = sorted[i - 1]->order + 1;
			moved = true;
		}
	return moved;
}

static int by_order(const void *a, const void *b)
{
	const struct history_row *x = a, *y = b;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->journal < y->journal ? -1 : x->journal > y->journal;
}

void history_sort(struct history *history)
{
	struct history_row **sorted = malloc((history->count + 1) * sizeof *sorted);
	if (!sorted)
		bf_bug("out of memory");
	for (size_t i = 0; i < history->count; i++)
		sorted[i] = &history->row[i];
	qsort(sorted, history->count, sizeof *sorted, by_attempt);
	/* journals that contradict each other could push one another for ever */
	for (int i = 0; i < ROUNDS_MAX; i++) {
		bool moved = push_by_journal(history);
		if (!push_by_attempt(sorted, history->count) && !moved)
			break;
	}
	free(sorted);
	if (history->count)
		qsort(history->row, history->count, sizeof *history->row, by_order);
}

/* ---- asking ---- */

void history_who(const struct history *history, const struct history_row *row, char out[BF_NAME_MAX])
{
	journal_name(history->journal[row->journal], out);
}

double history_mean(const struct history *history)
{
	double seconds = 0, pictures = 0;
	for (size_t i = 0; i < history->machine_count; i++) {
		seconds += history->machine[i].seconds;
		pictures += (double)history->machine[i].pictures;
	}
	return pictures > 0 ? seconds / pictures : 0;
}

void history_clear(struct history *history)
{
	free(history->row);
	free(history->journal);
	free(history->machine);
	memset(history, 0, sizeof *history);
}
