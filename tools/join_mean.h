/* Means of sample ranges: several renders of one picture, each with samples of its own, become the picture
 * that one render with all the samples gives.
 *
 * One struct join_mean for each band: clear, add the rows of every piece, store. Sums are kept in double
 * precision; half and float are rounded once, at the end. Planes that cannot be averaged (depth, position, indices,
 * Cryptomatte) are those of the first piece; render times are added up. */
#ifndef BF_TOOLS_JOIN_MEAN_H
#define BF_TOOLS_JOIN_MEAN_H

#include "tools/piece.h"

struct join_mean {
	double *sum;    /* one for each sample of the band, as the rows lie */
	double *weight; /* the sum of the weights, one for each row and plane */
	uint32_t rows;
};

/* Bytes that a band of so many rows needs. */
size_t join_mean_bytes(const struct piece_header *header, uint32_t rows);

void join_mean_init(struct join_mean *mean, const struct piece_header *header, uint32_t rows);
void join_mean_free(struct join_mean *mean);

void join_mean_clear(struct join_mean *mean, const struct piece_header *header);
/* `weight` has one number for each plane. */
void join_mean_add(struct join_mean *mean, const struct piece_header *header, const double *weight,
	const unsigned char *row, uint32_t number);
/* The finished rows. */
void join_mean_store(const struct join_mean *mean, const struct piece_header *header, unsigned char *rows,
	uint32_t count);

/* IEEE 754 half precision, rounded to nearest, ties to even. */
double join_half_value(uint16_t half);
uint16_t join_half_of(double value);

/* The same by a table; join_half_ready makes it, once for all threads. */
void join_half_ready(void);
float join_half_float(uint16_t half);

#endif
