#include "tools/join_over.h"

#include <stdbool.h>
#include <string.h>

static uint32_t get(const unsigned char *p, unsigned bytes)
{
	return bytes == 2 ? (uint32_t)p[0] << 8 | p[1] : p[0];
}

static void put(unsigned char *p, unsigned bytes, uint64_t value)
{
	if (bytes == 2) {
		p[0] = (unsigned char)(value >> 8);
		p[1] = (unsigned char)value;
	} else {
		p[0] = (unsigned char)value;
	}
}

static bool all_zero(const unsigned char *p, size_t len)
{
	return p[0] == 0 && !memcmp(p, p + 1, len - 1);
}

/* Alpha of the result is a1 + a0 (1 - a1), each colour the mean of both weighted by what is seen of
 * them. In units of 1/max squared everything is an integer, and one rounding is left. */
static void blend(unsigned char *below, const unsigned char *above, unsigned samples, unsigned bytes)
{
	uint64_t max = bytes == 2 ? 65535 : 255;
	uint64_t upper = get(above + (samples - 1) * bytes, bytes), lower = get(below + (samples - 1) * bytes, bytes);
	uint64_t seen_upper = upper * max, seen_lower = lower * (max - upper), seen = seen_upper + seen_lower;
	for (unsigned i = 0; i + 1 < samples; i++) {
		uint64_t sum = get(above + i * bytes, bytes) * seen_upper + get(below + i * bytes, bytes) * seen_lower;
		put(below + i * bytes, bytes, (sum + seen / 2) / seen);
	}
	put(below + (samples - 1) * bytes, bytes, (seen + max / 2) / max);
}

void join_over_row(unsigned char *below, const unsigned char *above, size_t pixels, unsigned samples,
	unsigned sample_bytes)
{
	size_t pixel = (size_t)samples * sample_bytes, alpha_at = pixel - sample_bytes;
	uint32_t opaque = sample_bytes == 2 ? 65535 : 255;
	/* Most of a strip outside its border is empty, and most rows meet an empty place. */
	if (all_zero(above, pixels * pixel))
		return;
	if (all_zero(below, pixels * pixel)) {
		memcpy(below, above, pixels * pixel);
		return;
	}
	for (size_t i = 0; i < pixels; i++, below += pixel, above += pixel) {
		uint32_t upper = get(above + alpha_at, sample_bytes), lower = get(below + alpha_at, sample_bytes);
		/* Colours without alpha hide nothing, but are not thrown away either. */
		if (upper == opaque || (lower == 0 && (upper || all_zero(below, pixel))))
			memcpy(below, above, pixel);
		else if (upper && lower)
			blend(below, above, samples, sample_bytes);
	}
}

int64_t join_over_conflict(const unsigned char *below, const unsigned char *above, size_t pixels, unsigned samples,
	unsigned sample_bytes)
{
	size_t pixel = (size_t)samples * sample_bytes, alpha_at = pixel - sample_bytes;
	for (size_t i = 0; i < pixels; i++, below += pixel, above += pixel)
		if (get(above + alpha_at, sample_bytes) && get(below + alpha_at, sample_bytes) &&
			memcmp(below, above, pixel))
			return (int64_t)i;
	return -1;
}
