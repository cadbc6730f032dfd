#include "tools/job_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "share-layout/token.h"
#include "tools/progress.h"

void job_text_time(int64_t seconds, char out[32])
{
	struct tm tm;
	time_t when = (time_t)seconds;
	if (seconds <= 0 || !localtime_r(&when, &tm) || !strftime(out, 32, "%Y-%m-%d %H:%M:%S", &tm))
		out[0] = '\0';
}

/* ---- rows ---- */

static const struct word { const char *event, *says; enum paint paint; bool timed; } words[] = {
	{ "done", "done", PAINT_GOOD, true }, { "failed", "failed", PAINT_BAD, true },
	{ "parked", "given up", PAINT_BAD, true }, { "released", "given back", PAINT_WARN, true },
	{ "broken", "taken over", PAINT_WARN, false }, { "late", "late, discarded", PAINT_WARN, true },
	{ "reopened", "rendered again", PAINT_WARN, false }, { "retried", "retried", PAINT_BUSY, false },
};

static struct word word_of(const char *event)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i].event, event))
			return words[i];
	return (struct word){ event, event, PAINT_PLAIN, true };
}

static void write_done(struct pen *pen, const struct bf_record *record)
{
	char size[16];
	progress_size(record->bytes, size, sizeof size);
	if (record->bytes)
		line_item(pen, PAINT_DIM, "%s", size);
	if (record->mem_mb)
		line_item(pen, PAINT_DIM, "memory %d MB", record->mem_mb);
	if (record->blender[0])
		line_item(pen, PAINT_DIM, "Blender %s", record->blender);
	if (record->device[0])
		line_item(pen, PAINT_DIM, "%s", record->device);
}

static void write_row(struct pen *pen, const struct history *history, const struct history_row *row, int width)
{
	char time[32], task[BF_TASK_MAX], who[BF_NAME_MAX], said[64];
	const struct bf_record *record = &row->record;
	struct word word = word_of(record->event);
	struct bf_token token;
	job_text_time(record->ended, time);
	bf_task_name(&record->task, task);
	history_who(history, row, who);
	line_start(pen, 0);
	line_cell(pen, PAINT_DIM, 19, time);
	line_cell(pen, PAINT_PLAIN, 5, task);
	line_cell(pen, PAINT_PLAIN, width, who);
	line_item(pen, word.paint, "%s", word.says);
	if (record->task.attempt > 1)
		line_item(pen, PAINT_DIM, "attempt %u", record->task.attempt);
	if (word.timed && record->seconds > 0) {
		snprintf(said, sizeof said, "%.1f s", record->seconds);
		line_item(pen, PAINT_PLAIN, "%s", said);
	}
	if (!strcmp(record->event, "broken") && bf_token_parse(record->task.token, &token) == 0)
		line_item(pen, PAINT_PLAIN, "from %s", token.id);
	if (record->note[0])
		line_item(pen, PAINT_PLAIN, "%s", record->note);
	if (!strcmp(record->event, "done"))
		write_done(pen, record);
	line_end(pen);
}

void job_text_rows(struct pen *pen, const struct history *history)
{
	int width = 0;
	for (size_t i = 0; i < history->count; i++) {
		char who[BF_NAME_MAX];
		history_who(history, &history->row[i], who);
		if (line_columns(who) > width)
			width = line_columns(who);
	}
	for (size_t i = 0; i < history->count; i++)
		write_row(pen, history, &history->row[i], width);
	if (history->cut)
		line_text(pen, 0, PAINT_WARN, "… and more: only so many lines are read");
}

/* ---- machines ---- */

