#include "agent/plan_base.h"

#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/digest.h"
#include "share-layout/mean.h"

/* ---- reading ---- */

int plan_base_read(const struct bf_share *share, const struct wishes *wishes, struct bf_job *job, struct bf_job *base,
	struct bf_err *err)
{
	if (!wishes->base[0])
		return 0;
	int found = bf_job_read(share, wishes->base, base, err);
	if (found < 0)
		return bf_err_prefix(err, "It is to add samples to the job %.100s (base = …)", wishes->base);
	if (found == 0)
		return bf_err_set(err, "It is to add samples to the job %.100s (base = …), and there is no such job here", wishes->base);
	if (!base->sample_parts)
		return bf_err_set(err, "It is to add samples to the job %.100s (base = …), which was not rendered in parts of its samples"
			" (pieces = samples:…)", wishes->base);
	if (strcmp(base->hash, job->hash))
		return bf_err_set(err, "It is to add samples to the job %.100s (base = …), but this .blend is another", wishes->base);
	memcpy(job->base, base->id, sizeof job->base);
	job->base_samples = base->samples;
	return 0;
}

/* ---- checking ---- */

/* What is not the same in both; NULL when nothing is. */
static const char *unlike(const struct bf_job *job, const struct bf_job *base)
{
	if (job->width != base->width || job->height != base->height)
		return "size";
	if (strcmp(job->scene, base->scene) || strcmp(job->camera, base->camera))
		return "scene or camera";
	if (strcmp(job->view_layer, base->view_layer) || strcmp(job->engine, base->engine))
		return "view layer or engine";
	return bf_job_fits_blender(job, base->blender) ? NULL : "version of Blender";
}

int plan_base_check(const struct bf_job *job, const struct bf_job *base, struct bf_err *err)
{
	if (!job->base[0])
		return 0;
	if (!job->sample_parts)
		return bf_err_set(err, "Only parts of the samples can be added to those of %.100s (pieces = samples:…)%s%.120s", job->base,
			job->warning_count ? ": " : "", job->warning_count ? job->warning[job->warning_count - 1] : "");
	const char *what = unlike(job, base);
	return what ? bf_err_set(err, "It cannot add samples to those of %.100s, which has another %s", job->base, what) : 0;
}

/* ---- copying ---- */

static int find_all(const struct bf_job *job, const struct bf_means *means, struct bf_err *err)
{
	struct bf_task mean;
	for (size_t i = 0; i < job->frames.count; i++)
		if (bf_means_find(means, job->frames.frame[i], &mean, err) < 0)
			return bf_err_prefix(err, "It cannot add samples to those of %.100s", job->base);
	return 0;
}

/* What the base has cannot be read, and never will be: nobody shall try again. What cannot be written may be another's by now. */
static int is_unreadable(struct bf_err *err)
{
	if (!bf_err_is_share_fault(err))
		err->sys = 0;
	return -1;
}

static int copy(const struct bf_share *share, const struct bf_job *job, const struct bf_task *mean, const char *dir,
	struct bf_err *err)
{
	struct bf_path from = bf_path_mean(job->base, BF_MEANS, mean);
	char name[BF_FILE_MAX], hash[BF_DIGEST_HEX];
	int64_t bytes;
	bf_mean_name(mean, name);
	int in = bf_fs_open_file(share->root, from.text, NULL, err);
	if (in < 0)
		return is_unreadable(err);
	int result = bf_digest_copy(in, share->root, bf_path_of("%s/%s", dir, name).text, hash, &bytes, err);
	bf_sys.close(in);
	if (result == 0 && strcmp(hash, mean->hash))
		return bf_err_set(err, "It cannot add samples to those of %.100s: %s is not what was joined", job->base, name);
	return result;
}

int plan_base_copy(struct worker *w, const struct bf_job *job, const struct bf_job *base, const char *dir, struct bf_err *err)
{
	struct bf_means means = {0};
	struct bf_task mean;
	if (!job->base[0])
		return 0;
	int result = bf_means_read(w->share, base, &means, err) < 0 ? is_unreadable(err) : 0;
	if (result == 0)
		result = find_all(job, &means, err);
	if (result == 0 && bf_fs_mkdir(w->share->root, dir, err) < 0)
		result = -1;
	for (size_t i = 0; i < job->frames.count && result == 0; i++) {
		worker_share_begin(w); /* each is a stretch of its own: together they may take long */
		if (board_stopping(w->board))
			result = 1;
		else if (bf_means_find(&means, job->frames.frame[i], &mean, err) < 0 || copy(w->share, job, &mean, dir, err) < 0)
			result = -1;
	}
	bf_means_clear(&means);
	return result;
}
