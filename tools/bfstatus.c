/* bfstatus: what happens on a share. Look, say it, and look again for as long as one is asked to. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "share-layout/scan.h"
#include "share-layout/share.h"
#include "tools/report.h"
#include "tools/term.h"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_SHARE, EXIT_INCOMPLETE = 5 };

static const char help[] =
	"usage: bfstatus [--share DIR] [JOB] [--watch] [--json] [--wait]\n"
	"\n"
	"Shows the jobs and agents of a shared folder. JOB is a job's full id, or its name when only one\n"
	"job is called so; then only that job is shown, with what each machine did for it.\n"
	"\n"
	"  -s, --share DIR     the shared folder (default: $BF_SHARE; agent.ini is not read)\n"
	"  -w, --watch         look again every two seconds; leave with q\n"
	"  -j, --json          one line of JSON; with --watch one line for each look\n"
	"      --wait          return when all jobs (or JOB) have ended and nothing is queued\n"
	"  -i, --interval S    seconds between two looks\n"
	"      --color WHEN    auto, always or never\n"
	"  -h, --help          this text        -V, --version\n"
	"\n"
	"exit status: 0 done, 1 a job failed or was cancelled (--wait), 2 usage, 3 share unusable,\n"
	"             5 left before the end (--wait)\n";

struct options {
	const char *share, *job, *color;
	bool watch, json, wait;
	int64_t interval_ms;
};

/* What a run of looks knows. */
struct watching {
	const struct options *options;
	struct bf_share share;
	struct bf_scan *scan;
	const struct bf_scan_job *only;
	char only_id[BF_JOB_MAX]; /* once the job is there: its name may fit others later */
	bool was_queued;          /* the JOB that is not there yet */
	int missed;               /* looks in a row that did not find it */
	size_t rejected_before;
	char trouble[700];        /* why the last look failed, "" = it did not */
	bool draw, first;
};

static int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int complain(int status, const char *format, ...)
{
	va_list args;
	fputs("bfstatus: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs(status == EXIT_USAGE ? "\nTry bfstatus --help.\n" : "\n", stderr);
	return status;
}

/* ---- options: all of these return -1 to go on, or an exit status ---- */

static int parse_interval(const char *text, int64_t *ms)
{
	char *end;
	double seconds = strtod(text, &end);
	if (end == text || *end || !isfinite(seconds) || seconds < 0.1 || seconds > 86400)
		return complain(EXIT_USAGE, "--interval \"%s\": want seconds from 0.1 to 86400", text);
	*ms = (int64_t)(seconds * 1000);
	return -1;
}

static int take_option(int c, struct options *options)
{
	switch (c) {
	case 's': options->share = optarg; return -1;
	case 'w': options->watch = true; return -1;
	case 'j': options->json = true; return -1;
	case 'W': options->wait = true; return -1;
	case 'c': options->color = optarg; return -1;
	case 'i': return parse_interval(optarg, &options->interval_ms);
	case 'h': fputs(help, stdout); return EXIT_OK;
	case 'V': puts("bfstatus " BF_VERSION); return EXIT_OK;
	default: fputs("Try bfstatus --help.\n", stderr); return EXIT_USAGE;
	}
}

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "share", required_argument, NULL, 's' }, { "watch", no_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' }, { "wait", no_argument, NULL, 'W' },
		{ "interval", required_argument, NULL, 'i' }, { "color", required_argument, NULL, 'c' },
		{ "colour", required_argument, NULL, 'c' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 },
	};
	int c, status = -1;
	while (status < 0 && (c = getopt_long(argc, argv, "s:wji:hV", longs, NULL)) >= 0)
		status = take_option(c, options);
	if (status >= 0)
		return status;
	if (optind + 1 < argc)
		return complain(EXIT_USAGE, "one JOB at a time, not %d", argc - optind);
	options->job = optind < argc ? argv[optind] : NULL;
	if (!options->share || !*options->share)
		return complain(EXIT_USAGE, "which folder? Say --share DIR or set BF_SHARE (agent.ini is not read)");
	if (term_color(options->color, STDOUT_FILENO) < 0)
		return complain(EXIT_USAGE, "--color \"%s\": want auto, always or never", options->color);
	return -1;
}

/* ---- looking ---- */

