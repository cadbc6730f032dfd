#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/join_mean.h"

static void test_every_half(void **state)
{
	(void)state;
	for (unsigned half = 0; half < 65536; half++) {
		double value = join_half_value((uint16_t)half);
		if (isnan(value))
			assert_true(isnan(join_half_value(join_half_of(value))));
		else
			assert_int_equal(join_half_of(value), half);
	}
}

/* Between two halves: the nearer one, and the even one in the middle. */
static void test_rounding(void **state)
{
	(void)state;
	for (unsigned half = 0; half < 0x7bff; half++) {
		double low = join_half_value((uint16_t)half), high = join_half_value((uint16_t)(half + 1)), middle = (low + high) / 2;
		assert_int_equal(join_half_of(middle), half % 2 ? half + 1 : half);
		assert_int_equal(join_half_of(nextafter(middle, 0)), half);
		assert_int_equal(join_half_of(nextafter(middle, INFINITY)), half + 1);
		assert_int_equal(join_half_of(-nextafter(middle, INFINITY)), (half + 1) | 0x8000);
	}
	assert_int_equal(join_half_of(65519.99), 0x7bff);
	assert_int_equal(join_half_of(65520), 0x7c00);
	assert_int_equal(join_half_of(1e300), 0x7c00);
	assert_int_equal(join_half_of(1e-300), 0);
	assert_int_equal(join_half_of(ldexp(1, -25)), 0);
	assert_int_equal(join_half_of(nextafter(ldexp(1, -25), 1)), 1);
}

static struct piece_plane plane[] = {
	{ NULL, 4, PIECE_FLOAT, PIECE_MIX_MEAN }, { NULL, 4, PIECE_FLOAT, PIECE_MIX_FIRST },
	{ NULL, 4, PIECE_FLOAT, PIECE_MIX_SUM }, { NULL, 4, PIECE_UINT, PIECE_MIX_FIRST },
};

static void put(unsigned char *to, float value)
{
	memcpy(to, &value, 4);
}

static void test_planes(void **state)
{
	(void)state;
	const struct piece_header header = { .width = 1, .height = 2, .plane = plane, .planes = 4, .pixel_bytes = 16 };
	const double weight[2][4] = { { 3, 3, 3, 3 }, { 1, 1, 1, 1 } };
	struct join_mean mean;
	unsigned char rows[2][16], out[2][16];
	float value[4];
	uint32_t id;
	join_mean_init(&mean, &header, 2);
	for (int again = 0; again < 2; again++) {
		join_mean_clear(&mean, &header);
		for (uint32_t piece = 0; piece < 2; piece++)
			for (uint32_t y = 0; y < 2; y++) {
				for (int i = 0; i < 3; i++)
					put(rows[0] + 4 * i, (float)(10 * piece + y));
				memcpy(rows[0] + 12, &(uint32_t){ 4000000000u + piece }, 4);
				join_mean_add(&mean, &header, weight[piece], rows[0], y);
			}
		join_mean_store(&mean, &header, out[0], 2);
		for (uint32_t y = 0; y < 2; y++) {
			memcpy(value, out[y], 12);
			memcpy(&id, out[y] + 12, 4);
			assert_true(value[0] == (float)(2.5 + y));
			assert_true(value[1] == (float)y);
			assert_true(value[2] == (float)(10 + 2 * y));
			assert_int_equal(id, 4000000000u);
		}
	}
	join_mean_free(&mean);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_half),
		cmocka_unit_test(test_rounding),
		cmocka_unit_test(test_planes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
