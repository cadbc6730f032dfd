/* Reading what Blender prints: progress, and words that mean a picture must not be trusted.
 *
 * Pure functions on single lines without newline. Blender's output is no contract: it changes with
 * every version (since 5.0 each line has a prefix `00:00.394  render           | `), so nothing is
 * decided here but a progress display and the refusal of pictures after a fatal line. */
#ifndef AGENT_BLENDER_LOG_H
#define AGENT_BLENDER_LOG_H

#include <stdbool.h>

struct blender_progress {
	int sample, samples; /* 0,0 = the line says nothing about samples */
	int tile, tiles;
	int percent;         /* of this view layer, 0…100 */
};

enum blender_fault { BLENDER_FAULT_UNKNOWN, BLENDER_FAULT_FILE, BLENDER_FAULT_AGENT };

/* The line without the prefix of Blender 5. */
const char *blender_log_body(const char *line);

/* Returns true and fills progress when the line tells how far the picture is. */
bool blender_log_progress(const char *line, struct blender_progress *progress);

/* Whether the line means that the picture being rendered is worthless even if a file is written. */
bool blender_log_is_fatal(const char *line);

/* Who is to blame for an error text of Blender. */
enum blender_fault blender_log_fault(const char *text);

#endif
