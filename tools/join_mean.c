#include "tools/join_mean.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

double join_half_value(uint16_t half)
{
	int exponent = half >> 10 & 31, fraction = half & 1023;
	double value = exponent == 31 ? (fraction ? NAN : INFINITY)
		: exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
	return half & 0x8000 ? -value : value;
}

/* From the bits of the double: what is below a half's 10 bits of fraction is rounded away. */
uint16_t join_half_of(double value)
{
	uint64_t bits, fraction;
	memcpy(&bits, &value, sizeof bits);
	uint16_t sign = (uint16_t)(bits >> 48 & 0x8000);
	int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
	fraction = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
	if (exponent == 1024)
		return sign | (fraction << 12 ? 0x7e00 : 0x7c00);
	if (exponent > 15)
		return sign | 0x7c00;
	int shift = exponent < -14 ? 42 - 14 - exponent : 42;
	if (shift > 53)
		return sign;
	uint64_t kept = fraction >> shift, lost = fraction & (((uint64_t)1 << shift) - 1), middle = (uint64_t)1 << (shift - 1);
	if (lost > middle || (lost == middle && kept % 2))
		kept++; /* may carry into the exponent, which is then right */
	return sign | (uint16_t)(exponent < -14 ? kept : (uint64_t)(exponent + 14) * 1024 + kept);
}

static uint32_t get32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(unsigned char *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(value >> 8 * i);
}

/* Every half there is: a table is quicker than taking bits apart. */
static float half_table[65536];
static pthread_once_t half_table_made = PTHREAD_ONCE_INIT;

static void make_half_table(void)
{
	for (unsigned i = 0; i < 65536; i++)
		half_table[i] = (float)join_half_value((uint16_t)i);
}

void join_half_ready(void)
{
	pthread_once(&half_table_made, make_half_table);
}

float join_half_float(uint16_t half)
{
	return half_table[half];
}

size_t join_mean_bytes(const struct piece_header *header, uint32_t rows)
{
	return (size_t)header->width * header->planes * rows * sizeof(double);
}

void join_mean_init(struct join_mean *mean, const struct piece_header *header, uint32_t rows)
{
	join_half_ready();
	mean->rows = rows;
	mean->sum = malloc(join_mean_bytes(header, rows));
	mean->weight = calloc((size_t)header->planes * rows, sizeof *mean->weight);
	if (!mean->sum || !mean->weight)
		abort();
}

void join_mean_free(struct join_mean *mean)
{
	free(mean->sum);
	free(mean->weight);
}

void join_mean_clear(struct join_mean *mean, const struct piece_header *header)
{
	memset(mean->sum, 0, join_mean_bytes(header, mean->rows));
	memset(mean->weight, 0, (size_t)header->planes * mean->rows * sizeof *mean->weight);
}

static void add_plane(double *sum, const struct piece_plane *plane, const unsigned char *samples, uint32_t count,
	double weight)
{
	if (plane->type == PIECE_HALF) {
		for (uint32_t x = 0; x < count; x++)
			sum[x] += weight * half_table[samples[2 * x] | samples[2 * x + 1] << 8];
	} else if (plane->type == PIECE_FLOAT) {
		for (uint32_t x = 0; x < count; x++) {
			uint32_t bits = get32(samples + 4 * x);
			float value;
			memcpy(&value, &bits, 4);
			sum[x] += weight * value;
		}
	} else {
		for (uint32_t x = 0; x < count; x++)
			sum[x] += weight * get32(samples + 4 * x);
	}
}

void join_mean_add(struct join_mean *mean, const struct piece_header *header, const double *weight,
	const unsigned char *row, uint32_t number)
{
	double *sum = mean->sum + (size_t)number * header->planes * header->width;
	double *total = mean->weight + (size_t)number * header->planes;
	for (unsigned i = 0; i < header->planes; i++) {
		const struct piece_plane *plane = &header->plane[i];
		double mine = plane->mix == PIECE_MIX_MEAN ? weight[i] : 1;
		if (plane->mix != PIECE_MIX_FIRST || total[i] == 0)
			add_plane(sum, plane, row, header->width, mine);
		total[i] = plane->mix == PIECE_MIX_MEAN ? total[i] + mine : 1;
		sum += header->width;
		row += (size_t)header->width * plane->bytes;
	}
}

static void store_plane(const double *sum, const struct piece_plane *plane, double total, unsigned char *samples,
	uint32_t count)
{
	for (uint32_t x = 0; x < count; x++) {
		double value = sum[x] / total;
		if (plane->type == PIECE_HALF) {
			uint16_t half = join_half_of(value);
			samples[2 * x] = (unsigned char)half;
			samples[2 * x + 1] = (unsigned char)(half >> 8);
		} else if (plane->type == PIECE_FLOAT) {
			float single = (float)value;
			uint32_t bits;
			memcpy(&bits, &single, 4);
			put32(samples + 4 * x, bits);
		} else {
			put32(samples + 4 * x, value >= UINT32_MAX ? UINT32_MAX : (uint32_t)value);
		}
	}
}

void join_mean_store(const struct join_mean *mean, const struct piece_header *header, unsigned char *rows,
	uint32_t count)
{
	const double *sum = mean->sum;
	for (uint32_t y = 0; y < count; y++)
		for (unsigned i = 0; i < header->planes; i++) {
			const struct piece_plane *plane = &header->plane[i];
			store_plane(sum, plane, mean->weight[(size_t)y * header->planes + i], rows, header->width);
			sum += header->width;
			rows += (size_t)header->width * plane->bytes;
		}
}
