#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/blendfile.h"
#include "tests/lib/bytes.h"
#include "tests/lib/fresh_folder.h"

static struct bf_blendfile seen;
static struct bf_err seen_err;

static enum bf_blendfile_kind look(const void *bytes, size_t len)
{
	int fd = memfd_create("blend", 0);
	memset(&seen, 0xee, sizeof seen);
	memset(&seen_err, 0, sizeof seen_err);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(bf_blendfile_look_fd(fd, "x.blend", &seen, &seen_err), 1);
	assert_int_equal(seen.size, len);
	close(fd);
	if (seen.kind != BF_BLENDFILE_WHOLE)
		assert_non_null(strstr(seen_err.text, "x.blend"));
	return seen.kind;
}

enum generation { POINTER_4, POINTER_8, BIG, FIVE };

static void put_block(struct bf_buf *b, enum generation g, const char *code, uint64_t len)
{
	bf_buf_add(b, code, 4);
	if (g == FIVE)
		bytes_put(b, 0, 4, false);
	bytes_put(b, g == FIVE ? 1 : len, g == FIVE ? 8 : 4, g == BIG);
	bytes_put(b, g == FIVE ? len : 1, g == POINTER_4 ? 4 : 8, false);
	bytes_put(b, 1, 8, g == BIG);
}

/* A file like Blender's: header, REND, some data, ENDB. */
static struct bf_buf make(enum generation g, size_t data)
{
	static const char *const head[] = {
		"BLENDER_v249", "BLENDER-v304", "BLENDER-V279", "BLENDER17-01v0502"
	};
	struct bf_buf b = {0};
	char name[256] = "Sc\xc3\xa8ne\x1b[1m";
	size_t name_len = g == FIVE ? 256 : 64;
	bf_buf_puts(&b, head[g]);
	put_block(&b, g, "REND", 8 + name_len);
	bytes_put(&b, (uint64_t)-5, 4, g == BIG);
	bytes_put(&b, 120, 4, g == BIG);
	bf_buf_add(&b, name, name_len);
	put_block(&b, g, "DATA", data);
	uint32_t random = 1;
	for (size_t i = 0; i < data; i++)
		bf_buf_putc(&b, (char)((random = random * 1664525 + 1013904223) >> 24));
	put_block(&b, g, "ENDB", 0);
	return b;
}

static void add_zstd(struct bf_buf *out, struct bf_buf *table, const char *bytes, size_t len)
{
	size_t room = ZSTD_compressBound(len);
	size_t n = ZSTD_compress(bf_buf_reserve(out, room), room, bytes, len, 3);
	assert_false(ZSTD_isError(n));
	out->len += n;
	bytes_put(table, n, 4, false);
	bytes_put(table, len, 4, false);
}

/* Packed as Blender does: frames of up to `step` bytes, then the seek table. */
static struct bf_buf pack_zstd(const struct bf_buf *plain, size_t step)
{
	struct bf_buf out = {0}, table = {0};
	for (size_t at = 0; at < plain->len; at += step)
		add_zstd(&out, &table, plain->data + at, plain->len - at < step ? plain->len - at : step);
	bytes_put(&out, 0x184d2a5e, 4, false);
	bytes_put(&out, table.len + 9, 4, false);
	bf_buf_add(&out, table.data, table.len);
	bytes_put(&out, table.len / 8, 4, false);
	bf_buf_putc(&out, 0);
	bytes_put(&out, 0x8f92eab1, 4, false);
	bf_buf_clear(&table);
	return out;
}

static struct bf_buf pack_gzip(const struct bf_buf *plain)
{
	struct bf_buf out = {0};
	z_stream z = {0};
	assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	size_t room = deflateBound(&z, plain->len);
	z.next_in = (unsigned char *)plain->data;
	z.avail_in = (uInt)plain->len;
	z.next_out = (unsigned char *)bf_buf_reserve(&out, room);
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out.len = room - z.avail_out;
	deflateEnd(&z);
	return out;
}

