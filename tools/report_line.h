/* Lines for a terminal of any width: items side by side, wrapped under each other where they do not fit, cut
 * where even that does not help. Pure; texts may hold anything, what is not printable is escaped.
 *
 *   line_start(&pen, 2);  line_item(&pen, PAINT_GOOD, "done");  …  line_end(&pen); */
#ifndef BF_TOOLS_REPORT_LINE_H
#define BF_TOOLS_REPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "share-layout/base/buf.h"

enum paint { PAINT_PLAIN, PAINT_TITLE, PAINT_GOOD, PAINT_BUSY, PAINT_WARN, PAINT_BAD, PAINT_DIM };

struct pen {
	struct bf_buf *out;
	int columns; /* 0 = no end */
	bool color;
	int lines;      /* ended so far */
	int indent, at; /* private: of the line being written */
};

void line_start(struct pen *pen, int indent);
/* Where the rest of a line goes on that has to be wrapped from here on, if there is that much room. */
void line_hang(struct pen *pen, int indent);
/* Two blanks stand between items. */
void line_item(struct pen *pen, enum paint paint, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* An item of at least `width` columns, blanks behind: for columns of a table. */
void line_cell(struct pen *pen, enum paint paint, int width, const char *text);
/* Right behind what was written last. */
void line_more(struct pen *pen, enum paint paint, const char *text);
void line_end(struct pen *pen);

/* A whole line of one item. */
void line_text(struct pen *pen, int indent, enum paint paint, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Columns a text takes once what is not printable is escaped. */
int line_columns(const char *text);

/* How many bytes of a text fit into so many columns; at least one character, and no more than up to a line end. */
size_t line_fit(const char *text, int columns);

#endif
