#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "share-layout/base/fs.h"
#include "tests/lib/fresh_folder.h"
#include "tests/lib/seen.h"

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
	if (!seen_whole(b->data, b->len))
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
		if (seen_whole(b->data, len))
			fail_msg("%s: %zu of %zu bytes pass", name, len, b->len);
	seen_whole(b->data, b->len);
	bool marked = seen.kind != BF_PICTURE_BMP && seen.kind != BF_PICTURE_TGA && seen.kind != BF_PICTURE_CIN
		&& seen.kind != BF_PICTURE_DPX && seen.kind != BF_PICTURE_IRIS && seen.kind != BF_PICTURE_HDR
		&& seen.kind != BF_PICTURE_WEBP && seen.kind != BF_PICTURE_TIFF && seen.kind != BF_PICTURE_EXR;
	memset(b->data + b->len / 2, 0, b->len - b->len / 2);
	if (marked && seen_whole(b->data, b->len))
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
		cmocka_unit_test(test_what_blender_writes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
