/* Many processes claim the same tasks, with everything that happens on a farm: claims given back,
 * failures, owners that forget their claim, owners that are taken over although they live and go on.
 *
 *	claimrace DIR[,DIR...] PROCESSES TASKS [LOCK]
 *
 * DIR must be missing or empty; several mounts of one folder, separated by commas, are used in turn. LOCK
 * is `exact` (the library's), or one that is broken on purpose, to see that the referee below notices: `check` (look, then create without O_EXCL) or `loose` (rename from whatever state
 * the task is in, not from the one that was seen).
 *
 * The referee counts in shared memory who says he won or lost which step, and compares with the directory at the
 * end. For each attempt of each task: one winner of the step out of `open`, one of the step out of `run`;
 * nobody lost a state that nobody won; and every task is done once. Prints a line of counts; exit status 1
 * when a rule was broken. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/claim.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

#define JOB "race_2026-01-01_000000"

enum { SHARD = 100 /* tasks in a directory */, ATTEMPTS = 128, CALM = 100 /* attempts; then nobody lets go any more */, PROCESSES_MAX = 64 };

struct tally {
	atomic_uchar open_won, open_lost, run_won, run_lost;
};

struct referee {
	atomic_ulong takes, breaks, commits, late, releases, losses, errors;
	struct tally tally[]; /* tasks × ATTEMPTS */
};

struct racer {
	struct bf_place place;
	struct bf_shard shard;
	struct referee *referee;
	char id[BF_ID_MAX];
	unsigned long claims;
	bool step_back; /* walk from the other end */
	struct bf_names names;
};

/* ---- the moves: the library's, and broken ones ---- */

struct moves {
	int (*take)(const struct bf_place *, const struct bf_task *, const char *, struct bf_task *, struct bf_err *);
	int (*take_over)(const struct bf_place *, const struct bf_task *, const char *, struct bf_task *, struct bf_err *);
	int (*commit)(const struct bf_place *, const struct bf_task *, const char *, struct bf_task *, struct bf_err *);
};

/* What most render farms on a folder do: is it free? Then it is mine. */
static int check_take(const struct bf_place *place, const struct bf_task *open, const char *token, struct bf_task *mine,
	struct bf_err *err)
{
	struct stat st;
	int root = place->share->root;
	struct bf_path from = bf_path_task(place->job, place->shard, open);
	if (bf_sys.stat(root, from.text, &st) < 0)
		return 0;
	sched_yield();
	*mine = bf_task_take(open, token);
	int fd = bf_sys.open(root, bf_path_task(place->job, place->shard, mine).text, O_WRONLY | O_CREAT, 0666);
	if (fd < 0)
		return bf_err_sys(err, errno, "create");
	bf_sys.close(fd);
	bf_sys.unlink(root, from.text);
	return 1;
}

/* The present state of a task, whatever it is. */
static int find_state(const struct bf_place *place, const struct bf_task *task, struct bf_task *now, struct bf_err *err)
{
	struct bf_names names = {0};
	int found = 0;
	if (bf_fs_list(place->share->root, bf_path_shard(place->job, place->shard).text, &names, err) == 1)
		for (size_t i = 0; i < names.count && !found; i++)
			found = bf_task_parse(names.item[i].text, now) == 0 && bf_task_same(now, task);
	bf_names_clear(&names);
	return found;
}

static int loose_commit(const struct bf_place *place, const struct bf_task *mine, const char *hash, struct bf_task *out,
	struct bf_err *err)
{
	struct bf_task now;
	if (find_state(place, mine, &now, err) != 1 || now.state != BF_RUN)
		return 0;
	struct bf_task done = bf_task_commit(&now, hash);
	(void)out;
	return bf_fs_rename(place->share->root, bf_path_task(place->job, place->shard, &now).text,
		bf_path_task(place->job, place->shard, &done).text, err);
}

static const struct moves exact = { bf_claim_take, bf_claim_break, bf_claim_commit };
static const struct moves check = { check_take, bf_claim_break, bf_claim_commit };
static const struct moves loose = { bf_claim_take, bf_claim_break, loose_commit };
static const struct moves *moves = &exact;

/* ---- a racer ---- */

static void count(struct racer *r, const struct bf_task *from, int result)
{
	if (from->attempt >= ATTEMPTS || result < 0) {
		atomic_fetch_add(&r->referee->errors, 1);
		return;
	}
	struct tally *tally = &r->referee->tally[(size_t)from->frame * ATTEMPTS + from->attempt];
	if (from->state == BF_OPEN)
		atomic_fetch_add(result ? &tally->open_won : &tally->open_lost, 1);
	else
		atomic_fetch_add(result ? &tally->run_won : &tally->run_lost, 1);
	if (!result)
		atomic_fetch_add(&r->referee->losses, 1);
}

