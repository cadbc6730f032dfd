#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "share-layout/picture.h"

/* Where the runner clears up when a test ends half-way. */
static void fresh_folder(char *path, size_t size)
{
	const char *base = getenv("TMPDIR");
	assert_int_equal(bf_fmt(path, size, "%s/test_picture.XXXXXX", base ? base : "/tmp"), 0);
	assert_non_null(mkdtemp(path));
}

static struct bf_picture seen;
static struct bf_err seen_err;

static bool look(const void *bytes, size_t len)
{
	int fd = memfd_create("picture", 0);
	memset(&seen, 0xee, sizeof seen);
	memset(&seen_err, 0, sizeof seen_err);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(bf_picture_look_fd(fd, "0001", &seen, &seen_err), 1);
	close(fd);
	if (!seen.whole)
		assert_non_null(strstr(seen_err.text, "0001: "));
	return seen.whole;
}

static void expect_whole(const struct bf_buf *b, enum bf_picture_kind kind, int channels, int depth)
{
	if (!look(b->data, b->len))
		fail_msg("%s", seen_err.text);
	assert_string_equal(bf_picture_kind_name(seen.kind), bf_picture_kind_name(kind));
	assert_int_equal(seen.width, 5);
	assert_int_equal(seen.height, 3);
	assert_int_equal(seen.channels, channels);
	assert_int_equal(seen.depth, depth);
	for (size_t len = 0; len < b->len; len++)
		if (look(b->data, len))
			fail_msg("%s: %zu of %zu bytes pass", bf_picture_kind_name(kind), len, b->len);
}

static void expect_lacks(const struct bf_buf *b, const char *part)
{
	if (look(b->data, b->len))
		fail_msg("accepted, want \"%s\"", part);
	if (!strstr(seen_err.text, part))
		fail_msg("\"%s\" does not say \"%s\"", seen_err.text, part);
}

static void put(struct bf_buf *b, uint64_t n, int bytes, bool big)
{
	for (int i = 0; i < bytes; i++) {
		int place = big ? bytes - 1 - i : i;
		bf_buf_putc(b, place < 8 ? (char)(n >> 8 * place) : '\0');
	}
}

static void le(struct bf_buf *b, uint64_t n, int bytes)
{
	put(b, n, bytes, false);
}

static void be(struct bf_buf *b, uint64_t n, int bytes)
{
	put(b, n, bytes, true);
}

static void fill(struct bf_buf *b, size_t n, char c)
{
	for (size_t i = 0; i < n; i++)
		bf_buf_putc(b, c);
}

static void patch(struct bf_buf *b, size_t at, uint64_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		b->data[at + (size_t)i] = (char)(n >> 8 * i);
}

