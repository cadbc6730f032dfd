#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/picture.h"
#include "tests/lib/bytes.h"
#include "tests/lib/fresh_folder.h"
#include "tests/lib/seen.h"

static struct bf_buf make_png(void)
{
	/* 5 x 3, 8-bit RGB, with the CRC of exactly that header. */
	static const char start[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\5\0\0\0\3\x08\2\0\0\0\xd4\x54\x52\xaf";
	struct bf_buf b = {0};
	bf_buf_add(&b, start, sizeof start - 1);
	bytes_be(&b, 20, 4);
	bf_buf_puts(&b, "IDAT");
	bytes_fill(&b, 24, 'x');
	bytes_be(&b, 0, 4);
	bf_buf_add(&b, "IEND\xae\x42\x60\x82", 8);
	return b;
}

static void test_png(void **state)
{
	(void)state;
	struct bf_buf b = make_png();
	seen_expect_whole(&b, BF_PICTURE_PNG, 3, 8);
	seen_whole(b.data, b.len - 12);
	assert_non_null(strstr(seen_err.text, "before its IEND"));
	b.data[19] ^= 1;
	seen_expect_lacks(&b, "IHDR chunk is damaged");
	b.data[19] ^= 1;
	memcpy(b.data + 37, "tEXt", 4);
	seen_expect_lacks(&b, "no IDAT");
	memset(b.data + 33, 0xff, 4);
	seen_expect_lacks(&b, "impossible length");
	bf_buf_clear(&b);
}

static void test_jpeg(void **state)
{
	(void)state;
	struct bf_buf b = {0};
	bf_buf_add(&b, "\xff\xd8\xff\xe0\0\4ab", 8);
	bf_buf_add(&b, "\xff\xff\xc0\0\x0b\x08\0\3\0\5\1\1\x11\0", 14);
	bf_buf_add(&b, "\xff\xda\0\2data\xff\xd9", 10);
	seen_expect_whole(&b, BF_PICTURE_JPEG, 1, 8);
	b.len -= 2;
	seen_expect_lacks(&b, "before its EOI");
	bf_buf_clear(&b);
	bf_buf_add(&b, "\xff\xd8\xff\xda\0\2\xff\xd9", 8);
	seen_expect_lacks(&b, "does not say its size");
	bf_buf_clear(&b);
}

static void tag(struct bf_buf *b, bool big, int name, int type, uint32_t count, uint32_t v)
{
	bytes_put(b, (uint64_t)name, 2, big);
	bytes_put(b, (uint64_t)type, 2, big);
	bytes_put(b, count, 4, big);
	bytes_put(b, v, type == 3 && count == 1 ? 2 : 4, big);
	bytes_fill(b, type == 3 && count == 1 ? 2 : 0, '\0');
}

static struct bf_buf make_tiff(bool big, uint32_t hole)
{
	struct bf_buf b = {0};
	bf_buf_add(&b, big ? "MM\0*" : "II*\0", 4);
	bytes_put(&b, 8 + 45 + 24, 4, big);
	bytes_fill(&b, 45, 'x'); /* three rows of five RGB pixels */
	for (uint32_t i = 0; i < 3; i++)
		bytes_put(&b, i == 1 ? hole : 8 + 15 * i, 4, big);
	for (int i = 0; i < 3; i++)
		bytes_put(&b, 15, 4, big);
	bytes_put(&b, 7, 2, big);
	tag(&b, big, 256, 3, 1, 5);
	tag(&b, big, 257, 4, 1, 3);
	tag(&b, big, 258, 3, 1, 8);
	tag(&b, big, 273, 4, 3, 53);
	tag(&b, big, 277, 3, 1, 3);
	tag(&b, big, 278, 4, 1, 1);
	tag(&b, big, 279, 4, 3, 65);
	return b;
}

static void test_tiff(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct bf_buf b = make_tiff(big, 23);
		seen_expect_whole(&b, BF_PICTURE_TIFF, 3, 8);
		bf_buf_clear(&b);
		b = make_tiff(big, 0);
		seen_expect_lacks(&b, "has holes");
		bf_buf_clear(&b);
		b = make_tiff(big, 1000000);
		seen_expect_lacks(&b, "ends before its strip 2 of 3");
		bf_buf_clear(&b);
		b = make_tiff(big, 0xffffffff);
		seen_expect_lacks(&b, "ends before its strip 2 of 3");
		bf_buf_clear(&b);
	}
	struct bf_buf b = make_tiff(false, 23);
	bytes_patch(&b, 4, 0, 4);
	seen_expect_lacks(&b, "did not finish");
	bf_buf_clear(&b);
}

