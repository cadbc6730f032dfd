#include "agent/mean.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/digest.h"
#include "share-layout/mean.h"

static struct bf_path path_of(const struct work *work)
{
	struct bf_task mean = work->task;
	memcpy(mean.hash, work->mean, sizeof mean.hash);
	return bf_path_mean(work->job->plan.id, BF_MEANS, &mean);
}

/* The hash stands in the name, so the file is read before it is copied. */
static int copy(struct worker *w, struct work *work, int in, const char *from, struct bf_err *err)
{
	char hash[BF_DIGEST_HEX];
	int64_t bytes;
	if (bf_digest_fd(in, from, work->mean, NULL, err) < 0)
		return -1;
	struct bf_path to = path_of(work);
	if (lseek(in, 0, SEEK_SET) < 0)
		return bf_err_sys(err, errno, "lseek(%s)", from);
	int result = bf_digest_copy(in, w->share->root, to.text, hash, &bytes, err);
	if (result < 0 && err->sys == ENOENT) { /* the first, or somebody threw the folder away */
		bf_fs_mkdir(w->share->root, bf_path_in_job(work->job->plan.id, BF_MEANS).text, NULL);
		result = bf_digest_copy(in, w->share->root, to.text, hash, &bytes, err);
	}
	return result;
}

int mean_keep(struct worker *w, struct work *work, struct bf_err *err)
{
	char from[4400];
	if (!work->joined[0] || !work->job->plan.sample_parts)
		return 0;
	if (bf_fmt(from, sizeof from, "%s/join/%s", w->dir, work->joined) < 0)
		bf_bug("path of %s is too long", work->joined);
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (in < 0)
		return bf_err_set(err, "what was joined is gone from the scratch folder: %s", from);
	int result = copy(w, work, in, from, err);
	close(in);
	return result;
}

void mean_remove(struct worker *w, const struct work *work)
{
	if (work->mean[0])
		bf_fs_unlink(w->share->root, path_of(work).text, NULL);
}

int mean_of_base(struct worker *w, const struct work *join, struct bf_buf *out, struct bf_err *err)
{
	const struct bf_job *job = &join->job->plan;
	struct bf_task mean;
	char name[BF_FILE_MAX];
	if (!job->base[0])
		return 0;
	int found = bf_mean_find_base(w->share, job->id, join->task.frame, &mean, err);
	if (found == 0)
		bf_err_set(err, "there is none in " BF_BASE "/");
	if (found != 1 || bf_mean_check(w->share, bf_path_mean(job->id, BF_BASE, &mean).text, &mean, err) < 0)
		return bf_err_prefix(err, "the samples of %.100s, to which this job was to add, are gone; ask for them again: bfjob more",
			job->base);
	bf_mean_name(&mean, name);
	bf_buf_printf(out, "../" BF_BASE "/%s*%d", name, job->base_samples);
	return 0;
}
