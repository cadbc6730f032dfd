/* A Blender for tests of everything around Blender: same command line, same conversation, no rendering.
 *
 *	fakeblender --make FILE.blend [WORD...]     make a file for it
 *	fakeblender -b … -- --bf-in N --bf-out N    as the agent starts Blender
 *
 * How it behaves stands in the file, in words behind the header, and in $BF_FAKE, which has the last
 * word, so that one agent's Blender can be slower or worse than another's:
 *
 *	frames=1-60 step=1 size=64x48 depth=8 samples=16 picture=shot_####.png views=1 adaptive=1 movie=1 fps=24
 *	ms=20            time for a whole picture; a piece takes its share
 *	skew=4           the picture's right edge costs four times what the left edge costs
 *	piece_ms=0       what each picture or piece costs on top
 *	start_ms=0 open_ms=0
 *	missing=A,B  warning=TEXT  oidn=1  nocamera=1  badfile=1  version=304
 *	map=1,2,5        what it says bands of the picture cost, in seconds; measure_ms=0 nomeasure=1
 *	rate=0           samples of pixels a second, of a benchmark; 0 = it fails
 *	chatter=0        bytes printed per picture
 *	memory=100       MB it says it uses; grow=0 more for each picture
 *	eat_mb=300       MB it really takes, for the frames in the list eat; leak_mb=0 that it keeps after each picture
 * and lists of frames (7,9 or 10-19) where something happens:
 *	eat  fail  agentfail  crash  die (killed)  quit  hang  nofile  short (cut file)  wrongsize  black (zero bytes)
 *	fatal (picture is written, but the log tells of a full graphics card)  nonsense (breaks the protocol)
 *	joined_fail  joined_die  joined_hang (not before what was joined is to be finished)
 *
 * Every pixel is a function of frame and place in the whole picture: pieces joined are the whole. With
 * $BF_FAKE_LOG every picture begun adds the line `FRAME NAME PIECE PID` to that file, with $BF_FAKE_OPENS every file opened
 * adds `PID FILE`. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/proc.h"
#include "tests/lib/fake_picture.h"
#include "tests/lib/fake_talk.h"
#include "tests/lib/fake_words.h"
#include "tests/lib/fake_work.h"

/* One picture or piece that is asked for. */
struct wanted {
	int frame;
	char name[200];
	struct fake_rect rect;
	bool passes;         /* as EXR, not yet finished */
	const char *joined;  /* what is to be finished; NULL = it is to be rendered */
};

static struct { int width, height, depth, samples; } scene; /* width 0 = no file is open */
static char out_dir[4096];
static int rendered;
enum { KEPT_MAX = 1000 };
static char *kept[KEPT_MAX]; /* what it leaks stays in sight of leak checkers */

/* ---- setting up, opening ---- */

static void answer_list(const char *verb, const char *key)
{
	char value[2048];
	if (!fake_word(verb, value, sizeof value))
		return;
	for (char *part = strtok(value, ","); part; part = strtok(NULL, ",")) {
		blender_line_begin(&fake_line, verb);
		blender_line_put(&fake_line, key, part);
		fake_talk_answer();
	}
}

static void do_setup(const struct blender_line *command)
{
	blender_line_text(command, "out", out_dir, sizeof out_dir);
	fake_nap_ms(fake_number("start_ms", 0));
	blender_line_begin(&fake_line, "ready");
	blender_line_put_int(&fake_line, "version", fake_number("version", 304));
	blender_line_put(&fake_line, "version_text", "3.4.1");
	blender_line_put(&fake_line, "device", "CPU");
	blender_line_put_int(&fake_line, "has_oidn", fake_number("has_oidn", 0));
	fake_talk_answer();
}

static void put_views(const char *pattern)
{
	int views = fake_number("views", 1);
	for (int view = 0; view < views && view < 8; view++) {
		char key[24], name[300];
		const char *dot = strrchr(pattern, '.');
		snprintf(key, sizeof key, "picture%d", view);
		snprintf(name, sizeof name, views > 1 ? "%.*s_V%d%s" : "%.*s", dot ? (int)(dot - pattern) : 200, pattern, view,
			dot ? dot : "");
		blender_line_put(&fake_line, key, views > 1 ? name : pattern);
	}
}