static void expect_scene(int version)
{
	assert_int_equal(seen.version, version);
	assert_true(seen.has_scene);
	assert_int_equal(seen.frame_start, -5);
	assert_int_equal(seen.frame_end, 120);
	assert_string_equal(seen.scene, "Sc\xc3\xa8ne?[1m");
}

static void test_generations(void **state)
{
	(void)state;
	static const int version[] = { 249, 304, 279, 502 };
	for (int g = POINTER_4; g <= FIVE; g++) {
		struct bf_buf plain = make((enum generation)g, 3000);
		assert_int_equal(look(plain.data, plain.len), BF_BLENDFILE_WHOLE);
		assert_int_equal(seen.packing, BF_BLENDFILE_PLAIN);
		expect_scene(version[g]);
		bf_buf_clear(&plain);
	}
}

/* A copy in progress may stop anywhere: no prefix may pass as whole, none as something else. */
static void expect_prefixes_incomplete(const struct bf_buf *file, size_t step)
{
	for (size_t len = 0; len < file->len; len += step)
		if (look(file->data, len) != BF_BLENDFILE_INCOMPLETE)
			fail_msg("%zu of %zu bytes: %s", len, file->len, bf_blendfile_kind_name(seen.kind));
}

static void test_plain_prefixes(void **state)
{
	(void)state;
	for (int g = POINTER_4; g <= FIVE; g++) {
		struct bf_buf plain = make((enum generation)g, 300);
		expect_prefixes_incomplete(&plain, 1);
		bf_buf_clear(&plain);
	}
}

static void test_zstd(void **state)
{
	(void)state;
	struct bf_buf plain = make(FIVE, 200000), packed = pack_zstd(&plain, 50000);
	assert_int_equal(look(packed.data, packed.len), BF_BLENDFILE_WHOLE);
	assert_int_equal(seen.packing, BF_BLENDFILE_ZSTD);
	expect_scene(502);
	expect_prefixes_incomplete(&packed, 997);
	size_t end = packed.len;
	packed.len = 60; /* all lengths that are near a border */
	expect_prefixes_incomplete(&packed, 1);
	packed.len = end;
	for (size_t cut = 1; cut < 60; cut++)
		assert_int_equal(look(packed.data, packed.len - cut), BF_BLENDFILE_INCOMPLETE);
	/* A hole in the middle that keeps both ends: the table no longer adds up. */
	struct bf_buf hole = {0};
	bf_buf_add(&hole, packed.data, 60000);
	bf_buf_add(&hole, packed.data + 61000, packed.len - 61000);
	assert_int_equal(look(hole.data, hole.len), BF_BLENDFILE_INCOMPLETE);
	memset(packed.data + 4, 0xff, 8);
	assert_int_equal(look(packed.data, packed.len), BF_BLENDFILE_INCOMPLETE);
	assert_non_null(strstr(seen_err.text, "damaged"));
	bf_buf_clear(&hole);
	bf_buf_clear(&plain);
	bf_buf_clear(&packed);
}

static void test_gzip(void **state)
{
	(void)state;
	struct bf_buf plain = make(POINTER_8, 200000), packed = pack_gzip(&plain);
	assert_int_equal(look(packed.data, packed.len), BF_BLENDFILE_WHOLE);
	assert_int_equal(seen.packing, BF_BLENDFILE_GZIP);
	expect_scene(304);
	expect_prefixes_incomplete(&packed, 4999);
	for (size_t cut = 1; cut < 30; cut++)
		assert_int_equal(look(packed.data, packed.len - cut), BF_BLENDFILE_INCOMPLETE);
	packed.data[packed.len / 2] ^= 0x55;
	packed.data[packed.len - 8] ^= 0x55;
	assert_int_equal(look(packed.data, packed.len), BF_BLENDFILE_INCOMPLETE);
	bf_buf_clear(&packed);
	plain.len -= 24;
	packed = pack_gzip(&plain);
	assert_int_equal(look(packed.data, packed.len), BF_BLENDFILE_INCOMPLETE);
	bf_buf_clear(&plain);
	bf_buf_clear(&packed);
}

