#include "share-layout/journal.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"

/* One line is `event key=value key=value`: fields are parted by one blank, values are
 * percent-encoded, keys that a reader does not know are skipped. The task stands there under the
 * file name that its new state has, for that says everything about it. */
enum { LINE_MAX_BYTES = 1000, CHUNK = 1 << 16 };
static const int64_t journal_max = (int64_t)1 << 30; /* a file that grows beyond is not a journal */

/* ---- writing ---- */

static void put_text(struct bf_buf *out, const char *key, const char *value, size_t line_start)
{
	if (!*value)
		return;
	bf_buf_printf(out, " %s=", key);
	for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
		/* the longest text comes last and is cut, so that a line stays within its limit */
		if (out->len - line_start > LINE_MAX_BYTES - 4)
			return;
		if (*p <= 0x20 || *p >= 0x7f || *p == '%' || *p == '=')
			bf_buf_printf(out, "%%%02X", *p);
		else
			bf_buf_putc(out, (char)*p);
	}
}

static void put_number(struct bf_buf *out, const char *key, int64_t value)
{
	if (value)
		bf_buf_printf(out, " %s=%" PRId64, key, value);
}

/* Thousandths, by hand: printf would follow the locale of the program. */
static void put_seconds(struct bf_buf *out, const char *key, double value)
{
	double limited = value > 0 && value < 1e9 ? value : 0;
	int64_t ms = (int64_t)(limited * 1000 + 0.5);
	bf_buf_printf(out, " %s=%" PRId64 ".%03d", key, ms / 1000, (int)(ms % 1000));
}

void bf_journal_format(const struct bf_record *record, struct bf_buf *out)
{
	size_t start = out->len;
	char task[BF_FILE_MAX];
	bf_task_format(&record->task, task);
	bf_buf_puts(out, record->event);
	bf_buf_printf(out, " task=%s", task);
	put_seconds(out, "seconds", record->seconds);
	put_seconds(out, "render_s", record->render_s);
	put_number(out, "bytes", record->bytes);
	put_number(out, "mem_mb", record->mem_mb);
	put_number(out, "ended", record->ended);
	put_text(out, "blender", record->blender, start);
	put_text(out, "device", record->device, start);
	put_text(out, "note", record->note, start);
	bf_buf_putc(out, '\n');
}

int bf_journal_append(const struct bf_share *share, const char *job, const char *agent_id,
	const struct bf_record *record, struct bf_err *err)
{
	struct bf_buf line = {0};
	bf_journal_format(record, &line);
	int result = bf_fs_append(share->root, bf_path_journal(job, agent_id).text, line.data, line.len, err);
	bf_buf_clear(&line);
	return result;
}

/* ---- reading ---- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10
		: c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode into an array; too long is cut, control bytes become '?': these texts are for people. */
