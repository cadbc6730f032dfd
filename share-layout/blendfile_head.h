/* The first bytes of a .blend, decoded: which Blender wrote it, and the scene it opens with. Pure; the bytes are untrusted. */
#ifndef BF_BLENDFILE_HEAD_H
#define BF_BLENDFILE_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "share-layout/blendfile.h"

/* How blocks are headed, which differs between generations and machines. */
struct bf_blendfile_layout {
	size_t start, head; /* where the first block is, how long a block's header */
	bool wide, big;     /* 64-bit lengths of Blender 5, big-endian numbers */
};

/* What the file's own header says, of which the first 17 bytes are wanted. false: of an unknown kind. */
bool bf_blendfile_head(const unsigned char *h, size_t len, int *version, struct bf_blendfile_layout *layout);

/* Walk the blocks that lie in these bytes, for the first REND: frames and scene of `out`, if it is there. */
void bf_blendfile_find_scene(struct bf_blendfile *out, const struct bf_blendfile_layout *layout,
	const unsigned char *head, size_t len);

#endif
