#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "share-layout/digest.h"

static void fill(unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)(i * 131 + (i >> 8));
}

/* The published value for no input at all, and the order of its digits. */
static void test_empty(void **state)
{
	(void)state;
	struct bf_digest *digest = bf_digest_new();
	char hex[BF_DIGEST_HEX];
	bf_digest_hex(digest, hex);
	assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
	bf_digest_free(&digest);
	assert_null(digest);
	bf_digest_free(&digest);
}

static void test_pieces_equal_the_whole(void **state)
{
	(void)state;
	static unsigned char bytes[100000];
	char whole[BF_DIGEST_HEX], pieces[BF_DIGEST_HEX];
	fill(bytes, sizeof bytes);
	struct bf_digest *digest = bf_digest_new();
	bf_digest_add(digest, bytes, sizeof bytes);
	bf_digest_hex(digest, whole);
	bf_digest_free(&digest);
	digest = bf_digest_new();
	for (size_t at = 0, step = 1; at < sizeof bytes; at += step, step = step * 3 % 1000 + 1) {
		bf_digest_each(digest, bytes + at, step < sizeof bytes - at ? step : sizeof bytes - at);
		bf_digest_hex(digest, pieces);
	}
	assert_string_equal(whole, pieces);
	bf_digest_free(&digest);
	bytes[99999] ^= 1;
	digest = bf_digest_new();
	bf_digest_add(digest, bytes, sizeof bytes);
	bf_digest_hex(digest, pieces);
	assert_string_not_equal(whole, pieces);
	bf_digest_free(&digest);
}

static void test_fd(void **state)
{
	(void)state;
	static unsigned char bytes[700000];
	char hex[BF_DIGEST_HEX], direct[BF_DIGEST_HEX], path[40], command[80];
	int64_t size = 0;
	fill(bytes, sizeof bytes);
	int fd = memfd_create("digest", 0);
	assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(bf_digest_fd(fd, "picture", hex, &size, NULL), 0);
	assert_int_equal(size, sizeof bytes);
	struct bf_digest *digest = bf_digest_new();
	bf_digest_add(digest, bytes, sizeof bytes);
	bf_digest_hex(digest, direct);
	bf_digest_free(&digest);
	assert_string_equal(hex, direct);
	/* Where the tool is installed, ask it too. */
	snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), fd);
	snprintf(command, sizeof command, "xxhsum -q -H2 %s 2>/dev/null", path);
	FILE *tool = popen(command, "r");
	char line[200] = "";
	if (tool && fgets(line, sizeof line, tool))
		assert_memory_equal(line, hex, 32);
	else
		print_message("# xxhsum is not here: not compared with it\n");
	if (tool)
		pclose(tool);
	close(fd);
	struct bf_err err;
	assert_int_equal(bf_digest_fd(fd, "picture", hex, &size, &err), -1);
	assert_non_null(strstr(err.text, "picture"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_pieces_equal_the_whole),
		cmocka_unit_test(test_fd),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