static void open_scene(const struct blender_line *command)
{
	char size[32] = "64x48";
	int percent = (int)blender_line_int(command, "percent", 1, 1000, fake_number("percent", 100));
	fake_word("size", size, sizeof size);
	if (sscanf(size, "%dx%d", &scene.width, &scene.height) != 2)
		fprintf(stderr, "fakeblender: bad size\n");
	scene.width = scene.width * percent / 100;
	scene.height = scene.height * percent / 100;
	scene.samples = (int)blender_line_int(command, "samples", 1, 100000, fake_number("samples", 16));
	scene.depth = fake_number("depth", 8);
}

static void answer_opened(const struct blender_line *command)
{
	char frames[64] = "1-10", pattern[256] = "####.png", engine[64] = "CYCLES", camera[64] = "Camera";
	int from = 1, to = 10;
	fake_word("frames", frames, sizeof frames);
	fake_word("picture", pattern, sizeof pattern);
	fake_word("engine", engine, sizeof engine);
	if (blender_line_get(command, "camera"))
		blender_line_text(command, "camera", camera, sizeof camera);
	if (sscanf(frames, "%d-%d", &from, &to) < 1)
		fprintf(stderr, "fakeblender: bad frames\n");
	blender_line_begin(&fake_line, "opened");
	blender_line_put(&fake_line, "scene", blender_line_get(command, "scene") ? blender_line_get(command, "scene") : "Scene");
	blender_line_put(&fake_line, "camera", camera);
	blender_line_put(&fake_line, "engine", engine);
	blender_line_put(&fake_line, "format", "PNG");
	blender_line_put(&fake_line, "file_format", fake_number("movie", 0) ? "FFMPEG" : "PNG");
	blender_line_put(&fake_line, "color_mode", "RGBA");
	blender_line_put(&fake_line, "fps", fake_number("fps", 24) == 24 ? "24" : "25");
	const struct { const char *key; int value; } numbers[] = {
		{ "file_version", fake_number("version", 304) }, { "color_depth", scene.depth }, { "start", from }, { "end", to },
		{ "step", fake_number("step", 1) }, { "width", scene.width }, { "height", scene.height },
		{ "movie", fake_number("movie", 0) }, { "needs_oidn", fake_number("oidn", 0) }, { "denoises", fake_number("oidn", 0) },
		{ "has_oidn", fake_number("has_oidn", 0) }, { "dithers", scene.depth == 8 }, { "adaptive", fake_number("adaptive", 0) },
		{ "renders_3d", 1 }, { "layers", 1 }, { "samples", scene.samples },
	};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		blender_line_put_int(&fake_line, numbers[i].key, numbers[i].value);
	put_views(pattern);
	fake_talk_answer();
}

static void note_open(const char *path)
{
	const char *log = getenv("BF_FAKE_OPENS");
	FILE *file = log ? fopen(log, "a") : NULL;
	if (!file)
		return;
	fprintf(file, "%d %s\n", (int)getpid(), path ? path : "?");
	fclose(file);
}

static void do_open(const struct blender_line *command)
{
	const char *path = blender_line_get(command, "blend");
	enum fake_file got = path ? fake_words_read(path) : FAKE_FILE_MISSING;
	note_open(path);
	fake_nap_ms(fake_number("open_ms", 0));
	printf("Read blend: %s\n", path ? path : "?");
	scene.width = 0;
	if (got == FAKE_FILE_MISSING) {
		fake_talk_failed("agent", "the file is not there");
	} else if (got == FAKE_FILE_OTHER || fake_number("badfile", 0)) {
		fake_talk_failed("file", "Blender cannot open the file: not a blend file");
	} else if (fake_number("nocamera", 0)) {
		fake_talk_failed("file", "the scene Scene has no camera");
	} else {
		answer_list("missing", "path");
		answer_list("warning", "text");
		open_scene(command);
		answer_opened(command);
	}
}