static bool once_in(int n)
{
	return random() % n == 0;
}

static void work_a_little(void)
{
	if (once_in(4))
		sched_yield();
	if (once_in(8))
		nanosleep(&(struct timespec){ .tv_nsec = random() % 8000000 }, NULL);
}

static void finish_claim(struct racer *r, const struct bf_task *mine)
{
	struct bf_err err;
	bool calm = mine->attempt > CALM;
	int result;
	work_a_little();
	if (!calm && once_in(40))
		return; /* dead: somebody else has to notice */
	if (!calm && once_in(10)) {
		result = (once_in(2) ? bf_claim_release : bf_claim_fail)(&r->place, mine, &err);
		atomic_fetch_add(&r->referee->releases, result == 1);
	} else {
		result = moves->commit(&r->place, mine, BF_HASH_NONE, NULL, &err);
		atomic_fetch_add(result == 1 ? &r->referee->commits : &r->referee->late, 1);
	}
	count(r, mine, result);
}

static void try_claim(struct racer *r, const struct bf_task *seen)
{
	char token[BF_TOKEN_MAX];
	struct bf_token it = { .count = ++r->claims }, owner;
	struct bf_task mine;
	struct bf_err err;
	memcpy(it.id, r->id, sizeof it.id);
	bf_token_format(&it, token);
	int result;
	if (seen->state == BF_OPEN) {
		result = moves->take(&r->place, seen, token, &mine, &err);
		atomic_fetch_add(&r->referee->takes, result == 1);
	} else {
		/* One's own, forgotten: others notice. But with a broken lock there are claims of tasks that were done long ago, and
		 * all others may have gone on to the next directory. */
		if (bf_token_parse(seen->token, &owner) == 0 && !strcmp(owner.id, r->id) && !once_in(200))
			return;
		result = moves->take_over(&r->place, seen, token, &mine, &err);
		atomic_fetch_add(&r->referee->breaks, result == 1);
	}
	count(r, seen, result);
	if (result == 1)
		finish_claim(r, &mine);
}

/* Everybody walks the same way, for the greatest crowd; one in four from the other end. Returns false when nothing
 * was left to do. */
static bool walk(struct racer *r)
{
	struct bf_err err;
	bool left = false;
	if (bf_fs_list(r->place.share->root, bf_path_shard(JOB, r->shard.name).text, &r->names, &err) != 1)
		bf_bug("%s", err.text);
	bf_names_sort(&r->names);
	for (size_t i = 0; i < r->names.count; i++) {
		struct bf_task seen;
		size_t at = r->step_back ? r->names.count - 1 - i : i;
		if (bf_task_parse(r->names.item[at].text, &seen) < 0 || seen.state == BF_DONE)
			continue;
		left = true;
		if (seen.state == BF_OPEN || once_in(seen.attempt > CALM ? 100 : 3))
			try_claim(r, &seen);
	}
	return left;
}

static void race(struct racer *r, int tasks)
{
	for (int first = 0; first < tasks; first += SHARD) {
		r->shard = bf_shard_of((unsigned)(first / SHARD));
		r->place.shard = r->shard.name;
		while (walk(r))
			continue;
	}
	bf_names_clear(&r->names);
}

/* ---- the referee ---- */

static void must(bool good, const char *what)
{
	if (!good) {
		perror(what);
		exit(2);
	}
}

static void make_tasks(const struct bf_share *share, int tasks)
{
	struct bf_err err;
	must(bf_fs_mkdir(share->root, "jobs/" JOB, &err) >= 0 && bf_fs_mkdir(share->root, "jobs/" JOB "/tasks", &err) >= 0,
		"mkdir");
	for (int i = 0; i < tasks; i++) {
		struct bf_task task = bf_task_open(BF_TASK_FRAME, i, 0);
		struct bf_shard shard = bf_shard_of((unsigned)(i / SHARD));
		must(i % SHARD || bf_fs_mkdir(share->root, bf_path_shard(JOB, shard.name).text, &err) >= 0, "mkdir");
		int fd = bf_sys.open(share->root, bf_path_task(JOB, shard.name, &task).text, O_WRONLY | O_CREAT | O_EXCL, 0666);
		must(fd >= 0, "task");
		bf_sys.close(fd);
	}
}

