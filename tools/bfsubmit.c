/* bfsubmit: .blend files into the queue of a share. Each is looked at before anything is copied, and appears in one step. */
#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/path.h"
#include "tools/submit.h"
#include "tools/submit_after.h"
#include "tools/submit_tell.h"
#include "tools/submit_wishes.h"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_SHARE };

static const char help[] =
	"usage: bfsubmit [--share DIR] [OPTION]... FILE...\n"
	"\n"
	"Puts .blend files into the queue of a shared folder, with the textures and libraries that they use.\n"
	"FILE may also be a folder that holds one .blend; it is sent as it is. What is not said holds as in the file.\n"
	"\n"
	"  -s, --share DIR        the shared folder (default: $BF_SHARE)\n"
	"  -f, --frames LIST      such as 1-100, 1-100x10,1-100 or 5,9,-3; in this order\n"
	"      --order ORDER      of the frames: forward, backward, or coarse (an overview first)\n"
	"      --scene NAME       --camera NAME      --view-layer NAME      by their names in the file\n"
	"      --samples N        --percent N        of the full resolution\n"
	"      --engine NAME      CYCLES, EEVEE, WORKBENCH\n"
	"      --format NAME      PNG, EXR, JPG, TIF ...\n"
	"      --pieces N         cut each frame into about N pieces; CxR, samples:N, auto, none\n"
	"      --priority N       -1000 to 1000; higher first\n"
	"      --tags WORDS       only for machines that have all these tags\n"
	"      --max-agents N     so many machines at a time\n"
	"      --after JOB        wait until that job has ended; may be given several times\n"
	"      --not-before TIME  22:30, \"2026-11-22 06:00\" or +8h\n"
	"      --name NAME        what the job is called (default: the file's name)\n"
	"      --missing          render although files are missing\n"
	"      --no-collect       send the file alone; Blender is not started\n"
	"      --blender PROGRAM  the Blender that looks for textures (default: blender)\n"
	"      --again            submit even what is on the share already, unchanged\n"
	"  -n, --dry-run          check everything, say what would be sent, send nothing\n"
	"  -j, --json             a line of JSON for each FILE\n"
	"  -q, --quiet            print errors only\n"
	"  -h, --help             this text        -V, --version\n"
	"\n"
	"exit status: 0 all are queued, 1 some were refused, 2 usage, 3 share unusable\n";

struct options {
	const char *share, *name, *blender;
	bool collect, again, missing, dry_run, json, quiet;
	bool other_scene;      /* than the one whose frames the header tells */
	struct submit_wishes wishes;
	struct bf_share root;
};

static int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Names from anywhere may stand in it, so it is escaped like an error. */
static int complain(int status, const char *format, ...)
{
	struct bf_err line;
	char text[sizeof line.text];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	bf_err_set(&line, "%s", text);
	fprintf(stderr, "bfsubmit: %s%s\n", line.text, status == EXIT_USAGE ? "\nTry bfsubmit --help." : "");
	return status;
}

/* ---- options: all of these return -1 to go on, or an exit status ---- */

enum { OPT_WISH = 256, OPT_MISSING = 512, OPT_NO_COLLECT, OPT_BLENDER, OPT_AGAIN, OPT_NAME };

