/* bfjob: change what happens to a job, render again, look at its history. Each change is one that a person can make in the
 * shared folder by hand. Find all jobs that are meant, then do the verb for one after the other. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/frames.h"
#include "share-layout/job.h"
#include "share-layout/token.h"
#include "tools/job.h"
#include "tools/job_find.h"
#include "tools/term.h"

static const char help[] =
	"usage: bfjob [--share DIR] [-n] pause|resume|cancel JOB ...\n"
	"       bfjob [--share DIR] [-n] retry JOB ... [--failed | --all | --frames LIST | --machine NAME]\n"
	"       bfjob [--share DIR] [-n] more JOB ... SAMPLES [--frames LIST]\n"
	"       bfjob [--share DIR] [-n] priority JOB ... N\n"
	"       bfjob [--share DIR] [-n] set JOB ... KEY=VALUE ...\n"
	"       bfjob [--share DIR] [-n] remove JOB ... [--pictures] [--yes]\n"
	"       bfjob [--share DIR] log JOB [TASK] [--machines] [--json]\n"
	"       bfjob [--share DIR] show JOB ... [--json]\n"
	"\n"
	"JOB is a job's full id, its name when only one job is called so, or a pattern such as 'shot*'.\n"
	"TASK is a frame such as 12, or f0012.p003 for a piece of it. KEY is priority, avoid or allow\n"
	"(=MACHINE, allow=all), or keep_logs (=yes, =no). more makes a new job\n"
	"that adds so many SAMPLES to what a job in parts of the samples has rendered.\n"
	"\n"
	"  -s, --share DIR     the shared folder (default: $BF_SHARE; agent.ini is not read)\n"
	"  -n, --dry-run       say what would be done, change nothing\n"
	"      --failed        retry: what was given up (the default)\n"
	"      --all           retry: everything\n"
	"      --frames LIST   retry, more: these frames, such as 7 or 1-20,35\n"
	"      --machine NAME  retry: every picture that this machine made\n"
	"      --pictures      remove: the pictures as well\n"
	"  -y, --yes           remove: do not ask\n"
	"      --machines      log: only what each machine did\n"
	"  -j, --json          log, show: one line of JSON\n"
	"      --color WHEN    auto, always or never\n"
	"  -h, --help          this text        -V, --version\n"
	"\n"
	"exit status: 0 done, or so already, 1 it failed for some job, 2 usage, 3 share unusable,\n"
	"             4 nothing to do\n";

/* Which options go with a verb, by their letters. */
static const struct verb {
	const char *name;
	int (*run)(const struct job_order *order);
	const char *options;
} verbs[] = {
	{ "pause", job_pause, "n" }, { "resume", job_resume, "n" }, { "cancel", job_cancel, "n" },
	{ "retry", job_retry, "nfaFm" }, { "more", job_more, "nF" }, { "remove", job_remove, "npy" }, { "priority", job_prioritize, "n" },
	{ "set", job_set, "n" }, { "log", job_log, "jMc" }, { "show", job_show, "jc" },
};

struct options {
	const char *share;
	const struct verb *verb;
	char given[32];            /* letters of the options that verbs differ in */
	char **operand;
	int operand_count;
	struct bf_frames frames;
	struct job_order order;
};

/* ---- options: all of these return -1 to go on, or an exit status ---- */

static int ask_retry(struct options *options, enum bf_retry_what what)
{
	if (strpbrk(options->given, "faFm"))
		return job_complain(JOB_USAGE, "--failed, --all, --frames and --machine exclude each other");
	options->order.retry.what = what;
	return -1;
}

static int take_frames(struct options *options)
{
	struct bf_err err;
	if (bf_frames_parse(optarg, &options->frames, &err) < 0)
		return job_complain(JOB_USAGE, "--frames: %s", err.text);
	options->order.retry.frames = &options->frames;
	return -1;
}

static int take_machine(struct options *options)
{
	char clean[BF_NAME_MAX];
	bf_name_clean(optarg, clean);
	if (strcmp(clean, optarg))
		return job_complain(JOB_USAGE, "--machine \"%s\": want the name of a machine, as bfstatus shows it", optarg);
	options->order.retry.machine = optarg;
	return -1;
}

