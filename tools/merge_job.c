#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/digest.h"
#include "share-layout/job.h"
#include "share-layout/mean.h"
#include "share-layout/path.h"
#include "share-layout/share.h"
#include "tools/merge.h"

struct request {
	struct bf_share share;
	struct bf_job job;
	int32_t frame;
	bool verify;
	bool joined; /* by the farm, which then removes the pieces */
	struct merge_plan *plan;
};

/* "NAME_2026-11-21_150405", with "_2" behind it for the second of that second. */
static bool is_id_of(const char *id, const char *name)
{
	static const char shape[] = "_dddd-dd-dd_dddddd";
	size_t len = strlen(name);
	if (strncmp(id, name, len))
		return false;
	const char *at = id + len;
	for (const char *s = shape; *s; s++, at++)
		if (*s == 'd' ? *at < '0' || *at > '9' : *at != *s)
			return false;
	return *at == '\0' || (*at == '_' && at[1] && at[1 + strspn(at + 1, "0123456789")] == '\0');
}

/* A job by its full id, or by its name when only one has it. */
static int find_job(struct request *request, const char *wanted, char id[BF_JOB_MAX], struct bf_err *err)
{
	struct bf_names names = {0};
	int found = 0;
	if (bf_share_list_fresh(&request->share, BF_JOBS, &names, err) != 1)
		return bf_err_prefix(err, "%s", request->share.path);
	bf_names_sort(&names);
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.item[i].text;
		bool exactly = !strcmp(name, wanted);
		if (!bf_job_id_ok(name) || (!exactly && !is_id_of(name, wanted)))
			continue;
		bf_fmt(id, BF_JOB_MAX, "%s", name);
		found++;
		if (exactly) {
			found = 1;
			break;
		}
	}
	bf_names_clear(&names);
	if (found == 1)
		return 0;
	return bf_err_set(err, found ? "%s: %d jobs have this name; give the full id of one, as it stands in jobs/"
		: "%s: no such job on this share", wanted, found);
}

static int choose_frame(struct request *request, int64_t wanted, struct bf_err *err)
{
	const struct bf_frames *frames = &request->job.frames;
	if (!bf_job_in_pieces(&request->job))
		return bf_err_set(err, "%s is not rendered in pieces", request->job.id);
	if (wanted == INT64_MIN && frames->count > 1)
		return bf_err_set(err, "%s has %zu frames; say which one with --frame", request->job.id, frames->count);
	if (wanted != INT64_MIN && bf_frames_index(frames, (int32_t)wanted) < 0)
		return bf_err_set(err, "%s has no frame %lld", request->job.id, (long long)wanted);
	request->frame = wanted == INT64_MIN ? frames->frame[0] : (int32_t)wanted;
	if (!bf_job_frame_in_pieces(&request->job, request->frame))
		return bf_err_set(err, "frame %d of %s is not rendered in pieces", (int)request->frame, request->job.id);
	return 0;
}

static struct bf_shard shard_of(const struct request *request)
{
	int64_t index = bf_frames_index(&request->job.frames, request->frame);
	return bf_shard_of((unsigned)(index / bf_job_frames_per_shard(&request->job)));
}

/* The file of a piece against the hash it was committed with. */
static int check_hash(const struct request *request, const char *path, const char *hash, struct bf_err *err)
{
	char found[BF_DIGEST_HEX];
	int fd = bf_fs_open_file(request->share.root, path, NULL, err);
	int result = fd < 0 ? -1 : bf_digest_fd(fd, path, found, NULL, err);
	if (fd >= 0)
		bf_sys.close(fd);
	if (result == 0 && strcmp(found, hash))
		return bf_err_set(err, "%s is not what was committed: its hash is %s, recorded is %s", path, found, hash);
	return result;
}

static int add_piece(struct request *request, const struct bf_task *task, struct bf_err *err)
{
	struct bf_path path = bf_path_piece(request->job.id, task, bf_job_piece_ext(&request->job));
	struct bf_rect rect = bf_job_piece(&request->job, task->number);
	struct bf_rect all = bf_job_piece_rendered(&request->job, task->number);
	struct bf_buf full = {0};
	if (request->verify && check_hash(request, path.text, task->hash, err) < 0)
		return -1;
	bf_buf_printf(&full, "%s/%s", request->share.path, path.text);
	struct merge_piece *piece = merge_add(request->plan, full.data, (uint32_t)rect.left, (uint32_t)rect.top);
	piece->crop = (struct piece_crop){ .left = (uint32_t)(rect.left - all.left), .top = (uint32_t)(rect.top - all.top),
		.right = (uint32_t)(all.right - rect.right), .bottom = (uint32_t)(all.bottom - rect.bottom) };
	piece->weight = bf_job_piece_samples(&request->job, task->number).count;
	bf_buf_clear(&full);
	return 0;
}

