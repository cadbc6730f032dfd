/* job.ini and frames.txt: a job as text, and back. */
#include <stdio.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/ini.h"
#include "share-layout/job.h"
#include "share-layout/job_cut.h"
#include "share-layout/path.h"

enum { FRAMES_FILE_MAX = 16 << 20 };
#define SECTION "job"

/* ---- writing ---- */

static int put_numbered(struct bf_buf *out, const char *key, int n, const char *value, struct bf_err *err)
{
	char name[32];
	snprintf(name, sizeof name, n ? "%s.%d" : "%s", key, n + 1);
	return bf_ini_put(out, name, value, err);
}

static int format_job(const struct bf_job *job, struct bf_buf *out, struct bf_err *err)
{
	char pieces[32];
	if (job->sample_parts)
		snprintf(pieces, sizeof pieces, "samples:%d", job->sample_parts);
	else
		snprintf(pieces, sizeof pieces, "%dx%d", job->columns, job->rows);
	const struct { const char *key, *value; } text[] = {
		{ "id", job->id }, { "name", job->name }, { "folder", job->folder }, { "blend", job->blend },
		{ "hash", job->hash }, { "scene", job->scene }, { "camera", job->camera },
		{ "view_layer", job->view_layer }, { "engine", job->engine }, { "format", job->format },
		{ "denoise", job->denoise_off ? "off" : "" }, { "ext", job->ext }, { "pieces", pieces },
		{ "finish", job->finish ? "blender" : "" }, { "base", job->base },
		{ "blender", job->blender }, { "needs", job->needs_oidn ? "oidn" : "" },
		{ "missing", job->missing_ok ? "warn" : "" }, { "keep_logs", job->keep_logs ? "yes" : "" }, { "planner", job->planner }, { "created", job->created },
	};
	const struct { const char *key; int64_t value; } number[] = {
		{ "size", job->size }, { "percent", job->percent }, { "samples", job->samples },
		{ "width", job->width }, { "height", job->height }, { "priority", job->priority },
		{ "piece_margin", job->piece_margin }, { "piece_align", job->piece_align },
		{ "base_samples", job->base_samples },
	};
	bf_buf_puts(out, "; the plan of this job, made when it was accepted; agents never change it\n");
	bf_ini_put_section(out, SECTION);
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		if (bf_ini_put(out, text[i].key, text[i].value, err) < 0)
			return -1;
	for (size_t i = 0; i < sizeof number / sizeof *number; i++)
		bf_ini_put_int(out, number[i].key, number[i].value);
	if (bf_job_cut_format(job, out, err) < 0 || bf_job_when_format(&job->when, out, err) < 0)
		return -1;
	for (int i = 0; i < job->picture_count; i++)
		if (put_numbered(out, "picture", i, job->picture[i], err) < 0)
			return -1;
	for (int i = 0; i < job->warning_count; i++)
		if (put_numbered(out, "warning", i, job->warning[i], err) < 0)
			return -1;
	return 0;
}

int bf_job_write(const struct bf_share *share, const char *dir, const struct bf_job *job, struct bf_err *err)
{
	struct bf_buf text = {0}, frames = {0};
	int result = format_job(job, &text, err);
	bf_frames_format(&job->frames, &frames);
	bf_buf_putc(&frames, '\n');
	if (result == 0 && bf_fs_rewrite(share->root, bf_path_of("%s/frames.txt", dir).text, frames.data, frames.len,
		err) < 0)
		result = -1;
	/* job.ini last and synced: a job with one is complete */
	if (result == 0 && bf_fs_replace(share->root, bf_path_of("%s/job.ini", dir).text, "", text.data, text.len,
		err) < 0)
		result = -1;
	bf_buf_clear(&text);
	bf_buf_clear(&frames);
	return result;
}

/* ---- reading ---- */

struct reader {
	struct bf_ini *ini;
	struct bf_err *err;
	bool bad;
};

static void get_text(struct reader *r, const char *key, char *dst, size_t size)
{
	struct bf_buf value = {0};
	dst[0] = '\0';
	if (!r->bad && bf_ini_decoded(r->ini, SECTION, key, &value, r->err) < 0)
		r->bad = true;
	else if (!r->bad && bf_fmt(dst, size, "%s", bf_buf_text(&value)) < 0)
		r->bad = bf_ini_bad(r->ini, SECTION, key, r->err, "at most %zu bytes", size - 1) < 0;
	bf_buf_clear(&value);
}

