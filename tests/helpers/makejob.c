/* makejob SHARE FRAMES [COLUMNSxROWS]: a share with one big job in the middle of its work, made without any
 * agent, for measuring the tools that look at it. Most directories of tasks have ended (with a few
 * parked tasks), the next two are being worked on, the rest is untouched; every machine has its journal. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/card.h"
#include "share-layout/journal.h"
#include "share-layout/job.h"
#include "share-layout/path.h"
#include "share-layout/share.h"
#include "share-layout/task.h"

enum { AGENTS = 8 };
#define JOB "big_2026-01-02_030405"

static const char *const agent_id[AGENTS] = { "atelier-1-abcdef", "atelier-2-bcdefg", "atelier-3-cdefgh", "laptop-defghj",
	"render-01-efghjk", "render-02-fghjkm", "render-03-ghjkmn", "tower-hjkmnp" };

struct making {
	const struct bf_share *share;
	struct bf_job job;
	unsigned shard, shard_count;
	unsigned long number;
	int dir;
	struct bf_buf journal[AGENTS];
};

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "makejob: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void must_err(bool good, const struct bf_err *err)
{
	if (good)
		return;
	fprintf(stderr, "makejob: %s\n", err->text);
	exit(1);
}

static void write_down(struct making *making, const struct bf_task *task, unsigned agent)
{
	struct bf_record record = { .event = "done", .task = *task, .seconds = 10.0 + agent, .render_s = 9.5, .bytes = 1843200,
		.mem_mb = 700, .ended = 1767323045, .blender = "3.4.1", .device = "CPU" };
	bf_journal_format(&record, &making->journal[agent]);
}

/* One task in the state that its place in the job calls for. */
static int make_task(void *arg, const struct bf_task *open)
{
	struct making *making = arg;
	unsigned long n = making->number++;
	unsigned agent = (unsigned)(n % AGENTS), busy = making->shard_count * 6 / 10;
	struct bf_task task = *open;
	char token[BF_TOKEN_MAX], name[BF_FILE_MAX];
	if (making->shard <= busy && open->kind != BF_TASK_MORE) {
		snprintf(token, sizeof token, "%s-0-%lu", agent_id[agent], n);
		task = bf_task_take(open, token);
		bool ended = making->shard < busy || n % 1000 < 500;
		if (ended && n % 997 == 0)
			task = bf_task_park(&task);
		else if (ended)
			task = bf_task_commit(&task, "0123456789abcdef0123456789abcdef");
		else if (n % 1000 >= 500 + AGENTS)
			task = *open;
	}
	if (task.state == BF_DONE)
		write_down(making, &task, agent);
	bf_task_format(&task, name);
	int fd = openat(making->dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	must(fd >= 0, name);
	close(fd);
	return 0;
}

static void make_dir(const struct bf_share *share, const char *path)
{
	struct bf_err err;
	must_err(bf_fs_mkdir(share->root, path, &err) >= 0, &err);
}

static void make_shard(struct making *making, unsigned shard)
{
	struct bf_err err;
	struct bf_path path = bf_path_shard(JOB, bf_shard_of(shard).name);
	make_dir(making->share, path.text);
	making->shard = shard;
	making->dir = bf_fs_open_dir(making->share->root, path.text, &err);
	must_err(making->dir >= 0, &err);
	bf_job_shard_tasks(&making->job, shard, make_task, making);
	close(making->dir);
}

static void make_agent(struct making *making, unsigned agent)
{
	struct bf_err err;
	struct bf_buf text = {0};
	struct bf_card card = { .beat_ms = 10000, .lease_ms = 60000, .slot_count = 1 };
	snprintf(card.id, sizeof card.id, "%s", agent_id[agent]);
	snprintf(card.host, sizeof card.host, "host-%u", agent);
	strcpy(card.version, BF_VERSION);
	strcpy(card.blender, "3.4.1");
	card.slot[0] = (struct bf_slot){ .state = BF_SLOT_RENDERING, .device = "CPU", .job = JOB, .task = "f0001",
		.percent = 10, .seconds = 3, .mem_mb = 700 };
	bf_card_format(&card, &text);
	must_err(bf_fs_rewrite(making->share->root, bf_path_card(card.id, 1).text, text.data, text.len, &err) == 0, &err);
	must_err(bf_fs_rewrite(making->share->root, bf_path_journal(JOB, card.id).text, making->journal[agent].data,
		making->journal[agent].len, &err) == 0, &err);
	bf_buf_clear(&text);
	bf_buf_clear(&making->journal[agent]);
}

static void plan(struct bf_job *job, const char *frames, const char *grid)
{
	struct bf_err err;
	must_err(bf_frames_range(1, atol(frames), 1, &job->frames, &err) == 0, &err);
	strcpy(job->id, JOB);
	strcpy(job->name, "big");
	strcpy(job->blend, "big.blend");
	strcpy(job->ext, "png");
	strcpy(job->picture[0], "####.png");
	job->picture_count = 1;
	job->width = 1920;
	job->height = 1080;
	must_err(bf_job_parse_pieces(grid, job->width, job->height, &job->columns, &job->rows, &err) == 0, &err);
}

int main(int argc, char **argv)
{
	static const char *const dirs[] = { "", "/source", "/tasks", "/pieces", "/journal", "/logs", ("/tasks/" BF_SHARD_END) };
	struct bf_share share;
	struct bf_err err;
	struct making making = { .share = &share };
	if (argc < 3 || argc > 4) {
		fputs("usage: makejob SHARE FRAMES [COLUMNSxROWS]\n", stderr);
		return 2;
	}
	must_err(bf_share_open_or_make(argv[1], &share, &err) == 0, &err);
	plan(&making.job, argv[2], argc > 3 ? argv[3] : "1x1");
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		make_dir(&share, bf_path_of("%s%s", bf_path_job(JOB).text, dirs[i]).text);
	making.shard_count = bf_job_shard_count(&making.job);
	for (unsigned shard = 0; shard < making.shard_count; shard++)
		make_shard(&making, shard);
	for (unsigned agent = 0; agent < AGENTS; agent++)
		make_agent(&making, agent);
	struct bf_task finish = bf_task_open(BF_TASK_FINISH, 0, 0);
	must_err(bf_fs_rewrite(share.root, bf_path_task(JOB, BF_SHARD_END, &finish).text, "", 0, &err) == 0, &err);
	must_err(bf_job_write(&share, bf_path_job(JOB).text, &making.job, &err) == 0, &err);
	bf_job_clear(&making.job);
	bf_share_close(&share);
	return 0;
}
