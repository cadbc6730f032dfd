#include "share-layout/frames_order.h"

#include <stdlib.h>
#include <string.h>

int bf_frames_order_parse(const char *word, enum bf_frames_order *out)
{
	static const char *const words[] = { "forward", "backward", "coarse" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcasecmp(word, words[i])) {
			*out = (enum bf_frames_order)i;
			return 0;
		}
	return -1;
}

static void turn_round(struct bf_frames *frames)
{
	for (size_t i = 0, k = frames->count; i + 1 < k; i++) {
		int32_t first = frames->frame[i];
		frames->frame[i] = frames->frame[--k];
		frames->frame[k] = first;
	}
}

/* The two ends, then every odd multiple of half the step, with the step halved each time. */
static void spread(struct bf_frames *frames)
{
	size_t last = frames->count - 1, n = 0, step = 1;
	int32_t *made = malloc(frames->count * sizeof *made);
	if (!made)
		abort();
	made[n++] = frames->frame[0];
	made[n++] = frames->frame[last];
	while (step < last)
		step *= 2;
	for (; step > 1; step /= 2)
		for (size_t i = step / 2; i < last; i += step)
			made[n++] = frames->frame[i];
	free(frames->frame);
	frames->frame = made;
}

void bf_frames_arrange(struct bf_frames *frames, enum bf_frames_order order)
{
	if (order == BF_FRAMES_BACKWARD)
		turn_round(frames);
	else if (order == BF_FRAMES_COARSE && frames->count > 2)
		spread(frames);
}
