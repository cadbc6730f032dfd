/* One lock guards who does what; pixels are touched without it. */
#include "tools/join_work.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "tools/join_band.h"
#include "tools/piece_small.h"

enum { THREADS_MAX = 16 };

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
	struct join_bands bands;
};

struct worker {
	struct join *join;
	pthread_t thread;
	void *packer;
	unsigned char *row; /* one row of a piece that may overlap */
};

const struct piece_kind *join_work_kind(const struct merge_plan *plan)
{
	return plan->small ? &piece_small : plan->kind;
}

/* ---- what a worker does; called with the lock held, which is dropped while it works ---- */

/* The first error is the one that counts. */
static void remember(struct join *join, const struct bf_err *err)
{
	if (!join->failed)
		join->err = *err;
	join->failed = true;
}

static void do_part(struct worker *worker, struct join_band *band, size_t i)
{
	struct join *join = worker->join;
	struct bf_err err;
	pthread_mutex_unlock(&join->lock);

	const struct join_part part = { .plan = join->plan, .result = join->result, .source = join->bands.source,
		.band = &band->io, .mean = &band->mean, .piece = band->part[i], .earlier = band->part, .earlier_count = i, .verify = join->options.verify };
	int result = join_part_read(&part, worker->row, &err);

	pthread_mutex_lock(&join->lock);
	join_band_end_part(&join->bands, band, i);
	if (result < 0)
		remember(join, &err);
}

static void do_pack(struct worker *worker, struct join_band *band)
{
	struct join *join = worker->join;
	band->state = JOIN_BAND_PACKING;
	if (join->pack) {
		struct bf_err err;
		pthread_mutex_unlock(&join->lock);
		if (join->plan->mode == MERGE_MEAN)
			join_mean_store(&band->mean, join->result, band->io.pixels, band->io.rows);
		int result = join_work_kind(join->plan)->pack(worker->packer, &band->io, &err);
		pthread_mutex_lock(&join->lock);
		if (result < 0)
			remember(join, &err);
	}
	band->state = JOIN_BAND_PACKED;
}

/* Do the most urgent thing. Returns false when nothing can be done at present. */
static bool work_once(struct worker *worker)
{
	struct join_bands *bands = &worker->join->bands;
	for (uint32_t number = bands->written; number < bands->opened; number++) {
		struct join_band *band = join_bands_at(bands, number);
		size_t part;
		if (band->state != JOIN_BAND_FILLING)
			continue;
		if (band->done == band->parts)
			do_pack(worker, band);
		else if (join_band_take_part(bands, band, &part))
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

/* ---- what the main thread does while the workers work ---- */

static int write_bands(struct join *join, void *writer, struct bf_err *err)
{
	struct join_bands *bands = &join->bands;
	int result = 0;
	pthread_mutex_lock(&join->lock);
	while (result == 0 && !join->failed && bands->written < bands->count) {
		while (join_bands_open(bands))
			pthread_cond_broadcast(&join->work);
		struct join_band *band = join_bands_at(bands, bands->written);
		if (band->state != JOIN_BAND_PACKED) {
			pthread_cond_wait(&join->packed, &join->lock);
			continue;
		}
		if (writer) {
			pthread_mutex_unlock(&join->lock);
			result = join_work_kind(join->plan)->write_band(writer, &band->io, err);
			pthread_mutex_lock(&join->lock);
		}
		band->state = JOIN_BAND_FREE;
		bands->written++;
	}
	join->stop = true;
	pthread_cond_broadcast(&join->work);
	pthread_mutex_unlock(&join->lock);
	return result;
}

static unsigned start_workers(struct join *join, struct worker *workers, unsigned threads)
{
	unsigned started = 0;
	for (unsigned i = 0; i < threads; i++) {
		struct worker *worker = &workers[i];
		worker->join = join;
		worker->packer = join_work_kind(join->plan)->packer_new(join->result);
		worker->row = calloc(piece_row_bytes(join->result), 1);
		if (!worker->row)
			abort();
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
			join_work_kind(join->plan)->packer_free(workers[i].packer);
		free(workers[i].row);
	}
	if (result == 0 && join->failed) {
		if (err)
			*err = join->err;
		return -1;
	}
	return result;
}

int join_work(const struct merge_plan *plan, const struct join_options *options, const struct piece_header *result,
	void *writer, struct bf_err *err)
{
	unsigned threads = thread_count(options->threads);
	struct join join = { .plan = plan, .options = *options, .result = result, .pack = writer };
	if (result->copy_only)
		return bf_err_set(err, "%s: %s", plan->piece[0].path, result->copy_only);
	join_bands_init(&join.bands, plan, result, threads);
	pthread_mutex_init(&join.lock, NULL);
	pthread_cond_init(&join.work, NULL);
	pthread_cond_init(&join.packed, NULL);
	int done = run_workers(&join, threads, writer, err);
	pthread_cond_destroy(&join.packed);
	pthread_cond_destroy(&join.work);
	pthread_mutex_destroy(&join.lock);
	join_bands_clear(&join.bands);
	return done;
}
