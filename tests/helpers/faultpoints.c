/* One fault in one run, for every call on the share that an agent makes in the life of some jobs.
 *
 *	faultpoints [-e N] [-j N] [-k KIND] [-c CALL] [-s SCENARIO] [-v] WORK BIN LOGS
 *
 * BIN holds programs built with the hook of tests/fault. An undisturbed run says which calls there are and what the
 * share looks like in the end. Then for each kind of fault and each call (-e N: every N-th; -k, -c: only these) a
 * fresh folder with submissions (-s: which) is given to an agent that meets the fault; when that one died or
 * gave up, to a clean one. The share must look the same in the end, and an agent that did not have to die must have got
 * there itself. -j runs so many at a time. What failed leaves its logs in LOGS.
 *
 * Prints `KIND covered C of N, F failed` for each kind; exit code 1 when anything failed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "tests/lib/fault_place.h"
#include "tests/lib/share_summary.h"

enum { CALLS_MAX = 4000, CALL_SIZE = 700, JOBS_MAX = 8, EQUAL_LOOKS = 2, CALM_RUNS = 4 };

struct call {
	char address[CALL_SIZE], op[16], role;
	bool changes;
};

/* Which calls a kind of fault can happen to. */
static const struct kind {
	const char *name;
	const char *ops;   /* "" = all */
	bool changes_only;
	bool dies;         /* the agent cannot be expected to get there itself */
	bool not_merge;    /* means something else to a child process that reads pieces */
} kinds[] = {
	{ "die-before", "", false, true, false },
	{ "die-after", "", true, true, false },
	{ "fall-before", "", false, false, true },
	{ "fall-after", "", true, false, true },
	{ "EIO", "", false, false, false },
	{ "ENOSPC", "create put write fsync close-written mkdir rename link ", false, false, false },
	{ "ESTALE", "", false, false, false },
	{ "EINTR", "create put open opendir read write fsync close-written ", false, false, false },
	{ "short", "write ", false, false, false },
	{ "lost", "create rename link unlink mkdir rmdir ", false, false, false },
	{ "lost-EIO", "create put rename link unlink mkdir rmdir fsync close-written ", false, false, false },
	{ "outage-EIO", "", true, false, true },
	{ "outage-ENOSPC", "", true, false, true },
	{ "stale", "", true, false, true },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static struct call *calls;
static int call_count;
static struct bf_buf wanted; /* how the share looks in the end */
static const char *bin, *work, *logs, *only_kind, *only_call;
static bool verbose;
static const struct fault_scenario *scenario = fault_scenarios;

/* Shared by the processes that run in parallel. */
static struct tally {
	struct { atomic_int runs, covered, failed, helped; } kind[KINDS];
	atomic_int failures;
} *tally;

/* ---- judging ---- */

static void add_file(struct bf_buf *out, const char *path)
{
	struct bf_buf text = {0};
	bf_buf_printf(out, "--- %s\n", strrchr(path, '/') + 1);
	if (bf_fs_read(AT_FDCWD, path, 1 << 22, &text, NULL) == 1)
		bf_buf_add(out, text.data, text.len);
	bf_buf_clear(&text);
}

static bool looks_right(const struct fault_place *p, struct bf_buf *why)
{
	struct bf_buf got = {0};
	share_summary(p->share, &got);
	bool same = !strcmp(bf_buf_text(&wanted), bf_buf_text(&got));
	if (!same)
		share_summary_diff(bf_buf_text(&wanted), bf_buf_text(&got), 20, why);
	bf_buf_clear(&got);
	return same;
}

static bool exited(int status, int code)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

static bool ended_well(int status)
{
	return exited(status, 0) || (scenario->fails && exited(status, 1));
}

static void say_end(struct bf_buf *why, const char *who, int status)
{
	if (status == -1)
		bf_buf_printf(why, "the %s agent did not end\n", who);
	else if (WIFSIGNALED(status))
		bf_buf_printf(why, "the %s agent was killed by signal %d\n", who, WTERMSIG(status));
	else
		bf_buf_printf(why, "the %s agent ended with exit code %d\n", who, WEXITSTATUS(status));
}

static bool is_killed(const struct kind *kind, const struct call *call)
{
	return kind->dies || (!strncmp(kind->name, "fall", 4) && call->role == 's');
}

/* Returns true when all is as it should be, else why says what is not. *hit: whether the call was made at all. */
static bool try(const struct fault_place *p, const struct kind *kind, const struct call *call, bool *hit, bool *helped,
	struct bf_buf *why)
{
	bool left;
	fault_place_make(p, scenario, bin);
	int status = fault_place_run(p, bin, &(struct fault){ kind->name, call->address, verbose }, &left);
	*hit = access(p->hit, F_OK) == 0;
	*helped = false;
	if (left)
		bf_buf_puts(why, "processes outlived the agent\n");
	bool may_fail = call->role == 's'; /* a share that cannot be used at the start: it says so and ends */
	if (*hit && is_killed(kind, call) ? !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		: !ended_well(status) && !(may_fail && exited(status, 3)))
		say_end(why, "disturbed", status);
	if (ended_well(status))
		return looks_right(p, why) && !why->len;
	*helped = true;
	status = fault_place_run(p, bin, NULL, &left);
	if (!ended_well(status))
		say_end(why, "clean", status);
	return looks_right(p, why) && !why->len;
}

static void keep_logs(const struct fault_place *p, const struct kind *kind, const struct call *call, const struct bf_buf *why)
{
	struct bf_buf all = {0};
	char path[700];
	snprintf(path, sizeof path, "%s/%04d.log", logs, atomic_fetch_add(&tally->failures, 1));
	bf_buf_printf(&all, "%s at %s\n%s", kind->name, call->address, bf_buf_text(why));
	add_file(&all, p->log[0]);
	add_file(&all, p->log[1]);
	if (verbose)
		add_file(&all, p->trace);
	fault_put_file(path, all.data, all.len);
	printf("# %s at %s (%s)\n#   %.*s\n", kind->name, call->address, strrchr(path, '/') + 1, (int)strcspn(bf_buf_text(why), "\n"),
		bf_buf_text(why));
	fflush(stdout);
	bf_buf_clear(&all);
}

static void do_point(const struct fault_place *p, int k, const struct call *call)
{
	struct bf_buf why = {0};
	bool hit, helped;
	bool good = try(p, &kinds[k], call, &hit, &helped, &why);
	atomic_fetch_add(&tally->kind[k].runs, 1);
	if (hit && good)
		atomic_fetch_add(&tally->kind[k].covered, 1);
	if (helped)
		atomic_fetch_add(&tally->kind[k].helped, 1);
	if (!good) {
		atomic_fetch_add(&tally->kind[k].failed, 1);
		keep_logs(p, &kinds[k], call, &why);
	} else if (!hit && verbose) {
		printf("# %s at %s: not reached\n", kinds[k].name, call->address);
	}
	bf_buf_clear(&why);
}

/* ---- which points ---- */

static bool applies(const struct kind *kind, const struct call *call)
{
	char op[20];
	snprintf(op, sizeof op, "%s ", call->op);
	if (kind->not_merge && call->role == 'm')
		return false;
	return (!kind->changes_only || call->changes) && (!kind->ops[0] || strstr(kind->ops, op));
}

/* The calls of an undisturbed run, in order. What an idle agent asks again and again counts twice. */
static int read_trace(const char *path, struct call *out)
{
	struct bf_buf text = {0};
	int count = 0;
	if (bf_fs_read(AT_FDCWD, path, 1 << 24, &text, NULL) != 1)
		fault_give_up(path);
	char (*bare)[CALL_SIZE] = calloc(CALLS_MAX, sizeof *bare);
	for (char *rest = text.data, *line; bare && (line = strsep(&rest, "\n")) && *line && count < CALLS_MAX;) {
		char *how = strrchr(line, ' ');
		int nth = 0;
		*how++ = '\0';
		for (int i = 0; i < count; i++)
			nth += !strcmp(bare[i], line);
		if (nth >= EQUAL_LOOKS && (strcmp(how, "change") || line[0] == 'k'))
			continue;
		struct call *call = &out[count];
		snprintf(bare[count++], CALL_SIZE, "%s", line);
		snprintf(call->address, CALL_SIZE, "%s %d", line, nth);
		call->role = line[0];
		call->changes = !strcmp(how, "change");
		sscanf(line, "%*c %*d %15s", call->op);
	}
	free(bare);
	bf_buf_clear(&text);
	return count;
}

static bool has_call(const struct call *list, int count, const struct call *call)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(list[i].address, call->address))
			return true;
	return false;
}

