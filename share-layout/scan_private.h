/* Between the files of the scan: scan.c (the share), scan_queue.c, scan_agents.c, scan_job.c (a job), scan_tasks.c
 * (a directory of tasks), scan_machines.c (who did what, how quickly), scan_failed.c and scan_waits.c (reasons), scan_eta.c
 * (how long it will take). */
#ifndef BF_SCAN_PRIVATE_H
#define BF_SCAN_PRIVATE_H

#include "share-layout/scan.h"

enum {
	/* Every so many refreshes a directory is listed although its time says that it did not change:
	 * not every file system keeps that time. */
	BF_SCAN_SKIPS_MAX = 15,
};

/* What was seen in one directory of tasks. */
struct bf_scan_tasks {
	bool there;
	int64_t stamp_ns;      /* the directory's mtime when it was listed */
	int64_t stamp_seen_ms; /* our clock when that mtime was first seen */
	bool settled;          /* listed so long after that mtime that a later change must show in it */
	int skipped;           /* refreshes since the listing */
	bool more_running;     /* somebody makes the next directory */
	struct bf_count frames, tasks; /* total = what it ought to hold */
	struct bf_task *running; size_t running_count;
	struct bf_task *failed; size_t failed_count;
	int64_t *done_by; size_t done_by_count; /* committed tasks, by number of machine */
	struct bf_scan_map map;
	bool map_begun, map_done;
};

struct bf_scan_journal {
	char id[BF_ID_MAX];
	int64_t offset;
	int64_t records;
	double tasks, seconds, squares; /* old ones fade */
	double first_s;        /* of the first, which paid for Blender's start; taken out when there is a second. 0 = out */
	bool has_newest;
	int32_t newest;        /* frame of the last record of a whole picture */
	int64_t newest_ended;
};

struct bf_scan_keep {
	bool looked, in_detail; /* the last look did, and read the journals */
	bool marked_ended;     /* JOB.ended was there */
	int skipped;
	int32_t *row;          /* by frame - row_min: its place in the order of work + 1, 0 = not of the job */
	int32_t row_min, row_max;
	struct bf_scan_tasks *tasks; size_t tasks_count;
	bool finish_done, finish_running;
	struct bf_scan_journal *journal; size_t journal_count;
};

void *bf_scan_grow(void *array, size_t count, size_t size); /* room for one more; powers of two */

/* scan_queue.c, scan_agents.c: from the sorted listings of these folders. */
void bf_scan_queue_take(const struct bf_share *share, const struct bf_names *queue, struct bf_scan *scan);
void bf_scan_rejected_take(const struct bf_share *share, const struct bf_names *names, struct bf_scan *scan);
void bf_scan_agents_take(const struct bf_share *share, const struct bf_names *cards, struct bf_scan *scan);

/* scan_tasks.c. Returns 1, 0 when there is no such directory, -1. */
int bf_scan_tasks_look(const struct bf_share *share, struct bf_scan_job *job, unsigned shard, struct bf_err *err);
int bf_scan_end_look(const struct bf_share *share, struct bf_scan_job *job, struct bf_err *err);
void bf_scan_tasks_clear(struct bf_scan_tasks *tasks);

/* scan_failed.c: why tasks were parked. known: what the last look found out. */
void bf_scan_failed_explain(const struct bf_share *share, struct bf_scan_job *job, const struct bf_scan_failed *known,
	size_t known_count);

/* scan_job.c. plan.id is set. Returns 1, 0 when it is no job (any more); what could not be read is
 * in job->error. */
int bf_scan_job_look(const struct bf_share *share, struct bf_scan_job *job, bool marked_ended, bool in_detail);
/* What the agents' state says about the job: who is lost, how long it will take (scan_eta.c). */
void bf_scan_job_judge(struct bf_scan_job *job, const struct bf_scan *scan);
void bf_scan_job_clear(struct bf_scan_job *job);
/* scan_eta.c. running[].lost is set. */
struct bf_scan_eta bf_scan_estimate(const struct bf_scan_job *job, const struct bf_scan *scan);

/* scan_waits.c. jobs: the sorted listing of jobs/. */
void bf_scan_job_explain_waiting(struct bf_scan_job *job, const struct bf_names *jobs, int64_t now_s, const struct bf_scan *scan);

/* scan_machines.c. The number of the machine that made a token; machines are added as they appear. */
size_t bf_scan_machine_of(struct bf_scan_job *job, const char *token);
/* Read on in all journals. Returns 0 / -1. */
int bf_scan_journals_read(const struct bf_share *share, struct bf_scan_job *job, struct bf_err *err);
/* From what was read: the machines' means and the job's, how far tasks differ, the newest picture. */
void bf_scan_machines_measure(struct bf_scan_job *job);

#endif
