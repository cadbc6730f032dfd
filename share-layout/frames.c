#include "share-layout/frames.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	SPAN = BF_FRAME_MAX - BF_FRAME_MIN + 1,
	/* Work limit: how many frames one text may name, repeats included. The formatter spends at
	 * most NAMED_MAX / 2 on repeats, so that its text is always accepted again. */
	NAMED_MAX = 16 * BF_FRAMES_MAX,
	RANGE_FROM = 3 /* that many frames in a row are written as a range */
};

struct item {
	int64_t first, last, step;
};

/* Which frames were seen: one bit each, a quarter of a megabyte whatever the text says. */
static unsigned char *seen_new(void)
{
	unsigned char *seen = calloc(1, SPAN / 8 + 1);
	if (!seen)
		abort();
	return seen;
}

static bool seen_has(const unsigned char *seen, int64_t frame)
{
	uint32_t bit = (uint32_t)(frame - BF_FRAME_MIN);
	return seen[bit >> 3] >> (bit & 7) & 1;
}

static void seen_add(unsigned char *seen, int64_t frame)
{
	uint32_t bit = (uint32_t)(frame - BF_FRAME_MIN);
	seen[bit >> 3] |= (unsigned char)(1 << (bit & 7));
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_blanks(const char *p)
{
	while (is_blank(*p))
		p++;
	return p;
}

/* Read a number; very long ones stop growing at a value that every limit refuses. */
static bool read_number(const char **at, int64_t *out)
{
	const char *p = *at;
	bool minus = *p == '-';
	p += minus;
	if (*p < '0' || *p > '9')
		return false;
	int64_t n = 0;
	for (; *p >= '0' && *p <= '9'; p++)
		if (n < 1000000000)
			n = n * 10 + (*p - '0');
	*out = minus ? -n : n;
	*at = p;
	return true;
}

/* Length of the word at p for a message, not more than a line can hold. */
static int word_len(const char *p)
{
	int n = 0;
	while (p[n] && p[n] != ',' && !is_blank(p[n]) && n < 40)
		n++;
	return n;
}

static bool read_step(const char **at, int64_t *step)
{
	const char *p = *at;
	if (!strncmp(p, "step", 4))
		p += 4;
	else if (*p == 'x' || *p == ':')
		p++;
	else
		return true;
	if (*p < '0' || *p > '9' || !read_number(&p, step))
		return false;
	*at = p;
	return true;
}

static bool skip_dash(const char **at)
{
	if (**at == '-')
		*at += 1;
	else if (!strncmp(*at, "..", 2))
		*at += 2;
	else
		return false;
	return true;
}

static int check_item(const struct item *item, struct bf_err *err)
{
	if (item->first < BF_FRAME_MIN || item->first > BF_FRAME_MAX
			|| item->last < BF_FRAME_MIN || item->last > BF_FRAME_MAX)
		return bf_err_set(err, "frames: %" PRId64 " is out of reach: Blender's frames lie between %d and %d",
			item->first < BF_FRAME_MIN || item->first > BF_FRAME_MAX ? item->first : item->last,
			BF_FRAME_MIN, BF_FRAME_MAX);
	if (item->step < 1)
		return bf_err_set(err, "frames: a step of %" PRId64 ": want 1 or more", item->step);
	if (item->last < item->first)
		return bf_err_set(err, "frames: the range %" PRId64 "-%" PRId64
			" runs backwards: write %" PRId64 "-%" PRId64,
			item->first, item->last, item->last, item->first);
	return 0;
}

static int read_item(const char **at, struct item *item, struct bf_err *err)
{
	const char *start = *at, *p = start;
	if (!read_number(&p, &item->first))
		goto bad;
	item->last = item->first;
	item->step = 1;
	if (skip_dash(&p) && (!read_number(&p, &item->last) || !read_step(&p, &item->step)))
		goto bad;
	if (*p && *p != ',' && !is_blank(*p))
		goto bad;
	*at = p;
	return check_item(item, err);
bad:
	return bf_err_set(err, "frames: \"%.*s\" is no frame and no range: want for example 12, 1-250, "
		"1-250x10 or -5..5, without blanks inside a range", word_len(start), start);
}

/* Step to the next item. Returns 1 with item filled, 0 at the end, -1. */
static int next_item(const char **at, bool first, struct item *item, struct bf_err *err)
{
	const char *p = skip_blanks(*at);
	bool comma = !first && *p == ',';
	if (comma)
		p = skip_blanks(p + 1);
	if (!*p && !comma)
		return 0;
	if (!*p || *p == ',')
		return bf_err_set(err, "frames: a frame is missing beside a comma: want for example 1,5,10-20");
	if (read_item(&p, item, err) < 0)
		return -1;
	*at = p;
	return 1;
}

/* Walk the text. With room NULL the different frames are only counted. */
static int walk(const char *text, unsigned char *seen, int32_t *room, size_t *count, struct bf_err *err)
{
	struct item item;
	int64_t named = 0;
	size_t n = 0;
	int more;
	for (bool first = true; (more = next_item(&text, first, &item, err)) == 1; first = false) {
		named += (item.last - item.first) / item.step + 1;
		if (named > NAMED_MAX)
			return bf_err_set(err, "frames: the list names more than %d frames", NAMED_MAX);
		for (int64_t f = item.first; f <= item.last; f += item.step) {
			if (seen_has(seen, f))
				continue;
			if (n == BF_FRAMES_MAX)
				return bf_err_set(err, "frames: more than %d frames: want fewer, in several jobs", BF_FRAMES_MAX);
			seen_add(seen, f);
			if (room)
				room[n] = (int32_t)f;
			n++;
		}
	}
	*count = n;
	return more;
}

static int32_t *frames_room(size_t count)
{
	int32_t *room = malloc((count ? count : 1) * sizeof *room);
	if (!room)
		abort();
	return room;
}

int bf_frames_parse(const char *text, struct bf_frames *frames, struct bf_err *err)
{
	bf_frames_clear(frames);
	unsigned char *seen = seen_new();
	size_t count = 0;
	int result = walk(text, seen, NULL, &count, err);
	if (result == 0 && count == 0)
		result = bf_err_set(err, "frames: the list is empty: want for example 1-250");
	if (result == 0) {
		memset(seen, 0, SPAN / 8 + 1);
		frames->frame = frames_room(count);
		walk(text, seen, frames->frame, &frames->count, NULL);
	}
	free(seen);
	return result;
}

int bf_frames_range(int64_t start, int64_t end, int64_t step, struct bf_frames *frames,
	struct bf_err *err)
{
	struct item item = { start, end, step };
	bf_frames_clear(frames);
	if (check_item(&item, err) < 0)
		return -1;
	int64_t count = (end - start) / step + 1;
	if (count > BF_FRAMES_MAX)
		return bf_err_set(err, "frames: more than %d frames: want fewer, in several jobs", BF_FRAMES_MAX);
	frames->frame = frames_room((size_t)count);
	for (int64_t i = 0; i < count; i++)
		frames->frame[i] = (int32_t)(start + i * step);
	frames->count = (size_t)count;
	return 0;
}

/* How many frames from `at` on are a plain arithmetic row. */
static size_t plain_run(const struct bf_frames *frames, size_t at)
{
	const int32_t *f = frames->frame;
	size_t end = at + 1;
	if (end == frames->count || f[end] <= f[at])
		return 1;
	int64_t step = (int64_t)f[end] - f[at];
	while (end < frames->count && (int64_t)f[end] - f[end - 1] == step)
		end++;
	return end - at;
}

/* How many frames from `at` on are a row of step 1 when those already listed are left out:
 * "the rest" behind every tenth frame. *budget bounds the frames looked at in vain. */
static size_t rest_run(const struct bf_frames *frames, size_t at, const unsigned char *seen, int64_t *budget)
{
	const int32_t *f = frames->frame;
	size_t end = at + 1;
	for (; end < frames->count && f[end] > f[end - 1]; end++) {
		int64_t between = f[end - 1] + 1;
		while (between < f[end] && *budget > 0 && seen_has(seen, between)) {
			between++;
			--*budget;
		}
		if (between < f[end])
			break;
	}
	return end - at;
}

void bf_frames_format(const struct bf_frames *frames, struct bf_buf *out)
{
	const int32_t *f = frames->frame;
	unsigned char *seen = seen_new();
	int64_t budget = NAMED_MAX / 2;
	for (size_t at = 0; at < frames->count;) {
		size_t run = plain_run(frames, at), rest = rest_run(frames, at, seen, &budget);
		int64_t step = run > 1 ? (int64_t)f[at + 1] - f[at] : 1;
		if (rest > run) {
			run = rest;
			step = 1;
		}
		if (run < RANGE_FROM)
			run = 1;
		bf_buf_printf(out, at ? ",%d" : "%d", f[at]);
		if (run > 1)
			bf_buf_printf(out, "-%d", f[at + run - 1]);
		if (run > 1 && step > 1)
			bf_buf_printf(out, "x%" PRId64, step);
		for (size_t i = at; i < at + run; i++)
			seen_add(seen, f[i]);
		at += run;
	}
	free(seen);
}

int64_t bf_frames_index(const struct bf_frames *frames, int32_t frame)
{
	for (size_t i = 0; i < frames->count; i++)
		if (frames->frame[i] == frame)
			return (int64_t)i;
	return -1;
}

int bf_frames_compare(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return x < y ? -1 : x > y;
}

void bf_frames_clear(struct bf_frames *frames)
{
	free(frames->frame);
	frames->frame = NULL;
	frames->count = 0;
}
