/* In which order a list of frames is worked on: `order = coarse` in NAME.ini. Pure. */
#ifndef BF_FRAMES_ORDER_H
#define BF_FRAMES_ORDER_H

#include "share-layout/frames.h"

enum bf_frames_order {
	BF_FRAMES_FORWARD,  /* as the list says */
	BF_FRAMES_BACKWARD,
	BF_FRAMES_COARSE,   /* the first, the last, then always those in the middle of the widest gaps: an overview soon */
};

/* All words, for messages. */
#define BF_FRAMES_ORDERS "forward, backward or coarse"

/* Returns 0 / -1. */
int bf_frames_order_parse(const char *word, enum bf_frames_order *out);

void bf_frames_arrange(struct bf_frames *frames, enum bf_frames_order order);

#endif