static void get_text(const char *value, char *dst, size_t size)
{
	size_t n = 0;
	for (; *value && n + 1 < size; value++) {
		unsigned char c = (unsigned char)*value;
		if (c == '%' && hex_digit(value[1]) >= 0 && hex_digit(value[2]) >= 0) {
			c = (unsigned char)(hex_digit(value[1]) << 4 | hex_digit(value[2]));
			value += 2;
		}
		dst[n++] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	dst[n] = '\0';
}

static int get_number(const char *value, int64_t max, int64_t *out)
{
	int64_t n = 0;
	if (!*value)
		return -1;
	for (; *value; value++) {
		if (!isdigit((unsigned char)*value) || n > (max - (*value - '0')) / 10)
			return -1;
		n = n * 10 + (*value - '0');
	}
	*out = n;
	return 0;
}

static int get_seconds(const char *value, double *out)
{
	char whole[24];
	const char *dot = strchr(value, '.');
	size_t len = dot ? (size_t)(dot - value) : strlen(value), digits = dot ? strlen(dot + 1) : 0;
	int64_t n, part = 0;
	if (len >= sizeof whole || digits > 9)
		return -1;
	memcpy(whole, value, len);
	whole[len] = '\0';
	if (get_number(whole, 1000000000, &n) < 0 || (digits && get_number(dot + 1, 1000000000, &part) < 0))
		return -1;
	double fraction = (double)part;
	for (size_t i = 0; i < digits; i++)
		fraction /= 10;
	*out = (double)n + fraction;
	return 0;
}

/* Returns 0, also for a key that is not known; -1 when the value makes no sense. */
static int take_field(const char *key, const char *value, struct bf_record *out)
{
	int64_t n = 0;
	if (!strcmp(key, "task"))
		return bf_task_parse(value, &out->task);
	if (!strcmp(key, "seconds"))
		return get_seconds(value, &out->seconds);
	if (!strcmp(key, "render_s"))
		return get_seconds(value, &out->render_s);
	if (!strcmp(key, "bytes"))
		return get_number(value, INT64_MAX, &out->bytes);
	if (!strcmp(key, "ended"))
		return get_number(value, INT64_MAX, &out->ended);
	if (!strcmp(key, "mem_mb")) {
		if (get_number(value, INT32_MAX, &n) < 0)
			return -1;
		out->mem_mb = (int)n;
	} else if (!strcmp(key, "blender")) {
		get_text(value, out->blender, sizeof out->blender);
	} else if (!strcmp(key, "device")) {
		get_text(value, out->device, sizeof out->device);
	} else if (!strcmp(key, "note")) {
		get_text(value, out->note, sizeof out->note);
	}
	return 0;
}

static bool event_ok(const char *event)
{
	size_t len = strlen(event);
	return len && len < sizeof ((struct bf_record *)0)->event
		&& strspn(event, "abcdefghijklmnopqrstuvwxyz_") == len;
}

int bf_journal_parse(const char *line, size_t len, struct bf_record *out)
{
	char copy[LINE_MAX_BYTES + 1];
	memset(out, 0, sizeof *out);
	if (len > LINE_MAX_BYTES || memchr(line, '\0', len))
		return -1;
	memcpy(copy, line, len);
	copy[len] = '\0';
	char *rest = copy, *word = strsep(&rest, " ");
	if (!event_ok(word))
		return -1;
	strcpy(out->event, word);
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');
		if (!value)
			return -1;
		*value++ = '\0';
		if (take_field(word, value, out) < 0)
			return -1;
	}
	return out->task.attempt ? 0 : -1; /* no attempt = no task was named */
}

/* Lines out of a stream that comes in pieces of any size. */
struct lines {
	char text[LINE_MAX_BYTES + 1];
	size_t len;
	bool too_long; /* the rest of this line is dropped */
	int64_t whole; /* bytes up to and with the last newline */
	int64_t seen;
	void (*each)(void *arg, const struct bf_record *record);
	void *arg;
};

static void end_line(struct lines *lines)
{
	struct bf_record record;
	if (!lines->too_long && bf_journal_parse(lines->text, lines->len, &record) == 0)
		lines->each(lines->arg, &record);
	lines->len = 0;
	lines->too_long = false;
	lines->whole = lines->seen;
}

static void take_bytes(struct lines *lines, const char *bytes, size_t len)
{
	while (len) {
		const char *end = memchr(bytes, '\n', len);
		size_t part = end ? (size_t)(end - bytes) : len;
		if (part > LINE_MAX_BYTES - lines->len)
			lines->too_long = true;
		if (!lines->too_long) {
			memcpy(lines->text + lines->len, bytes, part);
			lines->len += part;
		}
		part += end != NULL;
		lines->seen += (int64_t)part;
		bytes += part;
		len -= part;
		if (end)
			end_line(lines);
	}
}

static int read_on(int fd, const char *path, struct lines *lines, struct bf_err *err)
{
	char *chunk = malloc(CHUNK);
	if (!chunk)
		abort();
	ssize_t n = 0;
	while (lines->seen < journal_max) {
		n = bf_sys.read(fd, chunk, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		take_bytes(lines, chunk, (size_t)n);
	}
	if (n < 0)
		bf_err_sys(err, errno, "read(%s)", path);
	free(chunk);
	return n < 0 ? -1 : 1;
}

int bf_journal_read(const struct bf_share *share, const char *job, const char *agent_id, int64_t *offset,
	void (*each)(void *arg, const struct bf_record *record), void *arg, struct bf_err *err)
{
	struct bf_path path = bf_path_journal(job, agent_id);
	struct bf_err why = {0};
	int64_t size;
	int fd = bf_fs_open_file(share->root, path.text, &size, &why);
	if (fd < 0) {
		if (err)
			*err = why;
		return why.sys == ENOENT ? 0 : -1;
	}
	/* Moving our own position is no call to the server. A size below the offset is an old
	 * answer of a client's cache: reading there finds nothing, and the next look more. */
	int result = 1;
	struct lines lines = { .each = each, .arg = arg };
	if (lseek(fd, *offset, SEEK_SET) < 0)
		result = bf_err_sys(err, errno, "lseek(%s)", path.text);
	else if (*offset < journal_max)
		result = read_on(fd, path.text, &lines, err);
	*offset += lines.whole;
	bf_sys.close(fd);
	return result;
}
