/* Commands to the driver script inside Blender. */
#include "agent/blender_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "agent/blender_protocol.h"
#include "share-layout/blendfile.h"

static void watch_talk(struct blender *b, bool for_room)
{
	struct epoll_event event = { .events = EPOLLIN | (for_room ? EPOLLOUT : 0) };
	if (for_room != b->polls_out && epoll_ctl(b->epoll, EPOLL_CTL_MOD, b->talk, &event) == 0)
		b->polls_out = for_room;
}

void blender_send_flush(struct blender *b)
{
	size_t done = 0;
	while (!b->talk_over && done < b->commands.len) {
		ssize_t n = send(b->talk, b->commands.data + done, b->commands.len - done, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break; /* full: later; broken: reading will notice */
		done += (size_t)n;
	}
	if (done) {
		memmove(b->commands.data, b->commands.data + done, b->commands.len - done);
		b->commands.len -= done;
	}
	watch_talk(b, !b->talk_over && b->commands.len > 0);
}

static int add_task(struct blender *b, struct task task, struct bf_buf *line, struct bf_err *err)
{
	int result = -1;
	if (b->gone || b->talk_over)
		bf_err_set(err, "Blender is gone");
	else if (b->task_count == MAX_TASKS)
		bf_err_set(err, "too many tasks wait for this Blender");
	else if (line->len > BLENDER_LINE_MAX)
		bf_err_set(err, "the command for Blender is too long");
	else
		result = 0;
	if (result == 0) {
		b->task[b->task_count++] = task;
		bf_buf_add(&b->commands, line->data, line->len);
		blender_send_flush(b);
	}
	bf_buf_clear(line);
	return result;
}

static void put_flag(struct bf_buf *line, const char *key, bool value)
{
	if (value)
		blender_line_put_int(line, key, 1);
}

static void put_positive(struct bf_buf *line, const char *key, int value)
{
	if (value > 0)
		blender_line_put_int(line, key, value);
}

static void put_paths(struct bf_buf *line, const struct blender_path *paths)
{
	for (int i = 0; paths && i < BLENDER_PATHS && paths[i].from[0]; i++) {
		char key[16];
		snprintf(key, sizeof key, "from%d", i);
		blender_line_put(line, key, paths[i].from);
		snprintf(key, sizeof key, "to%d", i);
		blender_line_put(line, key, paths[i].to);
	}
}

int blender_send_setup(struct blender *b, const struct blender_config *config, const char *dir, struct bf_err *err)
{
	struct bf_buf line = { 0 }, path = { 0 };
	blender_line_begin(&line, "setup");
	bf_buf_printf(&path, "%s/out", dir);
	blender_line_put(&line, "out", bf_buf_text(&path));
	bf_buf_reset(&path);
	bf_buf_printf(&path, "%s/nodes", dir);
	blender_line_put(&line, "nodes", bf_buf_text(&path));
	blender_line_put(&line, "device", config->device);
	put_flag(&line, "trust", config->trust_scripts);
	put_paths(&line, config->paths);
	blender_line_end(&line);
	bf_buf_clear(&path);
	return add_task(b, (struct task){ .kind = TASK_SETUP }, &line, err);
}

/* Who saved the file: Blender crashes on some files of newer versions, and its script cannot look into packed ones. */
static void put_version(struct bf_buf *line, const char *path)
{
	struct bf_blendfile look;
	struct bf_err err;
	if (bf_blendfile_look(AT_FDCWD, path, &look, &err) == 1)
		put_positive(line, "saved", look.version);
}

/* Blender's working folder is another. */
static void put_path(struct bf_buf *line, const char *key, const char *path)
{
	char *absolute = realpath(path, NULL); /* NULL: the driver says what is wrong with it */
	blender_line_put(line, key, absolute ? absolute : path);
	free(absolute);
}

int blender_send_open(struct blender *b, const struct blender_open *open, struct bf_err *err)
{
	struct bf_buf line = { 0 };
	blender_line_begin(&line, "open");
	put_path(&line, "blend", open->blend);
	put_version(&line, open->blend);
	blender_line_put(&line, "scene", open->scene);
	blender_line_put(&line, "camera", open->camera);
	blender_line_put(&line, "view_layer", open->view_layer);
	blender_line_put(&line, "engine", open->engine);
	blender_line_put(&line, "format", open->format);
	put_positive(&line, "percent", open->percent);
	put_positive(&line, "samples", open->samples);
	put_flag(&line, "denoise_off", open->denoise_off);
	blender_line_end(&line);
	return add_task(b, (struct task){ .kind = TASK_OPEN }, &line, err);
}

static bool is_stem(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
	return len && !name[len] && name[0] != '.' && len < sizeof((struct task *)0)->name;
}

static void put_piece(struct bf_buf *line, const struct blender_render *r)
{
	if (!r->piece)
		return;
	blender_line_put_int(line, "piece", 1);
	blender_line_put_int(line, "left", r->left);
	blender_line_put_int(line, "top", r->top);
	blender_line_put_int(line, "right", r->right);
	blender_line_put_int(line, "bottom", r->bottom);
}

int blender_send_render(struct blender *b, const struct blender_render *r, struct bf_err *err)
{
	struct bf_buf line = { 0 };
	struct task task = { .kind = TASK_RENDER, .frame = r->frame };
	if (!is_stem(r->name))
		return bf_err_set(err, "%s cannot be a picture's name", r->name);
	snprintf(task.name, sizeof task.name, "%s", r->name);
	blender_line_begin(&line, "render");
	blender_line_put_int(&line, "frame", r->frame);
	blender_line_put(&line, "name", r->name);
	put_piece(&line, r);
	if (r->sample_count > 0) {
		blender_line_put_int(&line, "sample_offset", r->sample_offset);
		blender_line_put_int(&line, "sample_count", r->sample_count);
	}
	put_flag(&line, "keep_dither", r->keep_dither);
	put_flag(&line, "keep_denoise", r->keep_denoise);
	put_flag(&line, "keep_post", r->keep_post);
	put_flag(&line, "denoising_data", r->store_denoising_data);
	put_flag(&line, "passes", r->passes);
	if (r->joined)
		put_path(&line, "joined", r->joined);
	blender_line_put(&line, "format", r->format);
	put_positive(&line, "depth", r->color_depth);
	blender_line_end(&line);
	return add_task(b, task, &line, err);
}

int blender_send_measure(struct blender *b, int32_t frame, double budget_s, double least_s, struct bf_err *err)
{
	struct bf_buf line = { 0 };
	blender_line_begin(&line, "measure");
	blender_line_put_int(&line, "frame", frame);
	bf_buf_printf(&line, " budget=%.3f least=%.3f", budget_s, least_s);
	blender_line_end(&line);
	return add_task(b, (struct task){ .kind = TASK_MEASURE, .frame = frame }, &line, err);
}

int blender_send_benchmark(struct blender *b, int seconds, struct bf_err *err)
{
	struct bf_buf line = { 0 };
	blender_line_begin(&line, "benchmark");
	blender_line_put_int(&line, "seconds", seconds);
	blender_line_end(&line);
	return add_task(b, (struct task){ .kind = TASK_BENCHMARK }, &line, err);
}
