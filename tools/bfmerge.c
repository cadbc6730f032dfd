/* bfmerge: join pieces of a picture. Check the headers, check the layout, then join into a
 * private file and rename it: nothing is written before everything that headers tell is in order,
 * and nothing is visible before all of it is right. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"
#include "tools/join.h"
#include "tools/merge.h"
#include "tools/merge_out.h"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_SHARE, EXIT_INCOMPLETE = 5 };

static const char help[] =
	"usage: bfmerge -o OUT [--size WxH] FILE@X,Y ...     join rectangles; X,Y = top left pixel in OUT\n"
	"       bfmerge -o OUT FILE ...                      lay full-size pictures with alpha over each other\n"
	"       bfmerge -o OUT --average FILE[*WEIGHT] ...   the mean of EXR renders with different samples\n"
	"       bfmerge --share DIR --job JOB [--frame N]    join the pieces of a job\n"
	"\n"
	"PNG or EXR. FILE@X,Y+N and FILE@X,Y+L,T,R,B cut overscan off: N pixels on each side, or so many\n"
	"on the left, top, right and bottom; X,Y is the place of the first pixel that is left.\n"
	"\n"
	"  -o, --output OUT       the result; untouched unless all went well\n"
	"  -s, --size WxH         size of the result in pixels (default: as far as the pieces reach)\n"
	"      --share DIR        the shared folder (default: $BF_SHARE)\n"
	"      --job JOB          the job whose pieces are joined\n"
	"      --frame N          which of its frames\n"
	"      --average          weigh pieces by the samples their headers tell, or by WEIGHT\n"
	"      --preview          join what is there; a chequered ground marks holes\n"
	"      --small            instead of the picture a small one for the eye: PNG, at most 1024 pixels a side\n"
	"      --verify           compare layers where both are not transparent, unpack even what could be\n"
	"                         copied, compare the pieces of a job with the hashes on record\n"
	"      --strip-metadata   no texts in the result (file names, times, ...)\n"
	"  -n, --dry-run          read and check everything, write nothing\n"
	"  -j, --threads N        threads to use (default: one for each processor)\n"
	"  -q, --quiet            print errors only\n"
	"  -h, --help             this text        -V, --version\n"
	"\n"
	"exit status: 0 done, 1 failed, 2 usage, 3 share or disk unusable, 5 pieces are missing\n";

struct options {
	const char *out, *share, *job;
	int64_t frame;
	uint32_t width, height;
	bool quiet, dry_run, strip_metadata, average, preview, small;
	struct join_options join;
};

enum { OPT_SHARE = 256, OPT_JOB, OPT_FRAME, OPT_VERIFY, OPT_STRIP, OPT_AVERAGE, OPT_PREVIEW, OPT_SMALL };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' }, { "size", required_argument, NULL, 's' },
	{ "share", required_argument, NULL, OPT_SHARE }, { "job", required_argument, NULL, OPT_JOB },
	{ "frame", required_argument, NULL, OPT_FRAME }, { "verify", no_argument, NULL, OPT_VERIFY },
	{ "average", no_argument, NULL, OPT_AVERAGE }, { "preview", no_argument, NULL, OPT_PREVIEW },
	{ "small", no_argument, NULL, OPT_SMALL }, { "strip-metadata", no_argument, NULL, OPT_STRIP }, { "dry-run", no_argument, NULL, 'n' },
	{ "threads", required_argument, NULL, 'j' }, { "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 },
};

/* All of these return -1 to go on, or an exit status. */

static int usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int usage(const char *format, ...)
{
	va_list args;
	fputs("bfmerge: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nTry 'bfmerge --help'.\n", stderr);
	return EXIT_USAGE;
}

static bool number(const char *text, int64_t low, int64_t high, char end, const char **rest, int64_t *value)
{
	char *after;
	if (*text != '-' && (*text < '0' || *text > '9'))
		return false;
	errno = 0;
	long long n = strtoll(text, &after, 10);
	if (errno || after == text || *after != end || n < low || n > high)
		return false;
	*value = n;
	if (rest)
		*rest = after + 1;
	return true;
}

