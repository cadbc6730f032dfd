/* EXR files of the plainest kind, for the fake Blender: one part, scan lines, not compressed, four float channels
 * of one view layer. What they hold is a function of the place. */
#ifndef BF_TESTS_PLAIN_EXR_H
#define BF_TESTS_PLAIN_EXR_H

#include <stdbool.h>
#include <stdio.h>

/* channel: 0 … 3 = R G B A. */
struct plain_exr {
	int width, height;
	float (*value)(const void *arg, int x, int y, int channel);
	const void *arg;
};

/* Write it. 0 / -1. */
int plain_exr_write(FILE *file, const struct plain_exr *picture);

/* Whether the file is this picture, with whatever other attributes. */
bool plain_exr_is(FILE *file, const struct plain_exr *picture);

#endif
