#include "agent/blender_reply.h"

#include <limits.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "agent/proc.h"
#include "share-layout/base/fs.h"

#define MAX_PIXELS 1000000 /* of a side */
#define MAX_FRAME 10000000

static int number(const struct blender_line *line, const char *key, int min, int max)
{
	return (int)blender_line_int(line, key, min, max, min > 0 ? min : 0);
}

static bool yes(const struct blender_line *line, const char *key)
{
	return blender_line_int(line, key, 0, 1, 0) != 0;
}

#define TEXT(line, key, array) blender_line_text(line, key, array, sizeof array)

void blender_reply_ready(const struct blender_line *line, struct blender_reply *reply)
{
	reply->scene.version = number(line, "version", 0, 99999);
	reply->scene.has_oidn = yes(line, "has_oidn");
	TEXT(line, "version_text", reply->version_text);
	TEXT(line, "version_text", reply->scene.version_text);
	TEXT(line, "device", reply->device);
}

/* File name patterns: plain names with exactly one run of '#'. What is not is left out, and the
 * caller sees that no picture is named. */
static void take_pictures(const struct blender_line *line, struct blender_scene *scene)
{
	scene->picture_count = 0;
	for (int i = 0; i < BLENDER_VIEWS; i++) {
		char key[24];
		snprintf(key, sizeof key, "picture%d", i);
		const char *name = blender_line_get(line, key);
		if (!name)
			break;
		char *to = scene->picture[scene->picture_count];
		blender_clean_text(to, sizeof scene->picture[0], name);
		const char *run = strchr(to, '#');
		if (!run || strchr(run + strspn(run, "#"), '#') || strcmp(to, name) || !bf_fs_name_ok(to))
			break;
		scene->picture_count++;
	}
}

static void take_sizes(const struct blender_line *line, struct blender_scene *s)
{
	s->color_depth = number(line, "color_depth", 0, 64);
	s->frame_start = number(line, "start", -MAX_FRAME, MAX_FRAME);
	s->frame_end = number(line, "end", -MAX_FRAME, MAX_FRAME);
	s->frame_step = number(line, "step", 1, MAX_FRAME);
	s->width = number(line, "width", 0, MAX_PIXELS);
	s->height = number(line, "height", 0, MAX_PIXELS);
	s->fps = blender_line_double(line, "fps", 0.001, 100000, 24);
	s->view_layer_count = number(line, "layers", 0, 10000);
	s->samples = number(line, "samples", 0, 1 << 24);
}

void blender_reply_opened(const struct blender_line *line, struct blender_reply *reply)
{
	struct blender_scene *s = &reply->scene;
	reply->seconds = blender_line_double(line, "seconds", 0, 1e9, 0);
	s->file_version = number(line, "file_version", 0, 99999);
	TEXT(line, "scene", s->scene);
	TEXT(line, "camera", s->camera);
	TEXT(line, "view_layer", s->view_layer);
	TEXT(line, "engine", s->engine);
	TEXT(line, "format", s->format);
	TEXT(line, "file_format", s->file_format);
	TEXT(line, "color_mode", s->color_mode);
	TEXT(line, "exr_codec", s->exr_codec);
	TEXT(line, "no_rectangles", s->no_rectangles);
	TEXT(line, "no_sample_parts", s->no_sample_parts);
	TEXT(line, "no_finishing", s->no_finishing);
	TEXT(line, "sample_parts_note", s->sample_parts_note);
	take_sizes(line, s);
	take_pictures(line, s);
	s->movie = yes(line, "movie");
	s->needs_oidn = yes(line, "needs_oidn");
	s->has_oidn = yes(line, "has_oidn");
	s->denoises = yes(line, "denoises");
	s->dithers = yes(line, "dithers");
	s->uses_compositor = yes(line, "compositor");
	s->uses_sequencer = yes(line, "sequencer");
	s->uses_stamp = yes(line, "stamp");
	s->adaptive = yes(line, "adaptive");
	s->renders_3d = yes(line, "renders_3d");
	s->multilayer = yes(line, "multilayer");
}