static struct bf_buf make_png(void)
{
	/* 5 x 3, 8-bit RGB, with the CRC of exactly that header. */
	static const char start[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\5\0\0\0\3\x08\2\0\0\0\xd4\x54\x52\xaf";
	struct bf_buf b = {0};
	bf_buf_add(&b, start, sizeof start - 1);
	be(&b, 20, 4);
	bf_buf_puts(&b, "IDAT");
	fill(&b, 24, 'x');
	be(&b, 0, 4);
	bf_buf_add(&b, "IEND\xae\x42\x60\x82", 8);
	return b;
}

static void test_png(void **state)
{
	(void)state;
	struct bf_buf b = make_png();
	expect_whole(&b, BF_PICTURE_PNG, 3, 8);
	look(b.data, b.len - 12);
	assert_non_null(strstr(seen_err.text, "before its IEND"));
	b.data[19] ^= 1;
	expect_lacks(&b, "IHDR chunk is damaged");
	b.data[19] ^= 1;
	memcpy(b.data + 37, "tEXt", 4);
	expect_lacks(&b, "no IDAT");
	memset(b.data + 33, 0xff, 4);
	expect_lacks(&b, "impossible length");
	bf_buf_clear(&b);
}

static void test_jpeg(void **state)
{
	(void)state;
	struct bf_buf b = {0};
	bf_buf_add(&b, "\xff\xd8\xff\xe0\0\4ab", 8);
	bf_buf_add(&b, "\xff\xff\xc0\0\x0b\x08\0\3\0\5\1\1\x11\0", 14);
	bf_buf_add(&b, "\xff\xda\0\2data\xff\xd9", 10);
	expect_whole(&b, BF_PICTURE_JPEG, 1, 8);
	b.len -= 2;
	expect_lacks(&b, "before its EOI");
	bf_buf_clear(&b);
	bf_buf_add(&b, "\xff\xd8\xff\xda\0\2\xff\xd9", 8);
	expect_lacks(&b, "does not say its size");
	bf_buf_clear(&b);
}

static void exr_attribute(struct bf_buf *b, const char *name, const char *type, const void *v, size_t len)
{
	bf_buf_add(b, name, strlen(name) + 1);
	bf_buf_add(b, type, strlen(type) + 1);
	le(b, len, 4);
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
	le(&window, (uint32_t)-2, 4);
	le(&window, 10, 4);
	le(&window, 2, 4);
	le(&window, 12, 4);
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
	le(&b, 2 | flags, 4);
	return b;
}

/* Tables for `parts` parts of `count` chunks each, then the chunks with `head` bytes of place. */
static void exr_chunks(struct bf_buf *b, int parts, int count, size_t head)
{
	size_t table = b->len, n = (size_t)(parts * count);
	fill(b, 8 * n, '\0');
	for (size_t i = 0; i < n; i++) {
		patch(b, table + 8 * i, b->len, 8);
		if (parts > 1)
			le(b, i / (size_t)count, 4);
		fill(b, head, '\0');
		le(b, 6, 4);
		fill(b, 6, 'x');
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
	expect_whole(&b, BF_PICTURE_EXR, 2, 16);
	patch(&b, table + 8, 0, 8);
	expect_lacks(&b, "chunk table has holes");
	patch(&b, table + 8, UINT64_MAX, 8);
	expect_lacks(&b, "ends before its chunk 2 of 3");
	patch(&b, table + 8, b.len - 8, 8);
	expect_lacks(&b, "ends before its chunk 2 of 3");
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
		expect_whole(&b, BF_PICTURE_EXR, 2, 16);
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
	expect_whole(&b, BF_PICTURE_EXR, 2, 16);
	assert_int_equal(look(b.data, b.len), true);
	assert_int_equal(seen.parts, 2);
	char swap[8]; /* chunks that say they belong to another part */
	memcpy(swap, b.data + table, 8);
	memcpy(b.data + table, b.data + table + 24, 8);
	memcpy(b.data + table + 24, swap, 8);
	expect_lacks(&b, "part 0");
	bf_buf_clear(&b);
	b = exr_begin(0x1000);
	exr_header(&b, 2, 2, "scanlineimage");
	bf_buf_add(&b, "\0\0", 2);
	exr_chunks(&b, 2, 2, 4);
	expect_lacks(&b, "does not say how many chunks");
	bf_buf_clear(&b);
}

static void test_exr_lies(void **state)
{
	(void)state;
	struct bf_buf b = exr_begin(0);
	expect_lacks(&b, "ends in its header");
	fill(&b, 1000, 'n');
	expect_lacks(&b, "ends in its header");
	bf_buf_clear(&b);
	b = exr_begin(0);
	bf_buf_add(&b, "a\0b\0\xff\xff\xff\xff", 8);
	expect_lacks(&b, "ends in its header");
	bf_buf_clear(&b);
	b = exr_begin(0);
	bf_buf_add(&b, "dataWindow\0box2i\0\x10\0\0\0\0\0\0\x80\0\0\0\x80\xff\xff\xff\x7f\xff\xff\xff\x7f\0", 39);
	expect_lacks(&b, "impossible size");
	bf_buf_clear(&b);
	b = exr_begin(0);
	exr_header(&b, 77, 0x7fffffff, NULL);
	bf_buf_putc(&b, '\0');
	fill(&b, 100, 'x');
	expect_lacks(&b, "ends in its chunk table");
	bf_buf_clear(&b);
}

static void tag(struct bf_buf *b, bool big, int name, int type, uint32_t count, uint32_t v)
{
	put(b, (uint64_t)name, 2, big);
	put(b, (uint64_t)type, 2, big);
	put(b, count, 4, big);
	put(b, v, type == 3 && count == 1 ? 2 : 4, big);
	fill(b, type == 3 && count == 1 ? 2 : 0, '\0');
}

static struct bf_buf make_tiff(bool big, uint32_t hole)
{
	struct bf_buf b = {0};
	bf_buf_add(&b, big ? "MM\0*" : "II*\0", 4);
	put(&b, 8 + 45 + 24, 4, big);
	fill(&b, 45, 'x'); /* three rows of five RGB pixels */
	for (uint32_t i = 0; i < 3; i++)
		put(&b, i == 1 ? hole : 8 + 15 * i, 4, big);
	for (int i = 0; i < 3; i++)
		put(&b, 15, 4, big);
	put(&b, 7, 2, big);
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
		expect_whole(&b, BF_PICTURE_TIFF, 3, 8);
		bf_buf_clear(&b);
		b = make_tiff(big, 0);
		expect_lacks(&b, "has holes");
		bf_buf_clear(&b);
		b = make_tiff(big, 1000000);
		expect_lacks(&b, "ends before its strip 2 of 3");
		bf_buf_clear(&b);
		b = make_tiff(big, 0xffffffff);
		expect_lacks(&b, "ends before its strip 2 of 3");
		bf_buf_clear(&b);
	}
	struct bf_buf b = make_tiff(false, 23);
	patch(&b, 4, 0, 4);
	expect_lacks(&b, "did not finish");
	bf_buf_clear(&b);
}

static void test_bmp_and_tga(void **state)
{
	(void)state;
	struct bf_buf b = {0};
	bf_buf_puts(&b, "BM");
	le(&b, 54 + 48, 4);
	le(&b, 0, 4);
	le(&b, 54, 4);
	le(&b, 40, 4);
	le(&b, 5, 4);
	le(&b, (uint32_t)-3, 4);
	le(&b, 1 | 24 << 16, 4);
	fill(&b, 24, '\0');
	fill(&b, 48, 'x');
	expect_whole(&b, BF_PICTURE_BMP, 3, 8);
	patch(&b, 22, 0x80000000, 4);
	expect_lacks(&b, "impossible size");
	bf_buf_clear(&b);
	bf_buf_add(&b, "\2\0\2\0\0\0\0\0\0\0\0\0\5\0\3\0\x20\x28id", 20);
	fill(&b, 60, 'x');
	expect_whole(&b, BF_PICTURE_TGA, 4, 8);
	bf_buf_clear(&b);
	bf_buf_add(&b, "\0\0\12\0\0\0\0\0\0\0\0\0\5\0\3\0\x18\x20", 18);
	bf_buf_add(&b, "\x8b" "bgr", 4); /* 12 equal pixels, then 3 different ones */
	bf_buf_add(&b, "\x02" "bgrbgrbgr", 10);
	expect_whole(&b, BF_PICTURE_TGA, 3, 8);
	bf_buf_clear(&b);
}

static void test_hdr_and_iris(void **state)
{
	(void)state;
	struct bf_buf b = {0};
	bf_buf_puts(&b, "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 3 +X 5\n");
	fill(&b, 20, 'x');
	for (int row = 1; row < 3; row++)
		bf_buf_add(&b, "\2\2\0\5" "\x85r" "\5ggggg" "\2bb\x83" "b" "\x85" "e", 19);
	expect_whole(&b, BF_PICTURE_HDR, 3, 32);
	b.data[45 + 20 + 4] = '\0'; /* a run of no length */
	expect_lacks(&b, "ends in row 2 of 3");
	bf_buf_clear(&b);
	for (int packed = 0; packed < 2; packed++) {
		bf_buf_add(&b, packed ? "\x01\xda\1\1" : "\x01\xda\0\1", 4);
		be(&b, 3, 2);
		be(&b, 5, 2);
		be(&b, 3, 2);
		be(&b, 3, 2);
		fill(&b, 500, '\0');
		for (uint64_t i = 0; packed && i < 9; i++)
			be(&b, 512 + 72 + 5 * i, 4);
		for (int i = 0; packed && i < 9; i++)
			be(&b, 5, 4);
		fill(&b, 45, 'x');
		expect_whole(&b, BF_PICTURE_IRIS, 3, 8);
		if (packed) {
			patch(&b, 512 + 16, 0, 4);
			expect_lacks(&b, "has holes");
		}
		bf_buf_clear(&b);
	}
}

static void riff(struct bf_buf *b, const char *name, const char *content, size_t len)
{
	bf_buf_add(b, name, 4);
	le(b, len, 4);
	bf_buf_add(b, content, len);
	fill(b, len & 1, '\0');
}

static void test_webp(void **state)
{
	(void)state;
	struct bf_buf b = {0};
	bf_buf_add(&b, "RIFF\0\0\0\0WEBP", 12);
	riff(&b, "VP8X", "\x10\0\0\0\4\0\0\2\0\0", 10);
	riff(&b, "VP8 ", "0123456789012", 13);
	patch(&b, 4, b.len - 8, 4);
	expect_whole(&b, BF_PICTURE_WEBP, 4, 8);
	bf_buf_clear(&b);
	bf_buf_add(&b, "RIFF\0\0\0\0WEBP", 12);
	riff(&b, "VP8L", "\x2f\4\x80\0\0pixels", 11);
	patch(&b, 4, b.len - 8, 4);
	expect_whole(&b, BF_PICTURE_WEBP, 3, 8);
	bf_buf_clear(&b);
}

static void codestream(struct bf_buf *b)
{
	bf_buf_add(b, "\xff\x4f\xff\x51\0\x2f\0\0", 8);
	be(b, 5, 4);
	be(b, 3, 4);
	fill(b, 24, '\0');
	bf_buf_add(b, "\0\3\x07\1\1\x07\1\1\x07\1\1pixels\xff\xd9", 19);
}

static void box(struct bf_buf *b, const char *name, const struct bf_buf *content)
{
	be(b, 8 + content->len, 4);
	bf_buf_add(b, name, 4);
	bf_buf_add(b, bf_buf_text(content), content->len);
}

static void test_jp2_and_avif(void **state)
{
	(void)state;
	struct bf_buf b = {0}, inner = {0}, outer = {0};
	codestream(&b);
	expect_whole(&b, BF_PICTURE_JP2, 3, 8);
	bf_buf_reset(&b);
	bf_buf_add(&b, "\0\0\0\x0cjP  \r\n\x87\n", 12);
	codestream(&inner);
	box(&b, "jp2c", &inner);
	expect_whole(&b, BF_PICTURE_JP2, 3, 8);
	bf_buf_reset(&b);
	bf_buf_reset(&inner);
	be(&inner, 0, 4);
	be(&inner, 5, 4);
	be(&inner, 3, 4);
	box(&outer, "ispe", &inner);
	bf_buf_reset(&inner);
	box(&inner, "ipco", &outer);
	bf_buf_reset(&outer);
	box(&outer, "iprp", &inner);
	bf_buf_reset(&inner);
	be(&inner, 0, 4);
	bf_buf_add(&inner, outer.data, outer.len);
	bf_buf_add(&b, "\0\0\0\x10" "ftypavif\0\0\0\0", 16);
	box(&b, "meta", &inner);
	bf_buf_reset(&inner);
	bf_buf_puts(&inner, "pixels");
	box(&b, "mdat", &inner);
	expect_whole(&b, BF_PICTURE_AVIF, 0, 0);
	bf_buf_clear(&b);
	bf_buf_clear(&inner);
	bf_buf_clear(&outer);
}

static void test_film(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct bf_buf b = {0};
		put(&b, 0x802a5fd7, 4, big);
		put(&b, 1024, 4, big);
		fill(&b, 12, '\0');
		put(&b, 1024 + 60, 4, big);
		fill(&b, 169, '\0');
		bf_buf_add(&b, "\3\0\0\0\0\12\0", 7);
		put(&b, 5, 4, big);
		put(&b, 3, 4, big);
		fill(&b, 1024 - b.len + 60, 'x');
		expect_whole(&b, BF_PICTURE_CIN, 3, 10);
		bf_buf_clear(&b);
		put(&b, 0x53445058, 4, big);
		put(&b, 2048, 4, big);
		fill(&b, 8, '\0');
		put(&b, 0xffffffff, 4, big);
		fill(&b, 752, '\0');
		put(&b, 5, 4, big);
		put(&b, 3, 4, big);
		fill(&b, 20, '\0');
		bf_buf_add(&b, "\x33\2\2\x10", 4);
		fill(&b, 2048 - b.len + 120, 'x');
		expect_whole(&b, BF_PICTURE_DPX, 4, 16);
		bf_buf_clear(&b);
	}
}

