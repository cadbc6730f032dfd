#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "tests/lib/png_make.h"
#include "tools/deflate.h"
#include "tools/piece_filter.h"

/* Compress bytes in parts of these lengths, join, and see what zlib makes of it. */
static size_t round_trip(const unsigned char *bytes, size_t len, size_t part_len)
{
	struct deflate *deflate = deflate_new();
	struct bf_buf stream = {0};
	unsigned char head[DEFLATE_HEAD], tail[DEFLATE_TAIL];
	uint32_t check = 1;
	deflate_head(head);
	bf_buf_add(&stream, head, sizeof head);
	for (size_t at = 0, n; at < len; at += n) {
		n = len - at < part_len ? len - at : part_len;
		size_t before = stream.len;
		deflate_part(deflate, bytes + at, n, &stream);
		assert_true(stream.len - before <= n + (n / 65535 + 1) * 5);
		check = deflate_adler_join(check, deflate_adler(1, bytes + at, n), n);
	}
	deflate_tail(tail, check);
	bf_buf_add(&stream, tail, sizeof tail);

	unsigned char *back = malloc(len + 1);
	uLongf back_len = len + 1;
	assert_int_equal(uncompress(back, &back_len, (const Bytef *)stream.data, stream.len), Z_OK);
	assert_int_equal(back_len, len);
	assert_memory_equal(back, bytes, len);
	size_t made = stream.len;
	free(back);
	bf_buf_clear(&stream);
	deflate_free(deflate);
	return made;
}

static void all_lengths(void)
{
	enum { LEN = 700000 };
	unsigned char *bytes = malloc(LEN);
	static const size_t lens[] = { 1, 2, 100, 65535, 65536, 200000, LEN };
	for (uint32_t seed = 0; seed < 2; seed++) {
		png_make_noise(bytes, LEN, seed);
		for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
			round_trip(bytes, lens[i], LEN);
			round_trip(bytes, lens[i], lens[i] / 3 + 1);
		}
	}
	memset(bytes, 0, LEN);
	assert_true(round_trip(bytes, LEN, 100000) < LEN / 100);
	free(bytes);
}

static void test_fast(void **state)
{
	(void)state;
	unsetenv("BF_DEFLATE");
#ifdef BF_HAVE_ISAL
	assert_true(deflate_is_fast());
#else
	assert_false(deflate_is_fast());
#endif
	all_lengths();
}

static void test_zlib(void **state)
{
	(void)state;
	setenv("BF_DEFLATE", "zlib", 1);
	assert_false(deflate_is_fast());
	all_lengths();
	unsetenv("BF_DEFLATE");
}

static void test_checksums_are_those_of_zlib(void **state)
{
	(void)state;
	unsigned char bytes[5000];
	png_make_noise(bytes, sizeof bytes, 4);
	for (size_t len = 0; len < sizeof bytes; len += 97) {
		assert_int_equal(deflate_adler(1, bytes, len), adler32(1, bytes, (uInt)len));
		assert_int_equal(deflate_crc(0, bytes, len), crc32(0, bytes, (uInt)len));
		assert_int_equal(deflate_crc(deflate_crc(0, bytes, len), bytes, 33),
			crc32(crc32(0, bytes, (uInt)len), bytes, 33));
	}
}

/* Undo a filter byte by byte, as the PNG specification says it. */
static void unfilter(unsigned char *rows, size_t count, size_t row, size_t pixel, const unsigned char *in)
{
	for (size_t y = 0; y < count; y++) {
		unsigned filter = *in++;
		for (size_t i = 0; i < row; i++) {
			int a = i >= pixel ? rows[y * row + i - pixel] : 0, b = y ? rows[(y - 1) * row + i] : 0;
			int c = y && i >= pixel ? rows[(y - 1) * row + i - pixel] : 0;
			int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
			int paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
			int guesses[] = { 0, a, b, (a + b) / 2, paeth };
			assert_in_range(filter, 0, 4);
			rows[y * row + i] = (unsigned char)(*in++ + guesses[filter]);
		}
	}
}

static void test_filters_can_be_undone(void **state)
{
	(void)state;
	enum { ROWS = 5, MOST = 41 * 8 };
	unsigned char rows[ROWS * MOST], back[ROWS * MOST], out[ROWS * (MOST + 1)];
	png_make_noise(rows, sizeof rows, 3);
	for (size_t pixel = 1; pixel <= 8; pixel++)
		for (size_t width = 1; width <= 41; width += 4)
			for (int filter = 0; filter < 5; filter++) {
				size_t row = width * pixel;
				piece_filter_rows((enum piece_filter)filter, rows, ROWS, row, pixel, out);
				assert_true(out[0] <= PIECE_FILTER_SUB); /* must not need the row above the band */
				unfilter(back, ROWS, row, pixel, out);
				assert_memory_equal(rows, back, ROWS * row);
			}
}

static void test_filter_choice(void **state)
{
	(void)state;
	enum { ROWS = 16, WIDTH = 600 };
	unsigned char *rows = malloc(ROWS * WIDTH);
	for (size_t y = 0; y < ROWS; y++)
		for (size_t x = 0; x < WIDTH; x++)
			rows[y * WIDTH + x] = (unsigned char)(x * x * 37 + y);
	assert_int_equal(piece_filter_choose(rows, ROWS, WIDTH, 1), PIECE_FILTER_UP);
	for (size_t y = 0; y < ROWS; y++)
		for (size_t x = 0; x < WIDTH; x++)
			rows[y * WIDTH + x] = (unsigned char)(y * y * 37 + x);
	assert_int_equal(piece_filter_choose(rows, ROWS, WIDTH, 1), PIECE_FILTER_SUB);
	png_make_noise(rows, ROWS * WIDTH, 2);
	for (size_t count = 1; count < ROWS; count++)
		for (size_t pixel = 1; pixel <= 8; pixel++) /* tiny and odd sizes stay inside */
			piece_filter_choose(rows, count, pixel * count, pixel);
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fast),
		cmocka_unit_test(test_zlib),
		cmocka_unit_test(test_checksums_are_those_of_zlib),
		cmocka_unit_test(test_filters_can_be_undone),
		cmocka_unit_test(test_filter_choice),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
