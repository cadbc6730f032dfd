/* Between the files of the report for people: report.c (all of it), report_job.c, report_agent.c. */
#ifndef BF_TOOLS_REPORT_PRIVATE_H
#define BF_TOOLS_REPORT_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "tools/report.h"
#include "tools/report_line.h"

/* "s" or nothing. */
const char *report_plural(int64_t count);

/* Two units at most: nobody plans with the seconds of a day. */
void report_duration(double seconds, char *out, size_t size);
void report_about(double seconds, char *out, size_t size);

/* report_job.c */
void report_job(struct pen *pen, const struct bf_scan *scan, const struct bf_scan_job *job, size_t most_failed, int *line_out);
void report_jobs(struct pen *pen, const struct bf_scan *scan, bool all, int *line_out);
/* Indices of the job's machines by name; the caller frees them. */
size_t *report_machines_sorted(const struct bf_scan_job *job);
void report_machines(struct pen *pen, const struct bf_scan_job *job);

/* report_map.c: the pieces of one frame as a picture that fills up; nothing where a job is not cut. */
void report_map(struct pen *pen, const struct bf_scan_job *job);

/* report_agent.c. only: those that work at it, NULL = all. */
void report_agents(struct pen *pen, const struct bf_scan *scan, const struct bf_scan_job *only);

#endif
