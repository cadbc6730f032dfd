/* job.ini and frames.txt from any bytes, and what a submitter wishes: refused with a message, or every number and
 * name in it is sane. */
#include <stdlib.h>
#include <string.h>

#include "agent/wishes.h"
#include "share-layout/base/fs.h"
#include "share-layout/job.h"
#include "tests/fuzz/fuzz_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define JOB "x_2026-01-31_235959"

static void must(bool it)
{
	if (!it)
		abort();
}

static int count_task(void *arg, const struct bf_task *task)
{
	size_t *count = arg;
	char name[BF_FILE_MAX];
	bf_task_format(task, name);
	return ++*count < 5000 ? 0 : -1;
}

static void check_job(const struct bf_job *job)
{
	char name[BF_FILE_MAX];
	size_t count = 0;
	must(job->frames.count && job->width >= 0 && job->width <= BF_SIDE_MAX && job->height >= 0 && job->height <= BF_SIDE_MAX);
	must(job->columns >= 1 && job->rows >= 1 && job->picture_count >= 1 && job->picture_count <= BF_VIEWS_MAX);
	must(!strchr(job->blend, '/') && strcmp(job->blend, ".."));
	for (int view = 0; view < job->picture_count; view++) {
		bf_job_picture(job, (unsigned)view, job->frames.frame[0], name);
		must(bf_fs_name_ok(name));
	}
	must(job->sample_parts >= 0 && job->sample_parts <= BF_PIECES_MAX && job->sample_parts <= (job->sample_parts ? bf_job_own_samples(job) : 0));
	must(!job->base[0] || (job->sample_parts && job->base_samples > 0 && !strchr(job->base, '/')));
	unsigned last = bf_job_piece_count(job) - 1;
	struct bf_samples samples = bf_job_piece_samples(job, last);
	must(!job->sample_parts || (samples.count > 0 && samples.offset + samples.count == job->samples));
	for (unsigned n = 0; n <= last; n++)
		must(bf_job_piece_cost(job, n) >= 0);
	for (int i = 1; i < job->piece_top_count; i++)
		must(job->columns == 1 && job->piece_top[0] == 0 && job->piece_top[i] > job->piece_top[i - 1]
			&& job->piece_top[i] < job->height);
	must(!job->whole_frames || (bf_job_in_pieces(job) && job->whole_frames < job->frames.count));
	struct bf_rect rect = bf_job_piece(job, last);
	must(rect.left <= rect.right && rect.top <= rect.bottom);
	must(bf_job_shard_count(job) >= 1);
	bf_job_shard_tasks(job, bf_job_shard_count(job) - 1, count_task, &count);
	must(count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bf_share share = { .root = tree_make(data, size) };
	struct bf_job job = {0};
	struct wishes wishes = {0};
	struct bf_err err = {0};
	int read = bf_job_read(&share, JOB, &job, &err);
	if (read == 1)
		check_job(&job);
	else if (read < 0)
		must(err.text[0]);
	bf_job_clear(&job);
	err.text[0] = '\0';
	if (wishes_read(&share, "submission", &wishes, &err) < 0)
		must(err.text[0]);
	else
		must(!strchr(wishes.blend, '/') && wishes.percent >= 0 && wishes.samples >= 0);
	wishes_clear(&wishes);
	return 0;
}
