/* The speeds of a machine's slots, kept and read again; and what a Blender says that it measured. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/blender_reply.h"
#include "agent/speed.h"
#include "share-layout/base/fs.h"

static char dir[] = "/tmp/bf-speed.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) && setenv("HOME", dir, 1) == 0 && unsetenv("XDG_STATE_HOME") == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return bf_fs_remove_tree(AT_FDCWD, dir, NULL) < 0 ? -1 : 0;
}

static void kept_and_read(void **state)
{
	(void)state;
	static struct config config, again;
	struct bf_err err;
	config.slots = again.slots = 3;
	strcpy(config.slot[0].device, "CUDA:RTX \"4090\"");
	config.slot[0].speed = 12.5;
	config.slot[1].threads = 4;
	config.slot[1].speed = 0.25;
	config.slot[2].speed = 3;
	memcpy(again.slot, config.slot, sizeof config.slot);
	for (int i = 0; i < 3; i++)
		again.slot[i].speed = 0;
	again.slot[2].threads = 1; /* changed since */
	assert_int_equal(speed_save(&config, &err), 0);
	speed_load(&again);
	assert_true(again.slot[0].speed == 12.5 && again.slot[1].speed == 0.25 && again.slot[2].speed == 0);
	config.slot[0].speed = 1; /* measured again */
	assert_int_equal(speed_save(&config, &err), 0);
	speed_load(&again);
	assert_true(again.slot[0].speed == 1);
}

static void no_place_for_it(void **state)
{
	(void)state;
	static struct config config;
	struct bf_err err;
	char path[100];
	config.slots = 1;
	setenv("HOME", "", 1);
	assert_int_equal(speed_path(path, sizeof path), -1);
	assert_int_equal(speed_save(&config, &err), -1);
	speed_load(&config);
	assert_true(config.slot[0].speed == 0);
	setenv("HOME", "/dev/null", 1);
	assert_int_equal(speed_save(&config, &err), -1);
	assert_non_null(strstr(err.text, "/dev/null"));
	setenv("HOME", dir, 1);
}

static void hear(const char *said, struct blender_measured *out)
{
	char text[4096];
	struct blender_line line;
	struct blender_reply reply = {0};
	snprintf(text, sizeof text, "measured %s", said);
	assert_int_equal(blender_line_parse(text, &line), 0);
	blender_reply_measured(&line, &reply);
	*out = reply.measured;
}

static void what_was_measured(void **state)
{
	(void)state;
	struct blender_measured m;
	hear("once=1.5 fixed=0.02 whole=60 costs=10,20.5,0,1e1", &m);
	assert_true(m.once_s == 1.5 && m.fixed_s == 0.02 && m.whole_s == 60);
	assert_int_equal(m.band_count, 4);
	assert_true(m.band_s[1] == 20.5 && m.band_s[2] == 0 && m.band_s[3] == 10);
	static const char *const bad[] = { "whole=5", "costs=", "costs=1,", "costs=1,,2", "costs=1,-2", "costs=1,x", "costs=nan", "costs=1e99",
		"costs=1;2" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		hear(bad[i], &m);
		if (m.band_count != (strcmp(bad[i], "costs=1,") ? 0 : 1))
			fail_msg("%s: %d bands", bad[i], m.band_count);
	}
	char many[1024] = "costs=1";
	for (int i = 1; i < BLENDER_BANDS + 1; i++)
		strcat(many, ",1");
	hear(many, &m);
	assert_int_equal(m.band_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_and_read), cmocka_unit_test(no_place_for_it), cmocka_unit_test(what_was_measured),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