static int take_size(struct options *options, const char *text)
{
	const char *rest;
	int64_t width, height;
	if (!number(text, 1, PIECE_SIDE_MAX, 'x', &rest, &width) ||
		!number(rest, 1, PIECE_SIDE_MAX, '\0', NULL, &height) ||
		!piece_size_ok((uint64_t)width, (uint64_t)height))
		return usage("--size %s: wanted is WxH, for example 1920x1080", text);
	options->width = (uint32_t)width;
	options->height = (uint32_t)height;
	return -1;
}

static int take_option(struct options *options, int option, const char *value)
{
	int64_t n;
	switch (option) {
	case 'o': options->out = value; return -1;
	case 's': return take_size(options, value);
	case OPT_SHARE: options->share = value; return -1;
	case OPT_JOB: options->job = value; return -1;
	case OPT_FRAME:
		if (!number(value, INT32_MIN, INT32_MAX, '\0', NULL, &options->frame))
			return usage("--frame %s is not a number", value);
		return -1;
	case OPT_VERIFY: options->join.verify = true; return -1;
	case OPT_AVERAGE: options->average = true; return -1;
	case OPT_PREVIEW: options->preview = true; return -1;
	case OPT_SMALL: options->small = true; return -1;
	case OPT_STRIP: options->strip_metadata = true; return -1;
	case 'n': options->dry_run = true; return -1;
	case 'q': options->quiet = true; return -1;
	case 'j':
		if (!number(value, 1, 1024, '\0', NULL, &n))
			return usage("--threads %s is not a number from 1 to 1024", value);
		options->join.threads = (unsigned)n;
		return -1;
	case 'h': fputs(help, stdout); return EXIT_OK;
	case 'V': puts("bfmerge " BF_VERSION); return EXIT_OK;
	default: fputs("Try 'bfmerge --help'.\n", stderr); return EXIT_USAGE;
	}
}

static int take_options(int argc, char **argv, struct options *options)
{
	int option, status = -1;
	while (status < 0 && (option = getopt_long(argc, argv, "o:s:nj:qhV", long_options, NULL)) != -1)
		status = take_option(options, option, optarg);
	return status;
}

static void add_file(struct merge_plan *plan, const char *argument, size_t path_len, const struct merge_piece *told)
{
	char *path = strndup(argument, path_len);
	if (!path)
		abort();
	struct merge_piece *piece = merge_add(plan, path, told->x, told->y);
	piece->crop = told->crop;
	piece->weight = told->weight;
	free(path);
}

/* The files on the command line: all with a place, or none. */
static int take_files(const struct options *options, char **file, int count, struct merge_plan *plan)
{
	if (count > MERGE_PIECES_MAX)
		return usage("%s: too many pieces", file[MERGE_PIECES_MAX]);
	for (int i = 0; i < count; i++) {
		struct merge_piece piece = {0};
		size_t path_len = strlen(file[i]);
		bool placed = merge_place_parse(file[i], &path_len, &piece);
		if (options->average && placed)
			return usage("%s: a mean is made of full-size pictures, which have no place", file[i]);
		if (options->average)
			merge_weight_parse(file[i], &path_len, &piece.weight);
		if (i == 0)
			plan->mode = options->average ? MERGE_MEAN : placed ? MERGE_PLACES : MERGE_LAYERS;
		else if ((plan->mode == MERGE_PLACES) != placed)
			return usage("%s: either all files have a place (FILE@X,Y) or none", file[i]);
		add_file(plan, file[i], path_len, &piece);
	}
	return -1;
}

static int fail(const struct bf_err *err, int status)
{
	fprintf(stderr, "bfmerge: %s\n", err->text);
	/* a disk that is full or away says nothing about the pieces */
	return status == EXIT_FAILED && bf_err_is_share_fault(err) ? EXIT_SHARE : status;
}