/* ---- render ---- */

static int write_picture(const char *file_name, const struct wanted *w)
{
	char path[4400];
	struct fake_rect rect = w->rect;
	snprintf(path, sizeof path, "%s/%s", out_dir, file_name);
	FILE *file = fopen(path, "w");
	if (!file)
		return -1;
	if (fake_happens("wrongsize", w->frame))
		rect.right++;
	int result = fake_happens("black", w->frame) ? 0 : w->passes ? fake_picture_write_exr(file, w->frame, &rect)
		: fake_picture_write_png(file, w->frame, &rect, scene.depth == 16 ? 16 : 8);
	if (fclose(file))
		result = -1;
	struct stat st;
	if (fake_happens("short", w->frame) && stat(path, &st) == 0 && truncate(path, st.st_size / 2) < 0)
		result = -1;
	return result;
}

/* Things that go wrong before there is an answer. Returns true when one was given. */
static bool misbehave(int frame)
{
	if (fake_happens("crash", frame)) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	if (fake_happens("die", frame))
		raise(SIGKILL);
	if (fake_happens("quit", frame))
		exit(0);
	while (fake_happens("hang", frame))
		pause();
	if (fake_happens("fail", frame))
		fake_talk_failed("file", "Cannot render, this frame always fails");
	else if (fake_happens("agentfail", frame))
		fake_talk_failed("agent", "this machine cannot render this frame");
	else if (fake_happens("nonsense", frame))
		fake_talk_nonsense();
	else
		return false;
	return true;
}

/* The same for what was joined: it costs no rendering. */
static bool misbehave_joined(const struct wanted *w)
{
	if (fake_happens("joined_die", w->frame))
		raise(SIGKILL);
	while (fake_happens("joined_hang", w->frame))
		pause();
	if (!fake_picture_is(w->joined, w->frame, scene.width, scene.height))
		fake_talk_failed("unknown", "what was joined is not the picture");
	else if (fake_happens("joined_fail", w->frame))
		fake_talk_failed("unknown", "this cannot be finished");
	else
		return false;
	return true;
}

static void write_views(const struct wanted *w, int64_t start_ms)
{
	char seconds[32];
	int views = fake_number("views", 1), memory = fake_number("memory", 100) + rendered++ * fake_number("grow", 0);
	blender_line_begin(&fake_line, "rendered");
	for (int view = 0; view < views && view < 8; view++) {
		char file[256], key[16];
		snprintf(file, sizeof file, views > 1 ? "%.150s-%04d_V%d.png" : w->passes ? "%.150s-%04d.exr" : "%.150s-%04d.png",
			w->name, w->frame, view);
		if (!fake_happens("nofile", w->frame) && write_picture(file, w) < 0) {
			fake_talk_failed("agent", "cannot save the picture");
			return;
		}
		snprintf(key, sizeof key, "file%d", view);
		blender_line_put(&fake_line, key, file);
	}
	snprintf(seconds, sizeof seconds, "%.3f", (double)(proc_now_ms() - start_ms) / 1000);
	blender_line_put(&fake_line, "seconds", seconds);
	blender_line_put_int(&fake_line, "mem", memory);
	blender_line_put_int(&fake_line, "rss", memory);
	if (fake_happens("fatal", w->frame))
		printf("System is out of GPU memory\n");
	fake_talk_answer();
}

static struct wanted read_wanted(const struct blender_line *command)
{
	struct wanted w = { .frame = (int)blender_line_int(command, "frame", -10000000, 10000000, 0),
		.rect = { 0, 0, scene.width, scene.height }, .passes = blender_line_int(command, "passes", 0, 1, 0) != 0,
		.joined = blender_line_get(command, "joined") };
	blender_line_text(command, "name", w.name, sizeof w.name);
	if (blender_line_int(command, "piece", 0, 1, 0)) {
		w.rect.left = (int)blender_line_int(command, "left", 0, scene.width, 0);
		w.rect.top = (int)blender_line_int(command, "top", 0, scene.height, 0);
		w.rect.right = (int)blender_line_int(command, "right", w.rect.left, scene.width, 0);
		w.rect.bottom = (int)blender_line_int(command, "bottom", w.rect.top, scene.height, 0);
	}
	return w;
}