static int take_option(int c, struct options *options)
{
	struct job_order *order = &options->order;
	int status = -1;
	switch (c) {
	case 's': options->share = optarg; return -1;
	case 'h': fputs(help, stdout); return JOB_OK;
	case 'V': puts("bfjob " BF_VERSION); return JOB_OK;
	case 'n': order->look_only = true; break;
	case 'y': order->yes = true; break;
	case 'j': order->json = true; break;
	case 'p': order->pictures = true; break;
	case 'M': order->machines = true; break;
	case 'c': order->color = optarg; break;
	case 'f': status = ask_retry(options, BF_RETRY_FAILED); break;
	case 'a': status = ask_retry(options, BF_RETRY_ALL); break;
	case 'F': status = ask_retry(options, BF_RETRY_FRAMES); status = status < 0 ? take_frames(options) : status; break;
	case 'm': status = ask_retry(options, BF_RETRY_MACHINE); status = status < 0 ? take_machine(options) : status; break;
	default: fputs("Try bfjob --help.\n", stderr); return JOB_USAGE;
	}
	size_t len = strlen(options->given);
	if (!strchr(options->given, c) && len + 1 < sizeof options->given)
		options->given[len] = (char)c;
	return status;
}

/* A last operand such as -5: a priority or a frame, no option. */
static char *take_negative(int *argc, char **argv)
{
	char *last = argv[*argc - 1];
	if (*argc < 3 || last[0] != '-' || !last[1] || strspn(last + 1, "0123456789") != strlen(last + 1)
		|| !strcmp(argv[*argc - 2], "--frames"))
		return NULL;
	--*argc;
	return last;
}

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
		{ "share", required_argument, NULL, 's' }, { "dry-run", no_argument, NULL, 'n' },
		{ "failed", no_argument, NULL, 'f' }, { "all", no_argument, NULL, 'a' },
		{ "frames", required_argument, NULL, 'F' }, { "machine", required_argument, NULL, 'm' },
		{ "pictures", no_argument, NULL, 'p' }, { "yes", no_argument, NULL, 'y' },
		{ "machines", no_argument, NULL, 'M' }, { "json", no_argument, NULL, 'j' },
		{ "color", required_argument, NULL, 'c' }, { "colour", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 },
	};
	char *negative = take_negative(&argc, argv);
	int c, status = -1;
	while (status < 0 && (c = getopt_long(argc, argv, "s:nyjhV", longs, NULL)) >= 0)
		status = take_option(c, options);
	if (status >= 0)
		return status;
	options->operand_count = argc - optind;
	options->operand = calloc((size_t)options->operand_count + 2, sizeof *options->operand);
	if (!options->operand)
		abort();
	memcpy(options->operand, argv + optind, (size_t)options->operand_count * sizeof *options->operand);
	if (negative)
		options->operand[options->operand_count++] = negative;
	return -1;
}

/* ---- operands ---- */

static int find_verb(struct options *options)
{
	if (!options->operand_count)
		return job_complain(JOB_USAGE, "do what? pause, resume, cancel, retry, more, remove, priority, set, log or show");
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(options->operand[0], verbs[i].name))
			options->verb = &verbs[i];
	if (!options->verb)
		return job_complain(JOB_USAGE, "\"%s\": want pause, resume, cancel, retry, more, remove, priority, set, log or show",
			options->operand[0]);
	if (strspn(options->given, options->verb->options) != strlen(options->given))
		return job_complain(JOB_USAGE, "an option does not go with %s", options->verb->name);
	memmove(options->operand, options->operand + 1, (size_t)options->operand_count * sizeof *options->operand);
	options->operand_count--;
	return -1;
}

/* The last operand. */
static int take_number(struct options *options, int min, int max, int *out)
{
	char *end = NULL;
	const char *text = options->operand_count ? options->operand[options->operand_count - 1] : "";
	long value = strtol(text, &end, 10);
	if (end == text || *end || value < min || value > max)
		return job_complain(JOB_USAGE, "%s \"%s\": want a number from %d to %d behind the jobs", options->verb->name, text, min,
			max);
	*out = (int)value;
	options->operand_count--;
	return -1;
}

