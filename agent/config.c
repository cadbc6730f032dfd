#include "agent/config_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/log.h"
#include "share-layout/token.h"

void config_default(struct config *config)
{
	memset(config, 0, sizeof *config);
	bf_name_of_host(config->name);
	strcpy(config->blender, "blender");
	config->slots = 1;
	config->lease_ms = 60000;
	config->beat_ms = 10000;
	config->poll_ms = 1500;
	config->preview_ms = 30000;
	config->settle_ms = 5000;
	config->settle_limit_ms = 60000;
	config->grace_ms = 20000;
	config->failures = 3;
	config->hook_limit_ms = 30000;
	config->duplicates = true;
}

/* ---- finding the file ---- */

static bool try_file(struct config *config, const char *dir, const char *tail)
{
	/* the XDG specification: relative paths are to be ignored */
	if (!dir || dir[0] != '/' || bf_fmt(config->file, sizeof config->file, "%s%s", dir, tail) < 0)
		return false;
	return access(config->file, F_OK) == 0;
}

static bool find_file(struct config *config)
{
	const char *home = getenv("HOME"), *dirs = getenv("XDG_CONFIG_DIRS");
	char list[4096];
	if (try_file(config, getenv("XDG_CONFIG_HOME"), "/blendfolder/agent.ini")
		|| (!getenv("XDG_CONFIG_HOME") && try_file(config, home, "/.config/blendfolder/agent.ini")))
		return true;
	snprintf(list, sizeof list, "%s", dirs && *dirs ? dirs : "/etc/xdg");
	for (char *rest = list, *dir; (dir = strsep(&rest, ":"));)
		if (try_file(config, dir, "/blendfolder/agent.ini"))
			return true;
	if (try_file(config, "/etc/blendfolder", "/agent.ini"))
		return true;
	config->file[0] = '\0';
	return false;
}

/* ---- reading it ---- */

static const char *const known_keys[] = {
	"agent.share", "agent.name", "agent.blender", "agent.scratch", "agent.slots", "agent.lease", "agent.beat",
	"agent.poll", "agent.preview", "agent.settle", "agent.settle_limit", "agent.grace", "agent.stop", "agent.nice",
	"agent.failures", "agent.duplicates", "agent.keep_logs", "agent.tags", "agent.factory_startup", "limits.frame_limit",
	"limits.memory_limit", "hours.work", "hours.user_idle", "hours.others_busy", "hours.frame", "hooks.agent_start",
	"hooks.agent_stop", "hooks.job_start", "hooks.job_end", "hooks.task_failed", "hooks.limit", "path *.from", "path *.to",
	"security.trust_scripts", "security.update_from", "security.update_signers", "slot *.device", "slot *.threads", NULL,
};

static void warn_unknown(void *arg, const char *line)
{
	(void)arg;
	bf_log(BF_LOG_WARN, "config %s", line);
}

static int read_number(const struct bf_ini *ini, const char *key, int64_t min, int64_t max, int *out, struct bf_err *err)
{
	int64_t value = *out;
	if (bf_ini_int(ini, "agent", key, min, max, &value, err) < 0)
		return -1;
	*out = (int)value;
	return 0;
}

static int read_name(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	char name[BF_NAME_MAX], clean[BF_NAME_MAX];
	int found = bf_ini_text(ini, "agent", "name", name, sizeof name, err);
	if (found <= 0)
		return found;
	bf_name_clean(name, clean);
	if (strcmp(name, clean))
		return bf_ini_bad(ini, "agent", "name", err, "small letters, digits and single dashes, such as \"%s\"", clean);
	strcpy(config->name, name);
	return 0;
}

static int read_tags(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	const char *text = bf_ini_get(ini, "agent", "tags");
	struct bf_err why;
	if (text && bf_tags_parse(text, config->tags, &why) < 0)
		return bf_ini_bad(ini, "agent", "tags", err, "words with commas between them, such as gpu, big (%s)", why.text);
	return 0;
}

static int read_stop(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	char word[16];
	int found = bf_ini_text(ini, "agent", "stop", word, sizeof word, err);
	if (found <= 0)
		return found;
	config->finish_on_stop = !strcmp(word, "finish");
	if (!config->finish_on_stop && strcmp(word, "release"))
		return bf_ini_bad(ini, "agent", "stop", err, "release (give the frame back at once) or finish (within grace)");
	return 0;
}

