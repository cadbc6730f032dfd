/* bfstatus: what happens on a share. Look, say it, and look again for as long as one is asked to. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/scan.h"
#include "share-layout/share.h"
#include "tools/report.h"
#include "tools/status.h"
#include "tools/term.h"
#include "tools/thumb.h"
#include "tools/watch.h"

static const char help[] =
	"usage: bfstatus [--share DIR] [JOB] [--watch] [--json] [--prometheus] [--wait]\n"
	"\n"
	"Shows the jobs and agents of a shared folder. JOB is a job's full id, or its name when only one\n"
	"job is called so; then only that job is shown, with what each machine did for it.\n"
	"\n"
	"  -s, --share DIR     the shared folder (default: $BF_SHARE; agent.ini is not read)\n"
	"  -w, --watch         look again every two seconds; on a terminal a screen with keys: ? tells them, q leaves\n"
	"  -j, --json          one line of JSON; with --watch one line for each look\n"
	"      --prometheus    metrics, for the textfile collector of node_exporter\n"
	"  -o, --output FILE   write there instead, by rename, so that nobody reads half of it\n"
	"      --wait          return when all jobs (or JOB) have ended and nothing is queued\n"
	"  -i, --interval S    seconds between two looks\n"
	"      --no-picture    no thumbnail of JOB's newest picture (drawn by chafa, where it is installed)\n"
	"      --color WHEN    auto, always or never\n"
	"  -h, --help          this text        -V, --version\n"
	"\n"
	"exit status: 0 done, 1 a job failed or was cancelled (--wait), 2 usage, 3 share unusable,\n"
	"             5 left before the end (--wait)\n";

struct options {
	const char *share, *job, *color, *output;
	bool watch, json, prometheus, wait, no_picture;
	int64_t interval_ms;
};

static int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int complain(int status, const char *format, ...)
{
	va_list args;
	fputs("bfstatus: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs(status == STATUS_USAGE ? "\nTry bfstatus --help.\n" : "\n", stderr);
	return status;
}

/* ---- options: all of these return -1 to go on, or an exit status ---- */

static int parse_interval(const char *text, int64_t *ms)
{
	char *end;
	double seconds = strtod(text, &end);
	if (end == text || *end || !isfinite(seconds) || seconds < 0.1 || seconds > 86400)
		return complain(STATUS_USAGE, "--interval \"%s\": want seconds from 0.1 to 86400", text);
	*ms = (int64_t)(seconds * 1000);
	return -1;
}

static int take_option(int c, struct options *options)
{
	switch (c) {
	case 's': options->share = optarg; return -1;
	case 'w': options->watch = true; return -1;
	case 'j': options->json = true; return -1;
	case 'P': options->prometheus = true; return -1;
	case 'N': options->no_picture = true; return -1;
	case 'o': options->output = optarg; return -1;
	case 'W': options->wait = true; return -1;
	case 'c': options->color = optarg; return -1;
	case 'i': return parse_interval(optarg, &options->interval_ms);
	case 'h': fputs(help, stdout); return STATUS_OK;
	case 'V': puts("bfstatus " BF_VERSION); return STATUS_OK;
	default: fputs("Try bfstatus --help.\n", stderr); return STATUS_USAGE;
	}
}

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "share", required_argument, NULL, 's' }, { "watch", no_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' }, { "wait", no_argument, NULL, 'W' },
		{ "prometheus", no_argument, NULL, 'P' }, { "output", required_argument, NULL, 'o' },
		{ "no-picture", no_argument, NULL, 'N' },
		{ "interval", required_argument, NULL, 'i' }, { "color", required_argument, NULL, 'c' },
		{ "colour", required_argument, NULL, 'c' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 },
	};
	int c, status = -1;
	while (status < 0 && (c = getopt_long(argc, argv, "s:wjo:i:hV", longs, NULL)) >= 0)
		status = take_option(c, options);
	if (status >= 0)
		return status;
	if (optind + 1 < argc)
		return complain(STATUS_USAGE, "one JOB at a time, not %d", argc - optind);
	options->job = optind < argc ? argv[optind] : NULL;
	if (options->json && options->prometheus)
		return complain(STATUS_USAGE, "--json or --prometheus, not both");
	if (options->output && !*options->output)
		return complain(STATUS_USAGE, "--output \"\": want the name of a file");
	if (!options->share || !*options->share)
		return complain(STATUS_USAGE, "which folder? Say --share DIR or set BF_SHARE (agent.ini is not read)");
	if (term_color(options->color, STDOUT_FILENO) < 0)
		return complain(STATUS_USAGE, "--color \"%s\": want auto, always or never", options->color);
	return -1;
}

/* ---- showing ---- */

static struct report_style style_of(const struct options *options)
{
	return (struct report_style){ .columns = term_columns(STDOUT_FILENO), .color = term_color(options->color, STDOUT_FILENO) };
}

static bool wants_pictures(const struct options *options)
{
	return !options->no_picture && !options->output && isatty(STDOUT_FILENO) && term_color(options->color, STDOUT_FILENO);
}

