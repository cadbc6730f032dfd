/* The lines spoken between us and the driver script inside Blender: `verb key=value key=value`.
 *
 * Values are percent-encoded: control bytes, blank and '%' as %XX. Pure functions, no I/O. What
 * comes from Blender may be written by a hostile .blend: lines are bounded, text is cleaned,
 * numbers are clamped, repeated or unknown keys do no harm (the first one counts). */
#ifndef AGENT_BLENDER_PROTOCOL_H
#define AGENT_BLENDER_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"

#define BLENDER_LINE_MAX 65536 /* bytes, newline included */
#define BLENDER_LINE_PAIRS 96

struct blender_line {
	const char *verb;
	int count;
	struct blender_pair {
		const char *key, *value;
	} pair[BLENDER_LINE_PAIRS];
};

/* Take a line (without newline) apart, in place: the result points into text. Returns 0, or -1 when it is
 * not of our form (no verb, pair without '=', broken percent code, NUL, too many pairs). */
int blender_line_parse(char *text, struct blender_line *line);

/* The value of a key, NULL when there is none. */
const char *blender_line_get(const struct blender_line *line, const char *key);

/* The value as a number within [min, max]; fallback when it is missing or not a number. */
int64_t blender_line_int(const struct blender_line *line, const char *key, int64_t min, int64_t max, int64_t fallback);
double blender_line_double(const struct blender_line *line, const char *key, double min, double max, double fallback);

/* The value as clean text: control bytes and broken UTF-8 become '?', what is too long is cut between
 * characters; "" when the key is missing. */
void blender_line_text(const struct blender_line *line, const char *key, char *dst, size_t size);

/* The same for any text; dst and src may be the same. */
void blender_clean_text(char *dst, size_t size, const char *src);

/* Build a line: begin, any number of puts, end. A NULL value puts nothing. */
void blender_line_begin(struct bf_buf *out, const char *verb);
void blender_line_put(struct bf_buf *out, const char *key, const char *value);
void blender_line_put_int(struct bf_buf *out, const char *key, int64_t value);
void blender_line_end(struct bf_buf *out);

#endif
