/* The Blender of a worker: started, given a file, ended. */
#include "agent/render.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/usage.h"
#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/digest.h"

enum { WAIT_MS = 500, MEASURE_MS = 500, LOG_BYTES = 64 * 1024 };

/* ---- Blender itself ---- */

int render_ensure_blender(struct worker *w, struct bf_err *err)
{
	if (w->blender && blender_is_alive(w->blender))
		return 0;
	render_stop(w, 0);
	const struct config_slot *slot = &w->config->slot[w->slot];
	if (bf_fmt(w->blender_dir, sizeof w->blender_dir, "%s/blender", w->dir) < 0)
		return bf_err_set(err, "the scratch folder's path is too long");
	bf_fs_remove_tree(AT_FDCWD, w->blender_dir, NULL);
	if (bf_fs_mkdir(AT_FDCWD, w->dir, err) < 0 || bf_fs_mkdir(AT_FDCWD, w->blender_dir, err) < 0)
		return bf_err_prefix(err, "the scratch folder cannot be used");
	struct blender_config config = {
		.program = w->config->blender, .dir = w->blender_dir, .threads = slot->threads,
		.device = slot->device[0] ? slot->device : NULL, .trust_scripts = w->config->trust_scripts,
		.factory_startup = w->config->factory_startup, .nice = w->config->nice,
		.paths = w->config->path,
	};
	w->renders = 0;
	atomic_store(&w->board->slot[w->slot].opening, true);
	int result = blender_start(&config, &w->blender, err);
	if (result == 0)
		atomic_store(&w->board->slot[w->slot].blender_pid, (int)blender_pid(w->blender));
	return result;
}

static void forget_ahead(struct worker *w)
{
	free(w->opened_ahead);
	w->opened_ahead = NULL;
}

void render_stop(struct worker *w, int grace_ms)
{
	if (w->blender)
		blender_stop(&w->blender, grace_ms);
	atomic_store(&w->board->slot[w->slot].opening, false);
	atomic_store(&w->board->slot[w->slot].blender_pid, 0);
	w->opened[0] = '\0';
	forget_ahead(w);
	if (w->blender_dir[0] && !w->rendered.held) {
		bf_fs_remove_tree(AT_FDCWD, w->blender_dir, NULL);
		w->blender_dir[0] = '\0';
	}
}

/* ---- limits of this machine ---- */

static void say_minutes(int64_t ms, char *text, size_t size)
{
	snprintf(text, size, ms >= 120000 ? "%lld minutes" : "%lld s", (long long)(ms >= 120000 ? ms / 60000 : (ms + 500) / 1000));
}

static bool took_too_long(const struct worker *w, int64_t since_ms, char *why, size_t size)
{
	char span[32];
	if (!w->config->frame_limit_ms || bf_sys.now_ms() - since_ms < w->config->frame_limit_ms)
		return false;
	say_minutes(w->config->frame_limit_ms, span, sizeof span);
	snprintf(why, size, "not done after %s (frame_limit of the machine %s)", span, w->config->name);
	return true;
}

static bool is_too_large(struct worker *w, char *why, size_t size)
{
	int64_t now_ms = bf_sys.now_ms();
	if (now_ms - w->measured_ms < MEASURE_MS)
		return false;
	w->measured_ms = now_ms;
	w->view.mem_mb = (int)usage_memory_mb(blender_pid(w->blender));
	if (!w->config->memory_limit_mb || w->view.mem_mb <= w->config->memory_limit_mb)
		return false;
	snprintf(why, size, "Blender grew to %d MB (memory_limit of the machine %s: %d MB)", w->view.mem_mb, w->config->name,
		w->config->memory_limit_mb);
	return true;
}

enum render_excess render_excess(struct worker *w, int64_t since_ms, char *why, size_t size)
{
	if (took_too_long(w, since_ms, why, size))
		return RENDER_TOO_LONG;
	return is_too_large(w, why, size) ? RENDER_TOO_LARGE : RENDER_FINE;
}

/* ---- opening a file ---- */

/* The answer to what was asked last: OPENED, MEASURED, FAILED, GONE; NOTHING when we are to stop. */
static enum blender_event wait_for_answer(struct worker *w, struct blender_reply *reply)
{
	enum blender_event event = BLENDER_NOTHING;
	int wake = w->board->slot[w->slot].wake_fd;
	int64_t since_ms = bf_sys.now_ms();
	while (event == BLENDER_NOTHING || event == BLENDER_READY || event == BLENDER_PROGRESS) {
		if (board_stopping(w->board))
			return BLENDER_NOTHING;
		blender_wait(w->blender, WAIT_MS, wake, &event, reply);
		if (render_excess(w, since_ms, reply->message, sizeof reply->message) != RENDER_FINE) {
			render_stop(w, 0);
			return BLENDER_GONE;
		}
		if (event == BLENDER_NOTHING) {
			uint64_t count;
			ssize_t ignored = read(wake, &count, sizeof count);
			(void)ignored;
		}
	}
	return event;
}

static int open_file(struct worker *w, const struct blender_open *open, struct blender_reply *reply)
{
	struct bf_err err;
	memset(reply, 0, sizeof *reply);
	w->opened[0] = '\0';
	if (render_ensure_blender(w, &err) < 0 || blender_send_open(w->blender, open, &err) < 0) {
		snprintf(reply->message, sizeof reply->message, "%.500s", err.text);
		reply->agent_fault = true;
		return 0;
	}
	enum blender_event event = wait_for_answer(w, reply);
	if (event == BLENDER_NOTHING)
		return -1;
	if (event == BLENDER_OPENED) {
		w->has_oidn = reply->scene.has_oidn;
		if (!w->board->blender[0]) /* quicker than the supervisor's question */
			memcpy(w->board->blender, reply->scene.version_text, sizeof w->board->blender);
	}
	return event == BLENDER_OPENED;
}

