/* The machines of a job, and how quick they are: what their journals tell. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/journal.h"
#include "share-layout/path.h"
#include "share-layout/scan_private.h"
#include "share-layout/token.h"

enum {
	MACHINES_MAX = 1024,        /* of one job; names are free to make up */
	JOURNALS_MAX = 4096,
	JOURNAL_TAIL = 64 * 1024,   /* of a journal met for the first time: some hundred tasks say how fast it goes */
	FADE_TASKS = 256,           /* after so many, the old ones count half */
};

static size_t machine_by_name(struct bf_scan_job *job, const char *name, size_t len)
{
	for (size_t i = 0; i < job->machine_count; i++)
		if (!strncmp(job->machine[i].name, name, len) && !job->machine[i].name[len])
			return i;
	if (job->machine_count == MACHINES_MAX)
		return MACHINES_MAX - 1;
	job->machine = bf_scan_grow(job->machine, job->machine_count, sizeof *job->machine);
	struct bf_scan_machine *machine = &job->machine[job->machine_count];
	memset(machine, 0, sizeof *machine);
	memcpy(machine->name, name, len);
	return job->machine_count++;
}

size_t bf_scan_machine_of(struct bf_scan_job *job, const char *token)
{
	const char *count = strrchr(token, '-'); /* name-xxxxxx-slot-count: the task's parser made sure */
	const char *slot = memrchr(token, '-', (size_t)(count - token));
	const char *random = memrchr(token, '-', (size_t)(slot - token));
	size_t len = (size_t)(random - token);
	return machine_by_name(job, token, len < BF_NAME_MAX ? len : BF_NAME_MAX - 1);
}

/* ---- journals ---- */

static void add_task(struct bf_scan_journal *journal, int count, double seconds)
{
	journal->tasks += count;
	journal->seconds += count * seconds;
	journal->squares += count * seconds * seconds;
}

/* In the first task of an agent stands the start of Blender, which does not come again. */
static void take_out_first(struct bf_scan_journal *journal)
{
	if (journal->first_s > 0)
		add_task(journal, -1, journal->first_s);
	journal->first_s = 0;
}

static void take_record(void *arg, const struct bf_record *record)
{
	struct bf_scan_journal *journal = arg;
	if (strcmp(record->event, "done") || record->task.kind > BF_TASK_JOIN)
		return;
	if (record->task.kind != BF_TASK_PIECE) {
		journal->has_newest = true;
		journal->newest = record->task.frame;
		journal->newest_ended = record->ended;
	}
	take_out_first(journal);
	if (!journal->records++)
		journal->first_s = record->seconds;
	add_task(journal, 1, record->seconds);
	if (journal->tasks >= FADE_TASKS) {
		journal->tasks /= 2;
		journal->seconds /= 2;
		journal->squares /= 2;
	}
}

static struct bf_scan_journal *journal_of(const struct bf_share *share, struct bf_scan_job *job, const char *id)
{
	struct bf_scan_keep *keep = job->keep;
	for (size_t i = 0; i < keep->journal_count; i++)
		if (!strcmp(keep->journal[i].id, id))
			return &keep->journal[i];
	if (keep->journal_count == JOURNALS_MAX)
		return NULL;
	keep->journal = bf_scan_grow(keep->journal, keep->journal_count, sizeof *keep->journal);
	struct bf_scan_journal *journal = &keep->journal[keep->journal_count++];
	struct stat st;
	memset(journal, 0, sizeof *journal);
	snprintf(journal->id, sizeof journal->id, "%s", id);
	/* A line that is cut at its front does not parse as done, so any offset will do. */
	if (bf_sys.stat(share->root, bf_path_journal(job->plan.id, id).text, &st) == 0 && st.st_size > JOURNAL_TAIL)
		journal->offset = st.st_size - JOURNAL_TAIL;
	return journal;
}

int bf_scan_journals_read(const struct bf_share *share, struct bf_scan_job *job, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = bf_fs_list(share->root, bf_path_in_job(job->plan.id, "journal").text, &names, err);
	for (size_t i = 0; result == 1 && i < names.count; i++) {
		struct bf_scan_journal *journal = bf_id_ok(names.item[i].text)
			? journal_of(share, job, names.item[i].text) : NULL;
		if (journal && bf_journal_read(share, job->plan.id, journal->id, &journal->offset, take_record, journal,
			err) < 0)
			result = -1;
	}
	bf_names_clear(&names);
	return result < 0 ? -1 : 0;
}

/* ---- speed ---- */

/* Agents come and go, each with a journal of its own; people think of the machine. */
static void add_up_journals(const struct bf_scan_keep *keep, const char *machine, double *tasks, double *seconds)
{
	*tasks = *seconds = 0;
	for (size_t i = 0; i < keep->journal_count; i++) {
		char name[BF_NAME_MAX];
		bf_id_name(keep->journal[i].id, name);
		if (strcmp(name, machine))
			continue;
		*tasks += keep->journal[i].tasks;
		*seconds += keep->journal[i].seconds;
	}
}

static void measure_means(struct bf_scan_job *job)
{
	double all_tasks = 0, all_seconds = 0;
	for (size_t i = 0; i < job->keep->journal_count; i++) {
		char name[BF_NAME_MAX];
		bf_id_name(job->keep->journal[i].id, name);
		machine_by_name(job, name, strlen(name));
	}
	for (size_t m = 0; m < job->machine_count; m++) {
		double tasks, seconds;
		add_up_journals(job->keep, job->machine[m].name, &tasks, &seconds);
		job->machine[m].seconds_per_task = tasks ? seconds / tasks : 0;
		all_tasks += tasks;
		all_seconds += seconds;
	}
	job->seconds_per_task = all_tasks ? all_seconds / all_tasks : 0;
	job->measured = all_tasks;
}

/* How far tasks lie from the mean of their own machine: a slow machine does not make frames differ. */
static void measure_spread(struct bf_scan_job *job)
{
	double squares = 0;
	for (size_t i = 0; i < job->keep->journal_count; i++) {
		const struct bf_scan_journal *journal = &job->keep->journal[i];
		if (journal->tasks <= 0)
			continue;
		double off = journal->squares - journal->seconds * journal->seconds / journal->tasks;
		squares += off > 0 ? off : 0;
	}
	job->spread_s = job->measured > 0 ? sqrt(squares / job->measured) : 0;
}

static void find_newest(struct bf_scan_job *job)
{
	int64_t newest_ended = -1;
	for (size_t i = 0; i < job->keep->journal_count; i++) {
		const struct bf_scan_journal *journal = &job->keep->journal[i];
		/* clocks of two machines, but it is only about which picture to show */
		if (journal->tasks <= 0 || !journal->has_newest || journal->newest_ended <= newest_ended)
			continue;
		newest_ended = journal->newest_ended;
		job->newest = journal->newest;
		job->has_newest = true;
	}
}

void bf_scan_machines_measure(struct bf_scan_job *job)
{
	job->records = 0;
	for (size_t i = 0; i < job->keep->journal_count; i++)
		job->records += job->keep->journal[i].records;
	measure_means(job);
	measure_spread(job);
	find_newest(job);
}