static void test_bmp_and_tga(void **state)
{
	(void)state;
	struct bf_buf b = {0};
	bf_buf_puts(&b, "BM");
	bytes_le(&b, 54 + 48, 4);
	bytes_le(&b, 0, 4);
	bytes_le(&b, 54, 4);
	bytes_le(&b, 40, 4);
	bytes_le(&b, 5, 4);
	bytes_le(&b, (uint32_t)-3, 4);
	bytes_le(&b, 1 | 24 << 16, 4);
	bytes_fill(&b, 24, '\0');
	bytes_fill(&b, 48, 'x');
	seen_expect_whole(&b, BF_PICTURE_BMP, 3, 8);
	bytes_patch(&b, 22, 0x80000000, 4);
	seen_expect_lacks(&b, "impossible size");
	bf_buf_clear(&b);
	bf_buf_add(&b, "\2\0\2\0\0\0\0\0\0\0\0\0\5\0\3\0\x20\x28id", 20);
	bytes_fill(&b, 60, 'x');
	seen_expect_whole(&b, BF_PICTURE_TGA, 4, 8);
	bf_buf_clear(&b);
	bf_buf_add(&b, "\0\0\12\0\0\0\0\0\0\0\0\0\5\0\3\0\x18\x20", 18);
	bf_buf_add(&b, "\x8b" "bgr", 4); /* 12 equal pixels, then 3 different ones */
	bf_buf_add(&b, "\x02" "bgrbgrbgr", 10);
	seen_expect_whole(&b, BF_PICTURE_TGA, 3, 8);
	bf_buf_clear(&b);
}

static void test_hdr_and_iris(void **state)
{
	(void)state;
	struct bf_buf b = {0};
	bf_buf_puts(&b, "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 3 +X 5\n");
	bytes_fill(&b, 20, 'x');
	for (int row = 1; row < 3; row++)
		bf_buf_add(&b, "\2\2\0\5" "\x85r" "\5ggggg" "\2bb\x83" "b" "\x85" "e", 19);
	seen_expect_whole(&b, BF_PICTURE_HDR, 3, 32);
	b.data[45 + 20 + 4] = '\0'; /* a run of no length */
	seen_expect_lacks(&b, "ends in row 2 of 3");
	bf_buf_clear(&b);
	for (int packed = 0; packed < 2; packed++) {
		bf_buf_add(&b, packed ? "\x01\xda\1\1" : "\x01\xda\0\1", 4);
		bytes_be(&b, 3, 2);
		bytes_be(&b, 5, 2);
		bytes_be(&b, 3, 2);
		bytes_be(&b, 3, 2);
		bytes_fill(&b, 500, '\0');
		for (uint64_t i = 0; packed && i < 9; i++)
			bytes_be(&b, 512 + 72 + 5 * i, 4);
		for (int i = 0; packed && i < 9; i++)
			bytes_be(&b, 5, 4);
		bytes_fill(&b, 45, 'x');
		seen_expect_whole(&b, BF_PICTURE_IRIS, 3, 8);
		if (packed) {
			bytes_patch(&b, 512 + 16, 0, 4);
			seen_expect_lacks(&b, "has holes");
		}
		bf_buf_clear(&b);
	}
}

static void riff(struct bf_buf *b, const char *name, const char *content, size_t len)
{
	bf_buf_add(b, name, 4);
	bytes_le(b, len, 4);
	bf_buf_add(b, content, len);
	bytes_fill(b, len & 1, '\0');
}

static void test_webp(void **state)
{
	(void)state;
	struct bf_buf b = {0};
	bf_buf_add(&b, "RIFF\0\0\0\0WEBP", 12);
	riff(&b, "VP8X", "\x10\0\0\0\4\0\0\2\0\0", 10);
	riff(&b, "VP8 ", "0123456789012", 13);
	bytes_patch(&b, 4, b.len - 8, 4);
	seen_expect_whole(&b, BF_PICTURE_WEBP, 4, 8);
	bf_buf_clear(&b);
	bf_buf_add(&b, "RIFF\0\0\0\0WEBP", 12);
	riff(&b, "VP8L", "\x2f\4\x80\0\0pixels", 11);
	bytes_patch(&b, 4, b.len - 8, 4);
	seen_expect_whole(&b, BF_PICTURE_WEBP, 3, 8);
	bf_buf_clear(&b);
}

static void codestream(struct bf_buf *b)
{
	bf_buf_add(b, "\xff\x4f\xff\x51\0\x2f\0\0", 8);
	bytes_be(b, 5, 4);
	bytes_be(b, 3, 4);
	bytes_fill(b, 24, '\0');
	bf_buf_add(b, "\0\3\x07\1\1\x07\1\1\x07\1\1pixels\xff\xd9", 19);
}

static void box(struct bf_buf *b, const char *name, const struct bf_buf *content)
{
	bytes_be(b, 8 + content->len, 4);
	bf_buf_add(b, name, 4);
	bf_buf_add(b, bf_buf_text(content), content->len);
}

