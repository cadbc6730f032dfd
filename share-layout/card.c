#include "share-layout/card.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/ini.h"
#include "share-layout/path.h"
#include "share-layout/share.h"
#include "share-layout/token.h"

static const char *const state_word[] = { "idle", "planning", "rendering", "paused", "stopping", "stuck" };

const char *bf_slot_state_name(enum bf_slot_state state)
{
	return state_word[state];
}

/* ---- text ---- */

static void put(struct bf_buf *out, const char *key, const char *value)
{
	struct bf_err unused; /* the fixed arrays of a card are shorter than a line can be */
	bf_ini_put(out, key, value, &unused);
}

static void put_speed(double speed, struct bf_buf *out)
{
	char text[32];
	snprintf(text, sizeof text, "%.3f", speed);
	put(out, "speed", text);
}

static void put_slot(const struct bf_slot *slot, int n, struct bf_buf *out)
{
	char section[24];
	snprintf(section, sizeof section, "slot %d", n);
	bf_ini_put_section(out, section);
	put(out, "state", bf_slot_state_name(slot->state));
	if (slot->device[0])
		put(out, "device", slot->device);
	if (slot->note[0])
		put(out, "note", slot->note);
	if (slot->speed >= 0.001)
		put_speed(slot->speed, out);
	if (!slot->job[0])
		return;
	put(out, "job", slot->job);
	put(out, "task", slot->task);
	if (slot->duplicate)
		put(out, "duplicate", "yes");
	bf_ini_put_int(out, "percent", slot->percent);
	bf_ini_put_int(out, "sample", slot->sample);
	bf_ini_put_int(out, "samples", slot->samples);
	bf_ini_put_int(out, "mem_mb", slot->mem_mb);
	bf_ini_put_int(out, "seconds", slot->seconds);
}

void bf_card_format(const struct bf_card *card, struct bf_buf *out)
{
	bf_ini_put_section(out, "agent");
	put(out, "id", card->id);
	put(out, "host", card->host);
	put(out, "version", card->version);
	put(out, "blender", card->blender);
	put(out, "tags", card->tags);
	put(out, "note", card->note);
	bf_ini_put_int(out, "beat_ms", card->beat_ms);
	bf_ini_put_int(out, "lease_ms", card->lease_ms);
	put(out, "boot", card->boot);
	put(out, "pid_namespace", card->pid_namespace);
	bf_ini_put_int(out, "pid", card->pid);
	bf_ini_put_int(out, "started", card->started);
	bf_ini_put_int(out, "slots", card->slot_count);
	for (int i = 0; i < card->slot_count; i++)
		put_slot(&card->slot[i], i, out);
	/* the last line: without it the card was caught while being written */
	bf_ini_put_section(out, "end");
	put(out, "whole", "yes");
}

struct reader {
	struct bf_ini *ini;
	struct bf_err *err;
	bool bad;
};

