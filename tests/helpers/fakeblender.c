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
 * $BF_FAKE_LOG every picture begun adds the line `FRAME NAME PIECE PID` to that file. */
#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/blender_protocol.h"
#include "agent/proc.h"
#include "tests/lib/plain_exr.h"

struct job {
	int pixels_wide, pixels_high, depth, samples, ms;
	char words[4096];
};

struct rect {
	int left, top, right, bottom;
	bool piece;
	bool passes; /* as EXR, not yet finished */
};

/* Where the value of a pixel comes from. */
struct place {
	int frame, left, top;
};

static struct job job;
static FILE *commands, *answers;
static char out_dir[4096];
static int rendered;
enum { KEPT_MAX = 1000 };
static char *kept[KEPT_MAX]; /* what it leaks stays in sight of leak checkers */

/* ---- words ---- */

/* The value of the last `key=value` among blank-separated words; false when there is none. */
static bool find_word(const char *words, const char *key, char *value, size_t size)
{
	bool found = false;
	size_t key_len = strlen(key);
	for (const char *p = words; *p; ) {
		size_t len = strcspn(p, " \n");
		if (len > key_len && !strncmp(p, key, key_len) && p[key_len] == '=') {
			snprintf(value, size, "%.*s", (int)(len - key_len - 1), p + key_len + 1);
			found = true;
		}
		p += len;
		p += strspn(p, " \n");
	}
	return found;
}

static bool word(const char *key, char *value, size_t size)
{
	const char *env = getenv("BF_FAKE");
	if (env && find_word(env, key, value, size))
		return true;
	return find_word(job.words, key, value, size);
}

static int number(const char *key, int fallback)
{
	char value[32];
	return word(key, value, sizeof value) ? atoi(value) : fallback;
}

/* Whether a frame is in the list of that name. */
static bool happens(const char *key, int frame)
{
	char value[512];
	if (!word(key, value, sizeof value))
		return false;
	for (char *part = strtok(value, ","); part; part = strtok(NULL, ",")) {
		int from, to;
		int n = sscanf(part, "%d-%d", &from, &to);
		if (n >= 1 && frame >= from && frame <= (n == 2 ? to : from))
			return true;
	}
	return false;
}

static void nap_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
	while (ms > 0 && nanosleep(&t, &t) < 0 && errno == EINTR)
		continue;
}

/* ---- answers ---- */

static struct bf_buf line;

static void answer(void)
{
	fflush(stdout);
	blender_line_end(&line);
	if (fwrite(line.data, 1, line.len, answers) != line.len || fflush(answers))
		exit(0); /* the agent is gone */
	bf_buf_reset(&line);
}

static void answer_failed(const char *fault, const char *text)
{
	blender_line_begin(&line, "failed");
	blender_line_put(&line, "fault", fault);
	blender_line_put(&line, "text", text);
	answer();
}

static void answer_list(const char *verb, const char *key)
{
	char value[2048];
	if (!word(verb, value, sizeof value))
		return;
	for (char *part = strtok(value, ","); part; part = strtok(NULL, ",")) {
		blender_line_begin(&line, verb);
		blender_line_put(&line, key, part);
		answer();
	}
}

static void do_setup(const struct blender_line *command)
{
	blender_line_text(command, "out", out_dir, sizeof out_dir);
	nap_ms(number("start_ms", 0));
	blender_line_begin(&line, "ready");
	blender_line_put_int(&line, "version", number("version", 304));
	blender_line_put(&line, "version_text", "3.4.1");
	blender_line_put(&line, "device", "CPU");
	blender_line_put_int(&line, "has_oidn", number("has_oidn", 0));
	answer();
}

/* ---- open ---- */

static int read_job(const char *path)
{
	char bytes[sizeof job.words];
	FILE *file = fopen(path, "r");
	if (!file)
		return -1;
	size_t len = fread(bytes, 1, sizeof bytes - 1, file);
	fclose(file);
	bytes[len] = '\0';
	if (strncmp(bytes, "BLENDER", 7))
		return -2;
	char *words = strstr(bytes, "fake");
	snprintf(job.words, sizeof job.words, "%s", words ? words : "");
	return 0;
}