/* What was rendered of the frame before, with the first samples. A preview does without where it is gone. */
static int add_base(struct request *request, struct bf_err *err)
{
	const struct bf_job *job = &request->job;
	struct bf_task mean;
	struct bf_buf full = {0};
	if (!job->base[0])
		return 0;
	int found = bf_mean_find_base(&request->share, job->id, request->frame, &mean, err);
	if (found == 0 && !request->plan->preview)
		return bf_err_set(err, "what %s is to add samples to is gone: there is nothing of frame %d in jobs/%s/" BF_BASE "/", job->id,
			(int)request->frame, job->id);
	if (found != 1)
		return found;
	struct bf_path path = bf_path_mean(job->id, BF_BASE, &mean);
	if (request->verify && bf_mean_check(&request->share, path.text, &mean, err) < 0)
		return -1;
	bf_buf_printf(&full, "%s/%s", request->share.path, path.text);
	merge_add(request->plan, full.data, 0, 0)->weight = job->base_samples;
	bf_buf_clear(&full);
	return 0;
}

/* Returns how many pieces are committed, or -1. */
static int add_pieces(struct request *request, struct bf_err *err)
{
	struct bf_names names = {0};
	int wanted = (int)bf_job_piece_count(&request->job), result = 0;
	struct bf_path shard = bf_path_shard(request->job.id, shard_of(request).name);
	if (bf_share_list_fresh(&request->share, shard.text, &names, err) < 0)
		return -1;
	bf_names_sort(&names);
	for (size_t i = 0; result >= 0 && i < names.count; i++) {
		struct bf_task task;
		if (bf_task_parse(names.item[i].text, &task) < 0 || task.state != BF_DONE || task.frame != request->frame)
			continue;
		request->joined |= task.kind == BF_TASK_JOIN;
		if (task.kind != BF_TASK_PIECE || (int)task.number >= wanted)
			continue;
		if (add_piece(request, &task, err) < 0)
			result = -1;
		else
			result++;
	}
	bf_names_clear(&names);
	return result;
}

static int fill_plan(struct request *request, struct bf_buf *out_path, struct bf_err *err)
{
	struct merge_plan *plan = request->plan;
	char picture[BF_FILE_MAX];
	plan->mode = request->job.sample_parts ? MERGE_MEAN : MERGE_PLACES;
	plan->width = (uint32_t)request->job.width;
	plan->height = (uint32_t)request->job.height;
	int wanted = (int)bf_job_piece_count(&request->job), there = add_base(request, err) < 0 ? -1 : add_pieces(request, err);
	if (there < 0)
		return -1;
	bf_job_picture(&request->job, 0, request->frame, picture);
	if (request->joined && there && access(plan->piece[plan->count - 1].path, F_OK) < 0)
		return bf_err_set(err, "frame %d of %s is joined already, and its pieces are gone; the picture is %s/%s",
			(int)request->frame, request->job.id, request->share.path, bf_path_picture(request->job.id, picture).text);
	if (!request->job.finish) /* else what is joined here is not yet the picture */
		bf_buf_printf(out_path, "%s/%s", request->share.path, bf_path_picture(request->job.id, picture).text);
	if (there == wanted || (plan->preview && there))
		return 1;
	bf_err_set(err, "%s: only %d of the %d pieces of frame %d are rendered", request->job.id, there, wanted,
		(int)request->frame);
	return 0;
}

int merge_job_pieces(const char *share, const char *job, int64_t frame, bool verify, struct merge_plan *plan,
	struct bf_buf *out_path, struct bf_err *err)
{
	struct request request = { .verify = verify, .plan = plan };
	char id[BF_JOB_MAX];
	if (bf_share_open(share, &request.share, err) < 0)
		return MERGE_NO_SHARE;
	int result = find_job(&request, job, id, err);
	if (result == 0 && bf_job_read(&request.share, id, &request.job, err) != 1)
		result = -1;
	if (result == 0)
		result = choose_frame(&request, frame, err);
	if (result == 0)
		result = fill_plan(&request, out_path, err);
	bf_job_clear(&request.job);
	bf_share_close(&request.share);
	return result;
}
