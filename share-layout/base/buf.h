/* Growing text or bytes. Starts as all zero bits (`struct bf_buf b = {0}`), is ended with
 * bf_buf_clear. Running out of memory ends the program: nothing sensible is left to do. */
#ifndef BF_BASE_BUF_H
#define BF_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct bf_buf {
	char *data;  /* NUL-terminated behind len bytes; NULL while nothing was ever added */
	size_t len;
	size_t room;
};

/* Append. */
void bf_buf_add(struct bf_buf *buf, const void *bytes, size_t len);
void bf_buf_puts(struct bf_buf *buf, const char *text);
void bf_buf_putc(struct bf_buf *buf, char c);
void bf_buf_printf(struct bf_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Make room for `extra` more bytes and return where they go; the caller adds to len himself. */
char *bf_buf_reserve(struct bf_buf *buf, size_t extra);

/* The text so far, "" when there is none. Valid until the next change. */
const char *bf_buf_text(const struct bf_buf *buf);

/* Forget the content, keep the memory / give the memory back. */
void bf_buf_reset(struct bf_buf *buf);
void bf_buf_clear(struct bf_buf *buf);

/* snprintf for fixed arrays where cutting short would be a wrong name rather than a shorter
 * text. Returns 0, or -1 when it did not fit (dst then holds ""). */
int bf_fmt(char *dst, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
