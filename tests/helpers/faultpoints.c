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
#include "tests/lib/share_summary.h"

enum { CALLS_MAX = 4000, CALL_SIZE = 700, LIMIT_MS = 20000, JOBS_MAX = 8, EQUAL_LOOKS = 2, CALM_RUNS = 4 };

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

/* Shared by the processes that run in parallel. */
static struct tally {
	struct { atomic_int runs, covered, failed, helped; } kind[KINDS];
	atomic_int failures;
} *tally;

static void give_up(const char *what)
{
	fprintf(stderr, "faultpoints: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* ---- one place to run in ---- */

struct place {
	char dir[256], share[300], log[2][300], trace[300], hit[300], fake_log[300], config[300];
};

static void name_place(struct place *p, int n)
{
	snprintf(p->dir, sizeof p->dir, "%.200s/%d", work, n);
	snprintf(p->share, sizeof p->share, "%s/share", p->dir);
	snprintf(p->log[0], sizeof p->log[0], "%s/victim.log", p->dir);
	snprintf(p->log[1], sizeof p->log[1], "%s/clean.log", p->dir);
	snprintf(p->trace, sizeof p->trace, "%s/trace", p->dir);
	snprintf(p->hit, sizeof p->hit, "%s/hit", p->dir);
	snprintf(p->fake_log, sizeof p->fake_log, "%s/renders", p->dir);
	snprintf(p->config, sizeof p->config, "%s/agent.ini", p->dir);
}

static void put_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || close(fd) < 0)
		give_up(path);
}

static void put_text(const char *dir, const char *name, const char *text)
{
	char path[600];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	put_file(path, text, strlen(text));
}

/* What `fakeblender --make` writes. */
static void put_blend(const char *dir, const char *name, const char *words)
{
	char path[600], bytes[512], end[24] = "ENDB";
	size_t n = (size_t)snprintf(bytes, 400, "BLENDER-v304\nfake %s\n", words);
	memcpy(bytes + n, end, sizeof end);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	put_file(path, bytes, n + sizeof end);
}

/* The last one is made first: where a folder lists the newest first they are accepted in the order of their names, and
 * then it does not matter whether a second passes in between. */
static void fill_plain(const char *queue)
{
	put_text(queue, "still.ini", "[job]\npieces = 2x1\n");
	put_blend(queue, "still.blend", "frames=7-7 size=16x12 depth=16 ms=0 picture=still_####.png");
	put_blend(queue, "film.blend", "frames=1-2 size=16x12 ms=0 picture=film_####.png");
}

static void fill_odd(const char *queue)
{
	char folder[500];
	put_blend(queue, "sick.blend", "frames=1-2 size=8x8 ms=0 fail=2 picture=sick_####.png");
	snprintf(folder, sizeof folder, "%s/set", queue);
	if (mkdir(folder, 0777) < 0)
		give_up(folder);
	put_blend(folder, "scene.blend", "frames=3-3 size=8x8 ms=0 picture=set_####.png");
	put_text(folder, "texture.txt", "wood");
	put_text(queue, "shot.ini", "[job]\npercent = 50\n");
	put_text(queue, "shot.job", "other.blend\n5\n5\n");
	put_blend(queue, "other.blend", "frames=1-9 size=8x8 ms=0 picture=other_####.png");
	put_text(queue, "bad.blend", "this is a letter");
}

/* fails: some work ends badly, and the agent says so with its exit code. */
static const struct scenario {
	const char *name, *settings;
	void (*fill)(const char *queue);
	bool fails;
} scenarios[] = {
	{ "plain", "", fill_plain, false },                /* a film in two directories of tasks, a still in pieces */
	{ "odd", "failures = 1\n", fill_odd, true },       /* a folder, a .job with settings, a frame that fails, no .blend */
};
static const struct scenario *scenario = scenarios;

static void make_place(const struct place *p)
{
	char queue[400], config[1200];
	if (bf_fs_remove_tree(AT_FDCWD, p->dir, NULL) < 0 || mkdir(p->dir, 0777) < 0 || mkdir(p->share, 0777) < 0)
		give_up(p->dir);
	snprintf(queue, sizeof queue, "%s/queue", p->share);
	if (mkdir(queue, 0777) < 0)
		give_up(queue);
	scenario->fill(queue);
	snprintf(config, sizeof config, "[agent]\nblender = %s/tests/fakeblender\nscratch = %s/scratch\nlease = 1\nbeat = 100ms\n"
		"poll = 100ms\nsettle = 100ms\nsettle_limit = 2\n%s", bin, p->dir, scenario->settings);
	put_file(p->config, config, strlen(config));
}

/* ---- one agent ---- */

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void nap(void)
{
	nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
}

static void redirect(const char *log)
{
	int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666), in = open("/dev/null", O_RDONLY);
	if (out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(99);
}

