#include "agent/speed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/ini.h"
#include "share-layout/base/log.h"

#define FILE_NAME "speed.ini"

static int place(char *dir, size_t size)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	if (state && state[0] == '/')
		return bf_fmt(dir, size, "%s/blendfolder", state);
	if (home && home[0] == '/')
		return bf_fmt(dir, size, "%s/.local/state/blendfolder", home);
	return -1;
}

int speed_path(char *path, size_t size)
{
	char dir[4000];
	return place(dir, sizeof dir) < 0 || bf_fmt(path, size, "%s/" FILE_NAME, dir) < 0 ? -1 : 0;
}

/* ---- reading ---- */

/* What was measured holds for the slot as it was. */
static bool is_same_slot(const struct bf_ini *ini, const char *section, const struct config_slot *slot)
{
	struct bf_buf device = {0};
	struct bf_err err;
	int64_t threads = -1;
	bool same = bf_ini_decoded(ini, section, "device", &device, &err) == 1 && !strcmp(bf_buf_text(&device), slot->device)
		&& bf_ini_int(ini, section, "threads", 0, 1024, &threads, &err) == 1 && threads == slot->threads;
	bf_buf_clear(&device);
	return same;
}

static double speed_of(const struct bf_ini *ini, const char *section)
{
	const char *text = bf_ini_get(ini, section, "speed");
	double speed = text && text[0] && !text[strspn(text, "0123456789.")] ? strtod(text, NULL) : 0;
	return speed <= BF_SPEED_MAX ? speed : 0;
}

void speed_load(struct config *config)
{
	char path[4100], section[24];
	struct bf_ini *ini = NULL;
	struct bf_err err;
	int found = speed_path(path, sizeof path) < 0 ? 0 : bf_ini_read(AT_FDCWD, path, &ini, &err);
	if (found < 0)
		bf_log(BF_LOG_WARN, "speed unknown: %s", err.text);
	for (int i = 0; found == 1 && i < config->slots; i++) {
		snprintf(section, sizeof section, "slot %d", i);
		if (is_same_slot(ini, section, &config->slot[i]))
			config->slot[i].speed = speed_of(ini, section);
	}
	bf_ini_free(&ini);
}

/* ---- writing ---- */

static void format(const struct config *config, struct bf_buf *out)
{
	bf_buf_puts(out, "; what bfagent --benchmark measured on this machine; may be deleted\n");
	for (int i = 0; i < config->slots; i++) {
		const struct config_slot *slot = &config->slot[i];
		char text[32];
		struct bf_err unused; /* the values are short */
		snprintf(text, sizeof text, "slot %d", i);
		bf_ini_put_section(out, text);
		bf_ini_put(out, "device", slot->device, &unused);
		bf_ini_put_int(out, "threads", slot->threads);
		snprintf(text, sizeof text, "%.3f", slot->speed);
		bf_ini_put(out, "speed", text, &unused);
	}
}

/* Make a directory and those above it. */
static int make_dirs(char *dir, struct bf_err *err)
{
	for (char *slash = strchr(dir + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int made = bf_fs_mkdir(AT_FDCWD, dir, err);
		*slash = '/';
		if (made < 0 && err->sys != EACCES && err->sys != EROFS) /* it may be there although we may not make it */
			return -1;
	}
	return bf_fs_mkdir(AT_FDCWD, dir, err) < 0 ? -1 : 0;
}

int speed_save(const struct config *config, struct bf_err *err)
{
	char dir[4000], path[4100];
	struct bf_buf text = {0};
	if (place(dir, sizeof dir) < 0 || speed_path(path, sizeof path) < 0)
		return bf_err_set(err, "there is no place for it: set XDG_STATE_HOME or HOME");
	format(config, &text);
	int result = make_dirs(dir, err);
	if (result == 0)
		result = bf_fs_replace(AT_FDCWD, path, "", text.data, text.len, err) < 0 ? -1 : 0;
	bf_buf_clear(&text);
	return result;
}
