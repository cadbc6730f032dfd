/* Any bytes as an INI file: refused with a message, or every value can be asked for in every way.
 * And the same bytes as a value of our own: what is put comes back. */
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

static void ask_everything(const struct bf_ini *ini)
{
	static const char *const known[] = { "a.k", "slot *.device", NULL };
	const char *section, *key, *value;
	struct bf_err err;
	for (size_t i = 0; bf_ini_entry(ini, i, &section, &key, &value); i++) {
		int64_t n;
		bool yes;
		char text[32];
		struct bf_buf decoded = {0};
		if (bf_ini_get(ini, section, key) != value)
			abort();
		bf_ini_int(ini, section, key, INT64_MIN, INT64_MAX, &n, &err);
		bf_ini_bool(ini, section, key, &yes, &err);
		bf_ini_seconds_ms(ini, section, key, 0, INT64_MAX, &n, &err);
		bf_ini_text(ini, section, key, text, sizeof text, &err);
		bf_ini_decoded(ini, section, key, &decoded, &err);
		bf_buf_clear(&decoded);
	}
	for (size_t i = 0; bf_ini_section(ini, i); i++)
		;
	bf_ini_warn_unknown(ini, known, ignore, NULL);
}

static void check_round_trip(const char *value)
{
	struct bf_buf text = {0}, back = {0};
	struct bf_ini *ini = NULL;
	bf_ini_put_section(&text, "job");
	if (bf_ini_put(&text, "k", value, NULL) == 0) {
		if (bf_ini_parse(bf_buf_text(&text), text.len, "job.ini", &ini, NULL) < 0
				|| bf_ini_decoded(ini, "job", "k", &back, NULL) != 1
				|| strcmp(bf_buf_text(&back), value))
			abort();
	}
	bf_ini_free(&ini);
	bf_buf_clear(&text);
	bf_buf_clear(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bf_ini *ini = NULL;
	struct bf_err err = {0};
	struct bf_buf value = {0};
	if (bf_ini_parse((const char *)data, size, "agent.ini", &ini, &err) == 0)
		ask_everything(ini);
	else if (ini || !err.text[0])
		abort();
	bf_ini_free(&ini);
	bf_buf_add(&value, data, size);
	check_round_trip(bf_buf_text(&value));
	bf_buf_clear(&value);
	return 0;
}