/* Names of jobs hold no =, so what has one is to be set. */
static int take_assignments(struct options *options)
{
	int jobs = 0;
	while (jobs < options->operand_count && !strchr(options->operand[jobs], '='))
		jobs++;
	options->order.set = options->operand + jobs;
	options->order.set_count = options->operand_count - jobs;
	options->operand_count = jobs;
	if (!options->order.set_count)
		return job_complain(JOB_USAGE, "set what? KEY=VALUE behind the jobs, KEY is priority, avoid, allow or keep_logs");
	for (int i = 0; i < options->order.set_count; i++) {
		if (!strchr(options->order.set[i], '='))
			return job_complain(JOB_USAGE, "\"%s\": want KEY=VALUE", options->order.set[i]);
		int status = job_set_check(options->order.set[i]);
		if (status != JOB_OK)
			return status;
	}
	return -1;
}

static int take_task(struct options *options)
{
	if (options->operand_count > 2)
		return job_complain(JOB_USAGE, "log: one JOB, and one TASK at most");
	if (options->operand_count == 2)
		options->order.task = options->operand[--options->operand_count];
	if (options->order.task && options->order.machines)
		return job_complain(JOB_USAGE, "--machines counts all tasks, not one");
	return -1;
}

static int take_operands(struct options *options)
{
	int status = find_verb(options);
	if (status < 0 && options->verb->run == job_prioritize)
		status = take_number(options, -BF_PRIORITY_MAX, BF_PRIORITY_MAX, &options->order.priority);
	else if (status < 0 && options->verb->run == job_more)
		status = take_number(options, 1, BF_SAMPLES_MAX, &options->order.samples);
	else if (status < 0 && options->verb->run == job_set)
		status = take_assignments(options);
	else if (status < 0 && options->verb->run == job_log)
		status = take_task(options);
	if (status >= 0)
		return status;
	if (!options->operand_count)
		return job_complain(JOB_USAGE, "%s which job?", options->verb->name);
	if (!options->share || !*options->share)
		return job_complain(JOB_USAGE, "which folder? Say --share DIR or set BF_SHARE (agent.ini is not read)");
	if (term_color(options->order.color, STDOUT_FILENO) < 0)
		return job_complain(JOB_USAGE, "--color \"%s\": want auto, always or never", options->order.color);
	return -1;
}

/* ---- doing it ---- */

/* The worst counts; "nothing to do" only when there was nothing anywhere. */
static int worst(int status, int other, bool first)
{
	static const int rank[] = { [JOB_NOTHING] = 0, [JOB_OK] = 1, [JOB_FAILED] = 2, [JOB_USAGE] = 3, [JOB_SHARE] = 4 };
	return first || rank[other] > rank[status] ? other : status;
}

static int run(struct options *options, struct bf_share *share)
{
	struct job_list jobs = {0};
	struct bf_err err;
	int status = JOB_OK, found = job_find(share, options->operand, options->operand_count, &jobs, &err);
	if (found < 0)
		status = job_complain(JOB_SHARE, "%s", err.text);
	else if (found == 0 || (options->verb->run == job_log && jobs.count > 1))
		status = job_complain(JOB_USAGE, "%s", found ? "log: one job at a time" : err.text);
	options->order.share = share;
	for (size_t i = 0; i < jobs.count && status != JOB_SHARE && found == 1 && (i || status == JOB_OK); i++) {
		options->order.id = jobs.id[i];
		status = worst(status, options->verb->run(&options->order), i == 0);
	}
	job_list_clear(&jobs);
	return status;
}

int main(int argc, char **argv)
{
	static struct bf_share share;
	struct options options = { .share = getenv("BF_SHARE"), .order = { .color = "auto" } };
	struct bf_err err;
	int status = parse_options(argc, argv, &options);
	if (status < 0)
		status = take_operands(&options);
	if (status < 0) {
		if (bf_share_open(options.share, &share, &err) < 0) {
			status = job_complain(JOB_SHARE, "%s", err.text);
		} else {
			status = run(&options, &share);
			bf_share_close(&share);
		}
	}
	if (fflush(stdout) == EOF && status == JOB_OK)
		status = job_complain(JOB_FAILED, "cannot write");
	bf_frames_clear(&options.frames);
	free(options.operand);
	return status;
}
