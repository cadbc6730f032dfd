/* EXR pictures for tests, written and read by the OpenEXR library alone.
 *
 *   exrpieces make OUT X Y W H PACKING SPEC [KEY=VALUE...]   a rectangle of an endless picture
 *   exrpieces same A B [MOST]                  how many samples differ by more than MOST (default: in any bit)
 *   exrpieces copyread FILE...                 read all packed chunks, nothing else: the floor of joining
 *   exrpieces decode FILE...                   unpack all chunks
 *
 * SPEC: parts divided by /, each NAME=CHANNEL:TYPE,... with TYPE h, f or u; channels in alphabetical order.
 * KEY=VALUE are string attributes of the first part, but for seed=N[*WEIGHT][+N*WEIGHT...]: other noise; several give
 * the weighted mean, as a render with all the samples would have it. */
#include <math.h>
#include <openexr.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS_MAX = 64, PARTS_MAX = 16, SEEDS_MAX = 16 };

struct channel {
	char name[100];
	exr_pixel_type_t type;
};

struct part {
	char name[100];
	struct channel channel[CHANNELS_MAX];
	int channels;
};

struct seeds {
	uint32_t seed[SEEDS_MAX];
	double weight[SEEDS_MAX];
	int count;
};

static void fail(const char *what, exr_result_t why)
{
	fprintf(stderr, "exrpieces: %s: %s\n", what, exr_get_default_error_message(why));
	exit(1);
}

#define DO(call) do { exr_result_t result_ = (call); if (result_ != EXR_ERR_SUCCESS) fail(#call, result_); } while (0)

static exr_compression_t packing_of(const char *name)
{
	static const char *const names[] = { "none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab" };
	for (int i = 0; i < 10; i++)
		if (!strcmp(name, names[i]))
			return (exr_compression_t)i;
	fprintf(stderr, "exrpieces: no packing %s\n", name);
	exit(2);
}

static int parse_spec(const char *spec, struct part *part)
{
	char copy[2000], *next_part, *next_channel;
	int parts = 0;
	snprintf(copy, sizeof copy, "%s", spec);
	for (char *p = strtok_r(copy, "/", &next_part); p && parts < PARTS_MAX; p = strtok_r(NULL, "/", &next_part)) {
		struct part *mine = &part[parts++];
		char *list = strchr(p, '=');
		if (!list)
			exit(2);
		*list++ = '\0';
		snprintf(mine->name, sizeof mine->name, "%s", p);
		mine->channels = 0;
		for (char *c = strtok_r(list, ",", &next_channel); c && mine->channels < CHANNELS_MAX; c = strtok_r(NULL, ",", &next_channel)) {
			struct channel *channel = &mine->channel[mine->channels++];
			char *colon = strchr(c, ':');
			if (!colon)
				exit(2);
			*colon = '\0';
			snprintf(channel->name, sizeof channel->name, "%s", c);
			channel->type = colon[1] == 'h' ? EXR_PIXEL_HALF : colon[1] == 'u' ? EXR_PIXEL_UINT : EXR_PIXEL_FLOAT;
		}
	}
	return parts;
}

static void parse_seeds(const char *text, struct seeds *seeds)
{
	seeds->count = 0;
	while (*text && seeds->count < SEEDS_MAX) {
		char *end;
		seeds->seed[seeds->count] = (uint32_t)strtoul(text, &end, 10);
		seeds->weight[seeds->count] = *end == '*' ? strtod(end + 1, &end) : 1;
		seeds->count++;
		text = *end ? end + 1 : end;
	}
}

static uint32_t hash(uint32_t x, uint32_t y, uint32_t z)
{
	uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ z * 0xc2b2ae3du;
	h = (h ^ h >> 15) * 0x2c1b3c6du;
	h = (h ^ h >> 12) * 0x297a2d39u;
	return h ^ h >> 15;
}

/* A soft slope with noise; left of x = 64 flat. */
static float value(uint32_t x, uint32_t y, uint32_t plane, uint32_t seed)
{
	if (x < 64 && !seed)
		return (float)plane;
	return (float)(x % 4096) / 4096 + (float)(y % 2048) / 1024 + (float)(hash(x, y, plane * 101 + seed) & 0xffff) / 1000000;
}

static uint32_t uint_value(uint32_t x, uint32_t y, uint32_t plane)
{
	return (x / 50 + y / 30 * 1000 + plane) * 70001u;
}

static float mean_value(uint32_t x, uint32_t y, uint32_t plane, const struct seeds *seeds)
{
	double sum = 0, weight = 0;
	for (int i = 0; i < seeds->count; i++) {
		sum += seeds->weight[i] * value(x, y, plane, seeds->seed[i]);
		weight += seeds->weight[i];
	}
	return (float)(sum / weight);
}

