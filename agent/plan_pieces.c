#include <stdio.h>
#include <string.h>

#include "agent/plan_job.h"

enum { ADAPTIVE_MARGIN = 16 /* as far as Cycles' filter of the noise reaches, and more */ };

static bool is_exr(const struct blender_scene *scene)
{
	return !strncmp(scene->format, "OPEN_EXR", 8);
}

/* Packings that lose again with every writing: their chunks can be joined, their pixels cannot. */
static bool is_lossy(const struct blender_scene *scene)
{
	return is_exr(scene) && (!strncmp(scene->exr_codec, "DWA", 3) || !strncmp(scene->exr_codec, "B44", 3));
}

/* How many rows EXR packs together, at most. Pieces that are finished later are packed by ZIP. */
static int chunk_rows(const struct blender_scene *scene, const struct bf_job *job)
{
	if (job->finish)
		return 16;
	return !strcmp(scene->exr_codec, "DWAB") ? 256 : 32;
}

static bool has_known_codec(const struct blender_scene *scene)
{
	static const char *const codecs[] = { "NONE", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB" };
	for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
		if (!strcmp(scene->exr_codec, codecs[i]))
			return true;
	return false;
}

/* What is left to be done on the joined picture, and only Blender can do; NULL when joining is all. */
static const char *unfinished(const struct blender_scene *scene, const struct bf_job *job)
{
	if (job->sample_parts)
		return "the mean of its samples is not yet the picture";
	if (scene->uses_compositor)
		return "its compositor needs the whole picture";
	if (scene->uses_stamp)
		return "its stamp needs the whole picture";
	if (scene->dithers)
		return "its dither needs the whole picture";
	if (strcmp(scene->format, "PNG") && !is_exr(scene))
		return "only PNG and EXR can be joined as they are";
	if (is_exr(scene) && !has_known_codec(scene))
		return "its EXR compression cannot be joined";
	if (is_lossy(scene) && scene->adaptive)
		return "adaptive sampling needs pieces that overlap, and lossy EXR compression pieces that do not";
	if (is_lossy(scene) && job->height < 2 * chunk_rows(scene, job))
		return "it is too low for pieces with its lossy EXR compression";
	return NULL;
}

/* Why pictures of this scene cannot come from pieces and be the same; true when there is a reason. */
static bool is_indivisible(const struct blender_scene *scene, const struct bf_job *job, char *why, size_t size)
{
	const char *first = job->sample_parts ? scene->no_sample_parts : scene->no_rectangles;
	const char *left = unfinished(scene, job);
	if (first[0])
		snprintf(why, size, "%s", first);
	else if (scene->picture_count > 1)
		snprintf(why, size, "it has several views");
	else if (left && scene->no_finishing[0])
		snprintf(why, size, "%.120s, and %.120s", left, scene->no_finishing);
	else
		return false;
	return true;
}

/* EXR pieces over the full width are joined as fast as files are copied, if they begin where chunks do. */
static void cut_into_bands(const struct plan_facts *facts, struct bf_job *job)
{
	const struct blender_scene *scene = facts->scene;
	bool lossy = is_lossy(scene) && !job->finish;
	int pieces = job->columns * job->rows, most = job->height / chunk_rows(scene, job);
	bool chosen = strpbrk(facts->wishes->pieces, "xX") && job->columns > 1;
	if (scene->adaptive || (!lossy && (chosen || pieces > most)))
		return;
	job->columns = 1;
	job->rows = pieces < most ? pieces : most;
	job->piece_align = chunk_rows(scene, job);
}

/* What people wish, as if everything could be cut. */
static int take_wish(const struct plan_facts *facts, struct bf_job *job, struct bf_err *why)
{
	const char *text = facts->wishes->pieces;
	int samples = facts->scene->samples - job->base_samples;
	if (job->base[0] && samples < 1)
		return bf_err_set(why, "samples = %d: want more than the %d that %.100s has", facts->scene->samples, job->base_samples,
			job->base);
	int found = bf_job_parse_samples(text, &job->sample_parts, why);
	if (found == 0)
		return bf_job_parse_pieces(text, job->width, job->height, &job->columns, &job->rows, why);
	if (samples && job->sample_parts > samples)
		job->sample_parts = samples;
	return found < 0 ? -1 : 0;
}

static void leave_whole(struct bf_job *job, const char *why)
{
	char text[BF_TEXT_MAX];
	job->columns = job->rows = 1;
	job->sample_parts = 0;
	snprintf(text, sizeof text, "rendered whole, not in pieces: %.210s", why);
	plan_job_warn(job, text);
}

bool plan_pieces_are_exact(const struct plan_facts *facts, const struct bf_job *job)
{
	char unused[BF_TEXT_MAX];
	return !is_indivisible(facts->scene, job, unused, sizeof unused);
}

void plan_pieces_bands(const struct plan_facts *facts, struct bf_job *job)
{
	const struct blender_scene *scene = facts->scene;
	job->finish = unfinished(scene, job) != NULL;
	job->piece_margin = scene->adaptive ? ADAPTIVE_MARGIN : 0;
	job->piece_align = (is_exr(scene) || job->finish) && !scene->adaptive ? chunk_rows(scene, job) : 0;
}

/* What people say who want pieces cut as the planner sees fit (so it is where they say nothing), or none at all. */
static bool is_left_to_planner(const char *wish)
{
	return !wish[0] || !strcmp(wish, "auto") || !strcmp(wish, "none");
}

int plan_pieces(const struct plan_facts *facts, struct bf_job *job, struct bf_err *why)
{
	const struct blender_scene *scene = facts->scene;
	char obstacle[BF_TEXT_MAX];
	job->columns = job->rows = 1;
	if (is_left_to_planner(facts->wishes->pieces))
		return 0;
	if (take_wish(facts, job, why) < 0)
		return -1;
	if (!bf_job_in_pieces(job)) {
		job->sample_parts = 0;
		return 0;
	}
	if (is_indivisible(scene, job, obstacle, sizeof obstacle)) {
		leave_whole(job, obstacle);
		return 0;
	}
	job->finish = unfinished(scene, job) != NULL;
	if (job->sample_parts) {
		job->samples = scene->samples; /* of all parts together */
		plan_job_warn(job, scene->sample_parts_note);
		return 0;
	}
	if (is_exr(scene) || job->finish)
		cut_into_bands(facts, job);
	if (scene->adaptive)
		job->piece_margin = ADAPTIVE_MARGIN;
	return 0;
}
