/* The gate has two halves. First we read the text line by line ourselves, refuse what is not
 * clearly right, and write it again in a form that leaves iniparser nothing to guess: lower-case
 * names, no comments, and each character of a value that means something to any of its versions
 * replaced by a control byte of its own (control bytes are refused in the text, so the exchange
 * is one to one and makes no line longer). Then iniparser loads that, and the values are
 * exchanged back in place. */
#include "share-layout/base/ini_private.h"

#include <errno.h>
#include <iniparser/iniparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "share-layout/base/fs.h"

/* MARK goes in front of each value, so that none is empty or begins with a blank or quote. */
enum { MARK = 0x0e };
static const char special[] = "\\\"';#= \t", stand_in[] = "\x01\x02\x03\x04\x05\x06\x07\x08";

/* A piece of the text, not terminated. */
struct span {
	const char *at;
	size_t len;
};

struct reader {
	struct bf_ini *ini;
	struct bf_buf clean; /* what iniparser gets to see */
	struct bf_buf section;
	int line;
	size_t keys;
	struct bf_err *err;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span s)
{
	while (s.len && is_blank(*s.at)) {
		s.at++;
		s.len--;
	}
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
		|| (unsigned char)c >= 0x80 || (c && strchr(" \t-_.", c));
}

static void add_lower(struct bf_buf *out, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		bf_buf_putc(out, lower(s.at[i]));
}

static struct bf_ini_line *ini_add(struct bf_ini *ini, const char *section, const char *key, int line)
{
	if (ini->count == ini->room) {
		ini->room = ini->room ? 2 * ini->room : 16;
		ini->entry = realloc(ini->entry, ini->room * sizeof *ini->entry);
		if (!ini->entry)
			abort();
	}
	struct bf_ini_line *entry = &ini->entry[ini->count];
	*entry = (struct bf_ini_line){ strdup(section), key ? strdup(key) : NULL, NULL, line };
	if (!entry->section || (key && !entry->key))
		abort();
	ini->count++;
	return entry;
}

const struct bf_ini_line *bf_ini_find(const struct bf_ini *ini, const char *section, const char *key)
{
	for (size_t i = 0; i < ini->count; i++) {
		const struct bf_ini_line *entry = &ini->entry[i];
		if (entry->key && !strcasecmp(entry->key, key) && !strcasecmp(entry->section, section))
			return entry;
	}
	return NULL;
}

static int wrong(struct reader *r, struct span what, const char *want)
{
	return bf_err_set(r->err, "%s:%d: \"%.*s\": %s", r->ini->name, r->line,
		(int)(what.len < 60 ? what.len : 60), what.at, want);
}

static int check_name(struct reader *r, struct span name, struct span line)
{
	if (!name.len || name.len > BF_INI_NAME_MAX)
		return wrong(r, line, name.len ? "the name is too long" : "the name is missing");
	for (size_t i = 0; i < name.len; i++)
		if (!is_name_byte(name.at[i]))
			return wrong(r, line, "names hold letters, digits, blanks, - _ and . only");
	return 0;
}

static bool only_comment(struct span s)
{
	s = trim(s);
	return !s.len || *s.at == ';' || *s.at == '#';
}

static int read_section(struct reader *r, struct span line)
{
	const char *end = memchr(line.at, ']', line.len);
	if (!end)
		return wrong(r, line, "want a ] behind the section's name");
	struct span name = trim((struct span){ line.at + 1, (size_t)(end - line.at) - 1 });
	struct span rest = { end + 1, line.len - (size_t)(end + 1 - line.at) };
	if (check_name(r, name, line) < 0)
		return -1;
	if (!only_comment(rest))
		return wrong(r, line, "want nothing but a comment behind the ]");
	bf_buf_reset(&r->section);
	add_lower(&r->section, name);
	bf_buf_printf(&r->clean, "[%s]\n", bf_buf_text(&r->section));
	ini_add(r->ini, bf_buf_text(&r->section), NULL, r->line);
	return 0;
}

/* What stands behind the = without comment and quotes. */
static int cut_value(struct reader *r, struct span line, struct span *value)
{
	struct span v = trim(*value);
	if (v.len && (*v.at == '"' || *v.at == '\'')) {
		const char *end = memchr(v.at + 1, *v.at, v.len - 1);
		if (!end)
			return wrong(r, line, "the closing quote is missing");
		if (!only_comment((struct span){ end + 1, v.len - (size_t)(end + 1 - v.at) }))
			return wrong(r, line, "want nothing but a comment behind the closing quote");
		*value = (struct span){ v.at + 1, (size_t)(end - v.at) - 1 };
		return 0;
	}
	for (size_t i = 0; i < v.len; i++)
		if ((v.at[i] == ';' || v.at[i] == '#') && (i == 0 || is_blank(v.at[i - 1])))
			v.len = i;
	*value = trim(v);
	return 0;
}

static void add_value(struct bf_buf *clean, struct span value)
{
	bf_buf_putc(clean, MARK);
	for (size_t i = 0; i < value.len; i++) {
		const char *hit = strchr(special, value.at[i]);
		bf_buf_putc(clean, hit ? stand_in[hit - special] : value.at[i]);
	}
	bf_buf_putc(clean, '\n');
}

