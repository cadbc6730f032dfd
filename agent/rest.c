#include "agent/rest.h"

#include <string.h>
#include <time.h>

#include "agent/usage.h"
#include "share-layout/base/sys.h"
#include "share-layout/order.h"

/* The mean of a minute: a program that only starts does not send the machine to bed. */
enum { SAMPLE_MS = 10000 };

void rest_init(struct rest *rest, const struct config *config)
{
	memset(rest, 0, sizeof *rest);
	rest->config = config;
	rest->presence = PRESENCE_NONE;
}

/* ---- hours ---- */

static bool is_off_hours(const struct rest *rest)
{
	struct tm local;
	time_t now = time(NULL);
	return localtime_r(&now, &local) && !hours_open(&rest->config->hours, &local);
}

/* ---- people ---- */

static bool is_used(struct rest *rest)
{
	if (!rest->config->user_idle_ms)
		return false;
	int64_t idle_ms = presence_idle_ms(&rest->presence);
	return idle_ms < rest->config->user_idle_ms; /* not known yet: as if somebody were there */
}

/* ---- other programs ---- */

/* What ended is in the times of the worker that had started it, so nothing of ours is ever taken for another's. */
static int64_t sum_ours(const struct board *board, const pid_t *workers)
{
	int64_t sum_ms = 0;
	for (int i = 0; i < board->slots; i++)
		sum_ms += usage_cpu_ms(workers[i]) + usage_cpu_ms(atomic_load(&board->slot[i].blender_pid));
	return sum_ms;
}

static void sample(struct rest *rest, const struct board *board, const pid_t *workers)
{
	int64_t now_ms = bf_sys.now_ms(), span_ms = now_ms - rest->sampled_ms;
	if (rest->sampled_ms && span_ms < SAMPLE_MS)
		return;
	int64_t machine_ms = usage_machine_ms(), ours_ms = sum_ours(board, workers);
	if (rest->sampled_ms && machine_ms >= 0 && ours_ms >= rest->ours_ms /* no worker died with its times */) {
		double others = (double)(machine_ms - rest->machine_ms - (ours_ms - rest->ours_ms)) / (double)span_ms;
		memmove(rest->others + 1, rest->others, sizeof rest->others - sizeof rest->others[0]);
		rest->others[0] = others > 0 ? others : 0;
		rest->sample_count += rest->sample_count < REST_SAMPLES;
	}
	rest->sampled_ms = now_ms;
	rest->machine_ms = machine_ms;
	rest->ours_ms = ours_ms;
}

static bool is_needed_by_others(struct rest *rest, const struct board *board, const pid_t *workers)
{
	double sum = 0;
	if (rest->config->others_busy <= 0)
		return false;
	sample(rest, board, workers);
	for (int i = 0; i < rest->sample_count; i++)
		sum += rest->others[i];
	return rest->sample_count && sum / rest->sample_count > rest->config->others_busy;
}

enum board_rest rest_look(struct rest *rest, const struct board *board, const pid_t *workers)
{
	/* both are measured all the time, whatever else holds */
	bool used = is_used(rest), needed = is_needed_by_others(rest, board, workers);
	if (atomic_load(&board->order) == BF_ORDER_PAUSE)
		return BOARD_REST_ORDER;
	if (is_off_hours(rest))
		return BOARD_REST_HOURS;
	if (used)
		return BOARD_REST_USER;
	return needed ? BOARD_REST_OTHERS : BOARD_WORK;
}

void rest_stop(struct rest *rest)
{
	presence_stop(&rest->presence);
}
