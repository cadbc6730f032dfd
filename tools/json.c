#include "tools/json.h"

#include <inttypes.h>

#include "tools/utf8.h"

static void before_value(struct json *json)
{
	if (json->comma)
		bf_buf_putc(json->out, ',');
	json->comma = true;
}

void json_open(struct json *json, char bracket)
{
	before_value(json);
	bf_buf_putc(json->out, bracket);
	json->comma = false;
}

void json_close(struct json *json, char bracket)
{
	bf_buf_putc(json->out, bracket);
	json->comma = true;
}

static void put_escaped(struct bf_buf *out, const char *start, const char *end, int32_t character)
{
	if (character < 0)
		bf_buf_puts(out, "\xef\xbf\xbd");
	else if (character == '"' || character == '\\')
		bf_buf_printf(out, "\\%c", (int)character);
	else if (character == '\n')
		bf_buf_puts(out, "\\n");
	else if (utf8_is_control(character)) /* all of them lie below 0x10000 */
		bf_buf_printf(out, "\\u%04x", (unsigned)character);
	else
		bf_buf_add(out, start, (size_t)(end - start));
}

static void put_quoted(struct bf_buf *out, const char *text)
{
	bf_buf_putc(out, '"');
	while (*text) {
		const char *start = text;
		int32_t character = utf8_next(&text);
		put_escaped(out, start, text, character);
	}
	bf_buf_putc(out, '"');
}

void json_key(struct json *json, const char *key)
{
	before_value(json);
	put_quoted(json->out, key);
	bf_buf_putc(json->out, ':');
	json->comma = false;
}

void json_text(struct json *json, const char *text)
{
	before_value(json);
	put_quoted(json->out, text);
}

void json_int(struct json *json, int64_t value)
{
	before_value(json);
	bf_buf_printf(json->out, "%" PRId64, value);
}

void json_number(struct json *json, double value)
{
	if (!(value > -1e15 && value < 1e15)) {
		json_null(json);
		return;
	}
	before_value(json);
	int64_t thousandths = (int64_t)(value * 1000 + (value < 0 ? -0.5 : 0.5));
	uint64_t magnitude = thousandths < 0 ? -(uint64_t)thousandths : (uint64_t)thousandths;
	bf_buf_printf(json->out, "%s%" PRIu64, thousandths < 0 ? "-" : "", magnitude / 1000);
	unsigned part = (unsigned)(magnitude % 1000);
	int digits = 3;
	for (; part && part % 10 == 0; part /= 10)
		digits--;
	if (part)
		bf_buf_printf(json->out, ".%0*u", digits, part);
}

void json_bool(struct json *json, bool value)
{
	before_value(json);
	bf_buf_puts(json->out, value ? "true" : "false");
}

void json_null(struct json *json)
{
	before_value(json);
	bf_buf_puts(json->out, "null");
}

void json_put_text(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_text(json, text);
}

void json_put_int(struct json *json, const char *key, int64_t value)
{
	json_key(json, key);
	json_int(json, value);
}
