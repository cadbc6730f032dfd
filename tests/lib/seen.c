#include "tests/lib/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

struct bf_picture seen;
struct bf_err seen_err;

bool seen_whole(const void *bytes, size_t len)
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

void seen_expect_whole(const struct bf_buf *b, enum bf_picture_kind kind, int channels, int depth)
{
	if (!seen_whole(b->data, b->len))
		fail_msg("%s", seen_err.text);
	assert_string_equal(bf_picture_kind_name(seen.kind), bf_picture_kind_name(kind));
	assert_int_equal(seen.width, 5);
	assert_int_equal(seen.height, 3);
	assert_int_equal(seen.channels, channels);
	assert_int_equal(seen.depth, depth);
	for (size_t len = 0; len < b->len; len++)
		if (seen_whole(b->data, len))
			fail_msg("%s: %zu of %zu bytes pass", bf_picture_kind_name(kind), len, b->len);
}

void seen_expect_lacks(const struct bf_buf *b, const char *words)
{
	if (seen_whole(b->data, b->len))
		fail_msg("accepted, want \"%s\"", words);
	if (!strstr(seen_err.text, words))
		fail_msg("\"%s\" does not say \"%s\"", seen_err.text, words);
}
