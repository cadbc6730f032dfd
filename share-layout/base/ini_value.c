/* Values out of a loaded INI file, and our own records into one. */
#include "share-layout/base/ini_private.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *bf_ini_get(const struct bf_ini *ini, const char *section, const char *key)
{
	const struct bf_ini_line *entry = bf_ini_find(ini, section, key);
	return entry ? entry->value : NULL;
}

int bf_ini_bad(const struct bf_ini *ini, const char *section, const char *key,
	struct bf_err *err, const char *format, ...)
{
	const struct bf_ini_line *entry = bf_ini_find(ini, section, key);
	char want[400];
	va_list args;
	va_start(args, format);
	vsnprintf(want, sizeof want, format, args);
	va_end(args);
	if (!entry)
		return bf_err_set(err, "%s: [%s] %s is missing: want %s", ini->name, section, key, want);
	return bf_err_set(err, "%s:%d: [%s] %s = \"%.80s\": want %s", ini->name, entry->line,
		entry->section, entry->key, entry->value, want);
}

/* Digits with an optional fraction of at most three places, in thousandths. Returns what follows
 * the number, or NULL. Our own: strtod would listen to the locale. */
static const char *read_thousandths(const char *p, int64_t *out)
{
	int64_t n = 0;
	if (*p < '0' || *p > '9')
		return NULL;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (n > INT64_MAX / 100000000)
			return NULL;
		n = n * 10 + (*p - '0');
	}
	n *= 1000;
	if (*p == '.')
		for (int place = 100; *++p >= '0' && *p <= '9'; place /= 10) {
			if (!place)
				return NULL;
			n += (*p - '0') * place;
		}
	*out = n;
	return p;
}

int bf_ini_int(const struct bf_ini *ini, const char *section, const char *key,
	int64_t min, int64_t max, int64_t *out, struct bf_err *err)
{
	const char *p = bf_ini_get(ini, section, key);
	if (!p)
		return 0;
	bool minus = *p == '-';
	p += minus;
	/* Collected below zero, where there is room for one more. */
	int64_t n = 0;
	bool good = *p != '\0';
	for (; good && *p; p++)
		good = *p >= '0' && *p <= '9' && n >= (INT64_MIN + (*p - '0')) / 10
			&& !__builtin_sub_overflow(n * 10, *p - '0', &n);
	if (good && !minus)
		good = !__builtin_sub_overflow((int64_t)0, n, &n);
	if (!good || n < min || n > max)
		return bf_ini_bad(ini, section, key, err,
			"a whole number from %" PRId64 " to %" PRId64, min, max);
	*out = n;
	return 1;
}

int bf_ini_bool(const struct bf_ini *ini, const char *section, const char *key,
	bool *out, struct bf_err *err)
{
	static const char *const word[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };
	const char *value = bf_ini_get(ini, section, key);
	if (!value)
		return 0;
	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (!strcasecmp(value, word[i])) {
			*out = i & 1;
			return 1;
		}
	return bf_ini_bad(ini, section, key, err, "yes or no");
}