static bool same_name(const char *dropped, const char *name)
{
	char one[BF_JOB_MAX], two[BF_JOB_MAX];
	size_t len = strlen(dropped);
	bf_job_clean_name(dropped, len > 4 && !strcasecmp(dropped + len - 4, ".job") ? ".job" : ".blend", one);
	bf_job_clean_name(name, ".blend", two);
	return !strcmp(one, two);
}

static const struct bf_scan_queued *queued_as(const struct bf_scan *scan, const char *name)
{
	for (size_t i = 0; i < scan->queued_count; i++)
		if (same_name(scan->queued[i].name, name))
			return &scan->queued[i];
	return NULL;
}

static const struct bf_scan_rejected *rejected_as(const struct bf_scan *scan, const char *name)
{
	for (size_t i = 0; i < scan->rejected_count; i++)
		if (same_name(scan->rejected[i].name, name))
			return &scan->rejected[i];
	return NULL;
}

/* JOB is not there (any more): it may be on its way, or it is gone. */
static int explain_missing(struct watching *w, bool may_come)
{
	const char *job = w->options->job;
	if (w->only_id[0])
		return complain(w->options->wait ? EXIT_INCOMPLETE : EXIT_OK, "%s was removed", w->only_id);
	bool queued = queued_as(w->scan, job) != NULL;
	w->was_queued |= queued;
	w->missed = queued ? 0 : w->missed + 1;
	/* what is just being renamed may be missing in a listing, so one look more is taken */
	if (may_come && w->was_queued && w->missed < 2)
		return -1;
	if (queued) {
		return complain(EXIT_USAGE, "%s is still in the queue: no agent has accepted it yet", job);
	}
	const struct bf_scan_rejected *rejected = rejected_as(w->scan, job);
	if (rejected)
		return complain(w->options->wait ? EXIT_FAILED : EXIT_USAGE, "%s was rejected: %s", rejected->name,
			rejected->why[0] ? rejected->why : "see queue/rejected/");
	return complain(EXIT_USAGE, "no job %s on the share %s", job, w->share.path);
}

static int find_job(struct watching *w)
{
	struct bf_err err;
	const char *wanted = w->only_id[0] ? w->only_id : w->options->job;
	int found = bf_scan_find(w->scan, wanted, &w->only, &err);
	if (found < 0)
		return complain(EXIT_USAGE, "%s", err.text);
	if (found == 0) {
		w->only = NULL;
		return explain_missing(w, w->options->wait || w->options->watch);
	}
	w->missed = 0;
	w->was_queued |= w->only->state == BF_JOB_PLANNING;
	/* while it is planned it may still get another id */
	if (w->only->state != BF_JOB_PLANNING)
		memcpy(w->only_id, w->only->plan.id, sizeof w->only_id);
	return -1;
}

/* Returns -1 to go on, or an exit status. A share that goes away while we watch may come back. */
static int look(struct watching *w)
{
	struct bf_err err, again;
	const char *only = w->only_id[0] ? w->only_id : w->options->job;
	w->only = NULL;
	int result = bf_scan_take(&w->share, only, w->scan, &err);
	if (result < 0 && !w->first && bf_share_reopen(&w->share, &again) == 1)
		result = bf_scan_take(&w->share, only, w->scan, &err);
	if (result < 0 && w->first)
		return complain(EXIT_SHARE, "%s", err.text);
	if (result < 0) {
		if (!w->trouble[0] && !w->draw)
			complain(EXIT_SHARE, "%s (it goes on when the share is back)", err.text);
		snprintf(w->trouble, sizeof w->trouble, "the share cannot be read: %s", err.text);
		if (only) /* what was known last */
			bf_scan_find(w->scan, only, &w->only, &again);
		return -1;
	}
	w->trouble[0] = '\0';
	if (w->first)
		w->rejected_before = w->scan->rejected_count;
	w->first = false;
	return w->options->job ? find_job(w) : -1;
}

/* ---- showing ---- */

