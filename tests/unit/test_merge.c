#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/merge.h"
#include "tools/merge_text.h"

static void expect_place(const char *text, const char *path, uint32_t x, uint32_t y)
{
	size_t len;
	struct merge_piece got = {0};
	if (!merge_place_parse(text, &len, &got))
		fail_msg("%s has no place", text);
	assert_int_equal(len, strlen(path));
	assert_memory_equal(text, path, len);
	assert_int_equal(got.x, x);
	assert_int_equal(got.y, y);
}

static void expect_crop(const char *text, uint32_t left, uint32_t top, uint32_t right, uint32_t bottom)
{
	size_t len;
	struct merge_piece got = {0};
	assert_true(merge_place_parse(text, &len, &got));
	assert_int_equal(len, 1);
	assert_int_equal(got.crop.left, left);
	assert_int_equal(got.crop.top, top);
	assert_int_equal(got.crop.right, right);
	assert_int_equal(got.crop.bottom, bottom);
}

static void test_places(void **state)
{
	(void)state;
	expect_place("a@0,0", "a", 0, 0);
	expect_place("a.png@12,345", "a.png", 12, 345);
	expect_place("a@1,2@3,4", "a@1,2", 3, 4);
	expect_place("me@home/a@9999999,0", "me@home/a", 9999999, 0);
	expect_place("-@1,1", "-", 1, 1);
	expect_crop("a@1,2", 0, 0, 0, 0);
	expect_crop("a@1,2+16", 16, 16, 16, 16);
	expect_crop("a@1,2+1,0,3,4", 1, 0, 3, 4);
	static const char *const none[] = { "a@1,2+", "a@1,2+1,", "a@1,2+1,2", "a@1,2+1,2,3", "a@1,2+1,2,3,4,5", "a@1,2+-1",
		"a@1,2+1x", "", "a", "@1,2", "a@1", "a@1,", "a@,1", "a@-1,2", "a@1,-2", "a@1,2x",
		"a@1, 2", "a@10000000,0", "a@0,123456789012", "a@+1,2", "1,2", ",", "a@1.5,2" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		size_t len;
		struct merge_piece got;
		if (merge_place_parse(none[i], &len, &got))
			fail_msg("'%s' was taken for a place", none[i]);
	}
}

static void test_weights(void **state)
{
	(void)state;
	static const char *const none[] = { "", "a", "*2", "a*", "a*x", "a*-1", "a*0", "a*1e99", "a*2 ", "a* 2", "a*nan" };
	size_t len;
	double weight;
	assert_true(merge_weight_parse("a*b.exr*64", &len, &weight));
	assert_int_equal(len, 7);
	assert_true(weight == 64);
	assert_true(merge_weight_parse("a*0.25", &len, &weight) && weight == 0.25);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (merge_weight_parse(none[i], &len, &weight))
			fail_msg("'%s' was taken for a weight", none[i]);
}

/* A layout of rectangles given as x y w h ... -1. */
static void lay_out(struct merge_plan *plan, uint32_t width, uint32_t height, const int *rect)
{
	plan->width = width;
	plan->height = height;
	for (; *rect >= 0; rect += 4) {
		merge_add(plan, "p", (uint32_t)rect[0], (uint32_t)rect[1]);
		plan->piece[plan->count - 1].width = (uint32_t)rect[2];
		plan->piece[plan->count - 1].height = (uint32_t)rect[3];
	}
}

static void expect_hole(const char *hole, uint32_t width, uint32_t height, const int *rect)
{
	struct merge_plan plan = {0};
	struct bf_err err = {0};
	lay_out(&plan, width, height, rect);
	int got = merge_layout(&plan, &err);
	assert_int_equal(got, hole == NULL);
	if (hole && !strstr(err.text, hole))
		fail_msg("'%s' does not name %s", err.text, hole);
	merge_clear(&plan);
}

#define RECTS(...) (const int[]){ __VA_ARGS__, -1 }

static void test_holes_are_named(void **state)
{
	(void)state;
	expect_hole(NULL, 10, 10, RECTS(0, 0, 10, 10));
	expect_hole(NULL, 10, 10, RECTS(0, 5, 10, 5, 0, 0, 10, 5));
	expect_hole(NULL, 3, 3, RECTS(0, 0, 2, 1, 2, 0, 1, 2, 1, 2, 2, 1, 0, 1, 1, 2, 1, 1, 1, 1));
	expect_hole("1x1 pixels at 1,1", 3, 3, RECTS(0, 0, 2, 1, 2, 0, 1, 2, 1, 2, 2, 1, 0, 1, 1, 2));
	expect_hole("10x5 pixels at 0,0", 10, 10, RECTS(0, 5, 10, 5));
	expect_hole("10x1 pixels at 0,9", 10, 10, RECTS(0, 0, 10, 9));
	expect_hole("4x10 pixels at 6,0", 10, 10, RECTS(0, 0, 6, 4, 0, 4, 6, 6));
	expect_hole("2x3 pixels at 4,0", 10, 10, RECTS(0, 0, 4, 10, 6, 0, 4, 10, 4, 3, 2, 7));
}

static bool covered(const struct merge_plan *plan, uint32_t x, uint32_t y, size_t *by)
{
	*by = 0;
	for (size_t i = 0; i < plan->count; i++) {
		const struct merge_piece *p = &plan->piece[i];
		*by += x >= p->x && x < p->x + p->width && y >= p->y && y < p->y + p->height;
	}
	return *by;
}

