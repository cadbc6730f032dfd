#include "agent/wishes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/ini.h"
#include "share-layout/path.h"

enum { JOB_FILE_MAX = 8192 };
#define SECTION "job"

static const char *const known_keys[] = {
	"job.frames", "job.scene", "job.camera", "job.view_layer", "job.percent", "job.samples", "job.engine", "job.format",
	"job.denoise", "job.pieces", "job.priority", "job.missing", "job.keep_logs", "job.name", "job.blend",
	"job.order", "job.base", "job.after", "job.not_before", "job.tags", "job.max_agents", "submit.content", NULL,
};

static void keep_warning(void *arg, const char *line)
{
	bf_buf_printf(arg, "%s\n", line);
}

static int read_frames(const struct bf_ini *ini, struct bf_frames *frames, struct bf_err *err)
{
	struct bf_err why;
	const char *text = bf_ini_get(ini, SECTION, "frames");
	if (text && bf_frames_parse(text, frames, &why) < 0)
		return bf_ini_bad(ini, SECTION, "frames", err, "frames such as 1-100, 1-100x10 or 1,5,9 (%s)", why.text);
	return 0;
}

static int read_order(const struct bf_ini *ini, enum bf_frames_order *order, struct bf_err *err)
{
	char word[32];
	int found = bf_ini_text(ini, SECTION, "order", word, sizeof word, err);
	if (found == 1 && bf_frames_order_parse(word, order) < 0)
		return bf_ini_bad(ini, SECTION, "order", err, BF_FRAMES_ORDERS);
	return found < 0 ? -1 : 0;
}

/* "png" and "open exr" are as good as PNG and OPEN_EXR; so are the endings people know. */
static void take_identifier(char *text)
{
	static const char *const alias[][2] = { { "EXR", "OPEN_EXR" }, { "JPG", "JPEG" }, { "TIF", "TIFF" },
		{ "TGA", "TARGA" }, { "MULTILAYER", "OPEN_EXR_MULTILAYER" } };
	for (char *p = text; *p; p++)
		*p = *p == ' ' || *p == '-' ? '_' : (char)toupper((unsigned char)*p);
	for (size_t i = 0; i < sizeof alias / sizeof *alias; i++)
		if (!strcmp(text, alias[i][0]))
			strcpy(text, alias[i][1]);
}

static int read_word(const struct bf_ini *ini, const char *key, const char *yes, bool *out, const char *want, struct bf_err *err)
{
	char word[32];
	int found = bf_ini_text(ini, SECTION, key, word, sizeof word, err);
	if (found <= 0)
		return found;
	*out = !strcmp(word, yes);
	return *out || strstr(want, word) ? 0 : bf_ini_bad(ini, SECTION, key, err, "%s", want);
}

static int read_number(const struct bf_ini *ini, const char *key, int64_t min, int64_t max, int *out, struct bf_err *err)
{
	int64_t value = 0;
	if (bf_ini_int(ini, SECTION, key, min, max, &value, err) < 0)
		return -1;
	*out = (int)value;
	return 0;
}