static int show(const struct watching *w)
{
	int status = -1;
	struct bf_buf text = {0};
	struct report_style style = { .columns = term_columns(STDOUT_FILENO),
		.color = term_color(w->options->color, STDOUT_FILENO) };
	if (w->trouble[0] && !w->draw)
		return -1;
	if (w->trouble[0])
		bf_buf_printf(&text, "%.*s\n", style.columns ? style.columns : 200, w->trouble);
	if (w->options->json)
		report_json(w->scan, w->share.path, w->only, &text);
	else if (!w->options->job || w->only)
		report_text(w->scan, w->share.path, w->only, &style, &text);
	else
		bf_buf_printf(&text, "%s is in the queue\n", w->options->job);
	if (w->draw)
		term_draw(bf_buf_text(&text));
	else if (fwrite(text.data, 1, text.len, stdout) != text.len || fflush(stdout) == EOF)
		status = complain(EXIT_FAILED, "cannot write: %s", strerror(errno));
	bf_buf_clear(&text);
	return status;
}

/* ---- waiting ---- */

static bool all_ended(const struct watching *w)
{
	if (w->trouble[0])
		return false;
	if (w->options->job)
		return w->only && bf_scan_ended(w->only);
	for (size_t i = 0; i < w->scan->job_count; i++)
		if (!bf_scan_ended(&w->scan->job[i]))
			return false;
	for (size_t i = 0; i < w->scan->queued_count; i++)
		if (!w->scan->queued[i].held)
			return false;
	return true;
}

static bool ended_badly(const struct bf_scan_job *job)
{
	return job->state == BF_JOB_FAILED || job->state == BF_JOB_CANCELLED;
}

static int verdict(const struct watching *w)
{
	if (w->only)
		return ended_badly(w->only) ? EXIT_FAILED : EXIT_OK;
	for (size_t i = 0; i < w->scan->job_count; i++)
		if (ended_badly(&w->scan->job[i]))
			return EXIT_FAILED;
	return w->scan->rejected_count > w->rejected_before ? EXIT_FAILED : EXIT_OK;
}

static void sleep_ms(int64_t ms)
{
	struct timespec span = { ms / 1000, ms % 1000 * 1000000 };
	nanosleep(&span, NULL);
}

/* Returns -1 when it is time for another look, or an exit status. */
static int pause_between(const struct watching *w)
{
	if (!w->draw) {
		sleep_ms(w->options->interval_ms);
		return -1;
	}
	for (;;) {
		switch (term_wait(w->options->interval_ms)) {
		case TERM_TIME:
			return -1;
		case TERM_RESIZED:
			show(w);
			break;
		case TERM_QUIT:
			return w->options->wait ? EXIT_INCOMPLETE : EXIT_OK;
		}
	}
}

/* A submission that is handed from one agent to another may be missing in one listing, so the end is
 * believed when two looks agree. */
static int look_until_over(struct watching *w)
{
	int status = look(w);
	if (status < 0 && w->options->wait && all_ended(w)) {
		status = look(w);
		if (status < 0 && all_ended(w)) {
			int failed = show(w);
			return failed >= 0 ? failed : verdict(w);
		}
	}
	return status;
}

static int run(struct watching *w)
{
	const struct options *options = w->options;
	for (bool again = false;; again = true) {
		int status = look_until_over(w);
		if (status < 0 && (options->watch || !options->wait)) {
			if (again && options->watch && !w->draw && !options->json && !w->trouble[0])
				putchar('\n'); /* between two blocks */
			status = show(w);
		}
		if (status < 0 && !options->watch && !options->wait)
			status = EXIT_OK;
		if (status < 0)
			status = pause_between(w);
		if (status >= 0)
			return status;
	}
}

int main(int argc, char **argv)
{
	static struct bf_scan scan;
	struct options options = { .share = getenv("BF_SHARE"), .color = "auto", .interval_ms = 2000 };
	struct watching w = { .options = &options, .scan = &scan, .first = true };
	struct bf_err err;
	int status = parse_options(argc, argv, &options);
	if (status >= 0)
		return status;
	if (bf_share_open(options.share, &w.share, &err) < 0)
		return complain(EXIT_SHARE, "%s", err.text);
	w.draw = options.watch && !options.json && term_can_draw();
	if (w.draw)
		term_open();
	status = run(&w);
	int killed_by = w.draw ? term_signal() : 0;
	if (w.draw)
		term_close();
	if (w.draw && options.wait && status <= EXIT_FAILED) {
		w.draw = false; /* the end stays on the screen */
		show(&w);
	}
	bf_scan_clear(&scan);
	bf_share_close(&w.share);
	if (killed_by && killed_by != SIGINT)
		raise(killed_by);
	return status;
}