/* Rows of a chunk, each channel as 4 bytes: the library converts to half. */
static void fill(uint32_t *samples, const struct part *part, int channel, uint32_t x0, uint32_t y0, int width, int rows,
	const struct seeds *seeds)
{
	for (int y = 0; y < rows; y++)
		for (int x = 0; x < width; x++, samples++) {
			uint32_t px = x0 + (uint32_t)x, py = y0 + (uint32_t)y;
			float f = mean_value(px, py, (uint32_t)channel, seeds);
			if (part->channel[channel].type == EXR_PIXEL_UINT)
				*samples = uint_value(px, py, (uint32_t)channel);
			else
				memcpy(samples, &f, 4);
		}
}

static void write_chunk(exr_context_t file, int number, const struct part *part, int row, uint32_t x0, uint32_t y0,
	int width, uint32_t *samples, const struct seeds *seeds)
{
	exr_chunk_info_t info;
	exr_encode_pipeline_t encode;
	DO(exr_write_scanline_chunk_info(file, number, row, &info));
	DO(exr_encoding_initialize(file, number, &info, &encode));
	for (int c = 0; c < part->channels; c++) {
		uint32_t *mine = samples + (size_t)c * (size_t)width * (size_t)info.height;
		fill(mine, part, c, x0, y0 + (uint32_t)row, width, info.height, seeds);
		encode.channels[c].encode_from_ptr = (const uint8_t *)mine;
		encode.channels[c].user_pixel_stride = 4;
		encode.channels[c].user_line_stride = 4 * width;
		encode.channels[c].user_bytes_per_element = 4;
		encode.channels[c].user_data_type = part->channel[c].type == EXR_PIXEL_UINT ? EXR_PIXEL_UINT : EXR_PIXEL_FLOAT;
	}
	DO(exr_encoding_choose_default_routines(file, number, &encode));
	DO(exr_encoding_run(file, number, &encode));
	DO(exr_encoding_destroy(file, &encode));
}

static int make(char **arg, int args)
{
	struct part part[PARTS_MAX];
	struct seeds seeds = { { 0 }, { 1 }, 1 };
	uint32_t x0 = (uint32_t)atoi(arg[1]), y0 = (uint32_t)atoi(arg[2]);
	int width = atoi(arg[3]), height = atoi(arg[4]), parts = parse_spec(arg[6], part);
	exr_compression_t packing = packing_of(arg[5]);
	exr_context_t file;
	exr_context_initializer_t start = EXR_DEFAULT_CONTEXT_INITIALIZER;
	start.zip_level = 4;
	DO(exr_start_write(&file, arg[0], EXR_WRITE_FILE_DIRECTLY, &start));
	DO(exr_set_longname_support(file, 1));
	for (int p = 0; p < parts; p++) {
		int number;
		DO(exr_add_part(file, part[p].name, EXR_STORAGE_SCANLINE, &number));
		DO(exr_initialize_required_attr_simple(file, number, width, height, packing));
		for (int c = 0; c < part[p].channels; c++)
			DO(exr_add_channel(file, number, part[p].channel[c].name, part[p].channel[c].type, 0, 1, 1));
	}
	for (int i = 7; i < args; i++) {
		char *equals = strchr(arg[i], '=');
		if (!equals)
			exit(2);
		*equals = '\0';
		if (!strcmp(arg[i], "seed"))
			parse_seeds(equals + 1, &seeds);
		else
			DO(exr_attr_set_string(file, 0, arg[i], equals + 1));
	}
	DO(exr_write_header(file));
	for (int p = 0; p < parts; p++) {
		int rows;
		DO(exr_get_scanlines_per_chunk(file, p, &rows));
		uint32_t *samples = malloc((size_t)part[p].channels * (size_t)width * (size_t)rows * 4);
		for (int y = 0; y < height; y += rows)
			write_chunk(file, p, &part[p], y, x0, y0, width, samples, &seeds);
		free(samples);
	}
	DO(exr_finish(&file));
	return 0;
}

/* One chunk of one part, each channel as floats or uints of 4 bytes. */
static void read_chunk(exr_context_t file, int part, int y, uint32_t *samples, exr_chunk_info_t *info)
{
	exr_decode_pipeline_t decode;
	DO(exr_read_scanline_chunk_info(file, part, y, info));
	DO(exr_decoding_initialize(file, part, info, &decode));
	for (int c = 0; c < decode.channel_count; c++) {
		decode.channels[c].decode_to_ptr = (uint8_t *)(samples + (size_t)c * (size_t)info->width * (size_t)info->height);
		decode.channels[c].user_pixel_stride = 4;
		decode.channels[c].user_line_stride = 4 * info->width;
		decode.channels[c].user_bytes_per_element = 4;
		decode.channels[c].user_data_type = decode.channels[c].data_type == EXR_PIXEL_UINT ? EXR_PIXEL_UINT : EXR_PIXEL_FLOAT;
	}
	DO(exr_decoding_choose_default_routines(file, part, &decode));
	DO(exr_decoding_run(file, part, &decode));
	DO(exr_decoding_destroy(file, &decode));
}

