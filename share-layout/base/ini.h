/* INI files: the only door to iniparser, and a strict one.
 *
 * Read a file with bf_ini_read (or text with bf_ini_parse), ask for values, give it back with
 * bf_ini_free. What iniparser quietly guesses at is refused here with file, line and what would
 * be right, and all versions of it (4.1 and later) see the same values:
 *
 *   [section name]         ; names hold letters, digits, blanks, - _ . and UTF-8; case is ignored
 *   key = value            ; a comment begins at the line's start or at a ; or # behind a blank
 *   key = "a ; b # c"      ; quotes, " or ', keep blanks and comment signs; there are no escapes
 *   path = C:\share\       ; a backslash is a backslash
 *
 * Sections may stand twice and add up; a key that stands twice in one section is an error. Keys
 * before the first section belong to the section "". Files end at 64 KB, lines at BF_INI_LINE_MAX.
 *
 * Errors about values read `agent.ini:7: [agent] lease = "abc": want …`. */
#ifndef BF_BASE_INI_H
#define BF_BASE_INI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"

enum {
	BF_INI_SIZE_MAX = 64 * 1024,
	BF_INI_LINE_MAX = 1000, /* iniparser 4.1 gives up a little above that */
	BF_INI_NAME_MAX = 255, /* of a section or key */
	BF_INI_KEYS_MAX = 4096
};

struct bf_ini;

/* Read a file. Returns 1, 0 when there is no such file, -1. *out is NULL unless 1. May block. */
int bf_ini_read(int dir, const char *path, struct bf_ini **out, struct bf_err *err);

/* The same for text in memory; name stands for the file in messages. Returns 0 / -1. */
int bf_ini_parse(const char *text, size_t len, const char *name, struct bf_ini **out,
	struct bf_err *err);

void bf_ini_free(struct bf_ini **ini);

/* The value as it stands in the file, or NULL. Belongs to ini. */
const char *bf_ini_get(const struct bf_ini *ini, const char *section, const char *key);

/* Typed values. 1 found, 0 not there (*out untouched), -1 there but no good (*out untouched). */
int bf_ini_int(const struct bf_ini *ini, const char *section, const char *key,
	int64_t min, int64_t max, int64_t *out, struct bf_err *err);
int bf_ini_bool(const struct bf_ini *ini, const char *section, const char *key,
	bool *out, struct bf_err *err); /* yes no true false on off 1 0 */
int bf_ini_seconds_ms(const struct bf_ini *ini, const char *section, const char *key,
	int64_t min_ms, int64_t max_ms, int64_t *out_ms, struct bf_err *err); /* 60 1.5 500ms 2m 1h */
int bf_ini_text(const struct bf_ini *ini, const char *section, const char *key,
	char *dst, size_t size, struct bf_err *err); /* never cut short: too long is -1 */

/* The value with %XX decoded, appended to out: for what bf_ini_put wrote. 1 / 0 / -1. */
int bf_ini_decoded(const struct bf_ini *ini, const char *section, const char *key,
	struct bf_buf *out, struct bf_err *err);

/* For callers who find a value wrong themselves: fills err with "file:line: [section] key =
 * "value": want <format>". Always -1. */
int bf_ini_bad(const struct bf_ini *ini, const char *section, const char *key,
	struct bf_err *err, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Walk: the sections in order of first appearance, each once ("" only when keys stand before the
 * first section), and all keys in file order. NULL / false behind the last. */
const char *bf_ini_section(const struct bf_ini *ini, size_t index);
bool bf_ini_entry(const struct bf_ini *ini, size_t index,
	const char **section, const char **key, const char **value);

/* Call each with one line of text for every key that none of known (ends with NULL) matches:
 * `agent.ini:3: [agent] leese is not known, did you mean lease?`. A known key is "section.key";
 * * stands for any run of characters: "slot *.device". */
void bf_ini_warn_unknown(const struct bf_ini *ini, const char *const known[],
	void (*each)(void *arg, const char *line), void *arg);

/* Writing our own records. bf_ini_put appends `key = "value"` so that any text comes back byte
 * for byte from bf_ini_decoded, and plain text from bf_ini_get too. -1 when the line gets longer
 * than a reader takes (nothing is appended then); else 0. */
void bf_ini_put_section(struct bf_buf *out, const char *section);
int bf_ini_put(struct bf_buf *out, const char *key, const char *value, struct bf_err *err);
void bf_ini_put_int(struct bf_buf *out, const char *key, int64_t value);

/* Decode %XX, appended to out. Returns 0, or -1 for a % without two hex digits, or %00. */
int bf_ini_decode(const char *text, struct bf_buf *out);

#endif
