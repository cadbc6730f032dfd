/* Drives one Blender from a list of commands, for tests and measurements:
 *
 *	blenderdrive [-p PROGRAM] [-d DEVICE] [-t THREADS] [-f] [-y] [-m FROM=TO] DIR < COMMANDS
 *
 *	open FILE [scene= camera= view_layer= engine= format= percent= samples= denoise_off=1]
 *	render FRAME NAME [piece=L,T,R,B] [samples=OFFSET,COUNT] [format=] [depth=] [keep=dither+denoise+post] [data=1] [passes=1] [joined=FILE]
 *	many FROM TO       frames, named nFRAME
 *	measure FRAME [BUDGET LEAST]   seconds of each band of the picture
 *	kill SIGNAL [MS]   start a picture, signal Blender when it has told progress or after MS
 *	log                what Blender said in the last task
 *	stop MS            end it
 *
 * Each command waits for its answer and prints it as one line, more for lists. Blanks in values are
 * written %20. Exit code 0 unless Blender could not be started. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/blender.h"
#include "agent/blender_protocol.h"
#include "agent/proc.h"

static const char *dir;
static int progress_seen, last_percent;

static void print_scene(const struct blender_scene *s)
{
	printf("opened version=%d file_version=%d scene=\"%s\" camera=\"%s\" layer=\"%s\" engine=%s", s->version,
		s->file_version, s->scene, s->camera, s->view_layer, s->engine);
	printf(" format=%s file_format=%s mode=%s depth=%d", s->format, s->file_format, s->color_mode, s->color_depth);
	printf(" frames=%d-%d/%d size=%dx%d fps=%g", s->frame_start, s->frame_end, s->frame_step, s->width, s->height, s->fps);
	printf(" movie=%d needs_oidn=%d has_oidn=%d denoises=%d dithers=%d", s->movie, s->needs_oidn, s->has_oidn,
		s->denoises, s->dithers);
	printf(" compositor=%d sequencer=%d stamp=%d adaptive=%d renders_3d=%d multilayer=%d", s->uses_compositor,
		s->uses_sequencer, s->uses_stamp, s->adaptive, s->renders_3d, s->multilayer);
	printf(" layers=%d samples=%d missing=%d warnings=%d", s->view_layer_count, s->samples, s->missing_count,
		s->warning_count);
	for (int i = 0; i < s->picture_count; i++)
		printf(" picture=\"%s\"", s->picture[i]);
	const char *const no[] = { s->no_rectangles, s->no_sample_parts, s->no_finishing, s->sample_parts_note };
	for (int i = 0; i < 4; i++)
		printf(" %s=\"%s\"", (const char *const[]){ "rectangles", "parts", "finishing", "note" }[i], no[i]);
	printf("\n");
	if (s->missing_count)
		printf("missing:\n%s\n", s->missing);
	if (s->warning_count)
		printf("warnings:\n%s\n", s->warnings);
}

static void print_reply(enum blender_event event, const struct blender_reply *r)
{
	if (event == BLENDER_OPENED) {
		print_scene(&r->scene);
	} else if (event == BLENDER_READY) {
		printf("ready version=\"%s\" device=\"%s\" has_oidn=%d\n", r->version_text, r->device, r->scene.has_oidn);
	} else if (event == BLENDER_RENDERED) {
		printf("rendered seconds=%.3f mem=%ld rss=%ld progress=%d percent=%d", r->seconds, r->mem_mb, r->rss_mb,
			progress_seen, last_percent);
		for (int i = 0; i < r->file_count; i++)
			printf(" file=%s/out/%s", dir, r->file[i]);
		printf("\n");
	} else if (event == BLENDER_MEASURED) {
		printf("measured once=%.3f fixed=%.4f whole=%.2f bands=%d:", r->measured.once_s, r->measured.fixed_s,
			r->measured.whole_s, r->measured.band_count);
		for (int i = 0; i < r->measured.band_count; i++)
			printf(" %.3f", r->measured.band_s[i]);
		printf("\n");
	} else {
		printf("%s file_fault=%d agent_fault=%d message=\"%s\"\n", blender_event_name(event), r->file_fault,
			r->agent_fault, r->message);
	}
	fflush(stdout);
}

static void await(struct blender *b)
{
	enum blender_event event;
	struct blender_reply reply;
	progress_seen = last_percent = 0;
	while (blender_wait(b, 300000, -1, &event, &reply) && event == BLENDER_PROGRESS) {
		progress_seen++;
		last_percent = reply.percent;
	}
	print_reply(event, &reply);
}

/* "key=value …" as a protocol line. */
static void parse_options(const char *text, struct blender_line *line)
{
	static char copy[4096];
	snprintf(copy, sizeof copy, "options%s%s", text && *text ? " " : "", text ? text : "");
	if (blender_line_parse(copy, line) < 0)
		fprintf(stderr, "blenderdrive: bad options: %s\n", text);
}

