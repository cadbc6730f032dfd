#include "tests/lib/bytes.h"

void bytes_put(struct bf_buf *b, uint64_t n, int bytes, bool big)
{
	for (int i = 0; i < bytes; i++) {
		int place = big ? bytes - 1 - i : i;
		bf_buf_putc(b, place < 8 ? (char)(n >> 8 * place) : '\0');
	}
}

void bytes_le(struct bf_buf *b, uint64_t n, int bytes)
{
	bytes_put(b, n, bytes, false);
}

void bytes_be(struct bf_buf *b, uint64_t n, int bytes)
{
	bytes_put(b, n, bytes, true);
}

void bytes_fill(struct bf_buf *b, size_t count, char c)
{
	for (size_t i = 0; i < count; i++)
		bf_buf_putc(b, c);
}

void bytes_patch(struct bf_buf *b, size_t at, uint64_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		b->data[at + (size_t)i] = (char)(n >> 8 * i);
}