int blender_reply_rendered(const struct blender_line *line, const char *name, struct blender_reply *reply)
{
	size_t len = strlen(name);
	reply->seconds = blender_line_double(line, "seconds", 0, 1e9, 0);
	reply->mem_mb = (long)blender_line_int(line, "mem", 0, INT_MAX, 0);
	reply->rss_mb = (long)blender_line_int(line, "rss", 0, INT_MAX, 0);
	for (int i = 0; i < BLENDER_VIEWS; i++) {
		char key[16];
		snprintf(key, sizeof key, "file%d", i);
		const char *file = blender_line_get(line, key);
		if (!file)
			break;
		if (!bf_fs_name_ok(file) || strncmp(file, name, len) || file[len] != '-'
			|| strlen(file) >= sizeof reply->file[0])
			return -1;
		memcpy(reply->file[i], file, strlen(file) + 1);
		reply->file_count++;
	}
	return reply->file_count ? 0 : -1;
}

/* Numbers with commas between them; all of them or none. */
static int take_bands(const char *text, double band_s[BLENDER_BANDS])
{
	int count = 0;
	while (text && *text) {
		char *end;
		double value = strtod(text, &end);
		if (count == BLENDER_BANDS || end == text || (*end && *end != ',') || !(value >= 0 && value < 1e9))
			return 0;
		band_s[count++] = value;
		text = *end ? end + 1 : end;
	}
	return count;
}

void blender_reply_measured(const struct blender_line *line, struct blender_reply *reply)
{
	struct blender_measured *m = &reply->measured;
	m->once_s = blender_line_double(line, "once", 0, 1e9, 0);
	m->fixed_s = blender_line_double(line, "fixed", 0, 1e9, 0);
	m->whole_s = blender_line_double(line, "whole", 0, 1e9, 0);
	m->band_count = take_bands(blender_line_get(line, "costs"), m->band_s);
}

static void blame(enum blender_fault fault, struct blender_reply *reply)
{
	reply->file_fault = fault == BLENDER_FAULT_FILE;
	reply->agent_fault = fault == BLENDER_FAULT_AGENT;
}

void blender_reply_failed(const struct blender_line *line, struct blender_reply *reply)
{
	const char *fault = blender_line_get(line, "fault");
	TEXT(line, "text", reply->message);
	if (!reply->message[0])
		snprintf(reply->message, sizeof reply->message, "Blender gave no reason");
	if (fault && !strcmp(fault, "file"))
		blame(BLENDER_FAULT_FILE, reply);
	else if (fault && !strcmp(fault, "agent"))
		blame(BLENDER_FAULT_AGENT, reply);
	else
		blame(blender_log_fault(reply->message), reply);
}

void blender_reply_fatal(const char *log_line, struct blender_reply *reply)
{
	char text[400];
	blender_clean_text(text, sizeof text, blender_log_body(log_line));
	snprintf(reply->message, sizeof reply->message, "Blender wrote a picture, but also said: %s", text);
	enum blender_fault fault = blender_log_fault(text);
	blame(fault == BLENDER_FAULT_FILE ? fault : BLENDER_FAULT_AGENT, reply);
}

static bool is_crash(int sig)
{
	return sig == SIGSEGV || sig == SIGABRT || sig == SIGBUS || sig == SIGFPE || sig == SIGILL;
}

void blender_reply_gone(int status, const char *doing, bool ready, const char *last_words, struct blender_reply *reply)
{
	char how[64], said[256], *m = reply->message;
	size_t size = sizeof reply->message;
	enum blender_fault fault = blender_log_fault(last_words);
	proc_describe(status, how, sizeof how);
	blender_clean_text(said, sizeof said, last_words);
	const char *comma = said[0] ? "; it said: " : "";
	if (WIFSIGNALED(status) && is_crash(WTERMSIG(status))) {
		snprintf(m, size, "Blender crashed while %s (%s)%s%s", doing, how, comma, said);
	} else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		snprintf(m, size, "Blender was killed while %s, most likely because the machine ran out of memory", doing);
		fault = BLENDER_FAULT_AGENT;
	} else if (WIFSIGNALED(status)) {
		snprintf(m, size, "Blender was ended from outside while %s (%s)", doing, how);
		fault = BLENDER_FAULT_AGENT;
	} else if (WEXITSTATUS(status) == 127) {
		snprintf(m, size, "Blender cannot be run on this machine (%s)%s%s", how, comma, said);
	} else {
		snprintf(m, size, "Blender quit by itself while %s (%s)%s%s", doing, how, comma, said);
	}
	/* No file was open before it was ready, so no file can be to blame. */
	blame(ready ? fault : BLENDER_FAULT_AGENT, reply);
}
