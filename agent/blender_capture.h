/* Blender's output on disk: one file that never outgrows its limit, cut in the middle.
 *
 * Positions count all bytes ever added, so a caller can remember where a task began and later ask
 * for that part, whatever was cut meanwhile. A full disk loses log, never work. */
#ifndef AGENT_BLENDER_CAPTURE_H
#define AGENT_BLENDER_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"

struct blender_capture {
	int fd;
	int64_t keep;    /* bytes kept at the front and, after a cut, at the end */
	int64_t total;   /* position: bytes ever added */
	int64_t size;    /* of the file */
	int64_t cut;     /* bytes left out behind the front part; 0 = none */
	int64_t notice;  /* length of the line that says so */
};

/* Make (or empty) the file; it grows to at most 4 * keep bytes and some. Returns 0 / -1. */
int blender_capture_open(struct blender_capture *capture, const char *path, int64_t keep, struct bf_err *err);

/* Add bytes; errors are swallowed. */
void blender_capture_add(struct blender_capture *capture, const void *bytes, size_t len);

/* Append what was added from one position up to another, at most max bytes, the middle left out
 * when it is more. Returns 0 / -1. */
int blender_capture_read(const struct blender_capture *capture, int64_t from, int64_t to, size_t max,
	struct bf_buf *out, struct bf_err *err);

void blender_capture_close(struct blender_capture *capture);

#endif
