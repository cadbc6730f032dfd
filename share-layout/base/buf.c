#include "share-layout/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *bf_buf_reserve(struct bf_buf *buf, size_t extra)
{
	if (extra > (size_t)1 << 40)
		abort();
	if (buf->len + extra + 1 > buf->room) {
		size_t room = buf->room ? buf->room : 64;
		while (room < buf->len + extra + 1)
			room *= 2;
		char *data = realloc(buf->data, room);
		if (!data) {
			fputs("out of memory\n", stderr);
			abort();
		}
		buf->data = data;
		buf->room = room;
	}
	return buf->data + buf->len;
}

void bf_buf_add(struct bf_buf *buf, const void *bytes, size_t len)
{
	char *to = bf_buf_reserve(buf, len);
	if (len)
		memcpy(to, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void bf_buf_puts(struct bf_buf *buf, const char *text)
{
	bf_buf_add(buf, text, strlen(text));
}

void bf_buf_putc(struct bf_buf *buf, char c)
{
	bf_buf_add(buf, &c, 1);
}

void bf_buf_printf(struct bf_buf *buf, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n > 0) {
		char *to = bf_buf_reserve(buf, (size_t)n);
		vsnprintf(to, (size_t)n + 1, format, again);
		buf->len += (size_t)n;
	}
	va_end(again);
}

const char *bf_buf_text(const struct bf_buf *buf)
{
	return buf->data ? buf->data : "";
}

void bf_buf_reset(struct bf_buf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

void bf_buf_clear(struct bf_buf *buf)
{
	free(buf->data);
	memset(buf, 0, sizeof *buf);
}

int bf_fmt(char *dst, size_t size, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(dst, size, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= size) {
		dst[0] = '\0';
		return -1;
	}
	return 0;
}
