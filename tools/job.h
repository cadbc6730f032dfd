/* What the verbs of bfjob have in common: one job, and what is asked of it.
 *
 * Each verb is one function in a file of its own group. It says in one line on stdout what it did, or would do, in one
 * line on stderr what went wrong, and returns the exit status for this job. */
#ifndef BF_TOOLS_JOB_H
#define BF_TOOLS_JOB_H

#include <stdbool.h>

#include "share-layout/retry.h"
#include "share-layout/share.h"

enum job_status { JOB_OK, JOB_FAILED, JOB_USAGE, JOB_SHARE, JOB_NOTHING };

struct job_order {
	const struct bf_share *share;
	const char *id;
	bool look_only, json, yes, pictures, machines;
	const char *color;
	int priority;
	int samples;               /* so many more */
	char **set;                /* KEY=VALUE, checked */
	int set_count;
	const char *task;          /* of log; NULL = all */
	struct bf_retry retry;     /* what is to be rendered again */
};

/* ---- saying it (job_say.c) ---- */

/* "ID: text" on stdout, where nothing that names may hold does anything. Returns JOB_OK. */
int job_say(const struct job_order *order, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "bfjob: text" on stderr. Returns status. */
int job_complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for an error, with "ID: " before it when id is given. Returns the status it calls for: the share's fault, or this job's. */
int job_complain_of(const char *id, const struct bf_err *err);

/* "anna on host", for the job's history. */
void job_who(char *out, size_t size);

/* ---- its plan (job_plan.c): these return JOB_OK, or complain and say how it ends ---- */

/* job starts from zero bits; end with bf_job_clear. */
int job_read_plan(const struct job_order *order, struct bf_job *job);

/* Are the frames asked for frames of the job? */
int job_check_frames(const struct job_order *order, const struct bf_job *job);

/* ---- verbs ---- */

/* job_control.c */
int job_pause(const struct job_order *order);
int job_resume(const struct job_order *order);
int job_cancel(const struct job_order *order);
int job_prioritize(const struct job_order *order);
int job_set(const struct job_order *order);
/* Is it a KEY=VALUE that can be set? JOB_OK, or JOB_USAGE and says why not. */
int job_set_check(const char *assignment);

int job_retry(const struct job_order *order);  /* job_retry.c */
int job_more(const struct job_order *order);   /* job_more.c */
int job_remove(const struct job_order *order); /* job_remove.c */
int job_log(const struct job_order *order);    /* job_log.c */
int job_show(const struct job_order *order);   /* job_show.c */

#endif