int bf_ini_seconds_ms(const struct bf_ini *ini, const char *section, const char *key,
	int64_t min_ms, int64_t max_ms, int64_t *out_ms, struct bf_err *err)
{
	static const struct { const char *name; int64_t ms; } unit[] = {
		{ "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 },
	};
	const char *value = bf_ini_get(ini, section, key);
	if (!value)
		return 0;
	int64_t n, ms;
	const char *rest = read_thousandths(value, &n);
	while (rest && *rest == ' ')
		rest++;
	for (size_t i = 0; rest && i < sizeof unit / sizeof *unit; i++) {
		if (strcasecmp(rest, unit[i].name) || __builtin_mul_overflow(n, unit[i].ms, &ms))
			continue;
		ms /= 1000;
		if (ms < min_ms || ms > max_ms)
			break;
		*out_ms = ms;
		return 1;
	}
	return bf_ini_bad(ini, section, key, err, "a number of seconds such as 60 or 2m, from %.10g s to %.10g s",
		(double)min_ms / 1000, (double)max_ms / 1000);
}

int bf_ini_text(const struct bf_ini *ini, const char *section, const char *key,
	char *dst, size_t size, struct bf_err *err)
{
	const char *value = bf_ini_get(ini, section, key);
	if (!value)
		return 0;
	size_t len = strlen(value);
	if (len >= size)
		return bf_ini_bad(ini, section, key, err, "at most %zu bytes", size - 1);
	memcpy(dst, value, len + 1);
	return 1;
}

int bf_ini_decoded(const struct bf_ini *ini, const char *section, const char *key,
	struct bf_buf *out, struct bf_err *err)
{
	const char *value = bf_ini_get(ini, section, key);
	if (!value)
		return 0;
	size_t start = out->len;
	bf_buf_puts(out, ""); /* so that an empty value is a text too */
	if (bf_ini_decode(value, out) == 0)
		return 1;
	out->len = start;
	out->data[start] = '\0';
	return bf_ini_bad(ini, section, key, err, "two hex digits behind each %%, and no %%00");
}

const char *bf_ini_section(const struct bf_ini *ini, size_t index)
{
	for (size_t i = 0; i < ini->count; i++) {
		size_t before = 0;
		while (before < i && strcmp(ini->entry[before].section, ini->entry[i].section))
			before++;
		if (before == i && index-- == 0)
			return ini->entry[i].section;
	}
	return NULL;
}

bool bf_ini_entry(const struct bf_ini *ini, size_t index,
	const char **section, const char **key, const char **value)
{
	for (size_t i = 0; i < ini->count; i++) {
		const struct bf_ini_line *entry = &ini->entry[i];
		if (!entry->key || index-- != 0)
			continue;
		*section = entry->section;
		*key = entry->key;
		*value = entry->value;
		return true;
	}
	return false;
}

/* How many letters must change to make one word the other; words of more than 31 count as far. */
static int distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	if (na > 31 || nb > 31)
		return 99;
	int row[32];
	for (size_t j = 0; j <= nb; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= na; i++) {
		int corner = row[0];
		row[0] = (int)i;
		for (size_t j = 1; j <= nb; j++) {
			int best = corner + (a[i - 1] != b[j - 1]);
			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[nb];
}

/* The known key of the same section that looks most like this one, or NULL. */
static const char *nearest(const struct bf_ini_line *entry, const char *const known[])
{
	const char *found = NULL;
	int least = 3;
	for (; *known; known++) {
		const char *key = strrchr(*known, '.');
		char section[100];
		if (!key || bf_fmt(section, sizeof section, "%.*s", (int)(key - *known), *known) < 0
				|| fnmatch(section, entry->section, 0))
			continue;
		int d = distance(entry->key, key + 1);
		if (d < least) {
			least = d;
			found = key + 1;
		}
	}
	return found;
}

static bool is_known(const struct bf_ini_line *entry, const char *const known[])
{
	char name[2 * BF_INI_NAME_MAX + 2];
	snprintf(name, sizeof name, "%s.%s", entry->section, entry->key);
	while (*known && fnmatch(*known, name, 0))
		known++;
	return *known != NULL;
}

void bf_ini_warn_unknown(const struct bf_ini *ini, const char *const known[],
	void (*each)(void *arg, const char *line), void *arg)
{
	for (size_t i = 0; i < ini->count; i++) {
		const struct bf_ini_line *entry = &ini->entry[i];
		if (!entry->key || is_known(entry, known))
			continue;
		const char *near = nearest(entry, known);
		char line[400];
		snprintf(line, sizeof line, "%s:%d: [%.60s] %.60s is not known%s%s%s", ini->name, entry->line,
			entry->section, entry->key, near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
		each(arg, line);
	}
}

/* Length of the UTF-8 sequence at p, 0 when it is not valid. */
static size_t utf8_len(const unsigned char *p)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *p >= 0xf0 && *p < 0xf8 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc0 ? 2 : 0;
	if (!n || *p >= 0xf8)
		return 0;
	uint32_t c = *p & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

/* Blanks at the ends are encoded too: editors strip them. */
static void put_encoded(struct bf_buf *out, const char *value)
{
	const unsigned char *start = (const unsigned char *)value, *p = start;
	while (*p) {
		size_t whole = *p >= 0x80 ? utf8_len(p) : 0;
		bool end = p == start || !p[1];
		if (whole) {
			bf_buf_add(out, p, whole);
			p += whole;
			continue;
		}
		if (*p < 0x20 || *p >= 0x7f || strchr("%\"\\;#", *p) || (*p == ' ' && end))
			bf_buf_printf(out, "%%%02X", *p);
		else
			bf_buf_putc(out, (char)*p);
		p++;
	}
}

void bf_ini_put_section(struct bf_buf *out, const char *section)
{
	bf_buf_printf(out, "[%s]\n", section);
}

int bf_ini_put(struct bf_buf *out, const char *key, const char *value, struct bf_err *err)
{
	size_t start = out->len;
	bf_buf_printf(out, "%s = \"", key);
	put_encoded(out, value);
	bf_buf_putc(out, '"');
	if (out->len - start > BF_INI_LINE_MAX) {
		out->len = start;
		out->data[start] = '\0';
		return bf_err_set(err, "%s: the value is too long for one line of %d bytes", key, BF_INI_LINE_MAX);
	}
	bf_buf_putc(out, '\n');
	return 0;
}

void bf_ini_put_int(struct bf_buf *out, const char *key, int64_t value)
{
	bf_buf_printf(out, "%s = %" PRId64 "\n", key, value);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int bf_ini_decode(const char *text, struct bf_buf *out)
{
	for (; *text; text++) {
		if (*text != '%') {
			bf_buf_putc(out, *text);
			continue;
		}
		int high = hex_digit(text[1]), low = high < 0 ? -1 : hex_digit(text[2]);
		if (low < 0 || (high == 0 && low == 0))
			return -1;
		bf_buf_putc(out, (char)(high << 4 | low));
		text += 2;
	}
	return 0;
}