static void get_text(struct reader *r, const char *section, const char *key, char *dst, size_t size)
{
	struct bf_buf value = {0};
	dst[0] = '\0';
	if (bf_ini_decoded(r->ini, section, key, &value, r->err) < 0)
		r->bad = true;
	else /* a card is for looking at: a text that is too long is cut */
		snprintf(dst, size, "%s", bf_buf_text(&value));
	for (char *p = dst; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	bf_buf_clear(&value);
}

/* Of a card that somebody forged nothing is taken. */
static void get_tags(struct reader *r, char out[BF_TAGS_MAX])
{
	char text[BF_TAGS_MAX];
	get_text(r, "agent", "tags", text, sizeof text);
	if (bf_tags_parse(text, out, NULL) < 0)
		out[0] = '\0';
}

static int64_t get_number(struct reader *r, const char *section, const char *key, int64_t min, int64_t max)
{
	int64_t value = 0;
	if (bf_ini_int(r->ini, section, key, min, max, &value, r->err) < 0)
		r->bad = true;
	return value;
}

/* Digits with a point among them; anything else is as good as nothing. */
static double get_speed(struct reader *r, const char *section)
{
	char text[24];
	get_text(r, section, "speed", text, sizeof text);
	double speed = text[strspn(text, "0123456789.")] ? 0 : strtod(text, NULL);
	return speed <= BF_SPEED_MAX ? speed : 0;
}

static void get_slot(struct reader *r, int n, struct bf_slot *slot)
{
	char section[24], state[16];
	snprintf(section, sizeof section, "slot %d", n);
	get_text(r, section, "state", state, sizeof state);
	for (int i = 0; i <= BF_SLOT_STUCK; i++)
		if (!strcmp(state, state_word[i]))
			slot->state = (enum bf_slot_state)i;
	get_text(r, section, "device", slot->device, sizeof slot->device);
	get_text(r, section, "note", slot->note, sizeof slot->note);
	slot->speed = get_speed(r, section);
	get_text(r, section, "job", slot->job, sizeof slot->job);
	get_text(r, section, "task", slot->task, sizeof slot->task);
	get_text(r, section, "duplicate", state, sizeof state);
	slot->duplicate = !strcmp(state, "yes");
	slot->percent = (int)get_number(r, section, "percent", -1, 100);
	slot->sample = (int)get_number(r, section, "sample", 0, 1 << 24);
	slot->samples = (int)get_number(r, section, "samples", 0, 1 << 24);
	slot->mem_mb = (int)get_number(r, section, "mem_mb", 0, 1 << 24);
	slot->seconds = get_number(r, section, "seconds", 0, INT32_MAX);
}

int bf_card_parse(const char *text, size_t len, const char *where, struct bf_card *out, struct bf_err *err)
{
	struct reader r = { .err = err };
	char whole[8];
	memset(out, 0, sizeof *out);
	if (bf_ini_parse(text, len, where, &r.ini, err) < 0)
		return -1;
	get_text(&r, "end", "whole", whole, sizeof whole);
	if (strcmp(whole, "yes")) {
		r.bad = true;
		bf_err_set(err, "%s is being written", where);
	} else {
		get_text(&r, "agent", "id", out->id, sizeof out->id);
		get_text(&r, "agent", "host", out->host, sizeof out->host);
		get_text(&r, "agent", "version", out->version, sizeof out->version);
		get_text(&r, "agent", "blender", out->blender, sizeof out->blender);
		get_text(&r, "agent", "note", out->note, sizeof out->note);
		get_tags(&r, out->tags);
		out->beat_ms = get_number(&r, "agent", "beat_ms", 0, INT32_MAX);
		out->lease_ms = get_number(&r, "agent", "lease_ms", 0, INT32_MAX);
		get_text(&r, "agent", "boot", out->boot, sizeof out->boot);
		get_text(&r, "agent", "pid_namespace", out->pid_namespace, sizeof out->pid_namespace);
		out->pid = get_number(&r, "agent", "pid", 0, INT32_MAX);
		out->started = get_number(&r, "agent", "started", 0, INT64_MAX);
		out->slot_count = (int)get_number(&r, "agent", "slots", 0, BF_SLOTS_MAX);
		for (int i = 0; i < out->slot_count; i++)
			get_slot(&r, i, &out->slot[i]);
	}
	bf_ini_free(&r.ini);
	return r.bad ? -1 : 0;
}

int bf_card_read(const struct bf_share *share, const char *id, unsigned long beat, struct bf_card *out, struct bf_err *err)
{
	struct bf_path path = bf_path_card(id, beat);
	struct bf_buf text = {0};
	int result = bf_fs_read(share->root, path.text, BF_CARD_BYTES, &text, err);
	if (result == 1 && bf_card_parse(bf_buf_text(&text), text.len, path.text, out, err) < 0)
		result = -1;
	bf_buf_clear(&text);
	return result;
}

/* ---- the process behind a card ---- */

static void read_line(const char *path, char *dst, size_t size)
{
	dst[0] = '\0';
	FILE *stream = fopen(path, "re");
	if (!stream)
		return;
	if (fgets(dst, (int)size, stream))
		dst[strcspn(dst, "\n")] = '\0';
	fclose(stream);
}

static void read_pid_namespace(char *dst, size_t size)
{
	ssize_t n = readlink("/proc/self/ns/pid", dst, size - 1);
	dst[n > 0 ? n : 0] = '\0';
}

/* Field 22 of /proc/PID/stat: start time in clock ticks (proc(5)). The name in field 2 may hold
 * anything, so count from its closing bracket. 0 when there is no such process. */
static int64_t start_of(int64_t pid)
{
	char path[64], line[1024];
	snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
	read_line(path, line, sizeof line);
	char *p = strrchr(line, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoll(p, NULL, 10) : 0;
}

void bf_card_sign(struct bf_card *card, int64_t pid)
{
	read_line("/proc/sys/kernel/random/boot_id", card->boot, sizeof card->boot);
	read_pid_namespace(card->pid_namespace, sizeof card->pid_namespace);
	card->pid = pid;
	card->started = start_of(card->pid);
}

bool bf_card_process_is_gone(const struct bf_card *card)
{
	struct bf_card here;
	bf_card_sign(&here, getpid());
	if (!here.boot[0] || !here.pid_namespace[0] || !here.started || !card->started
		|| strcmp(here.boot, card->boot) || strcmp(here.pid_namespace, card->pid_namespace))
		return false;
	return start_of(card->pid) != card->started;
}