static void test_strangers(void **state)
{
	(void)state;
	struct bf_buf b = {0};
	assert_false(look("", 0));
	assert_non_null(strstr(seen_err.text, "empty"));
	bf_buf_puts(&b, "This is just some text about pictures.");
	expect_lacks(&b, "no picture of a known kind");
	assert_int_equal(seen.kind, BF_PICTURE_UNKNOWN);
	bf_buf_reset(&b);
	fill(&b, 5000, '\0');
	expect_lacks(&b, "no picture of a known kind");
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

/* Run Blender's writer of samples; false when Blender is not here. */
static bool make_samples(const char *folder)
{
	static const char script[] = "tests/unit/make_pictures.py";
	if (access(script, R_OK) < 0)
		return false;
	pid_t child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		execlp("blender", "blender", "-b", "--factory-startup", "-noaudio", "--python-exit-code", "9",
			"-P", script, "--", folder, (char *)NULL);
		_exit(127);
	}
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 127)
		return false;
	assert_int_equal(WEXITSTATUS(status), 0);
	return true;
}

/* The name says what is in the file: KIND-WIDTHxHEIGHT-COLOUR-DEPTH-PACKING.ext */
static void expect_as_named(const char *name, const struct bf_buf *b)
{
	int width, height, depth;
	char mode[8];
	if (!look(b->data, b->len))
		fail_msg("%s: %s", name, seen_err.text);
	assert_int_equal(sscanf(name, "%*[A-Z_0-9]-%dx%d-%7[A-Z]-%d", &width, &height, mode, &depth), 4);
	if (seen.width != width || seen.height != height)
		fail_msg("%s: %dx%d", name, seen.width, seen.height);
	if (seen.kind == BF_PICTURE_PNG || seen.kind == BF_PICTURE_TIFF)
		if (seen.depth != depth || seen.channels != (mode[0] == 'B' ? 1 : mode[3] ? 4 : 3))
			fail_msg("%s: %d channels of %d bits", name, seen.channels, seen.depth);
}

