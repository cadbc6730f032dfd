/* Any bytes as what a Blender that runs a hostile file says: on our pipe, and in its log. Texts come out clean, file names
 * lead nowhere. */
#include <stdlib.h>
#include <string.h>

#include "agent/blender_log.h"
#include "agent/blender_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool it)
{
	if (!it)
		abort();
}

static void must_be_clean(const char *text, size_t room)
{
	must(memchr(text, '\0', room) != NULL);
	for (; *text; text++)
		must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_reply(const struct blender_reply *reply)
{
	const struct blender_scene *scene = &reply->scene;
	must_be_clean(reply->message, sizeof reply->message);
	must_be_clean(reply->device, sizeof reply->device);
	must_be_clean(scene->scene, sizeof scene->scene);
	must_be_clean(scene->engine, sizeof scene->engine);
	must_be_clean(scene->format, sizeof scene->format);
	must(scene->picture_count >= 0 && scene->picture_count <= BLENDER_VIEWS);
	must(reply->file_count >= 0 && reply->file_count <= BLENDER_VIEWS);
	for (int i = 0; i < reply->file_count; i++) {
		must_be_clean(reply->file[i], sizeof reply->file[i]);
		must(!strchr(reply->file[i], '/') && !strncmp(reply->file[i], "f0001.1-1", 9));
	}
}

static void check_measured(const struct blender_measured *measured)
{
	must(measured->whole_s >= 0 && measured->fixed_s >= 0 && measured->once_s >= 0);
	must(measured->band_count >= 0 && measured->band_count <= BLENDER_BANDS);
	for (int i = 0; i < measured->band_count; i++)
		must(measured->band_s[i] >= 0 && measured->band_s[i] < 1e9);
}

static void as_log(const char *line)
{
	struct blender_progress progress;
	if (blender_log_progress(line, &progress))
		must(progress.percent >= 0 && progress.percent <= 100 && progress.samples >= 0 && progress.tiles >= 0);
	blender_log_is_fatal(line);
	blender_log_fault(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct blender_reply reply;
	struct blender_line line;
	struct bf_buf text = {0};
	bf_buf_add(&text, data, size);
	as_log(bf_buf_text(&text));
	memset(&reply, 0, sizeof reply);
	blender_reply_fatal(bf_buf_text(&text), &reply);
	blender_reply_gone(256, "starting", false, bf_buf_text(&text), &reply);
	check_reply(&reply);
	if (blender_line_parse((char *)(uintptr_t)bf_buf_text(&text), &line) == 0) {
		memset(&reply, 0, sizeof reply);
		blender_reply_ready(&line, &reply);
		blender_reply_opened(&line, &reply);
		blender_reply_measured(&line, &reply);
		blender_reply_failed(&line, &reply);
		if (blender_reply_rendered(&line, "f0001.1-1", &reply) < 0)
			reply.file_count = 0;
		check_reply(&reply);
		check_measured(&reply.measured);
	}
	bf_buf_clear(&text);
	return 0;
}
