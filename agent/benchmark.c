#include "agent/benchmark.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/blender.h"
#include "agent/interrupt.h"
#include "agent/scratch.h"
#include "agent/speed.h"
#include "share-layout/base/fs.h"
#include "share-layout/token.h"

enum { WAIT_MS = 300, STOP_MS = 2000, MEASURED = 0, PARTLY = 1, UNUSABLE = 3 };

struct bench {
	struct blender *blender;
	struct blender_reply reply;
	bool done;         /* with a result */
	char dir[4300];    /* Blender's, strings of its configuration live as long as it does */
};

/* ---- measuring ---- */

static int start(const struct config *config, int slot, const char *scratch, struct bench *bench, struct bf_err *err)
{
	const struct config_slot *its = &config->slot[slot];
	if (bf_fmt(bench->dir, sizeof bench->dir, "%s/slot%d", scratch, slot) < 0)
		return bf_err_set(err, "the scratch folder's path is too long");
	if (bf_fs_mkdir(AT_FDCWD, bench->dir, err) < 0)
		return -1;
	struct blender_config blender = {
		.program = config->blender, .dir = bench->dir, .threads = its->threads, .device = its->device[0] ? its->device : NULL,
		.factory_startup = config->factory_startup, .nice = config->nice,
	};
	return blender_start(&blender, &bench->blender, err);
}

/* Wait for one answer; false when there is none to be had, with the reason in reply.message. */
static bool await(struct bench *bench, enum blender_event wanted)
{
	enum blender_event event = BLENDER_NOTHING;
	while (event != wanted && !interrupted()) {
		blender_wait(bench->blender, WAIT_MS, -1, &event, &bench->reply);
		if (event == BLENDER_FAILED || event == BLENDER_GONE)
			return false;
	}
	return !interrupted();
}

/* All are ready before any begins: they are to disturb each other as they will. */
static void measure(int slots, struct bench *bench)
{
	struct bf_err err;
	bool ready[BF_SLOTS_MAX];
	for (int i = 0; i < slots; i++)
		ready[i] = bench[i].blender && await(&bench[i], BLENDER_READY);
	for (int i = 0; i < slots; i++)
		if (ready[i] && blender_send_benchmark(bench[i].blender, BENCHMARK_S, &err) < 0)
			snprintf(bench[i].reply.message, sizeof bench[i].reply.message, "%.500s", err.text);
	for (int i = 0; i < slots; i++)
		bench[i].done = ready[i] && await(&bench[i], BLENDER_BENCHMARKED) && bench[i].reply.benchmark_rate > 0;
}

/* ---- telling ---- */

static void put_json_text(const char *text)
{
	putchar('"');
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < 0x20)
			printf("\\u%04x", *p);
		else
			printf(*p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
	}
	putchar('"');
}

static void tell_slot(const struct config *config, int slot, const struct bench *bench)
{
	const struct blender_reply *reply = &bench->reply;
	char threads[32] = "";
	if (config->slot[slot].threads)
		snprintf(threads, sizeof threads, ", %d threads", config->slot[slot].threads);
	printf("slot %d (%s%s): ", slot, reply->device[0] ? reply->device : "no device", threads);
	if (bench->done)
		printf("speed %.2f (%.0f samples of pixels a second)\n", config->slot[slot].speed, reply->benchmark_rate);
	else
		printf("not measured: %s\n", reply->message[0] ? reply->message : "stopped");
}

static void tell_slot_json(const struct config *config, int slot, const struct bench *bench)
{
	printf("%s{\"slot\":%d,\"device\":", slot ? "," : "", slot);
	put_json_text(bench->reply.device);
	printf(",\"threads\":%d,\"speed\":", config->slot[slot].threads);
	if (bench->done)
		printf("%.3f,\"samples_per_s\":%.0f", config->slot[slot].speed, bench->reply.benchmark_rate);
	else
		printf("null,\"samples_per_s\":null");
	printf(",\"error\":");
	if (bench->done)
		printf("null}");
	else
		put_json_text(bench->reply.message), putchar('}');
}

static void tell(const struct config *config, const struct bench *bench, bool json, const char *kept)
{
	double sum = 0;
	if (json)
		printf("{\"format\":1,\"slots\":[");
	for (int i = 0; i < config->slots; i++) {
		(json ? tell_slot_json : tell_slot)(config, i, &bench[i]);
		sum += config->slot[i].speed;
	}
	if (json) {
		printf("],\"speed\":%.3f,\"kept\":", sum);
		if (kept)
			put_json_text(kept);
		printf(kept ? "}\n" : "null}\n");
	} else {
		printf("this machine: speed %.2f, where 1 is about one core of an ordinary one\n", sum);
		if (kept)
			printf("kept in %s; bfagent tells it the farm from its next start on\n", kept);
	}
}

static int conclude(struct config *config, const struct bench *bench, bool json)
{
	struct bf_err err;
	char path[4100];
	int done = 0;
	for (int i = 0; i < config->slots; i++) {
		config->slot[i].speed = bench[i].done ? bench[i].reply.benchmark_rate / SPEED_ONE : 0;
		done += bench[i].done;
	}
	bool kept = done && speed_save(config, &err) == 0 && speed_path(path, sizeof path) == 0;
	tell(config, bench, json, kept ? path : NULL);
	if (done && !kept)
		fprintf(stderr, "bfagent: not kept: %s\n", err.text);
	return !done ? UNUSABLE : done == config->slots && kept ? MEASURED : PARTLY;
}

int benchmark_run(struct config *config, bool json)
{
	struct bf_err err;
	char id[BF_ID_MAX], scratch[SCRATCH_PATH_MAX];
	struct bench *bench = calloc((size_t)config->slots, sizeof *bench);
	int status = UNUSABLE;
	if (!bench)
		bf_bug("out of memory");
	interrupt_catch();
	bf_id_make(config->name, id);
	if (scratch_make(config->scratch, id, scratch, &err) < 0) {
		fprintf(stderr, "bfagent: %s\n", err.text);
		free(bench);
		return UNUSABLE;
	}
	for (int i = 0; i < config->slots; i++)
		if (start(config, i, scratch, &bench[i], &err) < 0)
			snprintf(bench[i].reply.message, sizeof bench[i].reply.message, "%.500s", err.text);
	measure(config->slots, bench);
	if (!interrupted())
		status = conclude(config, bench, json);
	for (int i = 0; i < config->slots; i++)
		if (bench[i].blender)
			blender_stop(&bench[i].blender, STOP_MS);
	scratch_remove(config->scratch, scratch);
	free(bench);
	interrupt_pass_on();
	return status;
}
