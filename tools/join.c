/* One lock guards who does what; pixels are touched without it. A band goes
 *
 *   free ──main──► filling ──a worker, all parts there──► packing ──► packed ──main, written──► free
 *
 * and a part waits until its piece is not busy, has been read up to this band, and, when it may
 * overlap others, until all parts before it in the band are done. */
#include "tools/join.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/join_copy.h"
#include "tools/join_mean.h"
#include "tools/join_part.h"
#include "tools/piece_small.h"

enum {
	THREADS_MAX = 16,
	MEMORY_BUDGET = 24 << 20, /* for the bands; the decoders need theirs besides */
	BANDS_MIN = 2,
};

enum band_state { BAND_FREE, BAND_FILLING, BAND_PACKING, BAND_PACKED };

enum part_state { PART_DUE, PART_BUSY, PART_DONE };

struct band {
	enum band_state state;
	struct piece_band io;
	struct join_mean mean;
	uint32_t *part;            /* indices of pieces, ascending */
	unsigned char *part_state;
	size_t parts, room;
	size_t first_due;          /* no part before it is due */
	size_t done;               /* how many are */
	size_t done_in_order;      /* how many from the first on are */
};

struct join {
	const struct merge_plan *plan;
	const struct piece_header *result; /* of the part of the file that is being made */
	struct join_options options;
	bool pack;                 /* somebody wants the bytes */

	pthread_mutex_t lock;
	pthread_cond_t work, packed;
	bool stop;
	bool failed;
	struct bf_err err;

	struct join_source *source;
	uint32_t *by_top;
	size_t due;                /* pieces of by_top already met */
	uint32_t *active;
	size_t actives;

	struct band *slot;
	size_t slots;
	uint32_t band_rows;
	uint32_t bands, opened, written; /* in all, handed to the workers, done with */
};

struct worker {
	struct join *join;
	pthread_t thread;
	void *packer;
	unsigned char *row; /* one row of a piece that may overlap */
};

static void *zeroed(size_t count, size_t size)
{
	void *memory = calloc(count, size);
	if (!memory)
		abort();
	return memory;
}

/* What the result is written as. */
static const struct piece_kind *made(const struct merge_plan *plan)
{
	return plan->small ? &piece_small : plan->kind;
}

static struct band *band_of(struct join *join, uint32_t number)
{
	return &join->slot[number % join->slots];
}

/* Whether a part can be read now. Called with the lock held. */
static bool part_ready(const struct join *join, const struct band *band, size_t i)
{
	const struct merge_piece *piece = &join->plan->piece[band->part[i]];
	const struct join_source *source = &join->source[band->part[i]];
	uint32_t from = piece->y > band->io.first_row ? piece->y : band->io.first_row;
	if (band->part_state[i] != PART_DUE || source->busy || piece->y + source->rows_read != from)
		return false;
	return !join_part_in_order(join->plan, piece) || band->done_in_order == i;
}

static bool find_part(const struct join *join, struct band *band, size_t *part)
{
	while (band->first_due < band->parts && band->part_state[band->first_due] != PART_DUE)
		band->first_due++;
	for (size_t i = band->first_due; i < band->parts; i++) {
		if (part_ready(join, band, i)) {
			*part = i;
			return true;
		}
	}
	return false;
}

/* Called with the lock held. The first error is the one that counts. */
static void remember(struct join *join, const struct bf_err *err)
{
	if (!join->failed)
		join->err = *err;
	join->failed = true;
}

