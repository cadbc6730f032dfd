#include "tools/join_row.h"

#include <string.h>

void join_row_copy(const struct piece_header *header, const struct join_row *to, const struct join_row *from,
	uint32_t count)
{
	unsigned char *target = to->bytes;
	const unsigned char *source = from->bytes;
	for (unsigned i = 0; i < header->planes; i++) {
		size_t bytes = header->plane[i].bytes;
		memcpy(target + to->x * bytes, source + from->x * bytes, count * bytes);
		target += to->width * bytes;
		source += from->width * bytes;
	}
}

int64_t join_row_differ(const struct piece_header *header, const struct join_row *a, const struct join_row *b,
	uint32_t count, const struct piece_plane **plane_out)
{
	const unsigned char *left = a->bytes, *right = b->bytes;
	int64_t first = -1;
	for (unsigned i = 0; i < header->planes; i++) {
		size_t bytes = header->plane[i].bytes;
		const unsigned char *l = left + a->x * bytes, *r = right + b->x * bytes;
		if (memcmp(l, r, count * bytes)) {
			uint32_t x = 0;
			while (!memcmp(l + x * bytes, r + x * bytes, bytes))
				x++;
			if (first < 0 || x < first) {
				first = x;
				*plane_out = &header->plane[i];
			}
		}
		left += a->width * bytes;
		right += b->width * bytes;
	}
	return first;
}

static bool is_zero(const struct piece_header *header, const struct join_row *row, uint32_t x)
{
	static const unsigned char zeros[256];
	const unsigned char *at = row->bytes;
	for (unsigned i = 0; i < header->planes; i++) {
		size_t bytes = header->plane[i].bytes;
		if (memcmp(at + (row->x + x) * bytes, zeros, bytes))
			return false;
		at += row->width * bytes;
	}
	return true;
}

int64_t join_row_lay(const struct piece_header *header, const struct join_row *below, const struct join_row *above,
	uint32_t count)
{
	const struct piece_plane *plane;
	for (uint32_t x = 0; x < count; x++) {
		struct join_row to = *below, from = *above;
		to.x += x;
		from.x += x;
		if (is_zero(header, above, x))
			continue;
		if (is_zero(header, below, x))
			join_row_copy(header, &to, &from, 1);
		else if (join_row_differ(header, &to, &from, 1, &plane) >= 0)
			return x;
	}
	return -1;
}
