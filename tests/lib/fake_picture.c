#include "tests/lib/fake_picture.h"

#include <png.h>
#include <stdlib.h>

#include "tests/lib/plain_exr.h"

/* Where the value of a pixel comes from. */
struct place {
	int frame, left, top;
};

static unsigned hash(unsigned frame, unsigned x, unsigned y, unsigned channel)
{
	unsigned h = frame * 2654435761u ^ x * 2246822519u ^ y * 3266489917u ^ channel * 668265263u;
	h = (h ^ h >> 15) * 2246822519u;
	return h ^ h >> 13;
}

/* Half pattern, half noise: pictures look like something and do not compress to nothing. */
static unsigned pixel(int frame, int x, int y, int channel)
{
	if (channel == 3)
		return 0xffff;
	unsigned smooth = (unsigned)((x + frame) * (channel + 1) * 509 + y * 263) & 0xff00;
	return smooth ^ (hash((unsigned)frame, (unsigned)x, (unsigned)y, (unsigned)channel) & 0x1fff);
}

static void write_rows(png_structp png, unsigned char *row, int frame, const struct fake_rect *rect, int depth)
{
	for (int y = rect->top; y < rect->bottom; y++) {
		unsigned char *to = row;
		for (int x = rect->left; x < rect->right; x++) {
			for (int c = 0; c < 4; c++) {
				unsigned value = pixel(frame, x, y, c);
				*to++ = (unsigned char)(value >> 8);
				if (depth == 16)
					*to++ = (unsigned char)value;
			}
		}
		png_write_row(png, row);
	}
}

int fake_picture_write_png(FILE *file, int frame, const struct fake_rect *rect, int depth)
{
	size_t wide = (size_t)(rect->right - rect->left);
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	unsigned char *row = malloc(wide * 4 * (size_t)depth / 8);
	if (!info || !row || setjmp(png_jmpbuf(png))) {
		png_destroy_write_struct(&png, &info);
		free(row);
		return -1;
	}
	png_init_io(png, file);
	png_set_compression_level(png, 1);
	png_set_IHDR(png, info, (png_uint_32)wide, (png_uint_32)(rect->bottom - rect->top), depth, PNG_COLOR_TYPE_RGB_ALPHA,
		PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	write_rows(png, row, frame, rect, depth);
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	free(row);
	return 0;
}

static float value(const void *arg, int x, int y, int channel)
{
	const struct place *place = arg;
	return (float)pixel(place->frame, place->left + x, place->top + y, channel) / 65536;
}

int fake_picture_write_exr(FILE *file, int frame, const struct fake_rect *rect)
{
	struct place place = { frame, rect->left, rect->top };
	struct plain_exr picture = { rect->right - rect->left, rect->bottom - rect->top, value, &place };
	return plain_exr_write(file, &picture);
}

bool fake_picture_is(const char *path, int frame, int width, int height)
{
	struct place place = { frame, 0, 0 };
	struct plain_exr picture = { width, height, value, &place };
	FILE *file = fopen(path, "r");
	bool same = file && plain_exr_is(file, &picture);
	if (file)
		fclose(file);
	return same;
}
