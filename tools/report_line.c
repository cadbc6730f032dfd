#include "tools/report_line.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tools/utf8.h"

enum { GAP = 2 };

static const char *const paint_code[] = { "", "\033[1m", "\033[32m", "\033[36m", "\033[33m", "\033[31m", "\033[2m" };

/* One character as it is printed; returns its columns. */
static int spell(const char **text, char out[16])
{
	const char *start = *text;
	int32_t character = utf8_next(text);
	if (character < 0)
		return snprintf(out, 16, "\\x%02x", (unsigned char)*start);
	if (utf8_is_control(character))
		return snprintf(out, 16, character < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)character);
	size_t len = (size_t)(*text - start);
	memcpy(out, start, len);
	out[len] = '\0';
	return utf8_columns(character);
}

int line_columns(const char *text)
{
	char one[16];
	int columns = 0;
	while (*text)
		columns += spell(&text, one);
	return columns;
}

size_t line_fit(const char *text, int columns)
{
	char one[16];
	const char *end = text;
	while (*end && *end != '\n') {
		const char *next = end;
		int width = spell(&next, one);
		if (width > columns && end > text)
			break;
		columns -= width;
		end = next;
	}
	return (size_t)(end - text);
}

static void blanks(struct pen *pen, int count)
{
	for (; count > 0 && (!pen->columns || pen->at < pen->columns); count--, pen->at++)
		bf_buf_putc(pen->out, ' ');
}

void line_start(struct pen *pen, int indent)
{
	/* Where there is hardly room, none of it goes into looks. */
	pen->indent = pen->columns && pen->columns < 8 * indent ? 0 : indent;
	pen->at = 0;
	blanks(pen, pen->indent);
}

void line_hang(struct pen *pen, int indent)
{
	if (!pen->columns || pen->columns >= 2 * indent)
		pen->indent = indent;
}

static void make_room(struct pen *pen, int width)
{
	if (pen->at == pen->indent)
		return;
	if (!pen->columns || pen->at + GAP + width <= pen->columns) {
		blanks(pen, GAP);
		return;
	}
	bf_buf_putc(pen->out, '\n');
	pen->lines++;
	pen->at = 0;
	blanks(pen, pen->indent);
}

static void put(struct pen *pen, enum paint paint, const char *text)
{
	bool painted = pen->color && paint != PAINT_PLAIN;
	char one[16];
	if (painted)
		bf_buf_puts(pen->out, paint_code[paint]);
	while (*text) {
		int width = spell(&text, one);
		if (pen->columns && pen->at + width > pen->columns)
			break;
		bf_buf_puts(pen->out, one);
		pen->at += width;
	}
	if (painted)
		bf_buf_puts(pen->out, "\033[0m");
}

void line_item(struct pen *pen, enum paint paint, const char *format, ...)
{
	char text[2048];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	make_room(pen, line_columns(text));
	put(pen, paint, text);
}

void line_more(struct pen *pen, enum paint paint, const char *text)
{
	put(pen, paint, text);
}

void line_cell(struct pen *pen, enum paint paint, int width, const char *text)
{
	int columns = line_columns(text);
	make_room(pen, columns);
	put(pen, paint, text);
	blanks(pen, width - columns);
}

void line_end(struct pen *pen)
{
	while (pen->out->len && pen->out->data[pen->out->len - 1] == ' ')
		pen->out->data[--pen->out->len] = '\0';
	bf_buf_putc(pen->out, '\n');
	pen->lines++;
	pen->at = pen->indent = 0;
}

void line_text(struct pen *pen, int indent, enum paint paint, const char *format, ...)
{
	char text[2048];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	line_start(pen, indent);
	make_room(pen, line_columns(text));
	put(pen, paint, text);
	line_end(pen);
}