static int read_agent_section(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	const struct { const char *key; char *dst; size_t size; } text[] = {
		{ "share", config->share, sizeof config->share }, { "blender", config->blender, sizeof config->blender },
		{ "scratch", config->scratch, sizeof config->scratch },
	};
	const struct { const char *key; int64_t min, max, *dst; } span[] = {
		{ "lease", 1000, 86400000, &config->lease_ms }, { "beat", 100, 3600000, &config->beat_ms },
		{ "poll", 100, 3600000, &config->poll_ms }, { "preview", 0, 86400000, &config->preview_ms }, { "settle", 0, 3600000, &config->settle_ms },
		{ "settle_limit", 500, 86400000, &config->settle_limit_ms }, { "grace", 0, 3600000, &config->grace_ms },
	};
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		if (bf_ini_text(ini, "agent", text[i].key, text[i].dst, text[i].size, err) < 0)
			return -1;
	for (size_t i = 0; i < sizeof span / sizeof *span; i++)
		if (bf_ini_seconds_ms(ini, "agent", span[i].key, span[i].min, span[i].max, span[i].dst, err) < 0)
			return -1;
	if (read_name(ini, config, err) < 0 || read_stop(ini, config, err) < 0 || read_tags(ini, config, err) < 0
		|| read_number(ini, "slots", 1, BF_SLOTS_MAX, &config->slots, err) < 0
		|| read_number(ini, "nice", 0, 19, &config->nice, err) < 0
		|| read_number(ini, "failures", 1, 100, &config->failures, err) < 0
		|| bf_ini_bool(ini, "agent", "duplicates", &config->duplicates, err) < 0
		|| bf_ini_bool(ini, "agent", "factory_startup", &config->factory_startup, err) < 0
		|| bf_ini_bool(ini, "agent", "keep_logs", &config->keep_logs, err) < 0
		|| bf_ini_bool(ini, "security", "trust_scripts", &config->trust_scripts, err) < 0)
		return -1;
	return 0;
}

static int read_slot_sections(const struct bf_ini *ini, struct config *config, struct bf_err *err)
{
	for (int i = 0; i < BF_SLOTS_MAX; i++) {
		char section[24];
		int64_t threads = 0;
		snprintf(section, sizeof section, "slot %d", i);
		if (bf_ini_text(ini, section, "device", config->slot[i].device, sizeof config->slot[i].device, err) < 0
			|| bf_ini_int(ini, section, "threads", 0, 1024, &threads, err) < 0)
			return -1;
		config->slot[i].threads = (int)threads;
	}
	return 0;
}

int config_load(struct config *config, const char *explicit_file, struct bf_err *err)
{
	const char *named = explicit_file ? explicit_file : getenv("BF_CONFIG");
	if (named && *named) {
		if (bf_fmt(config->file, sizeof config->file, "%s", named) < 0)
			return bf_err_set(err, "--config %s: name too long", named);
	} else if (!find_file(config)) {
		return 0;
	}
	struct bf_ini *ini = NULL;
	int result = bf_ini_read(AT_FDCWD, config->file, &ini, err);
	if (result == 0)
		return bf_err_set(err, "there is no file %s", config->file);
	if (result < 0)
		return -1;
	bf_ini_warn_unknown(ini, known_keys, warn_unknown, NULL);
	result = read_agent_section(ini, config, err) == 0 && read_slot_sections(ini, config, err) == 0
		&& config_read_machine(ini, config, err) == 0 ? 0 : -1;
	bf_ini_free(&ini);
	return result;
}

/* ---- what follows from it ---- */

static int choose_scratch(struct config *config, struct bf_err *err)
{
	const char *service = getenv("CACHE_DIRECTORY"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	const char *tmp = getenv("TMPDIR");
	int fits;
	if (config->scratch[0] == '/')
		return 0;
	if (config->scratch[0])
		return bf_err_set(err, "scratch = %s: want a path from the root, such as /var/tmp/blendfolder", config->scratch);
	if (service && service[0] == '/') /* systemd.exec(5) */
		fits = bf_fmt(config->scratch, sizeof config->scratch, "%.*s", (int)strcspn(service, ":"), service);
	else if (cache && cache[0] == '/')
		fits = bf_fmt(config->scratch, sizeof config->scratch, "%s/blendfolder", cache);
	else if (home && home[0] == '/' && access(home, W_OK) == 0)
		fits = bf_fmt(config->scratch, sizeof config->scratch, "%s/.cache/blendfolder", home);
	else
		fits = bf_fmt(config->scratch, sizeof config->scratch, "%s/blendfolder-%d", tmp && tmp[0] == '/' ? tmp : "/tmp",
			(int)getuid());
	return fits < 0 ? bf_err_set(err, "the scratch folder's path is too long") : 0;
}

int config_complete_machine(struct config *config, struct bf_err *err)
{
	/* Several slots share the processors unless they were told otherwise. */
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	for (int i = 0; i < config->slots && config->slots > 1; i++)
		if (!config->slot[i].threads)
			config->slot[i].threads = cores > config->slots ? (int)(cores / config->slots) : 1;
	return choose_scratch(config, err);
}

int config_complete(struct config *config, struct bf_err *err)
{
	const char *share = getenv("BF_SHARE");
	if (!config->share[0] && share && bf_fmt(config->share, sizeof config->share, "%s", share) < 0)
		return bf_err_set(err, "BF_SHARE is too long");
	if (!config->share[0])
		return bf_err_set(err, "which folder? Say --share DIR, set BF_SHARE, or write share = DIR into the section"
			" [agent] of agent.ini");
	if (config->lease_ms < 3 * config->beat_ms)
		return bf_err_set(err, "lease = %g s must be at least three times beat = %g s, or healthy machines will be taken"
			" for dead", (double)config->lease_ms / 1000, (double)config->beat_ms / 1000);
	return config_complete_machine(config, err);
}