/* One text for all that Blender is told of a file. The file's own name is its hash. */
static void describe_open(const struct blender_open *open, char hex[BF_DIGEST_HEX])
{
	const char *const texts[] = { open->blend, open->scene, open->camera, open->view_layer, open->engine, open->format };
	struct bf_digest *digest = bf_digest_new();
	char numbers[64];
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		bf_digest_add(digest, texts[i] ? texts[i] : "", (texts[i] ? strlen(texts[i]) : 0) + 1);
	snprintf(numbers, sizeof numbers, "%d %d %d", open->percent, open->samples, open->denoise_off);
	bf_digest_add(digest, numbers, strlen(numbers));
	bf_digest_hex(digest, hex);
	bf_digest_free(&digest);
}

static bool was_opened_ahead(struct worker *w, const struct blender_open *open)
{
	char hex[BF_DIGEST_HEX];
	if (!w->opened_ahead || !w->blender || !blender_is_alive(w->blender))
		return false;
	describe_open(open, hex);
	return !strcmp(hex, w->opened_ahead_as);
}

int render_open(struct worker *w, const struct blender_open *open, struct blender_reply *reply)
{
	int opened = 1;
	if (was_opened_ahead(w, open))
		*reply = *w->opened_ahead;
	else
		opened = open_file(w, open, reply);
	forget_ahead(w);
	atomic_store(&w->board->slot[w->slot].opening, false);
	return opened;
}

int render_open_ahead(struct worker *w, const struct blender_open *open, struct blender_reply *reply)
{
	int opened = render_open(w, open, reply);
	if (opened != 1)
		return opened;
	w->opened_ahead = calloc(1, sizeof *w->opened_ahead);
	if (!w->opened_ahead)
		bf_bug("out of memory");
	*w->opened_ahead = *reply;
	describe_open(open, w->opened_ahead_as);
	return 1;
}

int render_measure(struct worker *w, int32_t frame, double budget_s, double least_s, struct blender_reply *reply)
{
	struct bf_err err;
	memset(reply, 0, sizeof *reply);
	if (blender_send_measure(w->blender, frame, budget_s, least_s, &err) < 0) {
		snprintf(reply->message, sizeof reply->message, "%.500s", err.text);
		return 0;
	}
	enum blender_event event = wait_for_answer(w, reply);
	return event == BLENDER_NOTHING ? -1 : event == BLENDER_MEASURED;
}

/* ---- the file ---- */

static int copy_blend(struct worker *w, const struct bf_job *job, const char *to, struct bf_err *err)
{
	char aside[4200], hex[BF_HASH_MAX] = "";
	int result = -1, out = -1;
	int64_t size;
	struct bf_digest *digest = bf_digest_new();
	struct bf_path from = bf_path_of("%s/source/%s", bf_path_job(job->id).text, job->blend);
	int in = bf_fs_open_file(w->share->root, from.text, &size, err);
	if (in < 0 || bf_fmt(aside, sizeof aside, "%s.slot%u", to, w->slot) < 0)
		goto out;
	out = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0) {
		bf_err_sys(err, errno, "create(%s)", aside);
		goto out;
	}
	if (bf_fs_copy(in, out, INT64_MAX, bf_digest_each, digest, from.text, err) < 0)
		goto out;
	bf_digest_hex(digest, hex);
	if (job->hash[0] && strcmp(hex, job->hash))
		bf_err_set(err, "%s is not the file that was accepted: its hash is %s, the plan says %s", from.text, hex, job->hash);
	else if (rename(aside, to) < 0)
		bf_err_sys(err, errno, "rename(%s)", aside);
	else
		result = 0;
out:
	if (in >= 0)
		bf_sys.close(in);
	if (out >= 0 && close(out) < 0 && result == 0)
		result = bf_err_sys(err, errno, "close(%s)", to);
	if (result < 0 && out >= 0)
		unlink(aside);
	bf_digest_free(&digest);
	return result;
}

/* A single file is rendered from a local copy, read from the share once by each agent; a folder is rendered
 * where it lies, for nobody knows which of its files will be needed. */
int render_blend_path(struct worker *w, const struct bf_job *job, char *path, size_t size, struct bf_err *err)
{
	char dir[4096];
	if (job->folder[0])
		return bf_fmt(path, size, "%s/%s/source/%s/%s", w->share->path, bf_path_job(job->id).text, job->folder, job->blend) < 0
			? bf_err_set(err, "the path of %s is too long", job->blend) : 0;
	if (bf_fmt(dir, sizeof dir, "%s/../blend", w->dir) < 0 || bf_fmt(path, size, "%s/%s.blend", dir, job->hash) < 0)
		return bf_err_set(err, "the scratch folder's path is too long");
	if (access(path, F_OK) == 0)
		return 0;
	if (bf_fs_mkdir(AT_FDCWD, dir, err) < 0)
		return -1;
	return copy_blend(w, job, path, err);
}

void render_task_log(struct worker *w, bool running, struct bf_buf *log)
{
	struct bf_err err;
	if (w->blender && blender_task_log(w->blender, running, LOG_BYTES, log, &err) < 0)
		bf_log(BF_LOG_DEBUG, "log: %s", err.text);
}
