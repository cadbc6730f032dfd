#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/bytes.h"
#include "tests/lib/seen.h"

static void exr_attribute(struct bf_buf *b, const char *name, const char *type, const void *v, size_t len)
{
	bf_buf_add(b, name, strlen(name) + 1);
	bf_buf_add(b, type, strlen(type) + 1);
	bytes_le(b, len, 4);
	bf_buf_add(b, v, len);
}

static void exr_number(struct bf_buf *b, const char *name, uint64_t n, int bytes)
{
	unsigned char v[9] = {0};
	for (int i = 0; i < bytes && i < 8; i++)
		v[i] = (unsigned char)(n >> 8 * i);
	exr_attribute(b, name, "x", v, (size_t)bytes);
}

static void exr_header(struct bf_buf *b, int packing, int chunk_count, const char *type)
{
	struct bf_buf window = {0};
	bytes_le(&window, (uint32_t)-2, 4);
	bytes_le(&window, 10, 4);
	bytes_le(&window, 2, 4);
	bytes_le(&window, 12, 4);
	exr_attribute(b, "channels", "chlist", "A\0\1\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0"
		"B\0\1\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0", 37);
	exr_number(b, "compression", (uint64_t)packing, 1);
	exr_attribute(b, "dataWindow", "box2i", window.data, 16);
	if (type)
		exr_attribute(b, "type", "string", type, strlen(type));
	if (chunk_count >= 0)
		exr_number(b, "chunkCount", (uint64_t)chunk_count, 4);
	bf_buf_clear(&window);
}

static struct bf_buf exr_begin(uint32_t flags)
{
	struct bf_buf b = {0};
	bf_buf_add(&b, "\x76\x2f\x31\x01", 4);
	bytes_le(&b, 2 | flags, 4);
	return b;
}

/* Tables for `parts` parts of `count` chunks each, then the chunks with `head` bytes of place. */
static void exr_chunks(struct bf_buf *b, int parts, int count, size_t head)
{
	size_t table = b->len, n = (size_t)(parts * count);
	bytes_fill(b, 8 * n, '\0');
	for (size_t i = 0; i < n; i++) {
		bytes_patch(b, table + 8 * i, b->len, 8);
		if (parts > 1)
			bytes_le(b, i / (size_t)count, 4);
		bytes_fill(b, head, '\0');
		bytes_le(b, 6, 4);
		bytes_fill(b, 6, 'x');
	}
}

static void test_exr_single(void **state)
{
	(void)state;
	struct bf_buf b = exr_begin(0);
	exr_header(&b, 2, -1, NULL);
	bf_buf_putc(&b, '\0');
	size_t table = b.len;
	exr_chunks(&b, 1, 3, 4);
	seen_expect_whole(&b, BF_PICTURE_EXR, 2, 16);
	bytes_patch(&b, table + 8, 0, 8);
	seen_expect_lacks(&b, "chunk table has holes");
	bytes_patch(&b, table + 8, UINT64_MAX, 8);
	seen_expect_lacks(&b, "ends before its chunk 2 of 3");
	bytes_patch(&b, table + 8, b.len - 8, 8);
	seen_expect_lacks(&b, "ends before its chunk 2 of 3");
	bf_buf_clear(&b);
}

static void test_exr_tiled(void **state)
{
	(void)state;
	static const struct { int mode, count; } level[] = {
		{ 0, 6 }, { 1, 6 + 1 + 1 }, { 0x11, 6 + 2 + 1 + 1 }, { 2, (3 + 1 + 1) * (2 + 1) },
	};
	for (size_t i = 0; i < sizeof level / sizeof *level; i++) {
		struct bf_buf b = exr_begin(0x200);
		exr_header(&b, 3, -1, NULL);
		unsigned char tiles[9] = { 2, 0, 0, 0, 2, 0, 0, 0, (unsigned char)level[i].mode };
		exr_attribute(&b, "tiles", "tiledesc", tiles, 9);
		bf_buf_putc(&b, '\0');
		exr_chunks(&b, 1, level[i].count, 16);
		seen_expect_whole(&b, BF_PICTURE_EXR, 2, 16);
		bf_buf_clear(&b);
	}
}

static void test_exr_parts(void **state)
{
	(void)state;
	struct bf_buf b = exr_begin(0x1000);
	for (int part = 0; part < 2; part++) {
		exr_header(&b, 2, 3, "scanlineimage");
		bf_buf_putc(&b, '\0');
	}
	bf_buf_putc(&b, '\0');
	size_t table = b.len;
	exr_chunks(&b, 2, 3, 4);
	seen_expect_whole(&b, BF_PICTURE_EXR, 2, 16);
	assert_int_equal(seen_whole(b.data, b.len), true);
	assert_int_equal(seen.parts, 2);
	char swap[8]; /* chunks that say they belong to another part */
	memcpy(swap, b.data + table, 8);
	memcpy(b.data + table, b.data + table + 24, 8);
	memcpy(b.data + table + 24, swap, 8);
	seen_expect_lacks(&b, "part 0");
	bf_buf_clear(&b);
	b = exr_begin(0x1000);
	exr_header(&b, 2, 2, "scanlineimage");
	bf_buf_add(&b, "\0\0", 2);
	exr_chunks(&b, 2, 2, 4);
	seen_expect_lacks(&b, "does not say how many chunks");
	bf_buf_clear(&b);
}

static void test_exr_lies(void **state)
{
	(void)state;
	struct bf_buf b = exr_begin(0);
	seen_expect_lacks(&b, "ends in its header");
	bytes_fill(&b, 1000, 'n');
	seen_expect_lacks(&b, "ends in its header");
	bf_buf_clear(&b);
	b = exr_begin(0);
	bf_buf_add(&b, "a\0b\0\xff\xff\xff\xff", 8);
	seen_expect_lacks(&b, "ends in its header");
	bf_buf_clear(&b);
	b = exr_begin(0);
	bf_buf_add(&b, "dataWindow\0box2i\0\x10\0\0\0\0\0\0\x80\0\0\0\x80\xff\xff\xff\x7f\xff\xff\xff\x7f\0", 39);
	seen_expect_lacks(&b, "impossible size");
	bf_buf_clear(&b);
	b = exr_begin(0);
	exr_header(&b, 77, 0x7fffffff, NULL);
	bf_buf_putc(&b, '\0');
	bytes_fill(&b, 100, 'x');
	seen_expect_lacks(&b, "ends in its chunk table");
	bf_buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exr_single),
		cmocka_unit_test(test_exr_tiled),
		cmocka_unit_test(test_exr_parts),
		cmocka_unit_test(test_exr_lies),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
