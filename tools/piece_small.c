#include "tools/piece_small.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/join_mean.h"
#include "tools/piece_png_write.h"

/* Red, green, blue and alpha of a pixel: where each lies in a row. */
enum { CHANNELS = 4, ALPHA = 3 };

struct channel {
	size_t at, step;    /* bytes from the start of the row, and from pixel to pixel */
	unsigned char type; /* enum piece_type */
	unsigned char bytes;
	bool there;
};

/* What a band gives to one row of the small picture; its pixels of CHANNELS floats stand behind. */
struct share {
	uint32_t row, rows; /* number in the small picture; how many rows of the result are in it */
};

struct small_packer {
	struct channel channel[CHANNELS];
	size_t row_bytes;
	uint32_t width, factor, small_width;
	bool linear;        /* colours are light, multiplied by alpha */
};

struct small_writer {
	struct piece_header small;
	uint32_t width, factor;
	bool linear;
	float *sum;            /* of the row that is not complete */
	uint32_t row, rows;    /* its number, how many rows of the result are in it so far */
	unsigned char *pixels; /* all of it: at most 4 MiB */
	void *png;
};

static void *zeroed(size_t count, size_t size)
{
	void *memory = calloc(count, size);
	if (!memory)
		abort();
	return memory;
}

/* How many pixels of the result, in each direction, become one. */
static uint32_t factor_of(uint32_t width, uint32_t height)
{
	uint32_t longer = width > height ? width : height;
	return (longer + PIECE_SMALL_SIDE - 1) / PIECE_SMALL_SIDE;
}

static uint32_t divided(uint32_t side, uint32_t factor)
{
	return (side + factor - 1) / factor;
}

/* ---- where the colours are ---- */

static void find_samples(const struct piece_header *header, struct channel channel[CHANNELS])
{
	bool grey = header->samples < 3;
	for (unsigned i = 0; i < CHANNELS; i++) {
		unsigned sample = i == ALPHA ? header->samples - 1 : grey ? 0 : i;
		channel[i] = (struct channel){ .at = (size_t)sample * header->sample_bytes, .step = header->pixel_bytes,
			.type = PIECE_INTEGERS, .bytes = (unsigned char)header->sample_bytes, .there = i != ALPHA || header->alpha };
	}
}

/* Whether a plane's name is `end`, or ends so behind a dot. */
static bool is_named(const char *name, const char *end)
{
	size_t len = name ? strlen(name) : 0, tail = strlen(end);
	return len >= tail && !strcmp(name + len - tail, end) && (len == tail || name[len - tail - 1] == '.');
}

static void find_plane(const struct piece_header *header, const char *end, struct channel *channel)
{
	size_t at = 0;
	for (unsigned i = 0; i < header->planes && !channel->there; i++) {
		const struct piece_plane *plane = &header->plane[i];
		if (is_named(plane->name, end))
			*channel = (struct channel){ .at = at, .step = plane->bytes, .type = plane->type, .bytes = plane->bytes, .there = true };
		at += (size_t)header->width * plane->bytes;
	}
}

/* The combined pass comes before all others, the first one stands for it where there is none. */
static void find_colour(const struct piece_header *header, char letter, struct channel *channel)
{
	const char combined[] = { 'C', 'o', 'm', 'b', 'i', 'n', 'e', 'd', '.', letter, '\0' };
	*channel = (struct channel){0};
	find_plane(header, combined, channel);
	find_plane(header, combined + sizeof combined - 2, channel);
}

static void find_planes(const struct piece_header *header, struct channel channel[CHANNELS])
{
	static const char letter[CHANNELS + 1] = "RGBA", grey[] = "VY"; /* Blender's name for grey, and that of others */
	struct channel first = { .step = header->plane[0].bytes, .type = header->plane[0].type,
		.bytes = header->plane[0].bytes, .there = true };
	for (int i = 0; i < CHANNELS; i++) {
		find_colour(header, letter[i], &channel[i]);
		for (const char *g = grey; i != ALPHA && *g && !channel[i].there; g++)
			find_colour(header, *g, &channel[i]);
		if (i != ALPHA && !channel[i].there)
			channel[i] = first;
	}
}