static int64_t get_number(struct reader *r, const char *key, int64_t min, int64_t max)
{
	int64_t value = 0;
	if (!r->bad && bf_ini_int(r->ini, SECTION, key, min, max, &value, r->err) < 0)
		r->bad = true;
	return value;
}

/* A file name that will be joined to a path: nothing but a name may stand there. ok: bf_fs_name_is_plain for what
 * people named, bf_fs_name_ok for what we name ourselves. */
static void get_file_name(struct reader *r, const char *key, char *dst, size_t size, bool (*ok)(const char *))
{
	get_text(r, key, dst, size);
	if (!r->bad && !ok(dst))
		r->bad = bf_ini_bad(r->ini, SECTION, key, r->err, "a plain file name") < 0;
}

static bool is_plain_or_empty(const char *name)
{
	return !*name || bf_fs_name_is_plain(name);
}

static void get_pictures(struct reader *r, struct bf_job *job)
{
	for (int i = 0; i < BF_VIEWS_MAX && !r->bad; i++) {
		char key[32];
		snprintf(key, sizeof key, i ? "picture.%d" : "picture", i + 1);
		if (!bf_ini_get(r->ini, SECTION, key))
			break;
		get_file_name(r, key, job->picture[i], BF_FILE_MAX - 8, bf_fs_name_ok);
		if (!r->bad && (!strchr(job->picture[i], '#') || job->picture[i][0] == '.'))
			r->bad = bf_ini_bad(r->ini, SECTION, key, r->err, "a file name with #### in it") < 0;
		job->picture_count = i + 1;
	}
	if (!r->bad && !job->picture_count)
		r->bad = bf_err_set(r->err, "[job] names no picture") < 0;
}

static void get_warnings(struct reader *r, struct bf_job *job)
{
	for (int i = 0; i < BF_WARNINGS_MAX && !r->bad; i++) {
		char key[32];
		snprintf(key, sizeof key, i ? "warning.%d" : "warning", i + 1);
		if (!bf_ini_get(r->ini, SECTION, key))
			break;
		get_text(r, key, job->warning[i], sizeof job->warning[i]);
		job->warning_count = i + 1;
	}
}

static void get_base(struct reader *r, struct bf_job *job)
{
	get_text(r, "base", job->base, sizeof job->base);
	job->base_samples = (int)get_number(r, "base_samples", 0, BF_SAMPLES_MAX);
	if (r->bad || (!job->base[0] && !job->base_samples))
		return;
	if (!bf_job_id_ok(job->base))
		r->bad = bf_ini_bad(r->ini, SECTION, "base", r->err, "the id of a job") < 0;
	else if (!job->sample_parts || !job->base_samples || job->base_samples >= job->samples)
		r->bad = bf_ini_bad(r->ini, SECTION, "base_samples", r->err, "a part of the samples") < 0;
}

static void get_pieces(struct reader *r, const char *text, struct bf_job *job)
{
	char word[32];
	job->columns = job->rows = 1;
	int found = r->bad ? -1 : bf_job_parse_samples(text, &job->sample_parts, r->err);
	if (found == 0)
		found = bf_job_parse_pieces(text, job->width, job->height, &job->columns, &job->rows, r->err);
	if (found < 0)
		r->bad = true;
	get_text(r, "finish", word, sizeof word);
	job->finish = !strcmp(word, "blender");
	get_base(r, job);
	if (!r->bad && job->sample_parts > bf_job_own_samples(job))
		r->bad = bf_ini_bad(r->ini, SECTION, "samples", r->err, "as many as there are pieces, or more") < 0;
	if (!r->bad && job->sample_parts && !job->finish)
		r->bad = bf_err_set(r->err, "[job] has parts of samples for pieces, and nobody finishes them") < 0;
}