static void answer_opened(const struct blender_line *command)
{
	char size[32] = "64x48", frames[64] = "1-10", pattern[256] = "####.png", engine[64] = "CYCLES", camera[64] = "Camera";
	int from = 1, to = 10, percent = (int)blender_line_int(command, "percent", 1, 1000, number("percent", 100));
	word("size", size, sizeof size);
	word("frames", frames, sizeof frames);
	word("picture", pattern, sizeof pattern);
	word("engine", engine, sizeof engine);
	if (blender_line_get(command, "camera"))
		blender_line_text(command, "camera", camera, sizeof camera);
	if (sscanf(size, "%dx%d", &job.pixels_wide, &job.pixels_high) != 2 || sscanf(frames, "%d-%d", &from, &to) < 1)
		fprintf(stderr, "fakeblender: bad size or frames\n");
	job.pixels_wide = job.pixels_wide * percent / 100;
	job.pixels_high = job.pixels_high * percent / 100;
	job.samples = (int)blender_line_int(command, "samples", 1, 100000, number("samples", 16));
	job.depth = number("depth", 8);
	blender_line_begin(&line, "opened");
	blender_line_put(&line, "scene", blender_line_get(command, "scene") ? blender_line_get(command, "scene") : "Scene");
	blender_line_put(&line, "camera", camera);
	blender_line_put(&line, "engine", engine);
	blender_line_put(&line, "format", "PNG");
	blender_line_put(&line, "file_format", number("movie", 0) ? "FFMPEG" : "PNG");
	blender_line_put(&line, "color_mode", "RGBA");
	blender_line_put(&line, "fps", number("fps", 24) == 24 ? "24" : "25");
	const struct { const char *key; int value; } numbers[] = {
		{ "file_version", number("version", 304) }, { "color_depth", job.depth }, { "start", from }, { "end", to },
		{ "step", number("step", 1) }, { "width", job.pixels_wide }, { "height", job.pixels_high },
		{ "movie", number("movie", 0) }, { "needs_oidn", number("oidn", 0) }, { "denoises", number("oidn", 0) },
		{ "has_oidn", number("has_oidn", 0) }, { "dithers", job.depth == 8 }, { "adaptive", number("adaptive", 0) },
		{ "renders_3d", 1 }, { "layers", 1 }, { "samples", job.samples },
	};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		blender_line_put_int(&line, numbers[i].key, numbers[i].value);
	for (int view = 0; view < number("views", 1) && view < 8; view++) {
		char key[24], name[300];
		const char *dot = strrchr(pattern, '.');
		snprintf(key, sizeof key, "picture%d", view);
		snprintf(name, sizeof name, number("views", 1) > 1 ? "%.*s_V%d%s" : "%.*s", dot ? (int)(dot - pattern) : 200,
			pattern, view, dot ? dot : "");
		blender_line_put(&line, key, number("views", 1) > 1 ? name : pattern);
	}
	answer();
}

static void do_open(const struct blender_line *command)
{
	const char *path = blender_line_get(command, "blend");
	int got = path ? read_job(path) : -1;
	nap_ms(number("open_ms", 0));
	printf("Read blend: %s\n", path ? path : "?");
	job.pixels_wide = 0;
	if (got == -1) {
		answer_failed("agent", "the file is not there");
	} else if (got == -2 || number("badfile", 0)) {
		answer_failed("file", "Blender cannot open the file: not a blend file");
	} else if (number("nocamera", 0)) {
		answer_failed("file", "the scene Scene has no camera");
	} else {
		answer_list("missing", "path");
		answer_list("warning", "text");
		answer_opened(command);
	}
}

/* ---- render ---- */

static unsigned hash(unsigned frame, unsigned x, unsigned y, unsigned channel)
{
	unsigned h = frame * 2654435761u ^ x * 2246822519u ^ y * 3266489917u ^ channel * 668265263u;
	h = (h ^ h >> 15) * 2246822519u;
	return h ^ h >> 13;
}