/* Random rectangles against looking at each pixel. */
static void test_layout_against_counting(void **state)
{
	(void)state;
	enum { W = 12, H = 9 };
	int holes = 0, wholes = 0;
	srand(1);
	for (int round = 0; round < 3000; round++) {
		struct merge_plan plan = { .width = W, .height = H };
		struct bf_err err;
		int count = 1 + rand() % 14;
		for (int i = 0; i < count; i++) {
			merge_add(&plan, "p", (uint32_t)(rand() % W), (uint32_t)(rand() % H));
			struct merge_piece *p = &plan.piece[i];
			p->width = 1 + (uint32_t)rand() % (W - p->x);
			p->height = 1 + (uint32_t)rand() % (H - p->y);
			if (rand() % 3 == 0)
				*p = (struct merge_piece){ .path = p->path, .x = p->x / 6 * 6, .y = p->y / 5 * 5, .width = 6, .height = p->y < 5 ? 5 : 4 };
		}
		bool whole = true;
		int got = merge_layout(&plan, &err);
		for (uint32_t y = 0; y < H; y++)
			for (uint32_t x = 0; x < W; x++) {
				size_t by;
				whole = covered(&plan, x, y, &by) && whole;
				for (size_t i = 0; got && by > 1 && i < plan.count; i++) {
					const struct merge_piece *p = &plan.piece[i];
					if (x >= p->x && x < p->x + p->width && y >= p->y && y < p->y + p->height)
						assert_true(p->shares_area);
				}
			}
		assert_int_equal(got, whole);
		if (!got) {
			unsigned w, h, x0, y0;
			size_t by;
			const char *at = strstr(err.text, "the ");
			assert_int_equal(sscanf(at, "the %ux%u pixels at %u,%u", &w, &h, &x0, &y0), 4);
			assert_true(w > 0 && h > 0);
			for (uint32_t y = y0; y < y0 + h; y++)
				for (uint32_t x = x0; x < x0 + w; x++)
					assert_false(covered(&plan, x, y, &by));
		}
		holes += !got;
		wholes += got;
		merge_clear(&plan);
	}
	assert_true(holes > 100 && wholes > 100);
}

static void test_a_tiling_shares_nothing(void **state)
{
	(void)state;
	struct merge_plan plan = {0};
	struct bf_err err;
	lay_out(&plan, 6, 6, RECTS(0, 0, 3, 3, 3, 0, 3, 3, 0, 3, 1, 3, 1, 3, 5, 3));
	assert_int_equal(merge_layout(&plan, &err), 1);
	for (size_t i = 0; i < plan.count; i++)
		assert_false(plan.piece[i].shares_area);
	merge_clear(&plan);
}

static void expect_time(const char *text, int64_t cs)
{
	uint64_t got = 0;
	bool is = merge_time_parse((const unsigned char *)text, strlen(text), &got);
	if (is != (cs >= 0) || (is && got != (uint64_t)cs))
		fail_msg("'%s' is %d, %llu", text, is, (unsigned long long)got);
}

static void test_times(void **state)
{
	(void)state;
	char text[40];
	expect_time("00:00.00", 0);
	expect_time("00:01.05", 105);
	expect_time("12:34.56", 75456);
	expect_time("01:00:00.01", 360001);
	expect_time("100:00:00.00", 36000000);
	expect_crop("a@1,2", 0, 0, 0, 0);
	expect_crop("a@1,2+16", 16, 16, 16, 16);
	expect_crop("a@1,2+1,0,3,4", 1, 0, 3, 4);
	static const char *const none[] = { "a@1,2+", "a@1,2+1,", "a@1,2+1,2", "a@1,2+1,2,3", "a@1,2+1,2,3,4,5", "a@1,2+-1",
		"a@1,2+1x", "", "1", "1.00", "00:00", "00:00.1", "00:00.123", "a", "00:00.0x", ":00.00",
		"00:.00", "1:2:3:4.00", "00:00.00 ", "-1:00.00" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		expect_time(none[i], -1);
	merge_time_format(75456, text, sizeof text);
	assert_string_equal(text, "12:34.56");
	merge_time_format(360001, text, sizeof text);
	assert_string_equal(text, "01:00:00.01");
}

static void add(struct piece_tags *tags, const char *key, const char *text)
{
	piece_tags_add(tags, key, text, strlen(text));
}

static void expect_text(const struct piece_tags *tags, const char *key, const char *text)
{
	const struct piece_tag *tag = piece_tags_find(tags, key);
	assert_non_null(tag);
	assert_int_equal(tag->len, strlen(text));
	assert_memory_equal(tag->data, text, tag->len);
}

static void test_texts(void **state)
{
	(void)state;
	struct merge_text text = {0};
	struct piece_tags a = {0}, b = {0}, out = {0};
	add(&a, "File", "a.blend");
	add(&a, "RenderTime", "00:01.50");
	add(&a, "cycles.View Layer.render_time", "00:00.40");
	add(&a, "cycles.View Layer.samples", "64");
	add(&a, "cycles.x_time", "not a time");
	add(&b, "File", "b.blend");
	add(&b, "Note", "only here");
	add(&b, "RenderTime", "00:58.60");
	merge_text_add(&text, &a);
	merge_text_add(&text, &b);
	merge_text_finish(&text, &out);
	assert_int_equal(out.count, 6);
	expect_text(&out, "File", "a.blend");
	expect_text(&out, "RenderTime", "01:00.10");
	expect_text(&out, "cycles.View Layer.render_time", "00:00.40");
	expect_text(&out, "cycles.View Layer.samples", "64");
	expect_text(&out, "cycles.x_time", "not a time");
	assert_non_null(piece_tags_find(&out, "Software"));
	piece_tags_clear(&a);
	piece_tags_clear(&b);
	piece_tags_clear(&out);
	merge_text_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_holes_are_named),
		cmocka_unit_test(test_layout_against_counting),
		cmocka_unit_test(test_a_tiling_shares_nothing),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_texts),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
