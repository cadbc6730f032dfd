/* The pictures of the fake Blender. Every pixel is a function of frame and place in the whole picture: pieces joined are
 * the whole. */
#ifndef BF_TESTS_FAKE_PICTURE_H
#define BF_TESTS_FAKE_PICTURE_H

#include <stdbool.h>
#include <stdio.h>

/* What of the whole picture, in pixels from its upper left corner. */
struct fake_rect {
	int left, top, right, bottom;
};

/* depth: bits of a sample, 8 or 16. Both return 0 / -1. */
int fake_picture_write_png(FILE *file, int frame, const struct fake_rect *rect, int depth);
int fake_picture_write_exr(FILE *file, int frame, const struct fake_rect *rect);

/* Is this EXR file the whole picture, pixel by pixel? */
bool fake_picture_is(const char *path, int frame, int width, int height);

#endif