static exr_context_t open_file(const char *path, int *parts)
{
	exr_context_t file;
	DO(exr_start_read(&file, path, NULL));
	DO(exr_get_count(file, parts));
	return file;
}

static void part_size(exr_context_t file, int part, int *width, int *height, int *rows, const exr_attr_chlist_t **channels)
{
	exr_attr_box2i_t box;
	DO(exr_get_data_window(file, part, &box));
	DO(exr_get_scanlines_per_chunk(file, part, rows));
	DO(exr_get_channels(file, part, channels));
	*width = box.max.x - box.min.x + 1;
	*height = box.max.y - box.min.y + 1;
}

static bool differs(uint32_t a, uint32_t b, exr_pixel_type_t type, double most, double *worst)
{
	float x, y;
	if (a == b)
		return false;
	if (type == EXR_PIXEL_UINT)
		return true;
	memcpy(&x, &a, 4);
	memcpy(&y, &b, 4);
	double by = fabs((double)x - y);
	if (!(by <= *worst))
		*worst = by;
	return most < 0 || !(by <= most);
}

/* A list of channels, each once. */
static void note(char *names, const char *name)
{
	char word[120];
	snprintf(word, sizeof word, " %.90s", name);
	if (!strstr(names, word))
		strcat(names, word);
}

static int same(const char *a, const char *b, double most)
{
	int parts[2], width[2], height[2], rows[2];
	exr_context_t file[2] = { open_file(a, &parts[0]), open_file(b, &parts[1]) };
	const exr_attr_chlist_t *channels[2];
	uint64_t count = 0;
	double worst = 0;
	char names[1000] = "";
	if (parts[0] != parts[1])
		return printf("%d and %d parts\n", parts[0], parts[1]), 1;
	for (int p = 0; p < parts[0]; p++) {
		for (int i = 0; i < 2; i++)
			part_size(file[i], p, &width[i], &height[i], &rows[i], &channels[i]);
		if (width[0] != width[1] || height[0] != height[1] || rows[0] != rows[1] || channels[0]->num_channels != channels[1]->num_channels)
			return printf("part %d: %dx%d and %dx%d, %d and %d channels, %d and %d rows together\n", p, width[0], height[0],
				width[1], height[1], channels[0]->num_channels, channels[1]->num_channels, rows[0], rows[1]), 1;
		size_t chunk = (size_t)width[0] * (size_t)rows[0], planes = (size_t)channels[0]->num_channels;
		uint32_t *samples[2] = { malloc(chunk * planes * 4), malloc(chunk * planes * 4) };
		for (int y = 0; y < height[0]; y += rows[0]) {
			exr_chunk_info_t info;
			for (int i = 0; i < 2; i++)
				read_chunk(file[i], p, y, samples[i], &info);
			size_t plane = (size_t)info.width * (size_t)info.height;
			for (size_t c = 0; c < planes; c++) {
				if (strcmp(channels[0]->entries[c].name.str, channels[1]->entries[c].name.str))
					return printf("part %d: other channels\n", p), 1;
				uint64_t before = count;
				for (size_t i = 0; i < plane; i++)
					count += differs(samples[0][c * plane + i], samples[1][c * plane + i], channels[0]->entries[c].pixel_type, most, &worst);
				if (count > before && strlen(names) + 100 < sizeof names)
					note(names, channels[0]->entries[c].name.str);
			}
		}
		free(samples[0]);
		free(samples[1]);
	}
	printf("%llu differ, by up to %.3g%s\n", (unsigned long long)count, worst, names);
	exr_finish(&file[0]);
	exr_finish(&file[1]);
	return count != 0;
}

static void read_all(const char *path, bool unpack)
{
	int parts, width, height, rows;
	const exr_attr_chlist_t *channels;
	exr_context_t file = open_file(path, &parts);
	for (int p = 0; p < parts; p++) {
		part_size(file, p, &width, &height, &rows, &channels);
		uint32_t *samples = malloc((size_t)width * (size_t)rows * (size_t)channels->num_channels * 4);
		for (int y = 0; y < height; y += rows) {
			exr_chunk_info_t info;
			if (unpack) {
				read_chunk(file, p, y, samples, &info);
				continue;
			}
			DO(exr_read_scanline_chunk_info(file, p, y, &info));
			DO(exr_read_chunk(file, p, &info, samples));
		}
		free(samples);
	}
	exr_finish(&file);
}

int main(int argc, char **argv)
{
	if (argc >= 9 && !strcmp(argv[1], "make"))
		return make(argv + 2, argc - 2);
	if (argc >= 4 && !strcmp(argv[1], "same"))
		return same(argv[2], argv[3], argc > 4 ? atof(argv[4]) : -1);
	if (argc >= 3 && (!strcmp(argv[1], "decode") || !strcmp(argv[1], "copyread"))) {
		for (int i = 2; i < argc; i++)
			read_all(argv[i], argv[1][0] == 'd');
		return 0;
	}
	fprintf(stderr, "usage: exrpieces make|same|decode|copyread ...\n");
	return 2;
}