static void test_jp2_and_avif(void **state)
{
	(void)state;
	struct bf_buf b = {0}, inner = {0}, outer = {0};
	codestream(&b);
	seen_expect_whole(&b, BF_PICTURE_JP2, 3, 8);
	bf_buf_reset(&b);
	bf_buf_add(&b, "\0\0\0\x0cjP  \r\n\x87\n", 12);
	codestream(&inner);
	box(&b, "jp2c", &inner);
	seen_expect_whole(&b, BF_PICTURE_JP2, 3, 8);
	bf_buf_reset(&b);
	bf_buf_reset(&inner);
	bytes_be(&inner, 0, 4);
	bytes_be(&inner, 5, 4);
	bytes_be(&inner, 3, 4);
	box(&outer, "ispe", &inner);
	bf_buf_reset(&inner);
	box(&inner, "ipco", &outer);
	bf_buf_reset(&outer);
	box(&outer, "iprp", &inner);
	bf_buf_reset(&inner);
	bytes_be(&inner, 0, 4);
	bf_buf_add(&inner, outer.data, outer.len);
	bf_buf_add(&b, "\0\0\0\x10" "ftypavif\0\0\0\0", 16);
	box(&b, "meta", &inner);
	bf_buf_reset(&inner);
	bf_buf_puts(&inner, "pixels");
	box(&b, "mdat", &inner);
	seen_expect_whole(&b, BF_PICTURE_AVIF, 0, 0);
	bf_buf_clear(&b);
	bf_buf_clear(&inner);
	bf_buf_clear(&outer);
}

static void test_film(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct bf_buf b = {0};
		bytes_put(&b, 0x802a5fd7, 4, big);
		bytes_put(&b, 1024, 4, big);
		bytes_fill(&b, 12, '\0');
		bytes_put(&b, 1024 + 60, 4, big);
		bytes_fill(&b, 169, '\0');
		bf_buf_add(&b, "\3\0\0\0\0\12\0", 7);
		bytes_put(&b, 5, 4, big);
		bytes_put(&b, 3, 4, big);
		bytes_fill(&b, 1024 - b.len + 60, 'x');
		seen_expect_whole(&b, BF_PICTURE_CIN, 3, 10);
		bf_buf_clear(&b);
		bytes_put(&b, 0x53445058, 4, big);
		bytes_put(&b, 2048, 4, big);
		bytes_fill(&b, 8, '\0');
		bytes_put(&b, 0xffffffff, 4, big);
		bytes_fill(&b, 752, '\0');
		bytes_put(&b, 5, 4, big);
		bytes_put(&b, 3, 4, big);
		bytes_fill(&b, 20, '\0');
		bf_buf_add(&b, "\x33\2\2\x10", 4);
		bytes_fill(&b, 2048 - b.len + 120, 'x');
		seen_expect_whole(&b, BF_PICTURE_DPX, 4, 16);
		bf_buf_clear(&b);
	}
}

static void test_strangers(void **state)
{
	(void)state;
	struct bf_buf b = {0};
	assert_false(seen_whole("", 0));
	assert_non_null(strstr(seen_err.text, "empty"));
	bf_buf_puts(&b, "This is just some text about pictures.");
	seen_expect_lacks(&b, "no picture of a known kind");
	assert_int_equal(seen.kind, BF_PICTURE_UNKNOWN);
	bf_buf_reset(&b);
	bytes_fill(&b, 5000, '\0');
	seen_expect_lacks(&b, "no picture of a known kind");
	bf_buf_clear(&b);
}

static void test_paths(void **state)
{
	(void)state;
	char path[300];
	struct bf_picture out;
	struct bf_err err;
	fresh_folder(path, sizeof path);
	int dir = bf_fs_open_dir(AT_FDCWD, path, &err);
	struct bf_buf b = make_png();
	assert_int_equal(bf_picture_look(dir, "a.png", &out, &err), 0);
	assert_int_equal(bf_fs_create(dir, "a.png", b.data, b.len, &err), 1);
	assert_int_equal(bf_picture_look(dir, "a.png", &out, &err), 1);
	assert_true(out.whole);
	assert_int_equal(out.size, b.len);
	assert_int_equal(symlinkat("a.png", dir, "b.png"), 0);
	assert_int_equal(bf_picture_look(dir, "b.png", &out, &err), -1);
	close(dir);
	bf_buf_clear(&b);
	assert_int_equal(bf_fs_remove_tree(AT_FDCWD, path, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_png),
		cmocka_unit_test(test_jpeg),
		cmocka_unit_test(test_tiff),
		cmocka_unit_test(test_bmp_and_tga),
		cmocka_unit_test(test_hdr_and_iris),
		cmocka_unit_test(test_webp),
		cmocka_unit_test(test_jp2_and_avif),
		cmocka_unit_test(test_film),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_paths),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