/* Half pattern, half noise: pictures look like something and do not compress to nothing. */
static unsigned pixel(int frame, int x, int y, int channel)
{
	if (channel == 3)
		return 0xffff;
	unsigned smooth = (unsigned)((x + frame) * (channel + 1) * 509 + y * 263) & 0xff00;
	return smooth ^ (hash((unsigned)frame, (unsigned)x, (unsigned)y, (unsigned)channel) & 0x1fff);
}

static int write_png(FILE *file, int frame, const struct rect *r)
{
	int bytes = job.depth == 16 ? 2 : 1, wide = r->right - r->left;
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	unsigned char *row = malloc((size_t)wide * 4 * (size_t)bytes);
	if (!info || !row || setjmp(png_jmpbuf(png))) {
		png_destroy_write_struct(&png, &info);
		free(row);
		return -1;
	}
	png_init_io(png, file);
	png_set_compression_level(png, 1);
	png_set_IHDR(png, info, (png_uint_32)wide, (png_uint_32)(r->bottom - r->top), 8 * bytes, PNG_COLOR_TYPE_RGB_ALPHA,
		PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (int y = r->top; y < r->bottom; y++) {
		unsigned char *to = row;
		for (int x = r->left; x < r->right; x++) {
			for (int c = 0; c < 4; c++) {
				unsigned value = pixel(frame, x, y, c);
				*to++ = (unsigned char)(value >> 8);
				if (bytes == 2)
					*to++ = (unsigned char)value;
			}
		}
		png_write_row(png, row);
	}
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	free(row);
	return 0;
}

static float value(const void *arg, int x, int y, int channel)
{
	const struct place *place = arg;
	return (float)pixel(place->frame, place->left + x, place->top + y, channel) / 65536;
}

static int write_exr(FILE *file, int frame, const struct rect *r)
{
	struct place place = { frame, r->left, r->top };
	struct plain_exr picture = { r->right - r->left, r->bottom - r->top, value, &place };
	return plain_exr_write(file, &picture);
}

/* Is the file the whole picture? What is made of it would be right by itself. */
static bool is_joined(const char *path, int frame)
{
	struct place place = { frame, 0, 0 };
	struct plain_exr picture = { job.pixels_wide, job.pixels_high, value, &place };
	FILE *file = fopen(path, "r");
	bool same = file && plain_exr_is(file, &picture);
	if (file)
		fclose(file);
	return same;
}

static int write_picture(const char *name, int frame, struct rect r)
{
	char path[4400];
	snprintf(path, sizeof path, "%s/%s", out_dir, name);
	FILE *file = fopen(path, "w");
	if (!file)
		return -1;
	if (happens("wrongsize", frame))
		r.right++;
	int result = happens("black", frame) ? 0 : r.passes ? write_exr(file, frame, &r) : write_png(file, frame, &r);
	if (fclose(file))
		result = -1;
	struct stat st;
	if (happens("short", frame) && stat(path, &st) == 0 && truncate(path, st.st_size / 2) < 0)
		result = -1;
	return result;
}

/* Share of the whole picture's cost that lies left of x. */
static double cost_left_of(int x)
{
	double skew = number("skew", 1), at = (double)x / job.pixels_wide;
	return (at + (skew - 1) * at * at / 2) / (1 + (skew - 1) / 2);
}

static int cost_ms(const struct rect *r, const struct blender_line *command)
{
	double share = (cost_left_of(r->right) - cost_left_of(r->left)) * (r->bottom - r->top) / job.pixels_high;
	int64_t count = blender_line_int(command, "sample_count", 0, 100000, 0);
	if (count)
		share *= (double)count / job.samples;
	return (int)(number("ms", 10) * share + 0.5) + number("piece_ms", 0);
}

static void work(int frame, int ms)
{
	int steps = ms / 100 + 1;
	for (int i = 1; i <= steps; i++) {
		nap_ms(ms * i / steps - ms * (i - 1) / steps);
		printf("Fra:%d Mem:10.00M (Peak 10.00M) | Time:00:00.00 | Mem:1.00M, Peak:1.00M | Scene, ViewLayer | Sample %d/%d\n",
			frame, job.samples * i / steps, job.samples);
		fflush(stdout);
	}
	for (int left = number("chatter", 0); left > 0; left -= 80)
		printf("%.*s\n", 79, "chatter chatter chatter chatter chatter chatter chatter chatter chatter chatter chatter");
}

/* Memory that is not only promised. */
static char *take_memory(int mb)
{
	size_t size = (size_t)mb << 20;
	char *taken = mb > 0 ? malloc(size) : NULL;
	for (size_t i = 0; taken && i < size; i += 1024)
		((volatile char *)taken)[i] = 1;
	return taken;
}

static void note(int frame, const char *name, const struct rect *r)
{
	const char *path = getenv("BF_FAKE_LOG");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
	if (fd < 0)
		return;
	char text[256];
	int n = snprintf(text, sizeof text, "%d %s %d,%d,%d,%d %d\n", frame, name, r->left, r->top, r->right, r->bottom,
		(int)getpid());
	if (write(fd, text, (size_t)n) != n)
		perror(path);
	close(fd);
}

/* Things that go wrong before there is an answer. Returns true when one was given. */
static bool misbehave(int frame)
{
	if (happens("crash", frame)) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	if (happens("die", frame))
		raise(SIGKILL);
	if (happens("quit", frame))
		exit(0);
	while (happens("hang", frame))
		pause();
	if (happens("fail", frame))
		answer_failed("file", "Cannot render, this frame always fails");
	else if (happens("agentfail", frame))
		answer_failed("agent", "this machine cannot render this frame");
	else if (happens("nonsense", frame))
		fputs("what is this\n", answers), fflush(answers);
	else
		return false;
	return true;
}

/* The same for what was joined: it costs no rendering. */
static bool misbehave_joined(const char *path, int frame)
{
	if (happens("joined_die", frame))
		raise(SIGKILL);
	while (happens("joined_hang", frame))
		pause();
	if (!is_joined(path, frame))
		answer_failed("unknown", "what was joined is not the picture");
	else if (happens("joined_fail", frame))
		answer_failed("unknown", "this cannot be finished");
	else
		return false;
	return true;
}

static void write_views(int frame, const char *name, const struct rect *r, int64_t start_ms)
{
	char seconds[32];
	int views = number("views", 1), memory = number("memory", 100) + rendered++ * number("grow", 0);
	blender_line_begin(&line, "rendered");
	for (int view = 0; view < views && view < 8; view++) {
		char file[256], key[16];
		snprintf(file, sizeof file, views > 1 ? "%.150s-%04d_V%d.png" : r->passes ? "%.150s-%04d.exr" : "%.150s-%04d.png",
			name, frame, view);
		if (!happens("nofile", frame) && write_picture(file, frame, *r) < 0) {
			bf_buf_reset(&line);
			answer_failed("agent", "cannot save the picture");
			return;
		}
		snprintf(key, sizeof key, "file%d", view);
		blender_line_put(&line, key, file);
	}
	snprintf(seconds, sizeof seconds, "%.3f", (double)(proc_now_ms() - start_ms) / 1000);
	blender_line_put(&line, "seconds", seconds);
	blender_line_put_int(&line, "mem", memory);
	blender_line_put_int(&line, "rss", memory);
	if (happens("fatal", frame))
		printf("System is out of GPU memory\n");
	answer();
}

static void do_render(const struct blender_line *command)
{
	int frame = (int)blender_line_int(command, "frame", -10000000, 10000000, 0);
	char name[200];
	blender_line_text(command, "name", name, sizeof name);
	if (!job.pixels_wide) {
		answer_failed("unknown", "no file is open");
		return;
	}
	struct rect r = { 0, 0, job.pixels_wide, job.pixels_high, false, false };
	const char *joined = blender_line_get(command, "joined");
	r.passes = blender_line_int(command, "passes", 0, 1, 0) != 0;
	if (blender_line_int(command, "piece", 0, 1, 0)) {
		r.left = (int)blender_line_int(command, "left", 0, job.pixels_wide, 0);
		r.top = (int)blender_line_int(command, "top", 0, job.pixels_high, 0);
		r.right = (int)blender_line_int(command, "right", r.left, job.pixels_wide, 0);
		r.bottom = (int)blender_line_int(command, "bottom", r.top, job.pixels_high, 0);
	}
	job.depth = (int)blender_line_int(command, "depth", 8, 16, number("depth", 8));
	int64_t start_ms = proc_now_ms();
	note(frame, name, &r);
	char *eaten = take_memory(happens("eat", frame) ? number("eat_mb", 300) : 0);
	kept[rendered % KEPT_MAX] = take_memory(number("leak_mb", 0));
	if (!joined)
		work(frame, cost_ms(&r, command));
	if (joined ? !misbehave_joined(joined, frame) : !misbehave(frame))
		write_views(frame, name, &r, start_ms);
	free(eaten);
}

/* ---- measure ---- */

/* `map=1,2,5`: what bands of equal height cost, in seconds; without it the whole is known alone. */
static void do_measure(const struct blender_line *command)
{
	char whole[32], fixed[32], map[512] = "";
	note((int)blender_line_int(command, "frame", -10000000, 10000000, 0), "measure", &(struct rect){ 0 });
	nap_ms(number("measure_ms", 0));
	word("map", map, sizeof map);
	snprintf(whole, sizeof whole, "%.3f", number("ms", 10) / 1000.0);
	snprintf(fixed, sizeof fixed, "%.3f", number("piece_ms", 0) / 1000.0);
	if (number("nomeasure", 0)) {
		answer_failed("unknown", "it cannot be measured");
		return;
	}
	blender_line_begin(&line, "measured");
	blender_line_put(&line, "once", "0.1");
	blender_line_put(&line, "fixed", fixed);
	blender_line_put(&line, "whole", whole);
	blender_line_put(&line, "costs", map);
	answer();
}

static void do_benchmark(void)
{
	char rate[32];
	if (!number("rate", 0)) {
		answer_failed("agent", "this machine cannot be measured");
		return;
	}
	snprintf(rate, sizeof rate, "%d", number("rate", 0));
	blender_line_begin(&line, "benchmarked");
	blender_line_put(&line, "rate", rate);
	answer();
}

/* ---- main ---- */

static int make_file(int argc, char **argv)
{
	FILE *file = fopen(argv[2], "w");
	if (!file) {
		perror(argv[2]);
		return 1;
	}
	fputs("BLENDER-v304\nfake", file);
	for (int i = 3; i < argc; i++)
		fprintf(file, " %s", argv[i]);
	fputs("\n", file);
	/* The block that ends every .blend: its code, then a head of zeros. */
	char end[24] = "ENDB";
	fwrite(end, 1, sizeof end, file);
	return fclose(file) ? 1 : 0;
}

static void converse(void)
{
	static char text[BLENDER_LINE_MAX];
	while (fgets(text, sizeof text, commands)) {
		struct blender_line command;
		text[strcspn(text, "\n")] = '\0';
		if (!strcmp(text, "quit"))
			return;
		if (blender_line_parse(text, &command) < 0)
			fprintf(stderr, "fakeblender: %s?\n", text);
		else if (!strcmp(command.verb, "setup"))
			do_setup(&command);
		else if (!strcmp(command.verb, "open"))
			do_open(&command);
		else if (!strcmp(command.verb, "render"))
			do_render(&command);
		else if (!strcmp(command.verb, "measure"))
			do_measure(&command);
		else if (!strcmp(command.verb, "benchmark"))
			do_benchmark();
	}
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "--make"))
		return make_file(argc, argv);
	printf("Blender 3.4.1\n");
	if (argc > 1 && !strcmp(argv[1], "--version"))
		return 0;
	signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i + 1 < argc; i++) {
		if (!strcmp(argv[i], "--bf-in"))
			commands = fdopen(atoi(argv[i + 1]), "r");
		if (!strcmp(argv[i], "--bf-out"))
			answers = fdopen(atoi(argv[i + 1]), "w");
	}
	if (!commands || !answers) {
		fprintf(stderr, "fakeblender: nobody to talk to\n");
		return 1;
	}
	converse();
	return 0;
}