static bool has_footer(const struct bf_buf *b)
{
	return b->len > 26 && !memcmp(b->data + b->len - 18, "TRUEVISION-XFILE.", 17);
}

/* No cut-off copy passes, and none whose second half never reached the disk. */
static void expect_cuts_seen(const char *name, struct bf_buf *b)
{
	/* Readers of TGA need neither footer nor what newer Blenders put in front of it. */
	size_t end = has_footer(b) ? b->len * 3 / 4 : b->len;
	for (size_t len = 0; len < end; len += len + 64 < end ? end / 37 + 1 : 1)
		if (look(b->data, len))
			fail_msg("%s: %zu of %zu bytes pass", name, len, b->len);
	look(b->data, b->len);
	bool marked = seen.kind != BF_PICTURE_BMP && seen.kind != BF_PICTURE_TGA && seen.kind != BF_PICTURE_CIN
		&& seen.kind != BF_PICTURE_DPX && seen.kind != BF_PICTURE_IRIS && seen.kind != BF_PICTURE_HDR
		&& seen.kind != BF_PICTURE_WEBP && seen.kind != BF_PICTURE_TIFF && seen.kind != BF_PICTURE_EXR;
	memset(b->data + b->len / 2, 0, b->len - b->len / 2);
	if (marked && look(b->data, b->len))
		fail_msg("%s: passes with zeros in its second half", name);
}

