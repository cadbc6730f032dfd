/* Driving a Blender that does what it is told: events, failures, ends, hostile answers. The other side is
 * the fakeblender program beside this one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/blender.h"
#include "share-layout/base/fs.h"

static char dir[64], fake[4096];

static int fresh_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/bf-blender-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state)
{
	(void)state;
	unsetenv("BF_FAKE");
	return bf_fs_remove_tree(AT_FDCWD, dir, NULL);
}

static int find_fake(void **state)
{
	(void)state;
	ssize_t n = readlink("/proc/self/exe", fake, sizeof fake - 32);
	if (n <= 0)
		return -1;
	fake[n] = '\0';
	strcpy(strrchr(fake, '/'), "/fakeblender");
	if (access(fake, X_OK) == 0)
		return 0;
	printf("# %s is missing: make helpers\n", fake);
	return -1;
}

static struct blender *start(const char *program)
{
	struct blender_config config = { .program = program, .dir = dir };
	struct blender *b;
	struct bf_err err;
	if (blender_start(&config, &b, &err) < 0)
		fail_msg("%s", err.text);
	return b;
}

static enum blender_event await(struct blender *b, struct blender_reply *reply)
{
	enum blender_event event;
	do
		assert_int_equal(blender_wait(b, 20000, -1, &event, reply), 1);
	while (event == BLENDER_PROGRESS);
	return event;
}

enum { PATH_BYTES = 128 };

/* A file of that name in our folder: three texts behind each other. Returns its path. */
static const char *make_file(char path[PATH_BYTES], const char *name, mode_t mode, const char *head, const char *text,
	const char *end)
{
	snprintf(path, PATH_BYTES, "%s/%s", dir, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%s%s%s", head, text, end);
	fchmod(fileno(file), mode);
	fclose(file);
	return path;
}

static const char *make_blend(const char *words)
{
	static char path[PATH_BYTES];
	return make_file(path, "job.blend", 0600, "BLENDER-v304\nfake ", words, "\nENDB");
}

static void send_open(struct blender *b, const char *path)
{
	struct blender_open open = { .blend = path };
	assert_int_equal(blender_send_open(b, &open, NULL), 0);
}

static void send_render(struct blender *b, int frame, const char *name)
{
	struct blender_render render = { .frame = frame, .name = name };
	assert_int_equal(blender_send_render(b, &render, NULL), 0);
}

/* Started, with a file of these words open. */
static struct blender *opened(const char *words, struct blender_reply *reply)
{
	struct blender *b = start(fake);
	assert_int_equal(await(b, reply), BLENDER_READY);
	send_open(b, make_blend(words));
	assert_int_equal(await(b, reply), BLENDER_OPENED);
	return b;
}

static void a_day_at_work(void **state)
{
	(void)state;
	struct blender_reply reply;
	struct blender *b = start(fake);
	send_open(b, make_blend("frames=3-9 size=64x48 missing=/a/b,/c warning=careful picture=x_####.png"));
	send_render(b, 3, "one"); /* all at once: answers come in order */
	assert_int_equal(await(b, &reply), BLENDER_READY);
	assert_string_equal(reply.version_text, "3.4.1");
	assert_int_equal(await(b, &reply), BLENDER_OPENED);
	assert_int_equal(reply.scene.frame_start, 3);
	assert_int_equal(reply.scene.frame_end, 9);
	assert_int_equal(reply.scene.width, 64);
	assert_int_equal(reply.scene.missing_count, 2);
	assert_string_equal(reply.scene.missing, "/a/b\n/c");
	assert_string_equal(reply.scene.warnings, "careful");
	assert_string_equal(reply.scene.picture[0], "x_####.png");
	assert_int_equal(blender_pending(b), 1);
	assert_int_equal(await(b, &reply), BLENDER_RENDERED);
	assert_int_equal(reply.file_count, 1);
	assert_string_equal(reply.file[0], "one-0003.png");
	char path[512];
	snprintf(path, sizeof path, "%s/out/%s", dir, reply.file[0]);
	assert_int_equal(access(path, R_OK), 0);
	assert_int_equal(blender_pending(b), 0);
	blender_stop(&b, 5000);
	assert_null(b);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void nothing_happens_in_time(void **state)
{
	(void)state;
	struct blender_reply reply;
	enum blender_event event;
	struct blender *b = opened("frames=1-9 hang=1", &reply);
	send_render(b, 1, "slow");
	assert_int_equal(blender_wait(b, 0, -1, &event, &reply), 0);
	assert_int_equal(event, BLENDER_NOTHING);
	int wake[2];
	assert_int_equal(pipe2(wake, O_CLOEXEC), 0);
	assert_int_equal(write(wake[1], "x", 1), 1);
	while (blender_wait(b, -1, wake[0], &event, &reply) == 1)
		assert_int_equal(event, BLENDER_PROGRESS); /* would block for ever without the wake-up */
	close(wake[0]);
	close(wake[1]);
	blender_stop(&b, 1000);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void failures_name_the_culprit(void **state)
{
	(void)state;
	struct blender_reply reply;
	struct blender *b = opened("frames=1-20 fail=2 agentfail=3 fatal=4", &reply);
	send_render(b, 2, "a");
	assert_int_equal(await(b, &reply), BLENDER_FAILED);
	assert_true(reply.file_fault && !reply.agent_fault);
	send_render(b, 3, "b");
	assert_int_equal(await(b, &reply), BLENDER_FAILED);
	assert_true(!reply.file_fault && reply.agent_fault);
	send_render(b, 4, "c"); /* a picture was written, but the log knows better */
	assert_int_equal(await(b, &reply), BLENDER_FAILED);
	assert_true(reply.agent_fault);
	assert_non_null(strstr(reply.message, "out of GPU memory"));
	send_render(b, 5, "d"); /* and the next one is not blamed for it */
	assert_int_equal(await(b, &reply), BLENDER_RENDERED);
	send_open(b, make_blend("badfile=1"));
	assert_int_equal(await(b, &reply), BLENDER_FAILED);
	assert_true(reply.file_fault);
	send_render(b, 5, "e");
	assert_int_equal(await(b, &reply), BLENDER_FAILED);
	blender_stop(&b, 5000);
}

static void an_end_is_told_and_told_again(void **state)
{
	(void)state;
	static const struct { const char *word, *says; bool agent; } cases[] = {
		{ "crash=7", "Blender crashed while rendering frame 7", false },
		{ "die=7", "Blender was killed while rendering frame 7", true },
		{ "quit=7", "Blender quit by itself while rendering frame 7", false },
		{ "nonsense=7", "makes no sense", false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct blender_reply reply;
		struct bf_err err;
		struct blender *b = opened(cases[i].word, &reply);
		send_render(b, 7, "x");
		send_render(b, 8, "y");
		assert_int_equal(await(b, &reply), BLENDER_GONE);
		if (!strstr(reply.message, cases[i].says))
			fail_msg("%s", reply.message);
		assert_int_equal(reply.agent_fault, cases[i].agent);
		assert_false(reply.file_fault);
		assert_false(blender_is_alive(b));
		assert_int_equal(blender_pending(b), 0);
		assert_int_equal(await(b, &reply), BLENDER_GONE);
		struct blender_render render = { .frame = 1, .name = "z" };
		assert_int_equal(blender_send_render(b, &render, &err), -1);
		blender_stop(&b, 5000);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	}
}

/* A Blender made of a shell script that speaks on descriptor 4. */
static struct blender *script(const char *text)
{
	static char path[PATH_BYTES];
	return start(make_file(path, "script.sh", 0700, "#!/bin/sh\n", text, "\n"));
}

static void hostile_answers_end_the_conversation(void **state)
{
	(void)state;
	static const char *const talks[] = {
		"echo rendered file0=x >&4",                      /* nobody asked */
		"echo >&4",
		"printf 'ready\\000 a=b\\n' >&4",
		"head -c 200000 /dev/zero | tr '\\0' a >&4",       /* a line without an end */
		"echo ready >&4; echo ready >&4",
	};
	for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
		struct blender_reply reply;
		char text[512];
		snprintf(text, sizeof text, "%s; sleep 1000", talks[i]);
		struct blender *b = script(text);
		enum blender_event event = await(b, &reply);
		if (event == BLENDER_READY)
			event = await(b, &reply);
		assert_int_equal(event, BLENDER_GONE);
		blender_stop(&b, 100);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	}
}

static void hostile_names_are_refused(void **state)
{
	(void)state;
	static const char *const names[] = { "../x-1.png", "/etc/passwd", "other-0001.png", "x-%2e%2e/y", "x-a%0Ab", "x" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct blender_reply reply;
		char text[512];
		snprintf(text, sizeof text, "echo ready >&4; read a <&3; read a <&3; echo opened picture0=%s >&4; read a <&3; "
			"echo rendered seconds=nan file0=%s >&4; read a <&3", names[i], names[i]);
		struct blender *b = script(text);
		assert_int_equal(await(b, &reply), BLENDER_READY);
		send_open(b, "/nowhere");
		assert_int_equal(await(b, &reply), BLENDER_OPENED);
		assert_int_equal(reply.scene.picture_count, 0);
		send_render(b, 1, "x");
		assert_int_equal(await(b, &reply), BLENDER_FAILED);
		blender_stop(&b, 1000);
	}
}

static void a_flood_of_output_is_kept_short(void **state)
{
	(void)state;
	struct blender_reply reply;
	struct blender *b = opened("frames=1-9 chatter=20000000", &reply);
	send_render(b, 1, "loud");
	assert_int_equal(await(b, &reply), BLENDER_RENDERED);
	struct stat st;
	assert_int_equal(stat(blender_log_path(b), &st), 0);
	assert_true(st.st_size > 1000000 && st.st_size < 5000000);
	struct bf_buf text = { 0 };
	assert_int_equal(blender_task_log(b, false, 10000, &text, NULL), 0);
	assert_true(text.len > 5000 && text.len < 11000);
	assert_non_null(strstr(text.data, "left out"));
	bf_buf_clear(&text);
	blender_stop(&b, 5000);
}

static void a_task_has_its_own_log(void **state)
{
	(void)state;
	struct blender_reply reply;
	struct bf_buf text = { 0 };
	struct blender *b = opened("frames=1-9 fatal=2", &reply);
	send_render(b, 2, "a");
	assert_int_equal(await(b, &reply), BLENDER_FAILED);
	assert_int_equal(blender_task_log(b, false, 10000, &text, NULL), 0);
	assert_non_null(strstr(text.data, "Fra:2 "));
	assert_non_null(strstr(text.data, "out of GPU"));
	assert_null(strstr(text.data, "Read blend"));
	bf_buf_reset(&text);
	send_render(b, 3, "b");
	assert_int_equal(await(b, &reply), BLENDER_RENDERED);
	assert_int_equal(blender_task_log(b, false, 10000, &text, NULL), 0);
	assert_non_null(strstr(text.data, "Fra:3 "));
	assert_null(strstr(text.data, "out of GPU"));
	bf_buf_clear(&text);
	blender_stop(&b, 5000);
}

static void programs_that_cannot_run(void **state)
{
	(void)state;
	struct blender_config config = { .program = "/nowhere/blender", .dir = dir };
	struct blender *b;
	struct blender_reply reply;
	struct bf_err err;
	assert_int_equal(blender_start(&config, &b, &err), -1);
	assert_null(b);
	assert_non_null(strstr(err.text, "/nowhere/blender"));
	b = script("echo 'error while loading shared libraries: libX.so.6' >&2; exit 127");
	assert_int_equal(await(b, &reply), BLENDER_GONE);
	assert_true(reply.agent_fault);
	assert_non_null(strstr(reply.message, "libX.so.6"));
	blender_stop(&b, 0);
	config.program = fake;
	config.dir = "/nowhere/at/all";
	assert_int_equal(blender_start(&config, &b, &err), -1);
}

static void bad_names_are_refused_by_us(void **state)
{
	(void)state;
	static const char *const names[] = { "", "../x", ".x", "a/b", "a b", "a#b", "a%b" };
	struct blender *b = start(fake);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct blender_render render = { .frame = 1, .name = names[i] };
		assert_int_equal(blender_send_render(b, &render, NULL), -1);
	}
	struct blender_render render = { .frame = 1, .name = "good" };
	for (int i = 0; i < 7; i++)
		assert_int_equal(blender_send_render(b, &render, NULL), 0);
	assert_int_equal(blender_send_render(b, &render, NULL), -1); /* enough is enough */
	blender_stop(&b, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh_dir, drop_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_day_at_work), TEST(nothing_happens_in_time), TEST(failures_name_the_culprit),
		TEST(an_end_is_told_and_told_again), TEST(hostile_answers_end_the_conversation),
		TEST(hostile_names_are_refused), TEST(a_flood_of_output_is_kept_short), TEST(a_task_has_its_own_log),
		TEST(programs_that_cannot_run), TEST(bad_names_are_refused_by_us),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, find_fake, NULL);
}
