#include "tools/submit_wishes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "share-layout/base/fs.h"
#include "share-layout/frames.h"
#include "share-layout/frames_order.h"
#include "share-layout/job.h"
#include "tools/submit_time.h"

/* An ini has no escapes, so a value stands in the quotes that it does not hold. */
static int put(struct bf_buf *out, const char *key, const char *value, struct bf_err *err)
{
	char quote = strchr(value, '"') ? '\'' : '"';
	size_t start = out->len;
	for (const unsigned char *p = (const unsigned char *)value; *p; p++)
		if (*p < 0x20 || *p == 0x7f)
			return bf_err_set(err, "control characters cannot be passed on");
	if (strchr(value, quote))
		return bf_err_set(err, "a name with both kinds of quotes cannot be passed on");
	bf_buf_printf(out, "%s = %c%s%c\n", key, quote, value, quote);
	if (out->len - start > BF_INI_LINE_MAX) {
		out->len = start;
		out->data[start] = '\0';
		return bf_err_set(err, "more than the %d letters that one line may have", BF_INI_LINE_MAX);
	}
	return 0;
}

/* ---- kinds of values ---- */

static int put_text(struct submit_wishes *wishes, const char *key, const char *value, struct bf_err *err)
{
	if (!*value || strlen(value) >= BF_TEXT_MAX)
		return bf_err_set(err, "want a name of at most %d bytes", BF_TEXT_MAX - 1);
	return put(&wishes->lines, key, value, err);
}

/* The name of an engine or a format: Blender knows which there are. */
static int put_word(struct submit_wishes *wishes, const char *key, const char *value, struct bf_err *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_- ";
	if (!*value || strlen(value) > 31 || value[strspn(value, letters)])
		return bf_err_set(err, "want a word such as %s", !strcmp(key, "engine") ? "CYCLES" : "PNG");
	return put(&wishes->lines, key, value, err);
}

static int put_number(struct submit_wishes *wishes, const char *key, const char *value, int min, int max, struct bf_err *err)
{
	char *end;
	errno = 0;
	long number = strtol(value, &end, 10);
	if (end == value || *end || errno || number < min || number > max)
		return bf_err_set(err, "want a number from %d to %d", min, max);
	bf_buf_printf(&wishes->lines, "%s = %ld\n", key, number);
	return 0;
}

static int put_frames(struct submit_wishes *wishes, const char *value, struct bf_err *err)
{
	struct bf_frames frames = {0};
	struct bf_buf text = {0};
	int result = bf_frames_parse(value, &frames, err);
	if (result == 0) {
		wishes->frames = (int64_t)frames.count;
		bf_frames_format(&frames, &text);
		result = put(&wishes->lines, "frames", bf_buf_text(&text), err);
	}
	bf_frames_clear(&frames);
	bf_buf_clear(&text);
	return result;
}

static int put_pieces(struct submit_wishes *wishes, const char *value, struct bf_err *err)
{
	if (!strcmp(value, "auto") || !strcmp(value, "none"))
		return put(&wishes->lines, "pieces", value, err);
	int columns, rows, parts, found = bf_job_parse_samples(value, &parts, err);
	if (found < 0 || (found == 0 && bf_job_parse_pieces(value, BF_SIDE_MAX, BF_SIDE_MAX, &columns, &rows, err) < 0))
		return bf_err_set(err, "want auto, none, a number such as 12, columns x rows such as 4x3, or samples:12");
	return put(&wishes->lines, "pieces", value, err);
}

static int put_order(struct submit_wishes *wishes, const char *value, struct bf_err *err)
{
	enum bf_frames_order order;
	if (bf_frames_order_parse(value, &order) < 0)
		return bf_err_set(err, "want " BF_FRAMES_ORDERS);
	return put(&wishes->lines, "order", value, err);
}

static int put_tags(struct submit_wishes *wishes, const char *value, struct bf_err *err)
{
	char tags[BF_TAGS_MAX];
	if (bf_tags_parse(value, tags, err) < 0)
		return -1;
	if (!tags[0])
		return bf_err_set(err, "want words such as gpu,big");
	return put(&wishes->lines, "tags", tags, err);
}

static int put_time(struct submit_wishes *wishes, const char *value, struct bf_err *err)
{
	int64_t time_s;
	char text[BF_WHEN_TIME_MAX];
	if (submit_time_parse(value, time(NULL), &time_s, err) < 0)
		return -1;
	bf_job_when_format_time(time_s, text);
	return put(&wishes->lines, "not_before", text, err);
}

/* ---- all of them ---- */

static int add(struct submit_wishes *wishes, const char *key, const char *value, struct bf_err *err)
{
	if (!strcmp(key, "frames"))
		return put_frames(wishes, value, err);
	if (!strcmp(key, "pieces"))
		return put_pieces(wishes, value, err);
	if (!strcmp(key, "order"))
		return put_order(wishes, value, err);
	if (!strcmp(key, "tags"))
		return put_tags(wishes, value, err);
	if (!strcmp(key, "not_before"))
		return put_time(wishes, value, err);
	if (!strcmp(key, "engine") || !strcmp(key, "format"))
		return put_word(wishes, key, value, err);
	if (!strcmp(key, "samples"))
		return put_number(wishes, key, value, 1, BF_SAMPLES_MAX, err);
	if (!strcmp(key, "percent"))
		return put_number(wishes, key, value, 1, 1000, err);
	if (!strcmp(key, "priority"))
		return put_number(wishes, key, value, -BF_PRIORITY_MAX, BF_PRIORITY_MAX, err);
	if (!strcmp(key, "max_agents"))
		return put_number(wishes, key, value, 1, BF_AGENTS_MAX, err);
	return put_text(wishes, key, value, err);
}

static bool is_set(const struct submit_wishes *wishes, const char *key)
{
	size_t len = strlen(key);
	for (const char *p = bf_buf_text(&wishes->lines); *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (!strncmp(p, key, len) && p[len] == ' ')
			return true;
	return false;
}

int submit_wishes_add(struct submit_wishes *wishes, const char *key, const char *value, struct bf_err *err)
{
	if (!strcmp(key, "after"))
		return bf_job_when_add_after(&wishes->when, value, strlen(value), err);
	if (is_set(wishes, key))
		return bf_err_set(err, "it was given twice");
	return add(wishes, key, value, err);
}

int submit_wishes_format(const struct submit_wishes *wishes, const char *blend, const char *content, struct bf_buf *out,
	struct bf_err *err)
{
	bf_buf_puts(out, "[job]\n");
	if (wishes->lines.len)
		bf_buf_add(out, wishes->lines.data, wishes->lines.len);
	if (bf_job_when_format(&wishes->when, out, err) < 0)
		return -1;
	if (blend && put(out, "blend", blend, err) < 0)
		return bf_err_prefix(err, "%s", blend);
	bf_buf_printf(out, "[submit]\ncontent = %s\n", content);
	return 0;
}

void submit_wishes_clear(struct submit_wishes *wishes)
{
	bf_buf_clear(&wishes->lines);
	memset(wishes, 0, sizeof *wishes);
}
