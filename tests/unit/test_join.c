#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/png_make.h"
#include "tools/join.h"
#include "tools/join_over.h"

static char folder[] = "/tmp/bf-join-XXXXXX";

static int go_there(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

/* A picture in memory, from which pieces are cut. */
struct whole {
	uint32_t width, height;
	unsigned type, depth;
	unsigned char *pixels;
};

static void cut(const struct whole *whole, struct merge_plan *plan, uint32_t x, uint32_t y, uint32_t w, uint32_t h)
{
	char name[32];
	size_t pixel = png_make_pixel_bytes(whole->type, whole->depth);
	unsigned char *pixels = malloc(w * h * pixel);
	for (uint32_t j = 0; j < h; j++)
		memcpy(pixels + j * w * pixel, whole->pixels + ((size_t)(y + j) * whole->width + x) * pixel, w * pixel);
	struct png_make png = { w, h, whole->type, whole->depth, pixels, 9000, 3, NULL };
	snprintf(name, sizeof name, "%zu.png", plan->count);
	png_make_file(&png, name);
	merge_add(plan, name, x, y);
	free(pixels);
}

/* Cut a rectangle again and again until the parts are small; an order as random as the cuts. */
static void cut_up(const struct whole *whole, struct merge_plan *plan, uint32_t x, uint32_t y, uint32_t w, uint32_t h,
	int depth)
{
	bool across = h > 1 && (w == 1 || rand() % 2);
	if (depth == 0 || (w == 1 && h == 1)) {
		cut(whole, plan, x, y, w, h);
		return;
	}
	uint32_t at = 1 + (uint32_t)rand() % ((across ? h : w) - 1);
	for (int i = 0, first = rand() % 2; i < 2; i++) {
		if ((i == 0) == first)
			cut_up(whole, plan, x, y, across ? w : at, across ? at : h, depth - 1);
		else if (across)
			cut_up(whole, plan, x, y + at, w, h - at, depth - 1);
		else
			cut_up(whole, plan, x + at, y, w - at, h, depth - 1);
	}
}

static void forget(struct merge_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		unlink(plan->piece[i].path);
	unlink("out.png");
	merge_clear(plan);
}

static int join_all(struct merge_plan *plan, unsigned threads, bool verify, struct bf_err *err)
{
	struct join_options options = { .threads = threads, .verify = verify };
	memset(err, 0, sizeof *err);
	if (merge_check(plan, false, NULL, err) < 0 || merge_layout(plan, err) <= 0)
		return -1;
	int fd = open("out.png", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	int result = join_run(plan, &options, fd, "out.png", err);
	close(fd);
	return result;
}

static void expect_pixels(const struct whole *whole)
{
	struct piece *piece = NULL;
	struct bf_err err;
	size_t row = whole->width * png_make_pixel_bytes(whole->type, whole->depth);
	unsigned char *pixels = malloc(row * whole->height);
	const struct piece_target all = { pixels, row, whole->width, 0 };
	if (piece_open("out.png", 0, &piece, &err) < 0 || piece_read(piece, &all, whole->height, &err) < 0 ||
		piece_end(piece, &err) < 0)
		fail_msg("%s", err.text);
	assert_memory_equal(pixels, whole->pixels, row * whole->height);
	piece_close(&piece);
	free(pixels);
}

static struct whole noise(uint32_t width, uint32_t height, unsigned type, unsigned depth, uint32_t seed)
{
	struct whole whole = { width, height, type, depth, NULL };
	size_t len = (size_t)width * height * png_make_pixel_bytes(type, depth);
	whole.pixels = malloc(len);
	png_make_noise(whole.pixels, len, seed);
	return whole;
}

static void test_any_tiling_by_any_threads(void **state)
{
	(void)state;
	static const unsigned types[] = { 0, 2, 4, 6 };
	srand(7);
	for (uint32_t round = 0; round < 60; round++) {
		struct merge_plan plan = {0};
		struct bf_err err;
		struct whole whole = noise(1 + (uint32_t)rand() % 200, 1 + (uint32_t)rand() % 300, types[round % 4],
			round / 4 % 2 ? 16 : 8, round);
		cut_up(&whole, &plan, 0, 0, whole.width, whole.height, (int)(round % 6));
		if (round % 3 == 0) /* and some of it twice */
			cut(&whole, &plan, whole.width / 3, whole.height / 3, whole.width / 2 + 1, whole.height / 2 + 1);
		setenv("BF_DEFLATE", round / 2 % 2 ? "zlib" : "isal", 1);
		if (join_all(&plan, 1 + round % 4, false, &err) < 0)
			fail_msg("round %u: %s", (unsigned)round, err.text);
		expect_pixels(&whole);
		forget(&plan);
		free(whole.pixels);
	}
	unsetenv("BF_DEFLATE");
}

/* Wide enough that a band is one row and the bands do not all fit into memory at once. */
static void test_many_bands(void **state)
{
	(void)state;
	struct merge_plan plan = {0};
	struct bf_err err;
	struct whole whole = noise(70000, 60, 6, 16, 3);
	cut(&whole, &plan, 0, 0, 30000, 60);
	cut(&whole, &plan, 30000, 31, 40000, 29);
	cut(&whole, &plan, 30000, 0, 40000, 31);
	assert_int_equal(join_all(&plan, 3, false, &err), 0);
	expect_pixels(&whole);
	forget(&plan);
	free(whole.pixels);
}

static void test_overlaps_that_differ(void **state)
{
	(void)state;
	for (unsigned threads = 1; threads <= 3; threads++) {
		struct merge_plan plan = {0};
		struct bf_err err;
		struct whole whole = noise(100, 300, 2, 8, 2);
		cut(&whole, &plan, 0, 0, 100, 250);
		whole.pixels[(200 * 100 + 60) * 3 + 1] ^= 1;
		cut(&whole, &plan, 50, 180, 50, 120);
		cut(&whole, &plan, 0, 240, 60, 60);
		assert_int_equal(join_all(&plan, threads, false, &err), -1);
		assert_string_equal(err.text, "0.png and 1.png overlap and differ, first at pixel 60,200 of the result");
		forget(&plan);
		free(whole.pixels);
	}
}

/* A piece that breaks in the middle ends the whole, whatever else is under way. */
static void test_a_broken_piece(void **state)
{
	(void)state;
	for (unsigned threads = 1; threads <= 3; threads++) {
		struct merge_plan plan = {0};
		struct bf_err err;
		struct whole whole = noise(200, 600, 6, 16, 2);
		cut_up(&whole, &plan, 0, 0, 200, 600, 3);
		assert_int_equal(truncate("5.png", 3000), 0);
		assert_int_equal(join_all(&plan, threads, false, &err), -1);
		assert_memory_equal(err.text, "5.png: ", 7);
		forget(&plan);
		free(whole.pixels);
	}
}

static void test_layers(void **state)
{
	(void)state;
	struct whole whole = noise(150, 90, 6, 16, 2);
	for (unsigned threads = 1; threads <= 3; threads++) {
		struct merge_plan plan = { .mode = MERGE_LAYERS };
		struct bf_err err;
		for (uint32_t i = 0; i < 3; i++) { /* strips of 50, the rest empty */
			struct whole strip = whole;
			strip.pixels = calloc(150 * 90, 8);
			for (uint32_t y = 0; y < 90; y++)
				memcpy(strip.pixels + (y * 150 + i * 50) * 8, whole.pixels + (y * 150 + i * 50) * 8, 400);
			cut(&strip, &plan, 0, 0, 150, 90);
			free(strip.pixels);
		}
		assert_int_equal(join_all(&plan, threads, true, &err), 0);
		expect_pixels(&whole);
		forget(&plan);
	}
	free(whole.pixels);
}

static void test_over(void **state)
{
	(void)state;
	unsigned char below[5][4] = { { 9, 8, 7, 0 }, { 0, 0, 0, 0 }, { 10, 20, 30, 255 }, { 10, 20, 30, 255 }, { 200, 0, 0, 100 } };
	unsigned char above[5][4] = { { 0, 0, 0, 0 }, { 1, 2, 3, 0 }, { 1, 2, 3, 255 }, { 255, 0, 0, 51 }, { 0, 100, 0, 100 } };
	join_over_row(below[0], above[0], 5, 4, 1);
	assert_memory_equal(below[0], ((unsigned char[]){ 9, 8, 7, 0 }), 4); /* not lost */
	assert_memory_equal(below[1], ((unsigned char[]){ 1, 2, 3, 0 }), 4);
	assert_memory_equal(below[2], ((unsigned char[]){ 1, 2, 3, 255 }), 4);
	assert_memory_equal(below[3], ((unsigned char[]){ 59, 16, 24, 255 }), 4);
	/* alpha 100 + 100 * 155/255 = 160.8; red 200 * 60.8 / 160.8, green 100 * 100 / 160.8 */
	assert_memory_equal(below[4], ((unsigned char[]){ 76, 62, 0, 161 }), 4);
}

/* Against the same in floating point, and: equal colours never change, whatever the alphas. */
static void test_over_16_bit(void **state)
{
	(void)state;
	srand(3);
	for (int i = 0; i < 20000; i++) {
		unsigned c0 = (unsigned)rand() % 65536, a0 = (unsigned)rand() % 65536;
		unsigned c1 = i % 3 ? (unsigned)rand() % 65536 : c0, a1 = 1 + (unsigned)rand() % 65535;
		unsigned char below[4] = { (unsigned char)(c0 >> 8), (unsigned char)c0, (unsigned char)(a0 >> 8), (unsigned char)a0 };
		unsigned char above[4] = { (unsigned char)(c1 >> 8), (unsigned char)c1, (unsigned char)(a1 >> 8), (unsigned char)a1 };
		double p1 = a1 / 65535.0, p0 = a0 / 65535.0 * (1 - p1), alpha = p0 + p1;
		join_over_row(below, above, 1, 2, 2);
		double c = below[0] * 256 + below[1], a = below[2] * 256 + below[3];
		double want_c = (c1 * p1 + c0 * p0) / alpha;
		assert_true(c - want_c < 0.51 && want_c - c < 0.51);
		assert_true(a - alpha * 65535 < 0.51 && alpha * 65535 - a < 0.51);
		if (c0 == c1 && a0)
			assert_true(c == c0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_tiling_by_any_threads),
		cmocka_unit_test(test_many_bands),
		cmocka_unit_test(test_overlaps_that_differ),
		cmocka_unit_test(test_a_broken_piece),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_over_16_bit),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, go_there, leave);
}
