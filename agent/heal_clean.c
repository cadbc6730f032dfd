/* What the last look sweeps away once nothing of the job is open or run. */
#include "agent/heal.h"

#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/mean.h"
#include "share-layout/path.h"
#include "share-layout/share.h"

/* What in dir nobody needs any more. */
static int remove_matching(struct heal *heal, const char *dir, bool (*is_left)(const char *name))
{
	int root = heal->w->share->root;
	struct bf_names names = {0};
	int result = bf_fs_list(root, dir, &names, heal->err);
	for (size_t i = 0; i < names.count && result >= 0; i++)
		if (is_left(names.item[i].text))
			result = bf_fs_remove_tree(root, bf_path_of("%s/%s", dir, names.item[i].text).text, heal->err);
	bf_names_clear(&names);
	return result < 0 ? -1 : 0;
}

static bool is_any(const char *name)
{
	(void)name;
	return true;
}

/* In output/JOB/: previews, and what was to become one. */
static bool is_passing(const char *name)
{
	struct bf_task task;
	unsigned view;
	return bf_share_is_probe(name) || bf_preview_is(name)
		|| (bf_private_parse(name, &task, &view) == 0 && task.kind == BF_TASK_PIECE);
}

/* Means that no commit names. Others stay: more samples may be added to them. */
static int remove_old_means(struct heal *heal)
{
	const struct bf_job *job = &heal->job->plan;
	int root = heal->w->share->root;
	struct bf_names names = {0};
	struct bf_means means = {0};
	struct bf_task mean;
	int result = bf_fs_list(root, bf_path_in_job(job->id, BF_MEANS).text, &names, heal->err);
	if (result == 1)
		result = bf_means_read(heal->w->share, job, &means, heal->err);
	for (size_t i = 0; i < names.count && result >= 0; i++)
		if (bf_mean_parse(names.item[i].text, &mean) == 0 && bf_means_is_waste(&means, &mean))
			result = bf_fs_unlink(root, bf_path_mean(job->id, BF_MEANS, &mean).text, heal->err);
	bf_means_clear(&means);
	bf_names_clear(&names);
	return result < 0 ? -1 : 0;
}

static bool is_half_made(const char *name)
{
	return !strncmp(name, ".new.", 5) || !strncmp(name, HEAL_ANEW, strlen(HEAL_ANEW)) || !strncmp(name, HEAL_GONE, strlen(HEAL_GONE));
}

/* What looks of tools and agents that were stopped have left in the folders of all jobs. It harms nobody, so what we may not remove
 * stays. */
static void remove_probes(struct heal *heal)
{
	static const char *const places[] = { BF_QUEUE, BF_INCOMING, BF_JOBS };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		remove_matching(heal, places[i], bf_share_is_probe);
}

int heal_clean_up(struct heal *heal)
{
	const char *job = heal->job->plan.id;
	remove_probes(heal);
	if (remove_matching(heal, bf_path_job(job).text, bf_share_is_probe) < 0
		|| remove_matching(heal, bf_path_in_job(job, "tasks").text, is_half_made) < 0
		|| remove_matching(heal, bf_path_shard(job, BF_SHARD_END).text, bf_share_is_probe) < 0
		|| remove_matching(heal, bf_path_output(job).text, is_passing) < 0)
		return -1;
	if (!bf_job_in_pieces(&heal->job->plan))
		return 0;
	if (heal->job->plan.sample_parts && remove_old_means(heal) < 0)
		return -1;
	return remove_matching(heal, bf_path_in_job(job, "pieces").text, heal->parked ? bf_share_is_probe : is_any);
}