static void do_open(struct blender *b, const char *file, const char *rest)
{
	struct blender_line o;
	parse_options(rest, &o);
	struct blender_open open = {
		.blend = file, .scene = blender_line_get(&o, "scene"), .camera = blender_line_get(&o, "camera"),
		.view_layer = blender_line_get(&o, "view_layer"), .engine = blender_line_get(&o, "engine"),
		.format = blender_line_get(&o, "format"),
		.percent = (int)blender_line_int(&o, "percent", 0, 1000, 0),
		.samples = (int)blender_line_int(&o, "samples", 0, 100000, 0),
		.denoise_off = blender_line_int(&o, "denoise_off", 0, 1, 0),
	};
	struct bf_err err;
	if (blender_send_open(b, &open, &err) < 0)
		printf("refused %s\n", err.text);
	else
		await(b);
}

static bool has_word(const char *list, const char *word)
{
	return list && strstr(list, word);
}

static void do_render(struct blender *b, int frame, const char *name, const char *rest)
{
	struct blender_line o;
	parse_options(rest, &o);
	struct blender_render r = { .frame = frame, .name = name, .format = blender_line_get(&o, "format") };
	const char *piece = blender_line_get(&o, "piece"), *samples = blender_line_get(&o, "samples");
	const char *keep = blender_line_get(&o, "keep");
	r.piece = piece && sscanf(piece, "%d,%d,%d,%d", &r.left, &r.top, &r.right, &r.bottom) == 4;
	if (samples && sscanf(samples, "%d,%d", &r.sample_offset, &r.sample_count) != 2)
		fprintf(stderr, "blenderdrive: bad samples\n");
	r.color_depth = (int)blender_line_int(&o, "depth", 0, 32, 0);
	r.keep_dither = has_word(keep, "dither");
	r.keep_denoise = has_word(keep, "denoise");
	r.keep_post = has_word(keep, "post");
	r.store_denoising_data = blender_line_int(&o, "data", 0, 1, 0);
	r.passes = blender_line_int(&o, "passes", 0, 1, 0);
	r.joined = blender_line_get(&o, "joined");
	struct bf_err err;
	if (blender_send_render(b, &r, &err) < 0)
		printf("refused %s\n", err.text);
	else
		await(b);
}

static void do_many(struct blender *b, int from, int to)
{
	int64_t start = proc_now_ms();
	for (int frame = from; frame <= to; frame++) {
		char name[32];
		snprintf(name, sizeof name, "n%d", frame);
		do_render(b, frame, name, NULL);
	}
	printf("many count=%d ms=%" PRId64 "\n", to - from + 1, proc_now_ms() - start);
}

static void do_kill(struct blender *b, int sig, int after_ms)
{
	struct bf_err err;
	struct blender_render r = { .frame = 1, .name = "victim" };
	if (blender_send_render(b, &r, &err) < 0)
		printf("refused %s\n", err.text);
	enum blender_event event = BLENDER_NOTHING;
	struct blender_reply reply;
	int64_t end = proc_now_ms() + after_ms;
	progress_seen = 0;
	while (proc_now_ms() < end && !progress_seen && (event == BLENDER_NOTHING || event == BLENDER_PROGRESS)) {
		blender_wait(b, (int)(end - proc_now_ms()), -1, &event, &reply);
		progress_seen += event == BLENDER_PROGRESS;
	}
	if (progress_seen)
		printf("progress count=%d\n", progress_seen);
	if (blender_pid(b))
		kill(blender_pid(b), sig);
	await(b);
}