static void get_all(struct reader *r, struct bf_job *job)
{
	char word[64];
	get_text(r, "name", job->name, sizeof job->name);
	get_file_name(r, "folder", job->folder, sizeof job->folder, is_plain_or_empty);
	get_file_name(r, "blend", job->blend, sizeof job->blend, bf_fs_name_is_plain);
	get_text(r, "hash", job->hash, sizeof job->hash);
	job->size = get_number(r, "size", 0, INT64_MAX);
	get_text(r, "scene", job->scene, sizeof job->scene);
	get_text(r, "camera", job->camera, sizeof job->camera);
	get_text(r, "view_layer", job->view_layer, sizeof job->view_layer);
	get_text(r, "engine", job->engine, sizeof job->engine);
	get_text(r, "format", job->format, sizeof job->format);
	get_text(r, "ext", job->ext, sizeof job->ext);
	if (!r->bad && (!job->ext[0] || strspn(job->ext, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(job->ext)))
		r->bad = bf_ini_bad(r->ini, SECTION, "ext", r->err, "a file name ending such as png") < 0;
	get_text(r, "blender", job->blender, sizeof job->blender);
	get_text(r, "planner", job->planner, sizeof job->planner);
	get_text(r, "created", job->created, sizeof job->created);
	get_text(r, "denoise", word, sizeof word);
	job->denoise_off = !strcmp(word, "off");
	get_text(r, "needs", word, sizeof word);
	job->needs_oidn = strstr(word, "oidn") != NULL;
	get_text(r, "missing", word, sizeof word);
	job->missing_ok = !strcmp(word, "warn");
	get_text(r, "keep_logs", word, sizeof word);
	job->keep_logs = !strcmp(word, "yes");
	job->percent = (int)get_number(r, "percent", 0, 32767);
	job->samples = (int)get_number(r, "samples", 0, BF_SAMPLES_MAX);
	job->width = (int)get_number(r, "width", 1, BF_SIDE_MAX);
	job->height = (int)get_number(r, "height", 1, BF_SIDE_MAX);
	job->priority = (int)get_number(r, "priority", -BF_PRIORITY_MAX, BF_PRIORITY_MAX);
	if (!r->bad && bf_job_when_parse(r->ini, SECTION, &job->when, r->err) < 0)
		r->bad = true;
	get_text(r, "pieces", word, sizeof word);
	if (!r->bad && (!job->width || !job->height))
		r->bad = bf_err_set(r->err, "[job] has no width or height") < 0;
	get_pieces(r, word, job);
	job->piece_margin = (int)get_number(r, "piece_margin", 0, BF_MARGIN_MAX);
	job->piece_align = (int)get_number(r, "piece_align", 0, 256);
	if (!r->bad)
		r->bad = bf_job_cut_parse(r->ini, SECTION, job, r->err) < 0;
	if (!r->bad && !job->piece_top_count && job->piece_align > job->height / job->rows)
		r->bad = bf_ini_bad(r->ini, SECTION, "piece_align", r->err, "no more rows than a piece has") < 0;
	get_pictures(r, job);
	get_warnings(r, job);
}

static int read_frames(const struct bf_share *share, const char *id, struct bf_frames *frames, struct bf_err *err)
{
	struct bf_buf text = {0};
	struct bf_path path = bf_path_in_job(id, "frames.txt");
	int result = bf_fs_read(share->root, path.text, FRAMES_FILE_MAX, &text, err);
	if (result == 1 && bf_frames_parse(bf_buf_text(&text), frames, err) < 0)
		result = bf_err_prefix(err, "%s", path.text);
	bf_buf_clear(&text);
	return result;
}

int bf_job_read(const struct bf_share *share, const char *id, struct bf_job *out, struct bf_err *err)
{
	if (!bf_job_id_ok(id) || strlen(id) >= sizeof out->id)
		return bf_err_set(err, "\"%s\" cannot be the name of a job", id);
	struct reader r = { .err = err };
	memset(out, 0, sizeof *out);
	strcpy(out->id, id);
	struct bf_path path = bf_path_in_job(id, "job.ini");
	int result = bf_ini_read(share->root, path.text, &r.ini, err);
	if (result == 1) {
		get_all(&r, out);
		if (r.bad)
			result = bf_err_prefix(err, "%s", path.text);
	}
	if (result == 1)
		result = read_frames(share, id, &out->frames, err);
	if (result == 1 && out->whole_frames && out->whole_frames >= out->frames.count)
		result = bf_err_set(err, "%s: whole_frames leaves no frame to be cut", path.text);
	bf_ini_free(&r.ini);
	if (result != 1)
		bf_job_clear(out);
	return result;
}
