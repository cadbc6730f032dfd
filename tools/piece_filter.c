#include "tools/piece_filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 24, SAMPLE_BYTES = 192 };

/* Sixteen bytes at a time: the compilers make one instruction of each line. */
typedef unsigned char lanes __attribute__((vector_size(16)));

static lanes load(const unsigned char *p)
{
	lanes v;
	memcpy(&v, p, sizeof v);
	return v;
}

static void store(unsigned char *p, lanes v)
{
	memcpy(p, &v, sizeof v);
}

/* out[i] = row[i] - other[i] */
static void minus(const unsigned char *row, const unsigned char *other, size_t len, unsigned char *out)
{
	size_t i = 0;
	for (; i + sizeof(lanes) <= len; i += sizeof(lanes))
		store(out + i, load(row + i) - load(other + i));
	for (; i < len; i++)
		out[i] = (unsigned char)(row[i] - other[i]);
}

static void minus_mean(const unsigned char *row, const unsigned char *left, const unsigned char *above, size_t len,
	unsigned char *out)
{
	size_t i = 0;
	for (; i + sizeof(lanes) <= len; i += sizeof(lanes)) {
		lanes a = load(left + i), b = load(above + i);
		store(out + i, load(row + i) - ((a & b) + ((a ^ b) >> 1)));
	}
	for (; i < len; i++)
		out[i] = (unsigned char)(row[i] - (left[i] + above[i]) / 2);
}

static unsigned char paeth(int a, int b, int c)
{
	int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);
	if (pa <= pb && pa <= pc)
		return (unsigned char)a;
	return (unsigned char)(pb <= pc ? b : c);
}

/* Filter len bytes that have a pixel to their left and, for all but Sub and None, a row above. */
static void inner(enum piece_filter filter, const unsigned char *row, size_t row_bytes, size_t pixel_bytes, size_t len,
	unsigned char *out)
{
	const unsigned char *left = row - pixel_bytes, *above = row - row_bytes;
	switch (filter) {
	case PIECE_FILTER_NONE:
		memcpy(out, row, len);
		break;
	case PIECE_FILTER_SUB:
		minus(row, left, len, out);
		break;
	case PIECE_FILTER_UP:
		minus(row, above, len, out);
		break;
	case PIECE_FILTER_AVERAGE:
		minus_mean(row, left, above, len, out);
		break;
	case PIECE_FILTER_PAETH:
		for (size_t i = 0; i < len; i++)
			out[i] = (unsigned char)(row[i] - paeth(left[i], above[i], above[(ptrdiff_t)i - (ptrdiff_t)pixel_bytes]));
		break;
	}
}

/* The first pixel of a row: what would lie to its left counts as zero. */
static void first_pixel(enum piece_filter filter, const unsigned char *row, size_t row_bytes, size_t pixel_bytes,
	unsigned char *out)
{
	const unsigned char *above = row - row_bytes;
	for (size_t i = 0; i < pixel_bytes; i++) {
		unsigned char guess = 0;
		if (filter == PIECE_FILTER_UP || filter == PIECE_FILTER_PAETH)
			guess = above[i];
		else if (filter == PIECE_FILTER_AVERAGE)
			guess = above[i] / 2;
		out[i] = (unsigned char)(row[i] - guess);
	}
}

void piece_filter_rows(enum piece_filter filter, const unsigned char *rows, size_t count, size_t row_bytes,
	size_t pixel_bytes, unsigned char *out)
{
	for (size_t i = 0; i < count; i++) {
		enum piece_filter use = i || filter == PIECE_FILTER_NONE ? filter : PIECE_FILTER_SUB;
		*out++ = (unsigned char)use;
		first_pixel(use, rows, row_bytes, pixel_bytes, out);
		inner(use, rows + pixel_bytes, row_bytes, pixel_bytes, row_bytes - pixel_bytes, out + pixel_bytes);
		rows += row_bytes;
		out += row_bytes;
	}
}

/* How far the filtered bytes are from zero, on average a measure of what they cost. */
static uint64_t weigh(const unsigned char *bytes, size_t len)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += bytes[i] < 128 ? bytes[i] : 256u - bytes[i];
	return sum;
}

enum piece_filter piece_filter_choose(const unsigned char *rows, size_t count, size_t row_bytes, size_t pixel_bytes)
{
	if (count < 2 || row_bytes < 2 * pixel_bytes)
		return PIECE_FILTER_SUB;
	size_t span = row_bytes - pixel_bytes;
	size_t len = span < SAMPLE_BYTES ? span : SAMPLE_BYTES / pixel_bytes * pixel_bytes;
	size_t places = (span - len) / pixel_bytes + 1;
	uint64_t weight[5] = {0};
	unsigned char out[SAMPLE_BYTES];
	for (size_t i = 0; i < SAMPLES; i++) {
		const unsigned char *row = rows + (1 + (count - 1) * i / SAMPLES) * row_bytes;
		const unsigned char *at = row + (1 + places * (i * 7 % SAMPLES) / SAMPLES) * pixel_bytes;
		for (int filter = 0; filter < 5; filter++) {
			inner((enum piece_filter)filter, at, row_bytes, pixel_bytes, len, out);
			weight[filter] += weigh(out, len);
		}
	}
	/* The others must be clearly better than Sub, the quickest one to undo. */
	enum piece_filter best = PIECE_FILTER_SUB;
	for (int filter = 0; filter < 5; filter++)
		if (weight[filter] + weight[filter] / 16 < weight[best])
			best = (enum piece_filter)filter;
	return best;
}
