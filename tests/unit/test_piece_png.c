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
#include "tools/piece.h"

static char folder[] = "/tmp/bf-piece-XXXXXX";

static int go_there(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	unlink("x.png");
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void put_file(const void *bytes, size_t len)
{
	FILE *file = fopen("x.png", "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* Read all of x.png, some rows at a time. Returns its pixels, or NULL with err filled. */
static unsigned char *read_all(uint32_t rows_at_once, struct bf_err *err)
{
	struct piece *piece = NULL;
	memset(err, 0, sizeof *err);
	if (piece_open("x.png", 0, &piece, err) < 0)
		return NULL;
	const struct piece_header *header = piece_header(piece);
	size_t row = piece_row_bytes(header);
	unsigned char *pixels = malloc(row * header->height);
	int result = 0;
	for (uint32_t y = 0, n; result == 0 && y < header->height; y += n) {
		n = header->height - y < rows_at_once ? header->height - y : rows_at_once;
		const struct piece_target to = { pixels + y * row, row, header->width, 0 };
		result = piece_read(piece, &to, n, err);
	}
	if (result == 0)
		result = piece_end(piece, err);
	piece_close(&piece);
	assert_null(piece);
	if (result == 0)
		return pixels;
	assert_true(err->text[0]);
	assert_non_null(strstr(err->text, "x.png"));
	free(pixels);
	return NULL;
}

static unsigned char *noise_for(struct png_make *png, uint32_t seed)
{
	size_t len = (size_t)png->width * png->height * png_make_pixel_bytes(png->type, png->depth);
	unsigned char *pixels = malloc(len);
	png_make_noise(pixels, len, seed);
	png->pixels = pixels;
	return pixels;
}

static void expect_same(const struct png_make *png, const char *codec)
{
	struct bf_err err;
	size_t len = (size_t)png->width * png->height * png_make_pixel_bytes(png->type, png->depth);
	setenv("BF_DEFLATE", codec, 1);
	unsigned char *got = read_all(png->height % 7 + 1, &err);
	if (!got)
		fail_msg("%s: %s", codec, err.text);
	assert_memory_equal(got, png->pixels, len);
	free(got);
	unsetenv("BF_DEFLATE");
}

/* Sizes on both sides of what the fast way is for, chunks from tiny to all in one. */
static void test_every_format_by_both_decoders(void **state)
{
	(void)state;
	static const unsigned types[] = { 0, 2, 4, 6 };
	static const size_t idat[] = { 1 << 30, 8192, 70001, 13 };
	static const uint32_t sizes[][2] = { { 1, 1 }, { 3, 17 }, { 257, 200 }, { 90, 1500 }, { 4000, 40 } };
	uint32_t seed = 0;
	for (size_t t = 0; t < 4; t++)
		for (unsigned depth = 8; depth <= 16; depth += 8)
			for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++, seed++) {
				struct png_make png = { sizes[s][0], sizes[s][1], types[t], depth, NULL,
					idat[seed % 4], (int)(seed % 10), NULL };
				unsigned char *pixels = noise_for(&png, seed);
				png_make_file(&png, "x.png");
				expect_same(&png, "zlib");
				expect_same(&png, "isal");
				free(pixels);
			}
}

static void test_header(void **state)
{
	(void)state;
	struct bf_buf chunks = {0};
	struct bf_err err;
	struct piece *piece = NULL;
	png_make_chunk(&chunks, "gAMA", "\0\0\xb1\x8f", 4);
	png_make_chunk(&chunks, "cICP", "\x09\x10\0\1", 4);
	png_make_chunk(&chunks, "tEXt", "File\0a.blend", 12);
	png_make_chunk(&chunks, "tEXt", "no end", 6);
	png_make_chunk(&chunks, "tEXt", "", 0);
	png_make_chunk(&chunks, "zTXt", "Bomb\0\0xxxx", 10);
	png_make_chunk(&chunks, "iCCP", "broken", 6);
	struct png_make png = { 5, 3, 6, 16, NULL, 100, 6, &chunks };
	unsigned char *pixels = noise_for(&png, 2);
	png_make_file(&png, "x.png");
	assert_int_equal(piece_open("x.png", 0, &piece, &err), 0);
	const struct piece_header *header = piece_header(piece);
	assert_int_equal(header->width, 5);
	assert_int_equal(header->height, 3);
	assert_string_equal(header->format, "RGBA 16 bit");
	assert_true(header->alpha);
	assert_int_equal(header->pixel_bytes, 8);
	assert_int_equal(header->colour.count, 3);
	assert_memory_equal(piece_tags_find(&header->colour, "gAMA")->data, "\0\0\xb1\x8f", 4);
	assert_memory_equal(piece_tags_find(&header->colour, "cICP")->data, "\x09\x10\0\1", 4);
	assert_int_equal(header->text.count, 1);
	assert_memory_equal(piece_tags_find(&header->text, "File")->data, "a.blend", 7);
	piece_close(&piece);
	free(pixels);
	bf_buf_clear(&chunks);
}

/* A file that fits the size limit of the fast way, whole in *bytes. */
static unsigned char *sample(struct bf_buf *bytes, uint32_t width, uint32_t height)
{
	struct png_make png = { width, height, 2, 8, NULL, 5000, 6, NULL };
	unsigned char *pixels = noise_for(&png, 6);
	png_make(&png, bytes);
	return pixels;
}

static void test_cut_anywhere(void **state)
{
	(void)state;
	struct bf_buf bytes = {0};
	struct bf_err err;
	free(sample(&bytes, 170, 200)); /* 100 KB of noise */
	for (int way = 0; way < 2; way++) {
		setenv("BF_DEFLATE", way ? "zlib" : "isal", 1);
		for (size_t len = 1; len < bytes.len; len += len < 200 || len > bytes.len - 60 ? 1 : 997) {
			put_file(bytes.data, len);
			unsigned char *got = read_all(9, &err);
			if (got)
				fail_msg("accepted when cut at %zu of %zu", len, bytes.len);
		}
	}
	unsetenv("BF_DEFLATE");
	bf_buf_clear(&bytes);
}

/* A wrong byte is refused wherever it is: every chunk has a checksum. */
static void test_one_wrong_byte(void **state)
{
	(void)state;
	struct bf_buf bytes = {0};
	struct bf_err err;
	free(sample(&bytes, 170, 200));
	for (int way = 0; way < 2; way++) {
		setenv("BF_DEFLATE", way ? "zlib" : "isal", 1);
		for (size_t at = 0; at < bytes.len; at += at < 60 || at > bytes.len - 40 ? 1 : 1499) {
			bytes.data[at] ^= 0x10;
			put_file(bytes.data, bytes.len);
			unsigned char *got = read_all(9, &err);
			if (got)
				fail_msg("accepted with a wrong byte at %zu", at);
			bytes.data[at] ^= 0x10;
		}
	}
	unsetenv("BF_DEFLATE");
	bf_buf_clear(&bytes);
}

/* Checksums repaired, content wrong: the decoder must say no or give some pixels, nothing worse. */
static void test_wrong_deflate_with_right_checksums(void **state)
{
	(void)state;
	enum { LEN = 90000 };
	unsigned char *data = malloc(LEN);
	struct bf_err err;
	for (uint32_t seed = 0; seed < 40; seed++) {
		struct bf_buf good = {0}, bad = {0};
		unsigned char ihdr[13] = { 0, 0, 0, 200, 0, 0, 0, 150, 8, 2, 0, 0, 0 };
		png_make_noise(data, LEN, seed * 2);
		data[0] = 0x78, data[1] = 0x01;
		data[2] = (unsigned char)(seed % 6);
		bf_buf_add(&bad, "\x89PNG\r\n\x1a\n", 8);
		png_make_chunk(&bad, "IHDR", ihdr, sizeof ihdr);
		png_make_chunk(&bad, "IDAT", data, LEN);
		png_make_chunk(&bad, "IEND", NULL, 0);
		put_file(bad.data, bad.len);
		unsigned char *got = read_all(9, &err);
		assert_null(got);
		bf_buf_clear(&good);
		bf_buf_clear(&bad);
	}
	free(data);
}

static void test_a_preset_dictionary_is_refused(void **state)
{
	(void)state;
	struct bf_buf bytes = {0};
	struct bf_err err;
	free(sample(&bytes, 170, 200));
	struct bf_buf bad = {0};
	bf_buf_add(&bad, bytes.data, 33);
	unsigned char *data = calloc(1, 80000);
	data[0] = 0x78, data[1] = 0x20; /* FDICT set, multiple of 31 */
	png_make_chunk(&bad, "IDAT", data, 80000);
	png_make_chunk(&bad, "IEND", NULL, 0);
	put_file(bad.data, bad.len);
	assert_null(read_all(9, &err));
	free(data);
	bf_buf_clear(&bytes);
	bf_buf_clear(&bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_format_by_both_decoders),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_one_wrong_byte),
		cmocka_unit_test(test_wrong_deflate_with_right_checksums),
		cmocka_unit_test(test_a_preset_dictionary_is_refused),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, go_there, leave);
}