static void write_text(const struct options *options, const struct status *st, struct bf_buf *text)
{
	enum { COLUMNS_MAX = 60, ROWS = 16 };
	struct report_style style = style_of(options);
	report_text(st->scan, st->share.path, st->only, &style, text);
	if (st->only && wants_pictures(options))
		thumb_of_job(&st->share, st->only, style.columns < COLUMNS_MAX ? style.columns : COLUMNS_MAX, ROWS, text);
}

static void write_report(const struct options *options, const struct status *st, struct bf_buf *text)
{
	if (options->json)
		report_json(st->scan, st->share.path, st->only, text);
	else if (options->prometheus)
		report_prometheus(st->scan, st->share.path, st->only, text);
	else if (!options->job || st->only)
		write_text(options, st, text);
	else
		bf_buf_printf(text, "%s is in the queue\n", options->job);
}

/* Returns -1 to go on, or an exit status. */
static int show(const struct options *options, const struct status *st)
{
	int status = -1;
	struct bf_buf text = {0};
	struct bf_err err;
	char suffix[32];
	if (st->trouble[0])
		return -1;
	write_report(options, st, &text);
	snprintf(suffix, sizeof suffix, ".%ld", (long)getpid());
	if (options->output) {
		if (bf_fs_replace(AT_FDCWD, options->output, suffix, text.data, text.len, &err) < 0)
			status = complain(STATUS_FAILED, "cannot write: %s", err.text);
	} else if (fwrite(text.data, 1, text.len, stdout) != text.len || fflush(stdout) == EOF) {
		status = complain(STATUS_FAILED, "cannot write: %s", strerror(errno));
	}
	bf_buf_clear(&text);
	return status;
}

/* ---- looking ---- */

static void sleep_ms(int64_t ms)
{
	struct timespec span = { ms / 1000, ms % 1000 * 1000000 };
	nanosleep(&span, NULL);
}

/* A share that goes away is told of once, until it is back. */
static int look(struct status *st)
{
	bool was_away = st->trouble[0] != '\0';
	int status = status_look(st);
	if (st->said[0])
		complain(status, "%s", st->said);
	if (status < 0 && st->trouble[0] && !was_away)
		complain(STATUS_SHARE, "%s (it goes on when the share is back)", st->trouble);
	return status;
}

/* A submission that is handed from one agent to another may be missing in one listing, so the end is
 * believed when two looks agree. */
static int look_until_over(const struct options *options, struct status *st)
{
	int status = look(st);
	if (status < 0 && options->wait && status_is_over(st)) {
		status = look(st);
		if (status < 0 && status_is_over(st)) {
			int failed = show(options, st);
			return failed >= 0 ? failed : status_verdict(st);
		}
	}
	return status;
}

static int run(const struct options *options, struct status *st)
{
	for (bool again = false;; again = true) {
		int status = look_until_over(options, st);
		if (status < 0 && (options->watch || !options->wait)) {
			if (again && options->watch && !options->json && !options->output && !st->trouble[0])
				putchar('\n'); /* between two blocks */
			status = show(options, st);
		}
		if (status < 0 && !options->watch && !options->wait)
			status = STATUS_OK;
		if (status >= 0)
			return status;
		sleep_ms(options->interval_ms);
	}
}

/* Whoever sent the signal shall see that it was heard. Ctrl-C is just a way to leave. */
static void die_of_signal(void)
{
	if (term_signal() && term_signal() != SIGINT)
		raise(term_signal());
}

/* The screen, and then what shall stay on the terminal. */
static int run_on_screen(const struct options *options, struct status *st)
{
	int status = watch_run(st, &(struct watch_options){ .color = term_color(options->color, STDOUT_FILENO),
		.pictures = wants_pictures(options), .interval_ms = options->interval_ms });
	if (status == WATCH_STUCK) { /* a call to the share does not return: no more of them */
		die_of_signal();
		_exit(options->wait ? STATUS_INCOMPLETE : STATUS_OK);
	}
	if (st->said[0])
		complain(status, "%s", st->said);
	else if (options->wait && status <= STATUS_FAILED)
		show(options, st);
	return status;
}

int main(int argc, char **argv)
{
	static struct bf_scan scan;
	struct options options = { .share = getenv("BF_SHARE"), .color = "auto", .interval_ms = 2000 };
	struct status st = { .scan = &scan, .first = true };
	struct bf_err err;
	int status = parse_options(argc, argv, &options);
	if (status >= 0)
		return status;
	if (bf_share_open(options.share, &st.share, &err) < 0)
		return complain(STATUS_SHARE, "%s", err.text);
	st.wanted = options.job;
	st.waits = options.wait;
	st.goes_on = options.wait || options.watch;
	bool draw = options.watch && !options.json && !options.prometheus && !options.output && term_can_draw();
	status = draw ? run_on_screen(&options, &st) : run(&options, &st);
	bf_scan_clear(&scan);
	bf_share_close(&st.share);
	die_of_signal();
	return status;
}
