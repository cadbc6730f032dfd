#include "share-layout/job.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/fs.h"

void bf_job_clear(struct bf_job *job)
{
	bf_frames_clear(&job->frames);
	memset(job, 0, sizeof *job);
}

/* ---- names ---- */

/* Length of the well-formed UTF-8 sequence at p, 0 when it is none. ASCII counts as 1. */
static size_t utf8_len(const unsigned char *p)
{
	if (p[0] < 0x80)
		return 1;
	size_t len = p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
		: p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates, C1 controls, bidirectional tricks are not worth keeping */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) || (p[0] == 0xf0 && p[1] < 0x90)
		|| (p[0] == 0xf4 && p[1] >= 0x90) || (p[0] == 0xc2 && p[1] < 0xa1) || (p[0] == 0xe2 && p[1] == 0x80))
		return 0;
	return len;
}

static bool plain(unsigned char c)
{
	return isalnum(c) || c == '-' || c == '_' || c == '.' || c == '+';
}

void bf_job_clean_name(const char *dropped, const char *ending, char out[BF_JOB_MAX])
{
	enum { LONGEST = 100 };
	size_t len = strlen(dropped), tail = strlen(ending), n = 0;
	if (len > tail && !strcasecmp(dropped + len - tail, ending))
		len -= tail;
	for (size_t i = 0; i < len;) {
		const unsigned char *p = (const unsigned char *)dropped + i;
		size_t width = utf8_len(p);
		if (width > 1 && i + width <= len) {
			if (n + width > LONGEST)
				break;
			memcpy(out + n, p, width);
			n += width;
			i += width;
			continue;
		}
		if (n == LONGEST)
			break;
		out[n++] = p[0] < 0x80 && plain(p[0]) ? (char)p[0] : '_';
		i++;
	}
	while (n && (out[n - 1] == '.' || out[n - 1] == '_'))
		n--; /* no file server likes a trailing dot */
	out[n] = '\0';
	if (!n)
		strcpy(out, "job");
	if (out[0] == '.' || out[0] == '-')
		out[0] = '_';
}

bool bf_job_id_ok(const char *id)
{
	size_t len = strlen(id), suffix = strlen(".ended");
	return bf_fs_name_ok(id) && len < BF_JOB_MAX && id[0] != '.' && id[0] != '-'
		&& !(len > suffix && !strcmp(id + len - suffix, ".ended"));
}

/* `_YYYY-MM-DD_HHMMSS`, with or without `_N`. */
size_t bf_job_name_length(const char *id)
{
	static const char pattern[] = "_0000-00-00_000000";
	size_t len = strlen(id), date = sizeof pattern - 1;
	const char *last = strrchr(id, '_');
	if (last && last[1] && strlen(last + 1) < 6 && strspn(last + 1, "0123456789") == strlen(last + 1))
		len = (size_t)(last - id);
	if (len <= date)
		return strlen(id);
	for (size_t i = 0; i < date; i++) {
		char c = id[len - date + i];
		if (pattern[i] == '0' ? c < '0' || c > '9' : c != pattern[i])
			return strlen(id);
	}
	return len - date;
}

bool bf_job_is_named(const char *id, const char *name)
{
	char clean[BF_JOB_MAX];
	size_t len = bf_job_name_length(id);
	bf_job_clean_name(name, ".blend", clean);
	return strlen(clean) == len && !strncmp(clean, id, len);
}

void bf_job_picture(const struct bf_job *job, unsigned view, int32_t frame, char out[BF_FILE_MAX])
{
	const char *pattern = job->picture[view];
	const char *end = strrchr(pattern, '#');
	if (!end)
		bf_bug("picture pattern %s has no #", pattern);
	const char *start = end;
	while (start > pattern && start[-1] == '#')
		start--;
	if (bf_fmt(out, BF_FILE_MAX, "%.*s%.*d%s", (int)(start - pattern), pattern, (int)(end - start + 1), frame,
		end + 1) < 0)
		bf_bug("picture name of %s is too long", pattern);
}

bool bf_job_fits_blender(const struct bf_job *job, const char *version)
{
	int a_major = 0, a_minor = 0, b_major = 0, b_minor = 0;
	if (sscanf(version, "%d.%d", &a_major, &a_minor) != 2 || sscanf(job->blender, "%d.%d", &b_major, &b_minor) != 2)
		return true;
	return a_major == b_major && a_minor == b_minor;
}

/* ---- pieces ---- */

bool bf_job_in_pieces(const struct bf_job *job)
{
	return bf_job_piece_count(job) > 1 || job->base[0]; /* a single part is joined to what its base has */
}

bool bf_job_frame_in_pieces(const struct bf_job *job, int32_t frame)
{
	return bf_job_in_pieces(job)
		&& (!job->whole_frames || bf_frames_index(&job->frames, frame) >= (int64_t)job->whole_frames);
}

double bf_job_piece_cost(const struct bf_job *job, unsigned n)
{
	return n < (unsigned)job->piece_cost_count ? job->piece_cost[n] : 0;
}

/* The grid of n pieces whose pieces are nearest to squares; among equals the one with more rows,
 * for rows stream best when they are joined. */