static void do_render(const struct blender_line *command)
{
	struct wanted w = read_wanted(command);
	if (!scene.width) {
		fake_talk_failed("unknown", "no file is open");
		return;
	}
	scene.depth = (int)blender_line_int(command, "depth", 8, 16, fake_number("depth", 8));
	int64_t start_ms = proc_now_ms(), count = blender_line_int(command, "sample_count", 0, 100000, 0);
	fake_note(w.frame, w.name, &w.rect);
	char *eaten = fake_memory_take(fake_happens("eat", w.frame) ? fake_number("eat_mb", 300) : 0);
	kept[rendered % KEPT_MAX] = fake_memory_take(fake_number("leak_mb", 0));
	if (!w.joined)
		fake_work(w.frame, scene.samples,
			fake_work_ms(&w.rect, scene.width, scene.height, count ? (double)count / scene.samples : 1));
	if (w.joined ? !misbehave_joined(&w) : !misbehave(w.frame))
		write_views(&w, start_ms);
	free(eaten);
}

/* ---- measure ---- */

/* `map=1,2,5`: what bands of equal height cost, in seconds; without it the whole is known alone. */
static void do_measure(const struct blender_line *command)
{
	char whole[32], fixed[32], map[512] = "";
	fake_note((int)blender_line_int(command, "frame", -10000000, 10000000, 0), "measure", &(struct fake_rect){ 0 });
	fake_nap_ms(fake_number("measure_ms", 0));
	fake_word("map", map, sizeof map);
	snprintf(whole, sizeof whole, "%.3f", fake_number("ms", 10) / 1000.0);
	snprintf(fixed, sizeof fixed, "%.3f", fake_number("piece_ms", 0) / 1000.0);
	if (fake_number("nomeasure", 0)) {
		fake_talk_failed("unknown", "it cannot be measured");
		return;
	}
	blender_line_begin(&fake_line, "measured");
	blender_line_put(&fake_line, "once", "0.1");
	blender_line_put(&fake_line, "fixed", fixed);
	blender_line_put(&fake_line, "whole", whole);
	blender_line_put(&fake_line, "costs", map);
	fake_talk_answer();
}

static void do_benchmark(void)
{
	char rate[32];
	if (!fake_number("rate", 0)) {
		fake_talk_failed("agent", "this machine cannot be measured");
		return;
	}
	snprintf(rate, sizeof rate, "%d", fake_number("rate", 0));
	blender_line_begin(&fake_line, "benchmarked");
	blender_line_put(&fake_line, "rate", rate);
	fake_talk_answer();
}

/* ---- main ---- */

static void obey(const struct blender_line *command)
{
	if (!strcmp(command->verb, "setup"))
		do_setup(command);
	else if (!strcmp(command->verb, "open"))
		do_open(command);
	else if (!strcmp(command->verb, "render"))
		do_render(command);
	else if (!strcmp(command->verb, "measure"))
		do_measure(command);
	else if (!strcmp(command->verb, "benchmark"))
		do_benchmark();
}

int main(int argc, char **argv)
{
	struct blender_line command;
	if (argc > 2 && !strcmp(argv[1], "--make"))
		return fake_words_write(argv[2], argc - 3, argv + 3);
	printf("Blender 3.4.1\n");
	if (argc > 1 && !strcmp(argv[1], "--version"))
		return 0;
	signal(SIGPIPE, SIG_IGN);
	if (fake_talk_begin(argc, argv) < 0) {
		fprintf(stderr, "fakeblender: nobody to talk to\n");
		return 1;
	}
	while (fake_talk_hear(&command))
		obey(&command);
	return 0;
}
