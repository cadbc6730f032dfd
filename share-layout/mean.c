#include "share-layout/mean.h"

#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/digest.h"
#include "share-layout/look.h"

/* ---- reading ---- */

static void add(struct bf_means *means, const struct bf_task *task)
{
	if (means->count == means->room) {
		means->room = means->room ? 2 * means->room : 64;
		means->item = realloc(means->item, means->room * sizeof *means->item);
		if (!means->item)
			bf_bug("out of memory");
	}
	means->item[means->count++] = *task;
}

static int by_task(const void *a, const void *b)
{
	return bf_task_compare(a, b);
}

static int read_shard(const struct bf_share *share, const char *dir, struct bf_means *means, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = bf_share_list_fresh(share, dir, &names, err);
	for (size_t i = 0; i < names.count; i++) {
		struct bf_task task;
		if (bf_task_parse(names.item[i].text, &task) < 0 || task.kind != BF_TASK_JOIN || task.state != BF_DONE)
			continue;
		task.hash[0] = '\0'; /* that of the picture, which is not asked for here */
		add(means, &task);
	}
	bf_names_clear(&names);
	return result < 0 ? -1 : 0;
}

static struct bf_task *find(const struct bf_means *means, int32_t frame)
{
	size_t low = 0, high = means->count;
	while (low < high) { /* the first of its frame: the latest commit */
		size_t middle = (low + high) / 2;
		if (means->item[middle].frame < frame)
			low = middle + 1;
		else
			high = middle;
	}
	return low < means->count && means->item[low].frame == frame ? &means->item[low] : NULL;
}

static int read_files(const struct bf_share *share, const char *job, struct bf_means *means, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = bf_share_list_fresh(share, bf_path_in_job(job, BF_MEANS).text, &names, err);
	for (size_t i = 0; i < names.count; i++) {
		struct bf_task mean, *join;
		if (bf_mean_parse(names.item[i].text, &mean) == 0 && (join = find(means, mean.frame))
			&& join->attempt == mean.attempt && !strcmp(join->token, mean.token))
			memcpy(join->hash, mean.hash, sizeof join->hash);
	}
	bf_names_clear(&names);
	return result < 0 ? -1 : 0;
}

int bf_means_read(const struct bf_share *share, const struct bf_job *job, struct bf_means *out, struct bf_err *err)
{
	unsigned shards = bf_job_shard_count(job);
	for (unsigned i = 0; i < shards; i++)
		if (read_shard(share, bf_path_shard(job->id, bf_shard_of(i).name).text, out, err) < 0)
			return -1;
	if (out->count)
		qsort(out->item, out->count, sizeof *out->item, by_task);
	return read_files(share, job->id, out, err);
}

int bf_means_find(const struct bf_means *means, int32_t frame, struct bf_task *mean, struct bf_err *err)
{
	const struct bf_task *join = find(means, frame);
	if (!join)
		return bf_err_set(err, "its frame %d is not finished", (int)frame);
	if (!join->hash[0])
		return bf_err_set(err, "the samples of its frame %d are not kept any more in " BF_MEANS "/", (int)frame);
	*mean = *join;
	return 0;
}

bool bf_means_is_waste(const struct bf_means *means, const struct bf_task *mean)
{
	const struct bf_task *join = find(means, mean->frame);
	return join && bf_look_is_waste(join, mean);
}

void bf_means_clear(struct bf_means *means)
{
	free(means->item);
	*means = (struct bf_means){0};
}

/* ---- one of them ---- */

int bf_mean_find_base(const struct bf_share *share, const char *job, int32_t frame, struct bf_task *mean, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = bf_fs_list(share->root, bf_path_in_job(job, BF_BASE).text, &names, err), found = 0;
	for (size_t i = 0; i < names.count && !found; i++)
		found = bf_mean_parse(names.item[i].text, mean) == 0 && mean->frame == frame;
	bf_names_clear(&names);
	return result < 0 ? -1 : found;
}

int bf_mean_check(const struct bf_share *share, const char *path, const struct bf_task *mean, struct bf_err *err)
{
	char hash[BF_DIGEST_HEX];
	int fd = bf_fs_open_file(share->root, path, NULL, err);
	int result = fd < 0 ? -1 : bf_digest_fd(fd, path, hash, NULL, err);
	if (fd >= 0)
		bf_sys.close(fd);
	if (result == 0 && strcmp(hash, mean->hash))
		return bf_err_set(err, "%s is not what was joined: its hash is %s", path, hash);
	return result;
}