static void exec_agent(const struct place *p, bool clean, const struct kind *kind, const struct call *call)
{
	char program[400];
	snprintf(program, sizeof program, "%s/bfagent", bin);
	setsid();
	redirect(p->log[clean]);
	setenv("BF_FAULT_SPEED", "20", 1);
	setenv("BF_FAKE_LOG", p->fake_log, 1);
	if (!clean) {
		setenv("BF_FAULT_SHARE", p->share, 1);
		setenv("BF_FAULT_HIT", p->hit, 1);
		if (kind) {
			setenv("BF_FAULT_KIND", kind->name, 1);
			setenv("BF_FAULT_CALL", call->address, 1);
		}
		if (!kind || verbose)
			setenv("BF_FAULT_TRACE", p->trace, 1);
	}
	execl(program, program, "--config", p->config, "--share", p->share, "--name", clean ? "clean" : "victim", "--drain",
		(char *)NULL);
	_exit(98);
}

/* Children whose parents died before them are ours (a subreaper's): nothing may go on working when an agent has ended. */
static void kill_orphans(void)
{
	char path[64], text[4096];
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *file = fopen(path, "re");
	size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
	if (file)
		fclose(file);
	text[n] = '\0';
	for (char *rest = text, *word; (word = strsep(&rest, " "));)
		if (atoi(word) > 0)
			kill(atoi(word), SIGKILL);
}

/* Run an agent to its end. Returns its wait status, -1 when it does not end. *left_out: whether others outlived it. */
static int run_agent(const struct place *p, bool clean, const struct kind *kind, const struct call *call, bool *left_out)
{
	pid_t pid = fork(), ended;
	int status = 0, result = -1;
	if (pid < 0)
		give_up("fork");
	if (pid == 0)
		exec_agent(p, clean, kind, call);
	int64_t end_ms = now_ms() + LIMIT_MS;
	bool all_gone = false, main_gone = false;
	*left_out = false;
	while (!all_gone) {
		ended = waitpid(-1, &status, WNOHANG);
		all_gone = ended < 0;
		if (ended == pid) {
			result = status;
			main_gone = true;
			end_ms = now_ms() + 3000;
		} else if (ended == 0) {
			nap();
			if (now_ms() > end_ms) {
				*left_out = main_gone;
				kill(-pid, SIGKILL);
				kill_orphans();
			}
		}
	}
	return result;
}

/* ---- judging ---- */

static void add_file(struct bf_buf *out, const char *path)
{
	struct bf_buf text = {0};
	bf_buf_printf(out, "--- %s\n", strrchr(path, '/') + 1);
	if (bf_fs_read(AT_FDCWD, path, 1 << 22, &text, NULL) == 1)
		bf_buf_add(out, text.data, text.len);
	bf_buf_clear(&text);
}

static bool looks_right(const struct place *p, struct bf_buf *why)
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
static bool try(const struct place *p, const struct kind *kind, const struct call *call, bool *hit, bool *helped,
	struct bf_buf *why)
{
	bool left;
	make_place(p);
	int status = run_agent(p, false, kind, call, &left);
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
	status = run_agent(p, true, NULL, NULL, &left);
	if (!ended_well(status))
		say_end(why, "clean", status);
	return looks_right(p, why) && !why->len;
}

static void keep_logs(const struct place *p, const struct kind *kind, const struct call *call, const struct bf_buf *why)
{
	struct bf_buf all = {0};
	char path[700];
	snprintf(path, sizeof path, "%s/%04d.log", logs, atomic_fetch_add(&tally->failures, 1));
	bf_buf_printf(&all, "%s at %s\n%s", kind->name, call->address, bf_buf_text(why));
	add_file(&all, p->log[0]);
	add_file(&all, p->log[1]);
	if (verbose)
		add_file(&all, p->trace);
	put_file(path, all.data, all.len);
	printf("# %s at %s (%s)\n#   %.*s\n", kind->name, call->address, strrchr(path, '/') + 1, (int)strcspn(bf_buf_text(why), "\n"),
		bf_buf_text(why));
	fflush(stdout);
	bf_buf_clear(&all);
}

static void do_point(const struct place *p, int k, const struct call *call)
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
		give_up(path);
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
	struct place p;
	int turn = 0;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	name_place(&p, part);
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

static void run_undisturbed(const struct place *p)
{
	bool left;
	make_place(p);
	int status = run_agent(p, false, NULL, NULL, &left);
	if (!ended_well(status)) {
		struct bf_buf log = {0};
		add_file(&log, p->log[0]);
		fprintf(stderr, "faultpoints: the undisturbed run failed\n%s", bf_buf_text(&log));
		exit(99);
	}
}

static void find_points(void)
{
	struct place p;
	struct bf_buf why = {0};
	struct call *again = calloc(CALLS_MAX, sizeof *again);
	calls = calloc(CALLS_MAX, sizeof *calls);
	if (!calls || !again)
		give_up("memory");
	name_place(&p, 0);
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
			for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
				if (!strcmp(optarg, scenarios[i].name))
					scenario = &scenarios[i];
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
		give_up("mmap");
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
			give_up("fork");
	}
	int status, broken = 0;
	while (wait(&status) > 0)
		broken += !exited(status, 0);
	return report() || broken ? 1 : 0;
}
