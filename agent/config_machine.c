/* The sections of agent.ini about what this machine is ready to do. */
#include "agent/config_private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/hooks.h"

/* ---- [limits] ---- */

enum { MEMORY_MAX_MB = 1 << 24 };

/* "24G", "900M", "900": MB where nothing is said. */
static int parse_memory(const char *text, int *mb)
{
	char *end;
	double value = strtod(text, &end);
	int unit = tolower((unsigned char)*end);
	if (end == text || !isdigit((unsigned char)*text))
		return -1;
	if (unit == 'g')
		value *= 1024;
	if (unit == 'g' || unit == 'm')
		end++;
	if (tolower((unsigned char)*end) == 'b')
		end++;
	if (*end || value > MEMORY_MAX_MB || (value > 0 && value < 1))
		return -1;
	*mb = (int)value;
	return 0;
}

static int read_limits(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	const char *memory = bf_ini_get(ini, "limits", "memory_limit");
	if (memory && parse_memory(memory, &config->memory_limit_mb) < 0)
		return bf_ini_bad(ini, "limits", "memory_limit", err, "a size such as 24G or 900M; 0 is no limit");
	return bf_ini_seconds_ms(ini, "limits", "frame_limit", 0, (int64_t)30 * 24 * 3600 * 1000, &config->frame_limit_ms, err) < 0
		? -1 : 0;
}

/* ---- [hours] ---- */

static int read_others_busy(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	char *end;
	const char *text = bf_ini_get(ini, "hours", "others_busy");
	double value = text ? strtod(text, &end) : 0;
	if (!text)
		return 0;
	if (end == text || *end || !(value >= 0 && value <= 4096))
		return bf_ini_bad(ini, "hours", "others_busy", err, "a number of processors such as 1 or 2.5; 0 is never mind");
	config->others_busy = value;
	return 0;
}

static int read_hours(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	const char *work = bf_ini_get(ini, "hours", "work"), *frame = bf_ini_get(ini, "hours", "frame");
	struct bf_err why;
	if (work && *work && hours_parse(work, &config->hours, &why) < 0)
		return bf_ini_bad(ini, "hours", "work", err, "hours such as mon-fri 19:00-07:00, sat, sun (%s)", why.text);
	if (frame && strcmp(frame, "finish") && strcmp(frame, "release"))
		return bf_ini_bad(ini, "hours", "frame", err, "finish (what is in work) or release (give it back at once)");
	config->release_at_rest = frame && !strcmp(frame, "release");
	if (bf_ini_seconds_ms(ini, "hours", "user_idle", 0, 24 * 3600 * 1000, &config->user_idle_ms, err) < 0)
		return -1;
	return read_others_busy(ini, config, err);
}

/* ---- [hooks] ---- */

static int read_hooks(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	for (int i = 0; i < HOOK_EVENTS; i++) {
		const char *key = hook_name((enum hook_event)i);
		if (bf_ini_text(ini, "hooks", key, config->hook[i], sizeof config->hook[i], err) < 0)
			return -1;
		if (config->hook[i][0] && (config->hook[i][0] != '/' || access(config->hook[i], X_OK) < 0))
			return bf_ini_bad(ini, "hooks", key, err, "a program that can be run, by its path from the root");
	}
	return bf_ini_seconds_ms(ini, "hooks", "limit", 1000, 3600000, &config->hook_limit_ms, err) < 0 ? -1 : 0;
}

/* ---- [path 0] … ---- */

static int read_path(const struct bf_ini *ini, const char *section, struct blender_path *path, struct bf_err *err)
{
	int from = bf_ini_text(ini, section, "from", path->from, sizeof path->from, err);
	int to = bf_ini_text(ini, section, "to", path->to, sizeof path->to, err);
	if (from < 0 || to < 0)
		return -1;
	if (from && to && path->from[0] && path->to[0] != '/')
		return bf_ini_bad(ini, section, "to", err, "a folder of this machine, by its path from the root");
	if (from != to)
		return bf_ini_bad(ini, section, from ? "from" : "to", err, "both from and to");
	return path->from[0] != '\0';
}

static int read_paths(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	int count = 0;
	for (int i = 0; i < BLENDER_PATHS; i++) {
		char section[24];
		snprintf(section, sizeof section, "path %d", i);
		int found = read_path(ini, section, &config->path[count], err);
		if (found < 0)
			return -1;
		count += found;
	}
	return 0;
}

/* ---- [security] update_… ---- */

static int read_update(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	const char *from = bf_ini_get(ini, "security", "update_from"), *signers = config->update_signers;
	if (from && *from && strcmp(from, "share") && strcmp(from, "no"))
		return bf_ini_bad(ini, "security", "update_from", err, "share or no");
	config->update_from_share = from && !strcmp(from, "share");
	if (bf_ini_text(ini, "security", "update_signers", config->update_signers, sizeof config->update_signers, err) < 0)
		return -1;
	if (config->update_from_share && (signers[0] != '/' || access(signers, R_OK) < 0))
		return bf_ini_bad(ini, "security", signers[0] ? "update_signers" : "update_from", err,
			"update_signers = a file that says whose signatures are good, by its path from the root (see agent.ini(5))");
	return 0;
}

int config_read_machine(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	return read_limits(ini, config, err) == 0 && read_hours(ini, config, err) == 0 && read_hooks(ini, config, err) == 0
		&& read_paths(ini, config, err) == 0 && read_update(ini, config, err) == 0 ? 0 : -1;
}