static void do_measure(struct blender *b, int frame, double budget_s, double least_s)
{
	struct bf_err err;
	int64_t start = proc_now_ms();
	if (blender_send_measure(b, frame, budget_s, least_s, &err) < 0)
		printf("refused %s\n", err.text);
	else
		await(b);
	fprintf(stderr, "measure took %" PRId64 " ms\n", proc_now_ms() - start);
}

static void do_log(struct blender *b)
{
	struct bf_buf text = { 0 };
	struct bf_err err;
	if (blender_task_log(b, false, 100000, &text, &err) < 0)
		printf("refused %s\n", err.text);
	printf("log:\n%s", bf_buf_text(&text));
	bf_buf_clear(&text);
}

static void do_stop(struct blender **b, int grace_ms)
{
	int64_t start = proc_now_ms();
	blender_stop(b, grace_ms);
	printf("stopped ms=%" PRId64 "\n", proc_now_ms() - start);
}

static void run_line(struct blender **b, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	char *verb = strtok(line, " "), *one = strtok(NULL, " "), *two = NULL;
	if (!verb || !*b)
		return;
	if (!strcmp(verb, "open") && one)
		do_open(*b, one, strtok(NULL, ""));
	else if (!strcmp(verb, "render") && one && (two = strtok(NULL, " ")))
		do_render(*b, atoi(one), two, strtok(NULL, ""));
	else if (!strcmp(verb, "many") && one && (two = strtok(NULL, " ")))
		do_many(*b, atoi(one), atoi(two));
	else if (!strcmp(verb, "kill") && one)
		do_kill(*b, atoi(one), (two = strtok(NULL, " ")) ? atoi(two) : 1000);
	else if (!strcmp(verb, "measure") && one) {
		two = strtok(NULL, " ");
		const char *three = strtok(NULL, " ");
		do_measure(*b, atoi(one), two ? atof(two) : 2.5, three ? atof(three) : 0);
	} else if (!strcmp(verb, "log"))
		do_log(*b);
	else if (!strcmp(verb, "stop"))
		do_stop(b, one ? atoi(one) : 5000);
	else
		fprintf(stderr, "blenderdrive: %s?\n", verb);
	fflush(stdout);
}

static struct blender_path paths[BLENDER_PATHS];

static void add_path(const char *text)
{
	const char *is = strchr(text, '=');
	for (int i = 0; is && i < BLENDER_PATHS; i++) {
		if (paths[i].from[0])
			continue;
		snprintf(paths[i].from, sizeof paths[i].from, "%.*s", (int)(is - text), text);
		snprintf(paths[i].to, sizeof paths[i].to, "%s", is + 1);
		return;
	}
}

int main(int argc, char **argv)
{
	struct blender_config config = { .program = "blender", .paths = paths };
	struct blender *b;
	struct bf_err err;
	for (int option; (option = getopt(argc, argv, "p:d:t:fym:")) != -1; ) {
		switch (option) {
		case 'p': config.program = optarg; break;
		case 'd': config.device = optarg; break;
		case 't': config.threads = atoi(optarg); break;
		case 'f': config.factory_startup = true; break;
		case 'y': config.trust_scripts = true; break;
		case 'm': add_path(optarg); break;
		default: return 2;
		}
	}
	dir = config.dir = argv[optind] ? argv[optind] : ".";
	if (blender_start(&config, &b, &err) < 0) {
		printf("cannot start: %s\n", err.text);
		return 1;
	}
	await(b);
	char line[4096];
	while (fgets(line, sizeof line, stdin))
		run_line(&b, line);
	blender_stop(&b, 5000);
	return 0;
}