static const struct option long_options[] = {
	{ "share", required_argument, NULL, 's' }, { "frames", required_argument, NULL, 'f' },
	{ "order", required_argument, NULL, OPT_WISH }, { "scene", required_argument, NULL, OPT_WISH },
	{ "camera", required_argument, NULL, OPT_WISH }, { "view-layer", required_argument, NULL, OPT_WISH },
	{ "samples", required_argument, NULL, OPT_WISH }, { "percent", required_argument, NULL, OPT_WISH },
	{ "engine", required_argument, NULL, OPT_WISH }, { "format", required_argument, NULL, OPT_WISH },
	{ "pieces", required_argument, NULL, OPT_WISH }, { "priority", required_argument, NULL, OPT_WISH },
	{ "tags", required_argument, NULL, OPT_WISH }, { "max-agents", required_argument, NULL, OPT_WISH },
	{ "after", required_argument, NULL, OPT_WISH }, { "not-before", required_argument, NULL, OPT_WISH },
	{ "name", required_argument, NULL, OPT_NAME }, { "missing", no_argument, NULL, OPT_MISSING },
	{ "no-collect", no_argument, NULL, OPT_NO_COLLECT }, { "blender", required_argument, NULL, OPT_BLENDER },
	{ "again", no_argument, NULL, OPT_AGAIN }, { "dry-run", no_argument, NULL, 'n' }, { "json", no_argument, NULL, 'j' },
	{ "quiet", no_argument, NULL, 'q' }, { "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* --not-before is the wish not_before. */
static int take_wish(struct options *options, const char *option, const char *value)
{
	char key[32];
	struct bf_err err;
	options->other_scene |= !strcmp(option, "scene");
	snprintf(key, sizeof key, "%s", option);
	for (char *p = key; *p; p++)
		*p = *p == '-' ? '_' : *p;
	if (submit_wishes_add(&options->wishes, key, value, &err) == 0)
		return -1;
	return complain(EXIT_USAGE, "--%s \"%s\": %s", option, value, err.text);
}

static int take_option(int c, const char *option, struct options *options)
{
	switch (c) {
	case 's': options->share = optarg; return -1;
	case 'f': return take_wish(options, "frames", optarg);
	case OPT_WISH: return take_wish(options, option, optarg);
	case OPT_NAME: options->name = optarg; return take_wish(options, "name", optarg);
	case OPT_MISSING: options->missing = true; return take_wish(options, "missing", "warn");
	case OPT_NO_COLLECT: options->collect = false; return -1;
	case OPT_BLENDER: options->blender = optarg; return -1;
	case OPT_AGAIN: options->again = true; return -1;
	case 'n': options->dry_run = true; return -1;
	case 'j': options->json = true; return -1;
	case 'q': options->quiet = true; return -1;
	case 'h': fputs(help, stdout); return EXIT_OK;
	case 'V': puts("bfsubmit " BF_VERSION); return EXIT_OK;
	default: fputs("Try bfsubmit --help.\n", stderr); return EXIT_USAGE;
	}
}

static int parse_options(int argc, char **argv, struct options *options)
{
	int c, index = 0, status = -1;
	while (status < 0 && (c = getopt_long(argc, argv, "s:f:njqhV", long_options, &index)) >= 0)
		status = take_option(c, long_options[index].name, options);
	if (status >= 0)
		return status;
	if (optind == argc)
		return complain(EXIT_USAGE, "which file?");
	if (options->name && optind + 1 < argc)
		return complain(EXIT_USAGE, "--name is for one file, not for %d", argc - optind);
	if (!options->share || !*options->share)
		return complain(EXIT_USAGE, "which folder? Say --share DIR or set BF_SHARE (agent.ini is not read)");
	return -1;
}

/* ---- one submission ---- */

static int collect(const struct options *options, struct submit *s, struct bf_err *err)
{
	if (!options->collect || s->given_as_folder)
		return 0;
	int looked = submit_collect(s, options->blender, err);
	if (looked == 0)
		bf_buf_printf(&s->notes, "there is no program %s here to look for textures, so the file is sent alone\n", options->blender);
	return looked < 0 ? -1 : 0;
}

static int check_missing(const struct options *options, const struct submit *s, struct bf_err *err)
{
	struct bf_buf list = {0};
	if (!s->missing.len || options->missing)
		return 0;
	for (const char *p = bf_buf_text(&s->missing); *p; p++)
		bf_buf_puts(&list, *p != '\n' ? (char[]){ *p, '\0' } : p[1] ? ", " : "");
	bf_err_set(err, "it uses files that are not there: %.400s (--missing renders without them)", bf_buf_text(&list));
	bf_buf_clear(&list);
	return -1;
}

static int check_same(const struct options *options, const struct submit *s, struct bf_err *err)
{
	char where[BF_FILE_MAX];
	int same = options->again ? 0 : submit_find_same(&options->root, s, where, err);
	return same == 1 ? bf_err_set(err, "it was submitted before, unchanged: %s (--again insists)", where) : same;
}

/* Everything before the first byte is copied. */
static int prepare(struct options *options, struct submit *s, const char *given, struct bf_err *err)
{
	if (submit_look(s, given, options->name, err) < 0 || collect(options, s, err) < 0
		|| check_missing(options, s, err) < 0 || submit_digest(s, err) < 0
		|| submit_wishes_format(&options->wishes, s->folder ? s->main : NULL, s->content, &s->ini, err) < 0)
		return -1;
	return check_same(options, s, err);
}

static int submit_one(struct options *options, const char *given)
{
	struct submit s = {0};
	struct bf_err err;
	int status = EXIT_OK;
	if (prepare(options, &s, given, &err) < 0)
		status = EXIT_FAILED;
	else if (!options->dry_run && submit_send(&options->root, &s, options->quiet ? NULL : s.stem, &err) < 0)
		status = bf_err_is_share_fault(&err) ? EXIT_SHARE : EXIT_FAILED;
	const struct submit_told told = { .submit = &s, .given = given, .frames = options->wishes.frames,
		.other_scene = options->other_scene, .dry_run = options->dry_run, .why = status ? err.text : NULL };
	if (options->json)
		submit_tell_json(&told);
	if (status)
		complain(status, "%s: %s", given, err.text);
	else if (!options->json && !options->quiet)
		submit_tell(&told);
	fflush(stdout);
	submit_clear(&s);
	return status;
}

/* ---- all of them ---- */

/* A pattern that no shell has expanded, as some file managers pass them on. */
static int submit_pattern(struct options *options, const char *given)
{
	glob_t found = {0};
	int status = EXIT_OK;
	if (access(given, F_OK) == 0 || !strpbrk(given, "*?[") || glob(given, 0, NULL, &found) != 0 || !found.gl_pathc) {
		status = submit_one(options, given);
	} else if (found.gl_pathc > 1 && options->name) {
		status = complain(EXIT_USAGE, "--name is for one file, not for %zu", found.gl_pathc);
	} else {
		for (size_t i = 0; i < found.gl_pathc && status != EXIT_SHARE && !submit_stopped(); i++) {
			int one = submit_one(options, found.gl_pathv[i]);
			status = one ? one : status;
		}
	}
	globfree(&found);
	return status;
}

/* An empty mount point must not look like a share. */
static int open_share(struct options *options, struct bf_err *err)
{
	struct bf_names queue = {0};
	if (bf_share_open(options->share, &options->root, err) < 0)
		return -1;
	int listed = bf_fs_list(options->root.root, BF_QUEUE, &queue, err);
	bf_names_clear(&queue);
	if (listed == 0)
		bf_err_set(err, "%s/" BF_QUEUE " is missing: is the share mounted?", options->root.path);
	return listed == 1 ? 0 : -1;
}

static int run(struct options *options, char **given)
{
	struct bf_err err;
	int status = EXIT_OK;
	if (open_share(options, &err) < 0) {
		bf_share_close(&options->root);
		return complain(EXIT_SHARE, "%s", err.text);
	}
	int after = submit_after_resolve(&options->root, &options->wishes.when, &err);
	if (after != 1)
		status = complain(after < 0 ? EXIT_SHARE : EXIT_USAGE, "%s", err.text);
	for (; after == 1 && *given && status != EXIT_SHARE && !submit_stopped(); given++) {
		int one = submit_pattern(options, *given);
		status = one ? one : status;
	}
	bf_share_close(&options->root);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = { .share = getenv("BF_SHARE"), .blender = "blender", .collect = true };
	int status = parse_options(argc, argv, &options);
	if (status < 0) {
		submit_watch_signals();
		status = run(&options, argv + optind);
	}
	submit_wishes_clear(&options.wishes);
	if (submit_stopped()) {
		signal(submit_stopped(), SIG_DFL);
		raise(submit_stopped());
	}
	return status;
}