static void best_grid(int n, int width, int height, int *columns, int *rows)
{
	double best = 0;
	for (int c = 1; c <= n; c++) {
		if (n % c || c > width || n / c > height)
			continue;
		double w = (double)width / c, h = (double)height / (n / c);
		double badness = w > h ? w / h : h / w;
		if (!best || badness < best) {
			best = badness;
			*columns = c;
			*rows = n / c;
		}
	}
	if (!best) { /* more pieces than fit: single rows */
		*columns = 1;
		*rows = n < height ? n : height;
	}
}

int bf_job_parse_pieces(const char *text, int width, int height, int *columns, int *rows, struct bf_err *err)
{
	char *end;
	long c = strtol(text, &end, 10), r = 0;
	if (end != text && (*end == 'x' || *end == 'X')) {
		const char *second = end + 1;
		r = strtol(second, &end, 10);
		if (end == second || r < 1)
			c = 0;
	}
	while (*end == ' ')
		end++;
	if (*end || c < 1 || c > BF_PIECES_MAX || r < 0 || r > BF_PIECES_MAX || c * (r ? r : 1) > BF_PIECES_MAX)
		return bf_err_set(err, "pieces = \"%s\": want a number such as 12, or columns x rows such as 4x3, at most %d"
			" pieces", text, BF_PIECES_MAX);
	if (r == 0) {
		best_grid((int)c, width, height, columns, rows);
		return 0;
	}
	if (c > width || r > height)
		return bf_err_set(err, "pieces = \"%s\": the picture has only %d x %d pixels", text, width, height);
	*columns = (int)c;
	*rows = (int)r;
	return 0;
}

/* Where row n of the pieces begins. */
static int row_top(const struct bf_job *job, int64_t n)
{
	if (job->piece_top_count)
		return n < job->piece_top_count ? job->piece_top[n] : job->height;
	int64_t top = n * job->height / job->rows;
	if (job->piece_align > 1 && n < job->rows)
		top = (top + job->piece_align / 2) / job->piece_align * job->piece_align;
	return (int)top;
}

struct bf_rect bf_job_piece(const struct bf_job *job, unsigned n)
{
	if (job->sample_parts)
		return (struct bf_rect){ 0, 0, job->width, job->height };
	int64_t column = n % (unsigned)job->columns, row = n / (unsigned)job->columns;
	return (struct bf_rect){
		.left = (int)(column * job->width / job->columns),
		.right = (int)((column + 1) * job->width / job->columns),
		.top = row_top(job, row),
		.bottom = row_top(job, row + 1),
	};
}

struct bf_rect bf_job_piece_rendered(const struct bf_job *job, unsigned n)
{
	struct bf_rect rect = bf_job_piece(job, n);
	rect.left = rect.left > job->piece_margin ? rect.left - job->piece_margin : 0;
	rect.top = rect.top > job->piece_margin ? rect.top - job->piece_margin : 0;
	rect.right = job->width - rect.right > job->piece_margin ? rect.right + job->piece_margin : job->width;
	rect.bottom = job->height - rect.bottom > job->piece_margin ? rect.bottom + job->piece_margin : job->height;
	return rect;
}

/* ---- directories of tasks ---- */

unsigned bf_job_tasks_per_frame(const struct bf_job *job)
{
	return bf_job_in_pieces(job) ? bf_job_piece_count(job) + 1 : 1;
}

int64_t bf_job_task_count(const struct bf_job *job)
{
	int64_t frames = (int64_t)job->frames.count, whole = (int64_t)job->whole_frames;
	return whole + (frames - whole) * bf_job_tasks_per_frame(job);
}

unsigned bf_job_frames_per_shard(const struct bf_job *job)
{
	unsigned per_frame = bf_job_tasks_per_frame(job);
	return per_frame < BF_SHARD_TASKS ? BF_SHARD_TASKS / per_frame : 1;
}

unsigned bf_job_shard_count(const struct bf_job *job)
{
	unsigned per_shard = bf_job_frames_per_shard(job);
	return (unsigned)((job->frames.count + per_shard - 1) / per_shard);
}

void bf_job_shard_frames(const struct bf_job *job, unsigned shard, size_t *first, size_t *count)
{
	size_t per_shard = bf_job_frames_per_shard(job);
	*first = shard * per_shard;
	*count = *first >= job->frames.count ? 0
		: job->frames.count - *first < per_shard ? job->frames.count - *first : per_shard;
}

void bf_job_shard_tasks(const struct bf_job *job, unsigned shard,
	int (*each)(void *arg, const struct bf_task *task), void *arg)
{
	size_t first, count;
	bf_job_shard_frames(job, shard, &first, &count);
	for (size_t i = first; i < first + count; i++) {
		unsigned pieces = bf_job_in_pieces(job) && i >= job->whole_frames ? bf_job_piece_count(job) : 0;
		struct bf_task task = bf_task_open(pieces ? BF_TASK_JOIN : BF_TASK_FRAME, job->frames.frame[i], 0);
		for (unsigned p = 0; p < pieces; p++) {
			struct bf_task piece = bf_task_open(BF_TASK_PIECE, job->frames.frame[i], p);
			if (each(arg, &piece) < 0)
				return;
		}
		if (each(arg, &task) < 0)
			return;
	}
	if (shard + 1 < bf_job_shard_count(job)) {
		struct bf_task more = bf_task_open(BF_TASK_MORE, 0, shard + 1);
		each(arg, &more);
	}
}