static int read_pieces(const struct bf_ini *ini, struct wishes *out, struct bf_err *err)
{
	int columns, rows, parts;
	struct bf_err why;
	if (bf_ini_text(ini, SECTION, "pieces", out->pieces, sizeof out->pieces, err) < 0)
		return -1;
	for (char *p = out->pieces; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (!out->pieces[0] || !strcmp(out->pieces, "auto") || !strcmp(out->pieces, "none"))
		return 0;
	int found = bf_job_parse_samples(out->pieces, &parts, &why);
	if (found < 0 || (found == 0 && bf_job_parse_pieces(out->pieces, BF_SIDE_MAX, BF_SIDE_MAX, &columns, &rows, &why) < 0))
		return bf_ini_bad(ini, SECTION, "pieces", err, "auto, none, a number such as 12, columns x rows such as 4x3, or samples:12");
	return 0;
}

static int read_values(const struct bf_ini *ini, struct wishes *out, struct bf_err *err)
{
	const struct { const char *key; char *dst; size_t size; } text[] = {
		{ "scene", out->scene, sizeof out->scene }, { "camera", out->camera, sizeof out->camera },
		{ "view_layer", out->view_layer, sizeof out->view_layer }, { "name", out->name, sizeof out->name },
		{ "engine", out->engine, sizeof out->engine }, { "format", out->format, sizeof out->format },
		{ "blend", out->blend, sizeof out->blend }, { "base", out->base, sizeof out->base },
	};
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		if (bf_ini_text(ini, SECTION, text[i].key, text[i].dst, text[i].size, err) < 0)
			return -1;
	if (out->blend[0] && !bf_fs_name_is_plain(out->blend))
		return bf_ini_bad(ini, SECTION, "blend", err, "the name of a .blend in the folder that was dropped");
	if (out->base[0] && !bf_job_id_ok(out->base))
		return bf_ini_bad(ini, SECTION, "base", err, "the full id of a job, as it stands in jobs/");
	take_identifier(out->engine);
	take_identifier(out->format);
	if (read_frames(ini, &out->frames, err) < 0 || read_order(ini, &out->order, err) < 0
		|| bf_job_when_parse(ini, SECTION, &out->when, err) < 0 || read_pieces(ini, out, err) < 0
		|| read_number(ini, "percent", 1, 1000, &out->percent, err) < 0
		|| read_number(ini, "samples", 1, BF_SAMPLES_MAX, &out->samples, err) < 0
		|| read_number(ini, "priority", -BF_PRIORITY_MAX, BF_PRIORITY_MAX, &out->priority, err) < 0
		|| read_word(ini, "denoise", "off", &out->denoise_off, "off, or on for what the file says", err) < 0
		|| read_word(ini, "missing", "warn", &out->missing_ok, "warn (render all the same) or fail", err) < 0
		|| bf_ini_bool(ini, SECTION, "keep_logs", &out->keep_logs, err) < 0)
		return -1;
	return 0;
}

static int read_ini(const struct bf_share *share, const char *dir, struct wishes *out, struct bf_err *err)
{
	struct bf_ini *ini = NULL;
	int result = bf_ini_read(share->root, bf_path_of("%s/submit.ini", dir).text, &ini, err);
	if (result <= 0)
		return result;
	bf_ini_warn_unknown(ini, known_keys, keep_warning, &out->warnings);
	result = read_values(ini, out, err);
	bf_ini_free(&ini);
	return result;
}

/* ---- blenderdist's three lines: file, first frame, last frame ---- */

static bool next_line(const char **text, char *line, size_t size)
{
	size_t len = strcspn(*text, "\r\n");
	if (!**text || len >= size)
		return false;
	memcpy(line, *text, len);
	line[len] = '\0';
	*text += len;
	*text += strspn(*text, "\r\n");
	return true;
}

int wishes_parse_job_file(const char *text, char blend[BF_FILE_MAX], struct bf_frames *frames, struct bf_err *err)
{
	char line[3][BF_FILE_MAX];
	for (int i = 0; i < 3; i++)
		if (!next_line(&text, line[i], sizeof line[i]))
			return bf_err_set(err, "a .job file has three lines: the name of the .blend beside it, the first frame,"
				" the last frame");
	if (!bf_fs_name_ok(line[0]))
		return bf_err_set(err, "the first line of a .job file is the name of a .blend that lies in queue/ as well,"
			" not \"%s\"", line[0]);
	char range[2 * BF_FILE_MAX + 4];
	snprintf(range, sizeof range, "%s..%s", line[1], line[2]);
	struct bf_frames unused = {0};
	int result = bf_frames_parse(range, frames ? frames : &unused, err);
	bf_frames_clear(&unused);
	if (result < 0)
		return bf_err_prefix(err, "the frames in the .job file");
	strcpy(blend, line[0]);
	return 0;
}

static int read_job_file(const struct bf_share *share, const char *dir, struct wishes *out, struct bf_err *err)
{
	struct bf_buf text = {0};
	char blend[BF_FILE_MAX];
	int result = bf_fs_read(share->root, bf_path_of("%s/submit.job", dir).text, JOB_FILE_MAX, &text, err);
	if (result == 1)
		result = wishes_parse_job_file(bf_buf_text(&text), blend, &out->frames, err);
	bf_buf_clear(&text);
	return result < 0 ? -1 : 0;
}

int wishes_read(const struct bf_share *share, const char *dir, struct wishes *out, struct bf_err *err)
{
	if (read_job_file(share, dir, out, err) < 0)
		return -1;
	return read_ini(share, dir, out, err); /* the ini has the last word */
}

void wishes_clear(struct wishes *wishes)
{
	bf_frames_clear(&wishes->frames);
	bf_buf_clear(&wishes->warnings);
	memset(wishes, 0, sizeof *wishes);
}
