#include "share-layout/job_cut.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS_A_LINE = 64, COST_MAX_S = 100000000 };

/* ---- writing ---- */

static int put_line(const char *key, int line, struct bf_buf *text, struct bf_buf *out, struct bf_err *err)
{
	char name[32];
	snprintf(name, sizeof name, line ? "%s.%d" : "%s", key, line + 1);
	int result = bf_ini_put(out, name, bf_buf_text(text), err);
	bf_buf_reset(text);
	return result;
}

/* Lines of numbers: key, key.2, key.3 … */
static int put_numbers(const struct bf_job *job, const char *key, int count, void (*put)(const struct bf_job *, int,
	struct bf_buf *), struct bf_buf *out, struct bf_err *err)
{
	struct bf_buf text = {0};
	int result = 0;
	for (int i = 0; i < count && result == 0; i++) {
		if (text.len)
			bf_buf_putc(&text, ' ');
		put(job, i, &text);
		if ((i + 1) % NUMBERS_A_LINE == 0 || i + 1 == count)
			result = put_line(key, i / NUMBERS_A_LINE, &text, out, err);
	}
	bf_buf_clear(&text);
	return result;
}

static void put_top(const struct bf_job *job, int i, struct bf_buf *out)
{
	bf_buf_printf(out, "%d", job->piece_top[i]);
}

static void put_cost(const struct bf_job *job, int i, struct bf_buf *out)
{
	bf_buf_printf(out, "%.3f", job->piece_cost[i]);
}

int bf_job_cut_format(const struct bf_job *job, struct bf_buf *out, struct bf_err *err)
{
	if (put_numbers(job, "piece_tops", job->piece_top_count, put_top, out, err) < 0
		|| put_numbers(job, "piece_costs", job->piece_cost_count, put_cost, out, err) < 0)
		return -1;
	if (job->whole_frames)
		bf_ini_put_int(out, "whole_frames", (int64_t)job->whole_frames);
	return 0;
}

/* ---- reading ---- */

struct numbers {
	const struct bf_ini *ini;
	const char *section, *key;
	char name[32];
	int line;
	const char *at; /* in the present line, NULL before the first */
	struct bf_err *err;
};

/* The next number. Returns 1, 0 behind the last, -1 for what is none. */
static int next_number(struct numbers *n, double *out)
{
	while (!n->at || !*n->at) {
		snprintf(n->name, sizeof n->name, n->line ? "%s.%d" : "%s", n->key, n->line + 1);
		n->line++;
		n->at = bf_ini_get(n->ini, n->section, n->name);
		if (!n->at)
			return 0;
		n->at += strspn(n->at, " ");
	}
	size_t digits = strspn(n->at, "0123456789"), len = digits;
	if (n->at[len] == '.')
		len += 1 + strspn(n->at + len + 1, "0123456789");
	if (!digits || len > 20 || (n->at[len] && n->at[len] != ' '))
		return bf_ini_bad(n->ini, n->section, n->name, n->err, "numbers with a blank between them");
	*out = strtod(n->at, NULL);
	n->at += len;
	n->at += strspn(n->at, " ");
	return 1;
}

static int bad(const struct numbers *n, const char *want)
{
	return bf_ini_bad(n->ini, n->section, n->key, n->err, "%s", want);
}

static bool is_top(const struct bf_job *job, double value, int i)
{
	int top = value < job->height ? (int)value : job->height;
	return top == value && top < job->height && (i ? top > job->piece_top[i - 1] : top == 0)
		&& (job->piece_align <= 1 || top % job->piece_align == 0);
}

static int get_tops(struct numbers *n, struct bf_job *job)
{
	double value;
	int i = 0, found;
	while ((found = next_number(n, &value)) == 1) {
		if (i >= job->rows || i >= BF_BANDS_MAX || !is_top(job, value, i))
			return bad(n, "the first rows of all bands: 0, then more and more, multiples of piece_align, below the height");
		job->piece_top[i++] = (int)value;
	}
	if (found < 0)
		return -1;
	if (i && (i != job->rows || job->columns != 1))
		return bad(n, "as many rows as there are pieces, all of the full width");
	job->piece_top_count = i;
	return 0;
}

static int get_costs(struct numbers *n, struct bf_job *job)
{
	double value;
	int i = 0, found;
	while ((found = next_number(n, &value)) == 1) {
		if (i >= (int)bf_job_piece_count(job) || i >= BF_BANDS_MAX || !(value <= COST_MAX_S))
			return bad(n, "the seconds of each piece");
		job->piece_cost[i++] = value;
	}
	if (found < 0)
		return -1;
	if (i && i != (int)bf_job_piece_count(job))
		return bad(n, "as many numbers as there are pieces");
	job->piece_cost_count = i;
	return 0;
}

int bf_job_cut_parse(const struct bf_ini *ini, const char *section, struct bf_job *job, struct bf_err *err)
{
	struct numbers tops = { .ini = ini, .section = section, .key = "piece_tops", .err = err };
	struct numbers costs = { .ini = ini, .section = section, .key = "piece_costs", .err = err };
	int64_t whole = 0;
	if (get_tops(&tops, job) < 0 || get_costs(&costs, job) < 0
		|| bf_ini_int(ini, section, "whole_frames", 0, BF_FRAMES_MAX, &whole, err) < 0)
		return -1;
	if (whole && !bf_job_in_pieces(job))
		return bf_ini_bad(ini, section, "whole_frames", err, "this only where other frames are cut");
	job->whole_frames = (size_t)whole;
	return 0;
}
