/* The report's map: the pieces of one frame where they lie in the picture. A letter is a machine: capital for what it has
 * done, small for what it works at; `.` waits, `!` was given up. Where a character covers several pieces, the least finished
 * one is shown, so that the map is full only when the picture is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report_private.h"

enum { WIDTH_MAX = 64, HEIGHT_MAX = 32, HEIGHT_MIN = 4, LETTERS = 26, NOBODY = -1 };

struct map {
	const struct bf_scan_job *job;
	int columns, rows;
	int *rank; /* of each machine: which letter it has */
	int piece[HEIGHT_MAX][WIDTH_MAX]; /* which one is shown there */
};

/* How much a piece tells: those that keep the picture from being done go first. */
static int weight(const struct bf_scan_piece *piece)
{
	switch (piece->state) {
	case BF_PARKED: return 3;
	case BF_RUN:    return 2;
	case BF_OPEN:   return 1;
	default:        return 0;
	}
}

static char letter_of(const struct map *map, const struct bf_scan_piece *piece)
{
	int rank = piece->machine < map->job->machine_count ? map->rank[piece->machine] : LETTERS;
	char letter = rank < LETTERS ? (char)('a' + rank) : '*';
	switch (piece->state) {
	case BF_PARKED: return '!';
	case BF_RUN:    return letter;
	case BF_DONE:   return letter == '*' ? '#' : (char)(letter - 'a' + 'A');
	default:        return '.';
	}
}

static enum paint paint_of(const struct bf_scan_piece *piece)
{
	switch (piece->state) {
	case BF_PARKED: return PAINT_BAD;
	case BF_RUN:    return PAINT_BUSY;
	case BF_DONE:   return PAINT_GOOD;
	default:        return PAINT_DIM;
	}
}

/* Which characters stand for the pixels from `from` to `to`: at least one, so that nothing is too thin to be seen. */
static void span(int from, int to, int pixels, int characters, int *first, int *last)
{
	*first = (int)(((int64_t)from * characters + pixels / 2) / pixels);
	*last = (int)(((int64_t)to * characters + pixels / 2) / pixels) - 1;
	if (*last < *first)
		*first = *last = (int)((int64_t)from * characters / pixels);
	if (*first < 0)
		*first = 0;
	if (*last >= characters)
		*last = characters - 1;
}

/* Parts of the samples all cover the whole picture: they stand side by side, in their order. */
static struct bf_rect rect_of(const struct bf_scan_job *job, unsigned n)
{
	struct bf_rect rect = bf_job_piece(&job->plan, n);
	if (job->plan.sample_parts) {
		rect.left = (int)((int64_t)n * job->plan.width / job->map.count);
		rect.right = (int)((int64_t)(n + 1) * job->plan.width / job->map.count);
	}
	return rect;
}

static void place(struct map *map, unsigned n)
{
	const struct bf_job *plan = &map->job->plan;
	struct bf_rect rect = rect_of(map->job, n);
	int left, right, top, bottom;
	span(rect.left, rect.right, plan->width, map->columns, &left, &right);
	span(rect.top, rect.bottom, plan->height, map->rows, &top, &bottom);
	for (int y = top; y <= bottom; y++)
		for (int x = left; x <= right; x++) {
			int *there = &map->piece[y][x];
			if (*there == NOBODY || weight(&map->job->map.piece[n]) > weight(&map->job->map.piece[*there]))
				*there = (int)n;
		}
}

/* Characters are twice as high as wide. Bands get a line each, where there are not too many. */
static void choose_size(struct map *map, int room)
{
	const struct bf_job *plan = &map->job->plan;
	map->columns = room > 0 && room < WIDTH_MAX ? room : WIDTH_MAX;
	int64_t rows = (int64_t)map->columns * plan->height / plan->width / 2;
	if (rows < plan->rows)
		rows = plan->rows;
	if (plan->sample_parts)
		rows = HEIGHT_MIN;
	map->rows = rows < HEIGHT_MIN ? HEIGHT_MIN : rows > HEIGHT_MAX ? HEIGHT_MAX : (int)rows;
}

static void write_row(struct pen *pen, const struct map *map, int y)
{
	char run[WIDTH_MAX + 1];
	line_start(pen, 2);
	for (int x = 0; x < map->columns;) {
		const struct bf_scan_piece *piece = NULL;
		int len = 0;
		enum paint paint = PAINT_DIM;
		for (; x < map->columns; x++, len++) {
			const struct bf_scan_piece *next = map->piece[y][x] == NOBODY ? NULL : &map->job->map.piece[map->piece[y][x]];
			enum paint its = next ? paint_of(next) : PAINT_DIM;
			if (len && its != paint)
				break;
			piece = next;
			paint = its;
			run[len] = piece ? letter_of(map, piece) : ' ';
		}
		run[len] = '\0';
		line_more(pen, paint, run);
	}
	line_end(pen);
}

static void count(const struct bf_scan_job *job, size_t machine, int *done, int *running)
{
	*done = *running = 0;
	for (unsigned i = 0; i < job->map.count; i++) {
		const struct bf_scan_piece *piece = &job->map.piece[i];
		*done += piece->state == BF_DONE && piece->machine == machine;
		*running += piece->state == BF_RUN && piece->machine == machine;
	}
}

/* Letters go by the machines' names; those that have no part in the frame have none. */
static void rank_machines(struct map *map)
{
	const struct bf_scan_job *job = map->job;
	int done, running;
	for (size_t m = 0; m < job->machine_count; m++)
		map->rank[m] = 0;
	for (size_t m = 0; m < job->machine_count; m++) {
		count(job, m, &done, &running);
		for (size_t other = 0; done + running && other < job->machine_count; other++)
			map->rank[other] += strcmp(job->machine[m].name, job->machine[other].name) < 0;
	}
}

static void write_legend(struct pen *pen, const struct map *map)
{
	const struct bf_scan_job *job = map->job;
	size_t *sorted = report_machines_sorted(job);
	for (size_t i = 0; i < job->machine_count; i++) {
		size_t m = sorted[i];
		struct bf_scan_piece as_done = { .state = BF_DONE, .machine = (unsigned short)m };
		int done, running;
		count(job, m, &done, &running);
		if (!done && !running)
			continue;
		line_start(pen, 2);
		line_item(pen, PAINT_PLAIN, "%c %s", letter_of(map, &as_done), job->machine[m].name);
		line_item(pen, PAINT_PLAIN, "%d done", done);
		if (running)
			line_item(pen, PAINT_BUSY, "%d running", running);
		line_end(pen);
	}
	free(sorted);
}

void report_map(struct pen *pen, const struct bf_scan_job *job)
{
	struct map *map;
	int room = pen->columns ? pen->columns - 2 : 0;
	if (!job->plan_ok || !job->map.count || job->plan.width < 1 || job->plan.height < 1 || (pen->columns && room < 8))
		return;
	map = calloc(1, sizeof *map);
	if (!map || !(map->rank = calloc(job->machine_count + 1, sizeof *map->rank)))
		abort();
	map->job = job;
	rank_machines(map);
	choose_size(map, room);
	for (int y = 0; y < map->rows; y++)
		for (int x = 0; x < map->columns; x++)
			map->piece[y][x] = NOBODY;
	for (unsigned n = 0; n < job->map.count; n++)
		place(map, n);
	line_text(pen, 0, PAINT_TITLE, "%s of frame %d", job->plan.sample_parts ? "samples" : "pieces",
		(int)job->map.frame);
	for (int y = 0; y < map->rows; y++)
		write_row(pen, map, y);
	write_legend(pen, map);
	free(map->rank);
	free(map);
}