/* Called with the lock held; drops it while working. */
static void do_part(struct worker *worker, struct band *band, size_t i)
{
	struct join *join = worker->join;
	struct join_source *source = &join->source[band->part[i]];
	struct bf_err err;
	band->part_state[i] = PART_BUSY;
	source->busy = true;
	pthread_mutex_unlock(&join->lock);

	const struct join_part part = { .plan = join->plan, .result = join->result, .source = join->source,
		.band = &band->io, .mean = &band->mean, .piece = band->part[i], .earlier = band->part, .earlier_count = i, .verify = join->options.verify };
	int result = join_part_read(&part, worker->row, &err);

	pthread_mutex_lock(&join->lock);
	source->busy = false;
	band->part_state[i] = PART_DONE;
	band->done++;
	while (band->done_in_order < band->parts && band->part_state[band->done_in_order] == PART_DONE)
		band->done_in_order++;
	if (result < 0)
		remember(join, &err);
}

static void do_pack(struct worker *worker, struct band *band)
{
	struct join *join = worker->join;
	band->state = BAND_PACKING;
	if (join->pack) {
		struct bf_err err;
		pthread_mutex_unlock(&join->lock);
		if (join->plan->mode == MERGE_MEAN)
			join_mean_store(&band->mean, join->result, band->io.pixels, band->io.rows);
		int result = made(join->plan)->pack(worker->packer, &band->io, &err);
		pthread_mutex_lock(&join->lock);
		if (result < 0)
			remember(join, &err);
	}
	band->state = BAND_PACKED;
}

