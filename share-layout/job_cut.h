/* The part of job.ini that says how a picture is cut into bands and what each piece is expected to cost (SPEC.md,
 * "job.ini"). Used by bf_job_write and bf_job_read alone. */
#ifndef BF_JOB_CUT_H
#define BF_JOB_CUT_H

#include "share-layout/base/ini.h"
#include "share-layout/job.h"

/* Append the keys, if there is anything to say. Returns 0 / -1. */
int bf_job_cut_format(const struct bf_job *job, struct bf_buf *out, struct bf_err *err);

/* Read them; job has its size, its pieces and their alignment already. What makes no sense is refused. Returns 0 / -1. */
int bf_job_cut_parse(const struct bf_ini *ini, const char *section, struct bf_job *job, struct bf_err *err);

#endif