/* Some looks depend on who is quicker; only what every run does is a point. */
static void keep_common(const struct call *other, int other_count)
{
	int kept = 0;
	for (int i = 0; i < call_count; i++)
		if (has_call(other, other_count, &calls[i]))
			calls[kept++] = calls[i];
	call_count = kept;
}

static void run_points(int part, int parts, int every)
{
	struct fault_place p;
	int turn = 0;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fault_place_name(&p, work, part);
	for (int k = 0; k < KINDS; k++) {
		int n = k;
		if (only_kind && strcmp(only_kind, kinds[k].name))
			continue;
		for (int c = 0; c < call_count; c++) {
			if (!applies(&kinds[k], &calls[c]) || (only_call && strcmp(only_call, calls[c].address)))
				continue;
			if (n++ % every == 0 && turn++ % parts == part)
				do_point(&p, k, &calls[c]);
		}
	}
	if (!verbose)
		bf_fs_remove_tree(AT_FDCWD, p.dir, NULL);
}

/* ---- the story ---- */

static void run_undisturbed(const struct fault_place *p)
{
	bool left;
	fault_place_make(p, scenario, bin);
	int status = fault_place_run(p, bin, &(struct fault){ NULL, NULL, true }, &left);
	if (!ended_well(status)) {
		struct bf_buf log = {0};
		add_file(&log, p->log[0]);
		fprintf(stderr, "faultpoints: the undisturbed run failed\n%s", bf_buf_text(&log));
		exit(99);
	}
}

