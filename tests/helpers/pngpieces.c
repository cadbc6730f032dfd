/* Large PNG pieces for tests and benchmarks, through libpng alone:
 *
 *   pngpieces make DIR W H N columns|strips 8|16   N pieces of one noisy picture, DIR/p*.png, and prints
 *                                                  the FILE@X,Y arguments that join them
 *   pngpieces decode FILE ...                      only decode, one after the other
 *   pngpieces same A B                             exit status 0 when the pixels are equal
 *   pngpieces run PROGRAM ARG ...                  prints wall ms, processor ms, peak KB of a program
 *
 * The pieces are compressed as Blender does at its default of 15 %: zlib level 1, all filters. */
#include <math.h>
#include <png.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

struct picture {
	FILE *file;
	png_structp png;
	png_infop info;
	png_uint_32 width, height;
	size_t row_bytes;
	unsigned char *row;
};

static void picture_open(struct picture *p, const char *path)
{
	p->file = fopen(path, "rb");
	if (!p->file)
		die(path);
	p->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	p->info = png_create_info_struct(p->png);
	if (setjmp(png_jmpbuf(p->png)))
		exit(1);
	png_init_io(p->png, p->file);
	png_read_info(p->png, p->info);
	p->width = png_get_image_width(p->png, p->info);
	p->height = png_get_image_height(p->png, p->info);
	p->row_bytes = png_get_rowbytes(p->png, p->info);
	p->row = malloc(p->row_bytes);
}

static void picture_row(struct picture *p)
{
	if (setjmp(png_jmpbuf(p->png)))
		exit(1);
	png_read_row(p->png, p->row, NULL);
}

static void picture_close(struct picture *p)
{
	if (setjmp(png_jmpbuf(p->png)))
		exit(1);
	png_read_end(p->png, NULL);
	png_destroy_read_struct(&p->png, &p->info, NULL);
	fclose(p->file);
	free(p->row);
}

static int decode(char **file)
{
	for (; *file; file++) {
		struct picture p = {0};
		picture_open(&p, *file);
		for (png_uint_32 y = 0; y < p.height; y++)
			picture_row(&p);
		picture_close(&p);
	}
	return 0;
}

static int same(const char *a, const char *b)
{
	struct picture p = {0}, q = {0};
	picture_open(&p, a);
	picture_open(&q, b);
	int differ = p.width != q.width || p.height != q.height || p.row_bytes != q.row_bytes;
	for (png_uint_32 y = 0; !differ && y < p.height; y++) {
		picture_row(&p);
		picture_row(&q);
		differ = memcmp(p.row, q.row, p.row_bytes) != 0;
		if (differ)
			fprintf(stderr, "row %lu differs\n", (unsigned long)y);
	}
	return differ;
}

/* A number that depends on its arguments only, so that any piece can be made alone. */
static uint32_t scatter(uint32_t x, uint32_t y)
{
	uint64_t h = ((uint64_t)y << 32 | x) * 0x9e3779b97f4a7c15u;
	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9u;
	return (uint32_t)(h >> 32);
}

/* Soft shapes, lit unevenly, with the noise of few samples on them; some of it transparent. */
static void paint(unsigned char *out, uint32_t x, uint32_t y, unsigned bytes)
{
	uint32_t noise = scatter(x, y);
	double base = 0.5 + 0.25 * sin(x * 0.0031) * cos(y * 0.0043) + 0.2 * sin((x + 2 * y) * 0.0011);
	for (unsigned i = 0; i < 4; i++) {
		double grain = ((int)(noise >> (8 * i) & 255) - 128) / 128.0 + (scatter(y, x + i) & 255) / 25500.0;
		double v = i == 3 ? 1.0 : base * (1.0 - 0.1 * i) + 0.12 * base * grain;
		unsigned value = (unsigned)((v < 0 ? 0 : v > 1 ? 1 : v) * (bytes == 2 ? 65535 : 255));
		if (bytes == 2)
			*out++ = (unsigned char)(value >> 8);
		*out++ = (unsigned char)value;
	}
}

static void make_piece(const char *path, uint32_t x, uint32_t y, uint32_t w, uint32_t h, unsigned bytes)
{
	FILE *file = fopen(path, "wb");
	if (!file)
		die(path);
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	unsigned char *row = malloc((size_t)w * 4 * bytes);
	if (setjmp(png_jmpbuf(png)))
		exit(1);
	png_init_io(png, file);
	png_set_compression_level(png, 1);
	png_set_filter(png, 0, PNG_ALL_FILTERS);
	png_set_IHDR(png, info, w, h, (int)bytes * 8, PNG_COLOR_TYPE_RGB_ALPHA, PNG_INTERLACE_NONE,
		PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (uint32_t j = 0; j < h; j++) {
		for (uint32_t i = 0; i < w; i++)
			paint(row + (size_t)i * 4 * bytes, x + i, y + j, bytes);
		png_write_row(png, row);
	}
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	free(row);
	if (fclose(file))
		die(path);
}

static int make(char **arg)
{
	uint32_t w = (uint32_t)atoi(arg[1]), h = (uint32_t)atoi(arg[2]), n = (uint32_t)atoi(arg[3]);
	int columns = !strcmp(arg[4], "columns");
	for (uint32_t i = 0; i < n; i++) {
		uint32_t total = columns ? w : h, from = (uint32_t)((uint64_t)total * i / n);
		uint32_t len = (uint32_t)((uint64_t)total * (i + 1) / n) - from;
		char path[512];
		snprintf(path, sizeof path, "%s/p%05u.png", arg[0], (unsigned)i);
		if (columns)
			make_piece(path, from, 0, len, h, (unsigned)atoi(arg[5]) / 8);
		else
			make_piece(path, 0, from, w, len, (unsigned)atoi(arg[5]) / 8);
		printf("%s@%u,%u\n", path, columns ? (unsigned)from : 0, columns ? 0 : (unsigned)from);
	}
	return 0;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int run(char **program)
{
	struct timespec from, to;
	struct rusage usage;
	int status;
	clock_gettime(CLOCK_MONOTONIC, &from);
	pid_t child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		dup2(2, 1);
		execv(program[0], program);
		die(program[0]);
	}
	if (wait4(child, &status, 0, &usage) < 0)
		die("wait4");
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%.0f %.0f %ld\n", (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6,
		(seconds(usage.ru_utime) + seconds(usage.ru_stime)) * 1e3, usage.ru_maxrss);
	return !WIFEXITED(status) || WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	if (argc == 8 && !strcmp(argv[1], "make"))
		return make(argv + 2);
	if (argc >= 3 && !strcmp(argv[1], "decode"))
		return decode(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "same"))
		return same(argv[2], argv[3]);
	if (argc >= 3 && !strcmp(argv[1], "run"))
		return run(argv + 2);
	fputs("usage: pngpieces make|decode|same|run ...\n", stderr);
	return 2;
}
