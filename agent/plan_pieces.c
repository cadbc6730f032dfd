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

/* How many rows EXR packs together, at most. */
static int chunk_rows(const struct blender_scene *scene)
{
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

/* Why pictures of this scene cannot be cut into pieces and be the same, NULL when they can. */
static const char *indivisible(const struct blender_scene *scene, const struct bf_job *job)
{
	if (strcmp(scene->format, "PNG") && !is_exr(scene))
		return "only PNG and EXR pictures are joined so far";
	if (is_exr(scene) && !has_known_codec(scene))
		return "its EXR compression cannot be joined";
	if (scene->picture_count > 1)
		return "it has several views";
	if (scene->uses_compositor || scene->uses_sequencer)
		return "its compositor or sequencer needs the whole picture";
	if (scene->denoises)
		return "denoising needs the whole picture";
	if (scene->uses_stamp)
		return "its stamp needs the whole picture";
	if (is_lossy(scene) && scene->adaptive)
		return "adaptive sampling needs pieces that overlap, and lossy EXR compression pieces that do not";
	if (is_lossy(scene) && job->height < 2 * chunk_rows(scene))
		return "it is too low for pieces with its lossy EXR compression";
	return NULL;
}

/* EXR pieces over the full width are joined as fast as files are copied, if they begin where chunks do. */
static void cut_into_bands(const struct plan_facts *facts, struct bf_job *job)
{
	const struct blender_scene *scene = facts->scene;
	int pieces = job->columns * job->rows, most = job->height / chunk_rows(scene);
	bool chosen = strpbrk(facts->wishes->pieces, "xX") && job->columns > 1;
	if (scene->adaptive || (!is_lossy(scene) && (chosen || pieces > most)))
		return;
	job->columns = 1;
	job->rows = pieces < most ? pieces : most;
	job->piece_align = chunk_rows(scene);
}

int plan_pieces(const struct plan_facts *facts, struct bf_job *job, struct bf_err *why)
{
	const struct blender_scene *scene = facts->scene;
	char text[BF_TEXT_MAX];
	job->columns = job->rows = 1;
	if (!facts->wishes->pieces[0])
		return 0;
	if (bf_job_parse_pieces(facts->wishes->pieces, job->width, job->height, &job->columns, &job->rows, why) < 0)
		return -1;
	if (!bf_job_in_pieces(job))
		return 0;
	const char *obstacle = indivisible(scene, job);
	if (obstacle) {
		snprintf(text, sizeof text, "rendered whole, not in pieces: %s", obstacle);
		plan_job_warn(job, text);
		job->columns = job->rows = 1;
		return 0;
	}
	if (is_exr(scene))
		cut_into_bands(facts, job);
	if (scene->adaptive)
		job->piece_margin = ADAPTIVE_MARGIN;
	if (scene->dithers)
		plan_job_warn(job, "8-bit pieces are rendered without dither");
	return 0;
}