/* Of each task there must be one file, and it must say done. Returns how many are wrong. */
static int judge_directories(const struct bf_share *share, int tasks)
{
	struct bf_names names = {0};
	struct bf_err err;
	int *files = calloc((size_t)tasks, sizeof *files), wrong = 0;
	must(files != NULL, "calloc");
	for (int first = 0; first < tasks; first += SHARD) {
		struct bf_shard shard = bf_shard_of((unsigned)(first / SHARD));
		struct bf_path probe = bf_path_of("%s/.look", bf_path_shard(JOB, shard.name).text);
		must(bf_fs_create(share->root, probe.text, "", 0, &err) == 1 /* or it may show us the past */
			&& bf_fs_unlink(share->root, probe.text, &err) == 1, "look");
		must(bf_fs_list(share->root, bf_path_shard(JOB, shard.name).text, &names, &err) == 1, "list");
		for (size_t i = 0; i < names.count; i++) {
			struct bf_task task;
			if (bf_task_parse(names.item[i].text, &task) < 0 || task.state != BF_DONE || task.frame >= tasks)
				wrong++;
			else
				files[task.frame]++;
		}
	}
	for (int i = 0; i < tasks; i++)
		wrong += files[i] != 1;
	bf_names_clear(&names);
	free(files);
	return wrong;
}

static int judge(const struct referee *referee, const struct bf_share *share, int tasks)
{
	int doubles = 0, ghosts = 0;
	for (size_t i = 0; i < (size_t)tasks * ATTEMPTS; i++) {
		const struct tally *t = &referee->tally[i];
		doubles += t->open_won > 1;
		doubles += t->run_won > 1;
		ghosts += (t->open_lost && !t->open_won) || (t->run_lost && !t->run_won);
	}
	int wrong = judge_directories(share, tasks);
	bool committed = referee->commits == (unsigned long)tasks;
	printf("takes=%lu takeovers=%lu releases=%lu lost=%lu late=%lu commits=%lu errors=%lu doubles=%d false_losses=%d"
		" wrong_files=%d\n", referee->takes, referee->breaks, referee->releases, referee->losses, referee->late,
		referee->commits, referee->errors, doubles, ghosts, wrong);
	return doubles || ghosts || wrong || referee->errors || !committed;
}

/* Through the first mount, the second … in turn. */
static const char *mount_of(const char *mounts, int number, char path[4096])
{
	const char *at = mounts;
	for (int i = 0; i < number; i++)
		at = strchr(at, ',') ? strchr(at, ',') + 1 : mounts;
	snprintf(path, 4096, "%.*s", (int)strcspn(at, ","), at);
	return path;
}

static void run_racer(const char *mounts, struct referee *referee, int number, int tasks)
{
	struct racer *r = calloc(1, sizeof *r);
	struct bf_share share;
	struct bf_err err;
	char path[4096];
	must(r != NULL, "calloc");
	if (bf_share_open(mount_of(mounts, number, path), &share, &err) < 0)
		bf_bug("%s", err.text);
	alarm(300);
	srandom((unsigned)getpid() * 7919u);
	r->place = (struct bf_place){ .share = &share, .job = JOB };
	r->referee = referee;
	r->step_back = number % 4 == 3;
	bf_id_make("racer", r->id);
	race(r, tasks);
	free(r);
}

int main(int argc, char **argv)
{
	int processes = argc > 2 ? atoi(argv[2]) : 0, tasks = argc > 3 ? atoi(argv[3]) : 0, failed = 0;
	if (argc > 4)
		moves = !strcmp(argv[4], "check") ? &check : !strcmp(argv[4], "loose") ? &loose : &exact;
	struct bf_share share;
	struct bf_err err;
	char path[4096];
	if (processes < 1 || processes > PROCESSES_MAX || tasks < 1) {
		fprintf(stderr, "claimrace DIR[,DIR...] PROCESSES TASKS [exact|check|loose]\n");
		return 2;
	}
	if (bf_share_open_or_make(mount_of(argv[1], 0, path), &share, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	size_t size = sizeof(struct referee) + (size_t)tasks * ATTEMPTS * sizeof(struct tally);
	struct referee *referee = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(referee != MAP_FAILED, "mmap");
	make_tasks(&share, tasks);
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();
		must(pid >= 0, "fork");
		if (pid == 0) {
			run_racer(argv[1], referee, i, tasks);
			_exit(0);
		}
	}
	for (int status; wait(&status) > 0;)
		failed |= status != 0;
	failed |= judge(referee, &share, tasks);
	munmap(referee, size);
	bf_share_close(&share);
	return failed;
}
