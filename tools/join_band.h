/* The bands of a result that is being joined: a ring of them, opened from top to bottom, and the parts of each.
 *
 * A band goes
 *
 *   free ──open──► filling ──a worker, all parts there──► packing ──► packed ──written──► free
 *
 * and a part waits until its piece is not busy, has been read up to this band, and, when it may overlap others,
 * until all parts before it in the band are done.
 * This is who may do what, without threads: whoever calls holds the lock that guards it. Pixels are touched without. */
#ifndef BF_TOOLS_JOIN_BAND_H
#define BF_TOOLS_JOIN_BAND_H

#include "tools/join_mean.h"
#include "tools/join_part.h"

enum join_band_state { JOIN_BAND_FREE, JOIN_BAND_FILLING, JOIN_BAND_PACKING, JOIN_BAND_PACKED };

struct join_band {
	enum join_band_state state;
	struct piece_band io;
	struct join_mean mean;
	uint32_t *part;            /* indices of pieces, ascending */
	unsigned char *part_state;
	size_t parts, room;
	size_t first_due;          /* no part before it is due */
	size_t done;               /* how many are */
	size_t done_in_order;      /* how many from the first on are */
};

struct join_bands {
	const struct merge_plan *plan;
	const struct piece_header *result; /* of the part of the file that is being made */
	struct join_source *source;        /* one for each piece of the plan */
	struct join_band *slot;
	size_t slots;
	uint32_t rows;                     /* of a band */
	uint32_t count, opened, written;   /* in all, handed to the workers, done with: the caller counts `written` */
	uint32_t *by_top;
	size_t due;                        /* pieces of by_top already met */
	uint32_t *active;
	size_t actives;
};

/* Memory for as many bands as keep so many threads busy, within a budget. Ended with join_bands_clear, which closes what
 * pieces are open. */
void join_bands_init(struct join_bands *bands, const struct merge_plan *plan, const struct piece_header *result,
	unsigned threads);
void join_bands_clear(struct join_bands *bands);

/* The band of this number, from `written` to `opened` (or the next one to be opened). */
struct join_band *join_bands_at(struct join_bands *bands, uint32_t number);

/* Open the next band if there is one and room for it: it knows its parts, and is filling. Returns whether it did. */
bool join_bands_open(struct join_bands *bands);

/* Whether there is a part of a filling band that can be read now; then it is taken, its piece is busy, and *part is its place
 * in the band. */
bool join_band_take_part(struct join_bands *bands, struct join_band *band, size_t *part);

/* It has been read, or could not be. */
void join_band_end_part(struct join_bands *bands, struct join_band *band, size_t part);

#endif