static void test_strangers(void **state)
{
	(void)state;
	struct bf_buf text = {0}, zeros = {0};
	bf_buf_puts(&text, "BLENDING: two pints and a spoon of sugar\n");
	assert_int_equal(look(text.data, text.len), BF_BLENDFILE_NOT);
	assert_int_equal(look("BLENDER is fine", 15), BF_BLENDFILE_INCOMPLETE);
	assert_int_equal(look("BLENDER is a fine program", 25), BF_BLENDFILE_NOT);
	assert_int_equal(look("x", 1), BF_BLENDFILE_NOT);
	struct bf_buf packed = pack_gzip(&text);
	assert_int_equal(look(packed.data, packed.len), BF_BLENDFILE_NOT);
	bf_buf_clear(&packed);
	packed = pack_zstd(&text, 1000);
	assert_int_equal(look(packed.data, packed.len), BF_BLENDFILE_NOT);
	bf_buf_clear(&packed);
	for (int i = 0; i < 2000; i++)
		bf_buf_putc(&zeros, '\0');
	assert_int_equal(look(zeros.data, zeros.len), BF_BLENDFILE_INCOMPLETE);
	bf_buf_clear(&text);
	bf_buf_clear(&zeros);
}

/* Lengths that lie must not lead out of the buffer; the file's end still counts. */
static void test_lying_blocks(void **state)
{
	(void)state;
	static const uint64_t lie[] = { 0, 7, 8, 9, 300, 0x7fffffff, 0xffffffff, UINT64_MAX, UINT64_MAX - 60 };
	for (size_t i = 0; i < sizeof lie / sizeof *lie; i++)
		for (int g = POINTER_4; g <= FIVE; g++) {
			struct bf_buf b = {0}, good = make((enum generation)g, 100);
			bf_buf_add(&b, good.data, g == FIVE ? 17 : 12);
			put_block(&b, (enum generation)g, "REND", lie[i]);
			for (int j = 0; j < 300; j++)
				bf_buf_putc(&b, 'x');
			put_block(&b, (enum generation)g, "ENDB", 0);
			assert_int_equal(look(b.data, b.len), BF_BLENDFILE_WHOLE);
			assert_false(seen.has_scene);
			bf_buf_clear(&b);
			bf_buf_clear(&good);
		}
	/* A seek table that claims four thousand million frames. */
	struct bf_buf plain = make(POINTER_8, 100), packed = pack_zstd(&plain, 1000);
	memset(packed.data + packed.len - 9, 0xff, 4);
	assert_int_equal(look(packed.data, packed.len), BF_BLENDFILE_INCOMPLETE);
	bf_buf_clear(&plain);
	bf_buf_clear(&packed);
}

static void test_paths(void **state)
{
	(void)state;
	char path[300];
	struct bf_blendfile out;
	struct bf_err err;
	fresh_folder(path, sizeof path);
	int dir = bf_fs_open_dir(AT_FDCWD, path, &err);
	struct bf_buf plain = make(POINTER_8, 100);
	assert_int_equal(bf_blendfile_look(dir, "a.blend", &out, &err), 0);
	assert_int_equal(bf_fs_create(dir, "a.blend", plain.data, plain.len, &err), 1);
	assert_int_equal(bf_blendfile_look(dir, "a.blend", &out, &err), 1);
	assert_int_equal(out.kind, BF_BLENDFILE_WHOLE);
	assert_int_equal(symlinkat("a.blend", dir, "b.blend"), 0);
	assert_int_equal(bf_blendfile_look(dir, "b.blend", &out, &err), -1);
	assert_int_equal(bf_blendfile_look(dir, ".", &out, &err), -1);
	close(dir);
	bf_buf_clear(&plain);
	assert_int_equal(bf_fs_remove_tree(AT_FDCWD, path, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generations),
		cmocka_unit_test(test_plain_prefixes),
		cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_lying_blocks),
		cmocka_unit_test(test_paths),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
