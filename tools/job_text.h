/* What bfjob prints of a job's history, for people and for programs. Pure; whatever names and notes hold does nothing. */
#ifndef BF_TOOLS_JOB_TEXT_H
#define BF_TOOLS_JOB_TEXT_H

#include "tools/job_history.h"
#include "tools/json.h"
#include "tools/report_line.h"

/* "2026-11-21 14:33:23" in local time, "" when it is not known. */
void job_text_time(int64_t seconds, char out[32]);

/* One line for each row, and the machines' table with its mean. */
void job_text_rows(struct pen *pen, const struct history *history);
void job_text_machines(struct pen *pen, const struct history *history);

/* The same as two keys of an object, "events" and "machines". */
void job_text_json(struct json *json, const struct history *history, bool rows);

#endif