static int take_job(const struct options *options, struct merge_plan *plan, struct bf_buf *out_path)
{
	struct bf_err err;
	int found = merge_job_pieces(options->share, options->job, options->frame, options->join.verify, plan, out_path,
		&err);
	if (found == 0)
		return fail(&err, EXIT_INCOMPLETE);
	if (found < 0)
		return fail(&err, found == MERGE_NO_SHARE || bf_err_is_share_fault(&err) ? EXIT_SHARE : EXIT_FAILED);
	if (!options->out && !out_path->len && !options->dry_run)
		return usage("--job %s: Blender has to finish what is joined here; name an EXR file with -o", options->job);
	return -1;
}

static int take_pieces(const struct options *options, char **file, int count, struct merge_plan *plan,
	struct bf_buf *out_path)
{
	plan->preview = options->preview;
	plan->small = options->small;
	if (options->job) {
		if (options->average)
			return usage("--average needs files");
		if (count)
			return usage("%s: files and --job do not go together", file[0]);
		if (!options->share)
			return usage("%s: --job needs --share", options->job);
		if (options->small && !options->out)
			return usage("--job %s: where to with the small picture? (-o OUT)", options->job);
		return take_job(options, plan, out_path);
	}
	if (options->frame != INT64_MIN)
		return usage("--frame needs --job");
	if (!count)
		return usage("no pieces given");
	if (!options->out && !options->dry_run)
		return usage("where to? (-o OUT)");
	plan->width = options->width;
	plan->height = options->height;
	return take_files(options, file, count, plan);
}

static int join(const struct options *options, const struct merge_plan *plan, const char *out_path)
{
	struct bf_err err;
	struct merge_out out = {0};
	if (options->dry_run)
		return join_run(plan, &options->join, -1, out_path, &err) < 0 ? fail(&err, EXIT_FAILED) : EXIT_OK;
	if (merge_out_open(&out, out_path, &err) < 0)
		return fail(&err, EXIT_FAILED);
	int status = EXIT_OK;
	if (join_run(plan, &options->join, out.fd, out_path, &err) < 0 || merge_out_commit(&out, &err) < 0)
		status = fail(&err, EXIT_FAILED);
	merge_out_abandon(&out);
	return status;
}

static void warn(const struct bf_err *why)
{
	fprintf(stderr, "bfmerge: left out: %s\n", why->text);
}

static int check_and_join(const struct options *options, struct merge_plan *plan, const char *out_path)
{
	struct bf_err err;
	if (merge_check(plan, options->strip_metadata, warn, &err) < 0)
		return fail(&err, plan->count ? EXIT_FAILED : EXIT_INCOMPLETE);
	if (merge_layout(plan, &err) == 0 && !plan->preview)
		return fail(&err, EXIT_INCOMPLETE);
	int status = join(options, plan, out_path);
	if (status == EXIT_OK && !options->quiet)
		printf("%s: %s%ux%u pixels, %s, from %zu piece%s%s\n", options->dry_run ? "fine" : out_path,
			plan->small ? "a small picture of " : "", (unsigned)plan->width, (unsigned)plan->height, plan->result.format,
			plan->count, plan->count == 1 ? "" : "s", plan->holes ? ", with holes" : "");
	return status;
}

/* A row of many narrow columns has them all open at once. */
static void allow_many_files(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	struct options options = { .share = getenv("BF_SHARE"), .frame = INT64_MIN };
	struct merge_plan plan = {0};
	struct bf_buf job_out = {0};
	int status = take_options(argc, argv, &options);
	if (status < 0)
		status = take_pieces(&options, argv + optind, argc - optind, &plan, &job_out);
	if (status < 0) {
		allow_many_files();
		status = check_and_join(&options, &plan, options.out ? options.out : bf_buf_text(&job_out));
	}
	bf_buf_clear(&job_out);
	merge_clear(&plan);
	return status;
}