static int read_key(struct reader *r, struct span line)
{
	const char *equals = memchr(line.at, '=', line.len);
	if (!equals)
		return wrong(r, line, "want key = value, [section], or ; in front of a comment");
	struct span key = trim((struct span){ line.at, (size_t)(equals - line.at) });
	struct span value = { equals + 1, line.len - (size_t)(equals + 1 - line.at) };
	if (check_name(r, key, line) < 0 || cut_value(r, line, &value) < 0)
		return -1;
	if (++r->keys > BF_INI_KEYS_MAX)
		return wrong(r, line, "the file has too many keys");
	size_t start = r->clean.len;
	add_lower(&r->clean, key);
	const struct bf_ini_line *twin =
		bf_ini_find(r->ini, bf_buf_text(&r->section), bf_buf_text(&r->clean) + start);
	if (twin)
		return bf_err_set(r->err, "%s:%d: [%s] %s stands in line %d already: want it once",
			r->ini->name, r->line, twin->section, twin->key, twin->line);
	ini_add(r->ini, bf_buf_text(&r->section), bf_buf_text(&r->clean) + start, r->line);
	bf_buf_puts(&r->clean, " = ");
	add_value(&r->clean, value);
	return 0;
}

static int read_line(struct reader *r, struct span line)
{
	if (line.len > BF_INI_LINE_MAX)
		return bf_err_set(r->err, "%s:%d: the line has %zu bytes, want at most %d",
			r->ini->name, r->line, line.len, BF_INI_LINE_MAX);
	for (size_t i = 0; i < line.len; i++)
		if (((unsigned char)line.at[i] < 0x20 && line.at[i] != '\t') || line.at[i] == 0x7f)
			return bf_err_set(r->err, "%s:%d: a control byte (%02x): want plain text in UTF-8",
				r->ini->name, r->line, (unsigned char)line.at[i]);
	line = trim(line);
	if (only_comment(line))
		return 0;
	return *line.at == '[' ? read_section(r, line) : read_key(r, line);
}

static int read_lines(struct reader *r, const char *text, size_t len)
{
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	while (len) {
		size_t n = 0;
		while (n < len && text[n] != '\n' && text[n] != '\r')
			n++;
		r->line++;
		if (read_line(r, (struct span){ text, n }) < 0)
			return -1;
		n += n + 1 < len && text[n] == '\r' && text[n + 1] == '\n' ? 2 : n < len;
		text += n;
		len -= n;
	}
	return 0;
}

__attribute__((format(printf, 1, 2)))
static int say_nothing(const char *format, ...)
{
	(void)format;
	return 0;
}

/* iniparser 4.1 loads from a path only; a file in memory has one. */
static int load_clean(struct bf_ini *ini, const struct bf_buf *clean, struct bf_err *err)
{
	int fd = memfd_create("ini", MFD_CLOEXEC);
	if (fd < 0)
		return bf_err_sys(err, errno, "%s: memfd_create", ini->name);
	int result = bf_fs_write_all(fd, bf_buf_text(clean), clean->len, ini->name, err);
	if (result == 0) {
		char path[40];
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		iniparser_set_error_callback(say_nothing);
		ini->dict = iniparser_load(path);
		if (!ini->dict)
			result = bf_err_set(err, "%s: iniparser cannot load it (is /proc mounted?)", ini->name);
	}
	close(fd);
	return result;
}

static void restore_value(char *value)
{
	char *to = value;
	for (const char *from = value + (*value == MARK); *from; from++) {
		const char *hit = strchr(stand_in, *from);
		*to++ = hit ? special[hit - stand_in] : *from;
	}
	*to = '\0';
}

/* Exchange the values back and tie each line to its own. */
static int take_values(struct bf_ini *ini, struct bf_err *err)
{
	dictionary *dict = ini->dict;
	for (ssize_t i = 0; i < dict->size; i++)
		if (dict->key[i] && dict->val[i])
			restore_value(dict->val[i]);
	for (size_t i = 0; i < ini->count; i++) {
		struct bf_ini_line *entry = &ini->entry[i];
		char name[2 * BF_INI_NAME_MAX + 2];
		if (!entry->key)
			continue;
		snprintf(name, sizeof name, "%s:%s", entry->section, entry->key);
		entry->value = iniparser_getstring(dict, name, NULL);
		if (!entry->value)
			return bf_err_set(err, "%s:%d: iniparser lost [%s] %s", ini->name, entry->line,
				entry->section, entry->key);
	}
	return 0;
}

int bf_ini_parse(const char *text, size_t len, const char *name, struct bf_ini **out,
	struct bf_err *err)
{
	*out = NULL;
	if (len > BF_INI_SIZE_MAX)
		return bf_err_set(err, "%s: larger than %d bytes", name, BF_INI_SIZE_MAX);
	struct bf_ini *ini = calloc(1, sizeof *ini);
	if (!ini || !(ini->name = strdup(name)))
		abort();
	struct reader r = { .ini = ini, .err = err };
	int result = read_lines(&r, text, len);
	if (result == 0)
		result = load_clean(ini, &r.clean, err);
	if (result == 0)
		result = take_values(ini, err);
	bf_buf_clear(&r.clean);
	bf_buf_clear(&r.section);
	if (result < 0)
		bf_ini_free(&ini);
	*out = ini;
	return result;
}

int bf_ini_read(int dir, const char *path, struct bf_ini **out, struct bf_err *err)
{
	struct bf_buf text = {0};
	*out = NULL;
	int result = bf_fs_read(dir, path, BF_INI_SIZE_MAX, &text, err);
	if (result == 1 && bf_ini_parse(bf_buf_text(&text), text.len, path, out, err) < 0)
		result = -1;
	bf_buf_clear(&text);
	return result;
}

void bf_ini_free(struct bf_ini **at)
{
	struct bf_ini *ini = *at;
	if (!ini)
		return;
	for (size_t i = 0; i < ini->count; i++) {
		free(ini->entry[i].section);
		free(ini->entry[i].key);
	}
	free(ini->entry);
	free(ini->name);
	if (ini->dict)
		iniparser_freedict(ini->dict);
	free(ini);
	*at = NULL;
}
