/* A snapshot of the share as text for people, and as JSON for programs. Pure: a snapshot in, text out;
 * whatever names and notes hold, no control byte of theirs gets out. */
#ifndef BF_TOOLS_REPORT_H
#define BF_TOOLS_REPORT_H

#include <stdbool.h>

#include "share-layout/base/buf.h"
#include "share-layout/scan.h"

struct report_style {
	int columns; /* of the terminal, 0 = lines may be as long as they like */
	bool color;
};

/* Append lines about everything, or about one job (only, may be NULL) with its machines. */
void report_text(const struct bf_scan *scan, const char *share_path, const struct bf_scan_job *only,
	const struct report_style *style, struct bf_buf *out);

/* The same in parts, for a screen. line_out (may be NULL) has room for each job of the scan, or for each of the
 * job's failed tasks: the number of its first line in what was appended, -1 = it is not shown. */
void report_head(const struct bf_scan *scan, const char *share_path, const struct report_style *style, struct bf_buf *out);
/* all: also the older jobs that are done. */
void report_list(const struct bf_scan *scan, const struct report_style *style, bool all, int *line_out, struct bf_buf *out);
/* Agents, what was rejected, what is queued. */
void report_rest(const struct bf_scan *scan, const struct report_style *style, struct bf_buf *out);
void report_one(const struct bf_scan *scan, const struct bf_scan_job *job, const struct report_style *style, int *line_out,
	struct bf_buf *out);

/* Text of strangers, line by line, cut at the terminal's width into as many lines as it takes. */
void report_foreign(const char *text, const struct report_style *style, struct bf_buf *out);

/* Append one line of JSON, with newline: the contract of `bfstatus --json`, format 1. */
void report_json(const struct bf_scan *scan, const char *share_path, const struct bf_scan_job *only,
	struct bf_buf *out);

/* Append metrics for Prometheus: families of blendfolder_…, see bfstatus(1). */
void report_prometheus(const struct bf_scan *scan, const char *share_path, const struct bf_scan_job *only, struct bf_buf *out);

/* For people and JSON: what there is to say about a job beside its figures, number 0, 1 …. Returns false behind the last;
 * text replaces what out held. */
bool report_warning(const struct bf_scan *scan, const struct bf_scan_job *job, int number, struct bf_buf *out);

/* At which speed whole frames come out of it now; 0 = unknown. */
double report_frames_per_s(const struct bf_scan_job *job);

/* How quick a machine is at a job, 1 = as the mean of all; 0 = unknown, or it is the only one. */
double report_speed(const struct bf_scan_job *job, const char *machine);

/* Several slots as one: the busiest of them speaks for the agent. NULL when it has none. */
const struct bf_slot *report_busiest(const struct bf_scan_agent *agent);
const char *report_agent_state(const struct bf_scan_agent *agent);

#endif