static float value_at(const struct channel *channel, const unsigned char *row, uint32_t x)
{
	const unsigned char *p = row + channel->at + x * channel->step;
	float value;
	switch (channel->type) {
	case PIECE_INTEGERS:
		return channel->bytes == 1 ? p[0] / 255.0f : (float)(p[0] << 8 | p[1]) / 65535.0f;
	case PIECE_HALF:
		return join_half_float((uint16_t)(p[0] | p[1] << 8));
	case PIECE_FLOAT:
		memcpy(&value, p, sizeof value);
		return value;
	default:
		return (float)((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
	}
}

/* ---- a band, in a thread of its own ---- */

static void *packer_new(const struct piece_header *header)
{
	struct small_packer *packer = zeroed(1, sizeof *packer);
	packer->row_bytes = piece_row_bytes(header);
	packer->width = header->width;
	packer->factor = factor_of(header->width, header->height);
	packer->small_width = divided(header->width, packer->factor);
	packer->linear = header->plane[0].type != PIECE_INTEGERS;
	join_half_ready();
	(packer->linear ? find_planes : find_samples)(header, packer->channel);
	return packer;
}

/* What is no number, or larger than any screen shows, would spoil its square. */
static float tamed(float value)
{
	return value > 0 ? value < 16 ? value : 16 : 0;
}

static void add_row(const struct small_packer *packer, const unsigned char *row, float *sum)
{
	for (uint32_t x = 0; x < packer->width; x++) {
		float alpha = packer->channel[ALPHA].there ? tamed(value_at(&packer->channel[ALPHA], row, x)) : 1;
		float *pixel = sum + (size_t)(x / packer->factor) * CHANNELS;
		for (int i = 0; i < ALPHA; i++)
			pixel[i] += tamed(value_at(&packer->channel[i], row, x)) * (packer->linear ? 1 : alpha);
		pixel[ALPHA] += alpha;
	}
}

/* A share for each row of the small picture that the band reaches into. */
static int pack(void *arg, struct piece_band *band, struct bf_err *err)
{
	const struct small_packer *packer = arg;
	size_t sum_bytes = (size_t)packer->small_width * CHANNELS * sizeof(float);
	const unsigned char *row = band->pixels;
	(void)err;
	for (uint32_t y = band->first_row, end = y + band->rows; y < end;) {
		struct share share = { .row = y / packer->factor };
		bf_buf_add(&band->packed, &share, sizeof share);
		float *sum = (float *)(void *)bf_buf_reserve(&band->packed, sum_bytes);
		memset(sum, 0, sum_bytes);
		for (; y < end && y / packer->factor == share.row; y++, share.rows++, row += packer->row_bytes)
			add_row(packer, row, sum);
		memcpy((char *)sum - sizeof share, &share, sizeof share);
		band->packed.len += sum_bytes;
	}
	return 0;
}

static void packer_free(void *packer)
{
	free(packer);
}

/* ---- all bands, in their order ---- */

static void writer_free(void *arg)
{
	struct small_writer *writer = arg;
	if (writer->png)
		piece_png_writer_free(writer->png);
	piece_header_clear(&writer->small);
	free(writer->sum);
	free(writer->pixels);
	free(writer);
}

static int write_begin(int fd, const char *path, const struct piece_header *header, const char *model, void **writer_out,
	struct bf_err *err)
{
	struct small_writer *writer = zeroed(1, sizeof *writer);
	struct piece_header *small = &writer->small;
	writer->width = header->width;
	writer->factor = factor_of(header->width, header->height);
	writer->linear = header->plane[0].type != PIECE_INTEGERS;
	small->width = divided(header->width, writer->factor);
	small->height = divided(header->height, writer->factor);
	small->samples = CHANNELS;
	small->sample_bytes = 1;
	small->pixel_bytes = CHANNELS;
	small->alpha = true;
	piece_header_planes(small, 1);
	small->plane[0].bytes = CHANNELS;
	writer->sum = zeroed((size_t)small->width * CHANNELS, sizeof *writer->sum);
	writer->pixels = zeroed((size_t)small->width * small->height, CHANNELS);
	if (piece_png_write_begin(fd, path, small, model, &writer->png, err) == 0) {
		*writer_out = writer;
		return 0;
	}
	writer_free(writer);
	return -1;
}

/* Source: IEC 61966-2-1. */
static float srgb(float light)
{
	return light <= 0.0031308f ? 12.92f * light : 1.055f * powf(light, 1 / 2.4f) - 0.055f;
}

static unsigned char byte_of(float value)
{
	return (unsigned char)((value > 1 ? 1 : value) * 255 + 0.5f);
}

static void end_row(struct small_writer *writer)
{
	uint32_t small_width = writer->small.width;
	unsigned char *pixel = writer->pixels + (size_t)writer->row * small_width * CHANNELS;
	for (uint32_t x = 0; x < small_width; x++, pixel += CHANNELS) {
		uint32_t left = x * writer->factor, columns = writer->width - left < writer->factor ? writer->width - left : writer->factor;
		const float *sum = writer->sum + (size_t)x * CHANNELS;
		float alpha = sum[ALPHA];
		for (int i = 0; i < ALPHA && alpha > 0; i++)
			pixel[i] = byte_of(writer->linear ? srgb(sum[i] / alpha) : sum[i] / alpha);
		pixel[ALPHA] = byte_of(alpha / ((float)columns * (float)writer->rows));
	}
	memset(writer->sum, 0, (size_t)small_width * CHANNELS * sizeof *writer->sum);
	writer->rows = 0;
}

static int write_band(void *arg, const struct piece_band *band, struct bf_err *err)
{
	struct small_writer *writer = arg;
	size_t floats = (size_t)writer->small.width * CHANNELS, size = sizeof(struct share) + floats * sizeof(float);
	(void)err;
	for (size_t at = 0; at < band->packed.len; at += size) {
		struct share share;
		const float *sum = (const float *)(const void *)(band->packed.data + at + sizeof share);
		memcpy(&share, band->packed.data + at, sizeof share);
		if (share.row != writer->row && writer->rows)
			end_row(writer);
		writer->row = share.row;
		writer->rows += share.rows;
		for (size_t i = 0; i < floats; i++)
			writer->sum[i] += sum[i];
	}
	return 0;
}

static int write_png(struct small_writer *writer, struct bf_err *err)
{
	const struct piece_header *small = &writer->small;
	void *packer = piece_png_packer_new(small);
	struct piece_band band = { .pixels = writer->pixels };
	int result = 0;
	for (uint32_t most = piece_png_band_rows(small); result == 0 && band.first_row < small->height; band.first_row += band.rows) {
		uint32_t left = small->height - band.first_row;
		band.rows = left < most ? left : most;
		bf_buf_reset(&band.packed);
		result = piece_png_pack(packer, &band, err);
		if (result == 0)
			result = piece_png_write_band(writer->png, &band, err);
		band.pixels += band.rows * piece_row_bytes(small);
	}
	bf_buf_clear(&band.packed);
	piece_png_packer_free(packer);
	return result < 0 ? result : piece_png_write_end(writer->png, err);
}

static int write_end(void *arg, struct bf_err *err)
{
	struct small_writer *writer = arg;
	if (writer->rows)
		end_row(writer);
	return write_png(writer, err);
}

const struct piece_kind piece_small = {
	.name = "small picture", .packer_new = packer_new, .pack = pack, .packer_free = packer_free,
	.write_begin = write_begin, .write_band = write_band, .write_end = write_end, .writer_free = writer_free,
};
