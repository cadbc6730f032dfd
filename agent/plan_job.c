#include "agent/plan_job.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void plan_job_warn(struct bf_job *job, const char *lines)
{
	for (const char *line = lines ? lines : ""; *line;) {
		size_t len = strcspn(line, "\n");
		if (len && job->warning_count < BF_WARNINGS_MAX)
			snprintf(job->warning[job->warning_count++], BF_TEXT_MAX, "%.*s", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static int find_frames(const struct plan_facts *facts, struct bf_job *job, struct bf_err *why)
{
	const struct blender_scene *scene = facts->scene;
	if (facts->wishes->frames.count) {
		job->frames = facts->wishes->frames;
		facts->wishes->frames = (struct bf_frames){0};
		return 0;
	}
	return bf_frames_range(scene->frame_start, scene->frame_end, scene->frame_step ? scene->frame_step : 1, &job->frames,
		why) < 0 ? -1 : 0;
}

static int plan_frames(const struct plan_facts *facts, struct bf_job *job, struct bf_err *why)
{
	if (find_frames(facts, job, why) < 0)
		return -1;
	bf_frames_arrange(&job->frames, facts->wishes->order);
	return 0;
}

static int plan_pictures(const struct blender_scene *scene, struct bf_job *job, struct bf_err *why)
{
	job->picture_count = scene->picture_count;
	for (int i = 0; i < scene->picture_count; i++)
		snprintf(job->picture[i], BF_FILE_MAX, "%.240s", scene->picture[i]);
	const char *dot = strrchr(job->picture[0], '.');
	snprintf(job->ext, sizeof job->ext, "%.15s", dot ? dot + 1 : "");
	for (char *c = job->ext; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (!job->ext[0]) {
		bf_err_set(why, "Blender gave no file name ending for the format %s", scene->format);
		return -1;
	}
	return 0;
}

static int check_missing(const struct plan_facts *facts, struct bf_err *why)
{
	const struct blender_scene *scene = facts->scene;
	if (scene->missing_count && !facts->wishes->missing_ok) {
		struct bf_buf list = {0};
		for (const char *c = scene->missing; *c; c++)
			bf_buf_puts(&list, *c == '\n' ? ", " : (char[]){ *c, '\0' });
		bf_err_set(why, "Files that this .blend uses are not there (%d): %.300s. Pack them into the .blend (File > External Data"
			" > Pack Resources) or put the .blend and its files into one folder and drop that. To render without"
			" them, put missing = warn under [job] into an .ini file beside it", scene->missing_count, bf_buf_text(&list));
		bf_buf_clear(&list);
		return -1;
	}
	return 0;
}

static void take_wishes(const struct wishes *wish, struct bf_job *job)
{
	memcpy(job->scene, wish->scene, sizeof job->scene);
	memcpy(job->camera, wish->camera, sizeof job->camera);
	memcpy(job->view_layer, wish->view_layer, sizeof job->view_layer);
	memcpy(job->engine, wish->engine, sizeof job->engine);
	memcpy(job->format, wish->format, sizeof job->format);
	job->percent = wish->percent;
	job->samples = wish->samples;
	job->priority = wish->priority;
	job->when = wish->when;
	job->denoise_off = wish->denoise_off;
	job->missing_ok = wish->missing_ok;
	job->keep_logs = wish->keep_logs;
}

static void take_names(const struct plan_facts *facts, struct bf_job *job)
{
	snprintf(job->name, sizeof job->name, "%s", facts->wishes->name[0] ? facts->wishes->name : facts->dropped);
	for (char *c = job->name; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	snprintf(job->blend, sizeof job->blend, "%s", facts->blend);
	snprintf(job->folder, sizeof job->folder, "%s", facts->folder ? facts->dropped : "");
}

static void collect_warnings(const struct plan_facts *facts, struct bf_job *job)
{
	const struct blender_scene *scene = facts->scene;
	plan_job_warn(job, scene->warnings);
	plan_job_warn(job, bf_buf_text(&facts->wishes->warnings));
	if (scene->needs_oidn && !scene->has_oidn)
		plan_job_warn(job, "it is denoised, and the Blender that planned it has no OpenImageDenoise (Debian's packages have none):"
			" frames wait for a machine that has it. Or submit it with denoise = off in an .ini beside it");
	if (scene->missing_count)
		plan_job_warn(job, scene->missing);
}

int plan_job(const struct plan_facts *facts, struct bf_job *job, struct bf_err *why)
{
	const struct blender_scene *scene = facts->scene;
	if (check_missing(facts, why) < 0)
		return -1;
	take_names(facts, job);
	take_wishes(facts->wishes, job);
	job->width = scene->width;
	job->height = scene->height;
	job->needs_oidn = scene->needs_oidn;
	snprintf(job->blender, sizeof job->blender, "%s", scene->version_text);
	collect_warnings(facts, job);
	if (plan_frames(facts, job, why) < 0 || plan_pictures(scene, job, why) < 0)
		return -1;
	return plan_pieces(facts, job, why);
}