static void write_machine(struct pen *pen, const struct history_machine *machine, double mean, int width)
{
	line_start(pen, 2);
	line_cell(pen, PAINT_PLAIN, width, machine->name);
	line_item(pen, PAINT_PLAIN, "%6" PRId64 " picture%c", machine->pictures, machine->pictures == 1 ? ' ' : 's');
	if (machine->pictures) {
		double own = machine->seconds / (double)machine->pictures;
		line_item(pen, PAINT_PLAIN, "%8.1f s each", own);
		line_item(pen, PAINT_PLAIN, "%10.0f s in all", machine->seconds);
		if (mean > 0)
			line_item(pen, PAINT_PLAIN, "%+4.0f %% against the mean", (own / mean - 1) * 100);
	}
	if (machine->joins)
		line_item(pen, PAINT_PLAIN, "joined %" PRId64, machine->joins);
	if (machine->failed)
		line_item(pen, PAINT_BAD, "failed %" PRId64, machine->failed);
	if (machine->lost)
		line_item(pen, PAINT_WARN, "fell silent in %" PRId64, machine->lost);
	if (machine->late)
		line_item(pen, PAINT_WARN, "discarded %" PRId64, machine->late);
	line_end(pen);
}

void job_text_machines(struct pen *pen, const struct history *history)
{
	double mean = history_mean(history);
	int width = 0;
	if (history->machine_count)
		line_text(pen, 0, PAINT_TITLE, "machines");
	for (size_t i = 0; i < history->machine_count; i++)
		if (line_columns(history->machine[i].name) > width)
			width = line_columns(history->machine[i].name);
	for (size_t i = 0; i < history->machine_count; i++)
		write_machine(pen, &history->machine[i], mean, width);
	if (mean > 0)
		line_text(pen, 2, PAINT_DIM, "mean of all: %.1f s for a picture", mean);
}

/* ---- JSON ---- */

static void put_number(struct json *json, const char *key, double value)
{
	json_key(json, key);
	json_number(json, value);
}

static void put_row(struct json *json, const struct history *history, const struct history_row *row)
{
	char task[BF_TASK_MAX], who[BF_NAME_MAX];
	const struct bf_record *record = &row->record;
	struct bf_token token;
	bf_task_name(&record->task, task);
	history_who(history, row, who);
	json_open(json, '{');
	json_put_int(json, "time", record->ended);
	json_put_text(json, "event", record->event);
	json_put_text(json, "task", task);
	json_put_int(json, "attempt", record->task.attempt);
	json_put_text(json, "machine", who);
	json_put_text(json, "journal", history->journal[row->journal]);
	put_number(json, "seconds", record->seconds);
	put_number(json, "render_s", record->render_s);
	json_put_int(json, "bytes", record->bytes);
	json_put_int(json, "mem_mb", record->mem_mb);
	json_put_text(json, "blender", record->blender);
	json_put_text(json, "device", record->device);
	if (!strcmp(record->event, "broken") && bf_token_parse(record->task.token, &token) == 0)
		json_put_text(json, "from", token.id);
	json_put_text(json, "note", record->note);
	json_close(json, '}');
}

static void put_machine(struct json *json, const struct history_machine *machine, double mean)
{
	double own = machine->pictures ? machine->seconds / (double)machine->pictures : NAN;
	json_open(json, '{');
	json_put_text(json, "name", machine->name);
	json_put_int(json, "pictures", machine->pictures);
	put_number(json, "seconds", machine->seconds);
	put_number(json, "seconds_per_picture", own);
	put_number(json, "deviation", mean > 0 ? own / mean - 1 : NAN);
	json_put_int(json, "joins", machine->joins);
	json_put_int(json, "failed", machine->failed);
	json_put_int(json, "lost", machine->lost);
	json_put_int(json, "late", machine->late);
	json_close(json, '}');
}

void job_text_json(struct json *json, const struct history *history, bool rows)
{
	if (rows) {
		json_key(json, "events");
		json_open(json, '[');
		for (size_t i = 0; i < history->count; i++)
			put_row(json, history, &history->row[i]);
		json_close(json, ']');
	}
	json_key(json, "machines");
	json_open(json, '[');
	for (size_t i = 0; i < history->machine_count; i++)
		put_machine(json, &history->machine[i], history_mean(history));
	json_close(json, ']');
}
