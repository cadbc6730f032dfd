#include "tests/lib/fault_base.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/digest.h"
#include "share-layout/job.h"
#include "share-layout/path.h"
#include "tests/lib/fake_picture.h"
#include "tests/lib/fault_place.h"

enum { FRAME = 7, WIDTH = 16, HEIGHT = 12 };

static void digest_of(int dir, const char *path, char hex[BF_DIGEST_HEX])
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || bf_digest_fd(fd, path, hex, NULL, NULL) < 0)
		fault_give_up(path);
	close(fd);
}

static void make_dirs(const struct bf_share *share)
{
	static const char *const dirs[] = { "tasks", "tasks/000", "tasks/end", "pieces", "means", "logs", "journal" };
	struct bf_err err;
	if (bf_fs_mkdir(share->root, bf_path_job(FAULT_BASE).text, &err) < 0)
		fault_give_up(err.text);
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		if (bf_fs_mkdir(share->root, bf_path_in_job(FAULT_BASE, dirs[i]).text, &err) < 0)
			fault_give_up(err.text);
}

static void put(const struct bf_share *share, struct bf_path path)
{
	if (bf_fs_create(share->root, path.text, "", 0, NULL) != 1)
		fault_give_up(path.text);
}

/* Its hash is known when it is written. */
static void put_mean(const struct bf_share *share, struct bf_task *join)
{
	struct bf_path aside = bf_path_in_job(FAULT_BASE, BF_MEANS "/aside");
	int fd = openat(share->root, aside.text, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file || fake_picture_write_exr(file, FRAME, &(struct fake_rect){ 0, 0, WIDTH, HEIGHT }) < 0 || fclose(file))
		fault_give_up(aside.text);
	digest_of(share->root, aside.text, join->hash);
	if (bf_fs_rename(share->root, aside.text, bf_path_mean(FAULT_BASE, BF_MEANS, join).text, NULL) != 1)
		fault_give_up(aside.text);
}

static void put_plan(const struct bf_share *share, const char *blend)
{
	struct bf_job job = { .id = FAULT_BASE, .name = "base", .blend = "base.blend", .samples = 8, .width = WIDTH, .height = HEIGHT,
		.picture_count = 1, .picture = { "still_####.png" }, .ext = "png", .columns = 1, .rows = 1, .sample_parts = 2, .finish = true };
	struct bf_err err;
	digest_of(AT_FDCWD, blend, job.hash);
	if (bf_frames_range(FRAME, FRAME, 1, &job.frames, &err) < 0 || bf_job_write(share, bf_path_job(job.id).text, &job, &err) < 0)
		fault_give_up(err.text);
	bf_job_clear(&job);
}

void fault_base_make(const char *path, const char *blend)
{
	struct bf_share share;
	struct bf_err err;
	struct bf_task join = bf_task_open(BF_TASK_JOIN, FRAME, 0), finish = bf_task_open(BF_TASK_FINISH, 0, 0);
	if (bf_share_open_or_make(path, &share, &err) < 0)
		fault_give_up(err.text);
	make_dirs(&share);
	put_plan(&share, blend);
	join = bf_task_take(&join, "base-abcdef-0-1");
	put_mean(&share, &join);
	join = bf_task_commit(&join, BF_HASH_NONE);
	finish = bf_task_take(&finish, "base-abcdef-0-2");
	finish = bf_task_commit(&finish, BF_HASH_NONE);
	put(&share, bf_path_task(FAULT_BASE, "000", &join));
	put(&share, bf_path_task(FAULT_BASE, BF_SHARD_END, &finish));
	put(&share, bf_path_ended(FAULT_BASE));
	bf_share_close(&share);
}