static void test_what_blender_writes(void **state)
{
	(void)state;
	char path[300];
	struct bf_err err;
	struct bf_names names = {0};
	bool kinds[BF_PICTURE_AVIF + 1] = {0};
	fresh_folder(path, sizeof path);
	bool made = make_samples(path);
	int dir = bf_fs_open_dir(AT_FDCWD, path, &err);
	assert_int_equal(bf_fs_list(dir, ".", &names, &err), 1);
	for (size_t i = 0; i < names.count; i++) {
		struct bf_buf b = {0};
		assert_int_equal(bf_fs_read(dir, names.item[i].text, 1 << 20, &b, &err), 1);
		expect_as_named(names.item[i].text, &b);
		kinds[seen.kind] = true;
		expect_cuts_seen(names.item[i].text, &b);
		bf_buf_clear(&b);
	}
	close(dir);
	bf_names_clear(&names);
	assert_int_equal(bf_fs_remove_tree(AT_FDCWD, path, &err), 0);
	if (!made) {
		print_message("# blender is not here, or this is not the repository's root\n");
		skip();
	}
	for (int kind = BF_PICTURE_PNG; kind < BF_PICTURE_AVIF; kind++)
		if (!kinds[kind])
			fail_msg("Blender wrote no %s", bf_picture_kind_name((enum bf_picture_kind)kind));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_png),
		cmocka_unit_test(test_jpeg),
		cmocka_unit_test(test_exr_single),
		cmocka_unit_test(test_exr_tiled),
		cmocka_unit_test(test_exr_parts),
		cmocka_unit_test(test_exr_lies),
		cmocka_unit_test(test_tiff),
		cmocka_unit_test(test_bmp_and_tga),
		cmocka_unit_test(test_hdr_and_iris),
		cmocka_unit_test(test_webp),
		cmocka_unit_test(test_jp2_and_avif),
		cmocka_unit_test(test_film),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_what_blender_writes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
