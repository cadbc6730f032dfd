/* Is this .blend whole, and what is it? Asked before a file leaves the queue, while somebody may
 * still be copying it: the answer comes from the file's two ends, not from its name or times.
 *
 * Whole means: plain files end in an ENDB block; zstd files (Blender 3.0 and later) end in a
 * seek table that adds up to exactly the bytes in front of it; gzip files (2.9x and older) inflate
 * to an ENDB. What is said about version, frames and scene comes from the file itself: it is
 * untrusted and a hint; Blender has the last word. */
#ifndef BF_BLENDFILE_H
#define BF_BLENDFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/base/err.h"

enum bf_blendfile_kind {
	BF_BLENDFILE_NOT,        /* something else */
	BF_BLENDFILE_INCOMPLETE, /* begins like one (or is empty), the rest is not there yet */
	BF_BLENDFILE_WHOLE
};

enum bf_blendfile_packing { BF_BLENDFILE_PLAIN, BF_BLENDFILE_ZSTD, BF_BLENDFILE_GZIP };

struct bf_blendfile {
	enum bf_blendfile_kind kind;
	enum bf_blendfile_packing packing;
	int64_t size;      /* in bytes, as it lies on the disk */
	int version;       /* 304, 403, 502; 0 when not known */
	bool has_scene;    /* the next three are known */
	int32_t frame_start, frame_end;
	char scene[256];   /* no control bytes */
};

const char *bf_blendfile_kind_name(enum bf_blendfile_kind kind);

/* Look at a file. Returns 1 with out filled (err says why when the kind is not WHOLE), 0 when
 * there is no such file, -1 when it cannot be read. Blocks on the share; reads the two ends only,
 * but all of a gzip file. Takes some hundred KB of memory, whatever the file says. */
int bf_blendfile_look(int dir, const char *path, struct bf_blendfile *out, struct bf_err *err);

/* The same for an open file, whose position is moved. path is for messages. */
int bf_blendfile_look_fd(int fd, const char *path, struct bf_blendfile *out, struct bf_err *err);

#endif
