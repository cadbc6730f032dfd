#include "agent/blender_capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int blender_capture_open(struct blender_capture *capture, const char *path, int64_t keep, struct bf_err *err)
{
	*capture = (struct blender_capture){ .fd = -1, .keep = keep };
	capture->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	return capture->fd < 0 ? bf_err_sys(err, errno, "open(%s)", path) : 0;
}

static int64_t write_at(int fd, const char *bytes, size_t len, int64_t at)
{
	size_t done = 0;
	while (done < len) {
		ssize_t n = pwrite(fd, bytes + done, len - done, at + (int64_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return (int64_t)done;
}

/* Leave out the middle: [front][notice][end]. */
static void shorten(struct blender_capture *c)
{
	char *end = malloc((size_t)c->keep);
	if (!end)
		return;
	ssize_t n = pread(c->fd, end, (size_t)c->keep, c->size - c->keep);
	if (n == c->keep) {
		char text[96];
		int64_t cut = c->total - 2 * c->keep;
		int len = snprintf(text, sizeof text, "\n[… %lld bytes left out …]\n", (long long)cut);
		int64_t at = c->keep;
		at += write_at(c->fd, text, (size_t)len, at);
		at += write_at(c->fd, end, (size_t)c->keep, at);
		if (ftruncate(c->fd, at) == 0) {
			c->notice = len;
			c->cut = cut;
			c->size = at;
		}
	}
	free(end);
}

void blender_capture_add(struct blender_capture *c, const void *bytes, size_t len)
{
	int64_t wrote = write_at(c->fd, bytes, len, c->size);
	/* What does not fit on the disk is not counted either: positions stay true to the file. */
	c->size += wrote;
	c->total += wrote;
	if (c->size > 4 * c->keep)
		shorten(c);
}

static int64_t place(const struct blender_capture *c, int64_t position)
{
	if (position <= c->keep || !c->cut)
		return position < c->size ? position : c->size;
	if (position < c->keep + c->cut)
		return c->keep;
	return position - c->cut + c->notice;
}

static int read_part(const struct blender_capture *c, int64_t from, int64_t to, struct bf_buf *out, struct bf_err *err)
{
	while (from < to) {
		size_t want = to - from > 65536 ? 65536 : (size_t)(to - from);
		ssize_t n = pread(c->fd, bf_buf_reserve(out, want), want, from);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bf_err_sys(err, errno, "read of Blender's log");
		if (n == 0)
			break;
		out->len += (size_t)n;
		from += n;
	}
	if (out->data)
		out->data[out->len] = '\0';
	return 0;
}

int blender_capture_read(const struct blender_capture *c, int64_t from, int64_t to, size_t max, struct bf_buf *out,
	struct bf_err *err)
{
	int64_t start = place(c, from < 0 ? 0 : from), end = place(c, to), limit = (int64_t)max;
	if (end - start <= limit)
		return read_part(c, start, end, out, err);
	if (read_part(c, start, start + limit / 2, out, err) < 0)
		return -1;
	bf_buf_printf(out, "\n[… %lld bytes left out …]\n", (long long)(end - start - limit));
	return read_part(c, end - limit / 2, end, out, err);
}

void blender_capture_close(struct blender_capture *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}
