#include "agent/blender_log.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* `00:00.394  render           | text`, also `01:02:03.456  …` */
const char *blender_log_body(const char *line)
{
	const char *p = line;
	while (isdigit((unsigned char)*p) || *p == ':' || *p == '.')
		p++;
	if (p == line || p[0] != ' ' || p[1] != ' ' || !strchr(line, '|'))
		return line;
	while (*p == ' ')
		p++;
	size_t topic = strcspn(p, " |");
	if (!topic || topic > 40)
		return line;
	p += topic;
	while (*p == ' ')
		p++;
	if (*p != '|')
		return line;
	return p + (p[1] == ' ' ? 2 : 1);
}

/* ---- progress ---- */

static bool is_stats_line(const char *body)
{
	return !strncmp(body, "Fra:", 4);
}

/* The part behind the last " | ": names of scenes and layers stand before it, and may look like
 * anything. */
static const char *last_field(const char *body)
{
	const char *last = body;
	for (const char *p = body; (p = strstr(p, " | ")); p += 3)
		last = p + 3;
	return last;
}

/* "3/128", "3 / 128": both parts, within reason. Returns the end, NULL when it is none. */
static const char *parse_ratio(const char *text, int *part, int *whole)
{
	char *end;
	if (!isdigit((unsigned char)*text))
		return NULL;
	long a = strtol(text, &end, 10);
	while (*end == ' ')
		end++;
	if (*end++ != '/')
		return NULL;
	while (*end == ' ')
		end++;
	if (!isdigit((unsigned char)*end))
		return NULL;
	long b = strtol(end, &end, 10);
	if (b < 1 || b > 1 << 24 || a > b)
		return NULL;
	*part = (int)a;
	*whole = (int)b;
	return end;
}

static bool parse_samples(const char *field, struct blender_progress *p)
{
	const char *at = strstr(field, "Sample ");
	if (at)
		return parse_ratio(at + 7, &p->sample, &p->samples) != NULL;
	if (strncmp(field, "Rendering ", 10))
		return false;
	const char *end = parse_ratio(field + 10, &p->sample, &p->samples);
	return end && !strncmp(end, " samples", 8);
}

static bool parse_tiles(const char *field, struct blender_progress *p)
{
	if (!strncmp(field, "Rendered ", 9)) {
		const char *end = parse_ratio(field + 9, &p->tile, &p->tiles);
		return end && !strncmp(end, " Tile", 5);
	}
	if (strncmp(field, "Path Tracing Tile ", 18) || !parse_ratio(field + 18, &p->tile, &p->tiles) || p->tile < 1)
		return false;
	p->tile--; /* this form counts the tile at work */
	return true;
}

bool blender_log_progress(const char *line, struct blender_progress *progress)
{
	const char *body = blender_log_body(line);
	*progress = (struct blender_progress){ 0 };
	if (!is_stats_line(body))
		return false;
	const char *field = last_field(body);
	bool tiles = parse_tiles(field, progress), samples = parse_samples(field, progress);
	if (!tiles && !samples)
		return false;
	if (!tiles)
		progress->tile = 0, progress->tiles = 1;
	double inside = samples ? (double)progress->sample / progress->samples : 0;
	double done = (progress->tile + inside) / progress->tiles;
	progress->percent = done >= 1 ? 100 : (int)(done * 100);
	if (!samples)
		progress->sample = progress->samples = 0;
	return true;
}

/* ---- faults ---- */

static bool has_word(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcasestr(text, *words))
			return true;
	return false;
}

/* After an out-of-memory on a graphics card Blender still saves a picture and ends normally. */
static const char *const machine_words[] = {
	"CUDA error", "HIP error", "OptiX error", "oneAPI error", "Metal error", "Out of memory in", "System is out of GPU",
	"out of memory", "Illegal address", "Launch failed", "Launch exceeded timeout", "bad_alloc",
	"Malloc returns null", "Calloc returns null", "Mapalloc returns null", "Failed to create CUDA context", "kernel compilation failed",
	"Failed to load CUDA kernel", "Failed to load OptiX kernel", "Failed to load HIP kernel", "Failed to execute compilation command",
	NULL
};

static const char *const crash_words[] = {
	"EXCEPTION_ACCESS_VIOLATION", "Fatal Python error", ".crash.txt", "Render error (", NULL
};

static const char *const failing_machine_words[] = {
	"Build without OpenImageDenoiser", "no OpenImageDenoise support", "No space left", "Permission denied", "Read-only file system",
	"Input/output error", "Disk quota", "cannot save", "could not write", "Found no Cycles device", "error while loading shared libraries",
	"libEGL", "libGL", "EGL_", "unable to open a display", "Unable to open a display", NULL
};

static const char *const file_words[] = {
	"no camera", "No camera", "not a blend file", "File format is not supported", "Missing DNA block", "Failed to read blend file",
	"has no 3D", "No render layers", "no render output node", "All render layers are disabled", "No view layers", "not known or not compiled",
	NULL
};

bool blender_log_is_fatal(const char *line)
{
	const char *body = blender_log_body(line);
	/* A statistics line carries the artist's own names. So does a saved file's. */
	if (is_stats_line(body) || !strncmp(body, "Saved: ", 7))
		return false;
	return has_word(body, machine_words) || has_word(body, crash_words);
}

enum blender_fault blender_log_fault(const char *text)
{
	if (has_word(text, file_words))
		return BLENDER_FAULT_FILE;
	if (has_word(text, machine_words) || has_word(text, failing_machine_words))
		return BLENDER_FAULT_AGENT;
	return BLENDER_FAULT_UNKNOWN;
}