/* Do the most urgent thing. Returns false when nothing can be done at present. */
static bool work_once(struct worker *worker)
{
	struct join *join = worker->join;
	for (uint32_t number = join->written; number < join->opened; number++) {
		struct band *band = band_of(join, number);
		size_t part;
		if (band->state != BAND_FILLING)
			continue;
		if (band->done == band->parts)
			do_pack(worker, band);
		else if (find_part(join, band, &part))
			do_part(worker, band, part);
		else
			continue;
		return true;
	}
	return false;
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct join *join = worker->join;
	pthread_mutex_lock(&join->lock);
	while (!join->stop && !join->failed) {
		if (work_once(worker)) {
			pthread_cond_broadcast(&join->work);
			pthread_cond_signal(&join->packed);
		} else {
			pthread_cond_wait(&join->work, &join->lock);
		}
	}
	pthread_cond_signal(&join->packed);
	pthread_mutex_unlock(&join->lock);
	return NULL;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int by_first_row(const void *a, const void *b, void *arg)
{
	const struct merge_plan *plan = arg;
	int order = ascending(&plan->piece[*(const uint32_t *)a].y, &plan->piece[*(const uint32_t *)b].y);
	return order ? order : ascending(a, b);
}

/* Which pieces reach into the rows of this band. */
static void find_parts(struct join *join, struct band *band)
{
	const struct merge_piece *piece = join->plan->piece;
	uint32_t top = band->io.first_row, bottom = top + band->io.rows;
	size_t kept = 0;
	for (size_t i = 0; i < join->actives; i++) {
		const struct merge_piece *p = &piece[join->active[i]];
		if (p->y + p->height > top)
			join->active[kept++] = join->active[i];
	}
	size_t before = kept;
	while (join->due < join->plan->count && piece[join->by_top[join->due]].y < bottom)
		join->active[kept++] = join->by_top[join->due++];
	join->actives = kept;
	if (kept > before)
		qsort(join->active, kept, sizeof *join->active, ascending);

	if (band->room < kept) {
		free(band->part);
		free(band->part_state);
		band->part = zeroed(kept, sizeof *band->part);
		band->part_state = zeroed(kept, 1);
		band->room = kept;
	}
	band->parts = kept;
	if (!kept) /* nothing but a hole */
		return;
	memcpy(band->part, join->active, kept * sizeof *band->part);
	memset(band->part_state, PART_DUE, kept);
}

/* What no piece touches, and what pieces are added to. */
static void clear_band(const struct join *join, struct band *band)
{
	size_t row = piece_row_bytes(join->result);
	if (join->plan->mode == MERGE_MEAN)
		join_mean_clear(&band->mean, join->result);
	else if (join->plan->mode == MERGE_LAYERS)
		memset(band->io.pixels, 0, row * band->io.rows);
	for (uint32_t y = 0; join->plan->holes && y < band->io.rows; y++)
		join->plan->kind->mark(join->result, band->io.pixels + y * row, band->io.first_row + y);
}

/* Called by main with the lock held. */
static void open_band(struct join *join)
{
	struct band *band = band_of(join, join->opened);
	uint32_t left;
	band->io.first_row = join->opened * join->band_rows;
	left = join->plan->height - band->io.first_row;
	band->io.rows = left < join->band_rows ? left : join->band_rows;
	bf_buf_reset(&band->io.packed);
	band->first_due = band->done = band->done_in_order = 0;
	find_parts(join, band);
	clear_band(join, band);
	band->state = BAND_FILLING;
	join->opened++;
}

/* What the main thread does while the workers work. */
static int write_bands(struct join *join, void *writer, struct bf_err *err)
{
	int result = 0;
	pthread_mutex_lock(&join->lock);
	while (result == 0 && !join->failed && join->written < join->bands) {
		while (join->opened < join->bands && join->opened - join->written < join->slots) {
			open_band(join);
			pthread_cond_broadcast(&join->work);
		}
		struct band *band = band_of(join, join->written);
		if (band->state != BAND_PACKED) {
			pthread_cond_wait(&join->packed, &join->lock);
			continue;
		}
		if (writer) {
			pthread_mutex_unlock(&join->lock);
			result = made(join->plan)->write_band(writer, &band->io, err);
			pthread_mutex_lock(&join->lock);
		}
		band->state = BAND_FREE;
		join->written++;
	}
	join->stop = true;
	pthread_cond_broadcast(&join->work);
	pthread_mutex_unlock(&join->lock);
	return result;
}

static void start(struct join *join, unsigned threads)
{
	const struct merge_plan *plan = join->plan;
	size_t count = plan->count, row = piece_row_bytes(join->result);
	join->band_rows = plan->kind->band_rows(join->result);
	join->bands = (plan->height - 1) / join->band_rows + 1;
	size_t band_bytes = row * join->band_rows, memory = 2 * band_bytes;
	if (plan->mode == MERGE_MEAN)
		memory += join_mean_bytes(join->result, join->band_rows);
	join->slots = 2 * threads + 4;
	if (join->slots > MEMORY_BUDGET / memory)
		join->slots = MEMORY_BUDGET / memory;
	if (join->slots < BANDS_MIN)
		join->slots = BANDS_MIN;
	if (join->slots > join->bands)
		join->slots = join->bands;
	join->slot = zeroed(join->slots, sizeof *join->slot);
	for (size_t i = 0; i < join->slots; i++) {
		join->slot[i].io.pixels = zeroed(band_bytes, 1);
		if (plan->mode == MERGE_MEAN)
			join_mean_init(&join->slot[i].mean, join->result, join->band_rows);
	}
	join->source = zeroed(count, sizeof *join->source);
	join->active = zeroed(count, sizeof *join->active);
	join->by_top = zeroed(count, sizeof *join->by_top);
	for (size_t i = 0; i < count; i++)
		join->by_top[i] = (uint32_t)i;
	qsort_r(join->by_top, count, sizeof *join->by_top, by_first_row, (void *)plan);
	pthread_mutex_init(&join->lock, NULL);
	pthread_cond_init(&join->work, NULL);
	pthread_cond_init(&join->packed, NULL);
}

static void finish(struct join *join)
{
	for (size_t i = 0; i < join->plan->count; i++)
		join_source_close(&join->source[i]);
	for (size_t i = 0; i < join->slots; i++) {
		free(join->slot[i].io.pixels);
		join_mean_free(&join->slot[i].mean);
		bf_buf_clear(&join->slot[i].io.packed);
		free(join->slot[i].part);
		free(join->slot[i].part_state);
	}
	free(join->slot);
	free(join->source);
	free(join->active);
	free(join->by_top);
	pthread_cond_destroy(&join->packed);
	pthread_cond_destroy(&join->work);
	pthread_mutex_destroy(&join->lock);
}

static unsigned start_workers(struct join *join, struct worker *workers, unsigned threads)
{
	unsigned started = 0;
	for (unsigned i = 0; i < threads; i++) {
		struct worker *worker = &workers[i];
		worker->join = join;
		worker->packer = made(join->plan)->packer_new(join->result);
		worker->row = zeroed(piece_row_bytes(join->result), 1);
		if (pthread_create(&worker->thread, NULL, work, worker))
			break;
		started++;
	}
	return started;
}

static unsigned thread_count(unsigned wish)
{
	cpu_set_t set;
	if (!wish)
		wish = sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
	return wish < THREADS_MAX ? wish : THREADS_MAX;
}

static int run_workers(struct join *join, unsigned threads, void *writer, struct bf_err *err)
{
	struct worker workers[THREADS_MAX] = {0};
	unsigned started = start_workers(join, workers, threads);
	int result = started ? write_bands(join, writer, err) : bf_err_set(err, "no thread can be started");
	for (unsigned i = 0; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	for (unsigned i = 0; i < threads; i++) {
		if (workers[i].packer)
			made(join->plan)->packer_free(workers[i].packer);
		free(workers[i].row);
	}
	if (result == 0 && join->failed) {
		if (err)
			*err = join->err;
		return -1;
	}
	return result;
}

/* One part, by taking it apart into pixels. */
static int join_pixels(const struct merge_plan *plan, const struct join_options *options,
	const struct piece_header *result, void *writer, struct bf_err *err)
{
	unsigned threads = thread_count(options->threads);
	struct join join = { .plan = plan, .options = *options, .result = result, .pack = writer };
	if (result->copy_only)
		return bf_err_set(err, "%s: %s", plan->piece[0].path, result->copy_only);
	start(&join, threads);
	int done = run_workers(&join, threads, writer, err);
	finish(&join);
	return done;
}

static int join_part(const struct merge_plan *plan, const struct join_options *options,
	const struct piece_header *result, void *writer, struct bf_err *err)
{
	if (!join_copy_can(plan, result))
		return join_pixels(plan, options, result, writer, err);
	if (options->verify && !result->copy_only && join_pixels(plan, options, result, NULL, err) < 0)
		return -1;
	return join_copy_run(plan, result, writer, err);
}

/* What the result's part is like: the first piece's, in another size. */
static int part_header(const struct merge_plan *plan, unsigned part, struct piece_header *header, struct bf_err *err)
{
	struct piece *open = NULL;
	if (piece_open(plan->piece[0].path, part, &open, err) < 0)
		return -1;
	piece_header_copy(header, piece_header(open));
	header->width = plan->width;
	header->height = plan->height;
	piece_close(&open);
	return 0;
}

static int join_parts(const struct merge_plan *plan, const struct join_options *options, void *writer,
	struct bf_err *err)
{
	int result = 0;
	unsigned parts = plan->small ? 1 : plan->result.parts; /* the eye sees the first one */
	for (unsigned part = 0; result == 0 && part < parts; part++) {
		struct piece_header header = {0};
		result = part_header(plan, part, &header, err);
		if (result == 0)
			result = join_part(plan, options, &header, writer, err);
		piece_header_clear(&header);
	}
	return result;
}

int join_run(const struct merge_plan *plan, const struct join_options *options, int fd, const char *path,
	struct bf_err *err)
{
	void *writer = NULL;
	if (fd >= 0 && made(plan)->write_begin(fd, path, &plan->result, plan->piece[0].path, &writer, err) < 0)
		return -1;
	int result = join_parts(plan, options, writer, err);
	if (result == 0 && writer)
		result = made(plan)->write_end(writer, err);
	if (writer)
		made(plan)->writer_free(writer);
	return result;
}
