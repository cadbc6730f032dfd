#include "agent/blender_protocol.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int decode(char *text)
{
	char *to = text;
	for (const char *from = text; *from; from++) {
		if (*from != '%') {
			*to++ = *from;
			continue;
		}
		int high = hex_digit(from[1]);
		int low = high < 0 ? -1 : hex_digit(from[2]);
		if (low < 0 || (high == 0 && low == 0))
			return -1;
		*to++ = (char)(high * 16 + low);
		from += 2;
	}
	*to = '\0';
	return 0;
}

int blender_line_parse(char *text, struct blender_line *line)
{
	line->count = 0;
	line->verb = text;
	char *next = strchr(text, ' ');
	if (!*text || next == text)
		return -1;
	while (next) {
		*next++ = '\0';
		char *word = next;
		next = strchr(word, ' ');
		if (next)
			*next = '\0';
		char *equals = strchr(word, '=');
		if (!equals || equals == word || line->count == BLENDER_LINE_PAIRS)
			return -1;
		*equals = '\0';
		if (decode(equals + 1) < 0)
			return -1;
		line->pair[line->count].key = word;
		line->pair[line->count].value = equals + 1;
		line->count++;
	}
	return 0;
}

const char *blender_line_get(const struct blender_line *line, const char *key)
{
	for (int i = 0; i < line->count; i++)
		if (!strcmp(line->pair[i].key, key))
			return line->pair[i].value;
	return NULL;
}

int64_t blender_line_int(const struct blender_line *line, const char *key, int64_t min, int64_t max, int64_t fallback)
{
	const char *text = blender_line_get(line, key);
	if (!text || !*text)
		return fallback;
	char *end;
	errno = 0;
	long long value = strtoll(text, &end, 10);
	if (*end)
		return fallback;
	if (errno == ERANGE)
		value = *text == '-' ? INT64_MIN : INT64_MAX;
	return value < min ? min : value > max ? max : value;
}

double blender_line_double(const struct blender_line *line, const char *key, double min, double max, double fallback)
{
	const char *text = blender_line_get(line, key);
	if (!text || !*text)
		return fallback;
	char *end;
	double value = strtod(text, &end);
	if (*end || isnan(value))
		return fallback;
	return value < min ? min : value > max ? max : value;
}

/* Length of the well-formed UTF-8 character at s, 0 when it is none. */
static size_t utf8_length(const unsigned char *s)
{
	size_t len = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3
		: s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if (len == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)))
		return 0; /* overlong, or half of a UTF-16 pair */
	if (len == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)))
		return 0;
	return len;
}

void blender_clean_text(char *dst, size_t size, const char *src)
{
	const unsigned char *from = (const unsigned char *)src;
	size_t used = 0;
	while (*from) {
		size_t len = utf8_length(from);
		bool bad = len == 0 || *from < 0x20 || *from == 0x7f || (len == 2 && from[0] == 0xc2 && from[1] < 0xa0);
		size_t put = bad ? 1 : len;
		if (used + put >= size)
			break;
		if (bad)
			dst[used] = '?';
		else
			memmove(dst + used, from, len);
		used += put;
		from += len ? len : 1;
	}
	dst[used] = '\0';
}

void blender_line_text(const struct blender_line *line, const char *key, char *dst, size_t size)
{
	const char *text = blender_line_get(line, key);
	blender_clean_text(dst, size, text ? text : "");
}

/* ---- writing ---- */

void blender_line_begin(struct bf_buf *out, const char *verb)
{
	bf_buf_puts(out, verb);
}

void blender_line_put(struct bf_buf *out, const char *key, const char *value)
{
	if (!value)
		return;
	bf_buf_printf(out, " %s=", key);
	for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
		if (*p <= 0x20 || *p == '%' || *p == 0x7f)
			bf_buf_printf(out, "%%%02X", *p);
		else
			bf_buf_putc(out, (char)*p);
	}
}

void blender_line_put_int(struct bf_buf *out, const char *key, int64_t value)
{
	bf_buf_printf(out, " %s=%lld", key, (long long)value);
}

void blender_line_end(struct bf_buf *out)
{
	bf_buf_putc(out, '\n');
}
