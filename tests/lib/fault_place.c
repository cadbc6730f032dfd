#include "tests/lib/fault_place.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "tests/lib/fault_base.h"

enum { LIMIT_MS = 20000 };

void fault_give_up(const char *what)
{
	fprintf(stderr, "faultpoints: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* ---- the place ---- */

void fault_place_name(struct fault_place *p, const char *work, int n)
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

void fault_put_file(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || close(fd) < 0)
		fault_give_up(path);
}

static void put_text(const char *dir, const char *name, const char *text)
{
	char path[600];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	fault_put_file(path, text, strlen(text));
}

/* What `fakeblender --make` writes. */
static void put_blend(const char *dir, const char *name, const char *words)
{
	char path[600], bytes[512], end[24] = "ENDB";
	size_t n = (size_t)snprintf(bytes, 400, "BLENDER-v304\nfake %s\n", words);
	memcpy(bytes + n, end, sizeof end);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	fault_put_file(path, bytes, n + sizeof end);
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
		fault_give_up(folder);
	put_blend(folder, "scene.blend", "frames=3-3 size=8x8 ms=0 picture=set_####.png");
	put_text(folder, "texture.txt", "wood");
	put_text(queue, "shot.ini", "[job]\npercent = 50\n");
	put_text(queue, "shot.job", "other.blend\n5\n5\n");
	put_blend(queue, "other.blend", "frames=1-9 size=8x8 ms=0 picture=other_####.png");
	put_text(queue, "bad.blend", "this is a letter");
}

static void fill_more(const char *queue)
{
	char share[500], blend[600];
	put_text(queue, "more.ini", "[job]\nbase = " FAULT_BASE "\npieces = samples:2\nsamples = 12\n");
	put_blend(queue, "more.blend", "frames=7-7 size=16x12 ms=0 picture=still_####.png");
	snprintf(share, sizeof share, "%.*s", (int)(strrchr(queue, '/') - queue), queue);
	snprintf(blend, sizeof blend, "%s/more.blend", queue);
	fault_base_make(share, blend);
}

const struct fault_scenario fault_scenarios[] = {
	{ "plain", "", fill_plain, false },                /* a film in two directories of tasks, a still in pieces */
	{ "odd", "failures = 1\n", fill_odd, true },       /* a folder, a .job with settings, a frame that fails, no .blend */
	{ "more", "", fill_more, false },                  /* samples that are added to those of another job */
	{ 0 },
};

void fault_place_make(const struct fault_place *p, const struct fault_scenario *scenario, const char *bin)
{
	char queue[400], config[1200];
	if (bf_fs_remove_tree(AT_FDCWD, p->dir, NULL) < 0 || mkdir(p->dir, 0777) < 0 || mkdir(p->share, 0777) < 0)
		fault_give_up(p->dir);
	snprintf(queue, sizeof queue, "%s/queue", p->share);
	if (mkdir(queue, 0777) < 0)
		fault_give_up(queue);
	scenario->fill(queue);
	snprintf(config, sizeof config, "[agent]\nblender = %s/tests/fakeblender\nscratch = %s/scratch\nlease = 1\nbeat = 100ms\n"
		"poll = 100ms\nsettle = 100ms\nsettle_limit = 2\n%s", bin, p->dir, scenario->settings);
	fault_put_file(p->config, config, strlen(config));
}

/* ---- one agent in it ---- */

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

static void exec_agent(const struct fault_place *p, const char *bin, const struct fault *fault)
{
	char program[400];
	snprintf(program, sizeof program, "%s/bfagent", bin);
	setsid();
	redirect(p->log[!fault]);
	setenv("BF_FAULT_SPEED", "20", 1);
	setenv("BF_FAKE_LOG", p->fake_log, 1);
	if (fault) {
		setenv("BF_FAULT_SHARE", p->share, 1);
		setenv("BF_FAULT_HIT", p->hit, 1);
		if (fault->kind) {
			setenv("BF_FAULT_KIND", fault->kind, 1);
			setenv("BF_FAULT_CALL", fault->call, 1);
		}
		if (fault->trace)
			setenv("BF_FAULT_TRACE", p->trace, 1);
	}
	execl(program, program, "--config", p->config, "--share", p->share, "--name", fault ? "victim" : "clean", "--drain",
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

int fault_place_run(const struct fault_place *p, const char *bin, const struct fault *fault, bool *left_out)
{
	pid_t pid = fork(), ended;
	int status = 0, result = -1;
	if (pid < 0)
		fault_give_up("fork");
	if (pid == 0)
		exec_agent(p, bin, fault);
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