static void find_points(void)
{
	struct fault_place p;
	struct bf_buf why = {0};
	struct call *again = calloc(CALLS_MAX, sizeof *again);
	calls = calloc(CALLS_MAX, sizeof *calls);
	if (!calls || !again)
		fault_give_up("memory");
	fault_place_name(&p, work, 0);
	run_undisturbed(&p);
	share_summary(p.share, &wanted);
	call_count = read_trace(p.trace, calls);
	for (int i = 1; i < CALM_RUNS; i++) {
		run_undisturbed(&p);
		if (!looks_right(&p, &why)) {
			fprintf(stderr, "faultpoints: undisturbed runs differ\n%s", bf_buf_text(&why));
			exit(99);
		}
		keep_common(again, read_trace(p.trace, again));
	}
	free(again);
}

static int report(void)
{
	int failed = 0;
	for (int k = 0; k < KINDS; k++) {
		int runs = atomic_load(&tally->kind[k].runs), bad = atomic_load(&tally->kind[k].failed);
		if (runs)
			printf("%s covered %d of %d, %d failed, %d needed the clean agent\n", kinds[k].name, atomic_load(&tally->kind[k].covered),
				runs, bad, atomic_load(&tally->kind[k].helped));
		failed += bad;
	}
	return failed;
}

int main(int argc, char **argv)
{
	int every = 1, parts = 1;
	for (int c; (c = getopt(argc, argv, "e:j:k:c:s:v")) != -1;) {
		switch (c) {
		case 'e': every = atoi(optarg); break;
		case 'j': parts = atoi(optarg); break;
		case 'k': only_kind = optarg; break;
		case 'c': only_call = optarg; break;
		case 's':
			while (scenario->name && strcmp(optarg, scenario->name))
				scenario++;
			if (!scenario->name)
				return 2;
			break;
		case 'v': verbose = true; break;
		default: return 2;
		}
	}
	if (argc - optind != 3 || every < 1 || parts < 1 || parts > JOBS_MAX) {
		fprintf(stderr, "usage: faultpoints [-e N] [-j N] [-k KIND] [-c CALL] [-s SCENARIO] [-v] WORK BIN LOGS\n");
		return 2;
	}
	work = argv[optind];
	bin = argv[optind + 1];
	logs = argv[optind + 2];
	tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		fault_give_up("mmap");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	find_points();
	printf("# %d calls in every undisturbed run of %s\n%s", call_count, scenario->name, verbose ? bf_buf_text(&wanted) : "");
	fflush(stdout);
	for (int part = 0; part < parts; part++) {
		pid_t pid = fork();
		if (pid == 0) {
			run_points(part, parts, every);
			exit(0);
		}
		if (pid < 0)
			fault_give_up("fork");
	}
	int status, broken = 0;
	while (wait(&status) > 0)
		broken += !exited(status, 0);
	return report() || broken ? 1 : 0;
}
