#include "share-layout/blendfile_head.h"

#include <string.h>

#include "share-layout/peek.h"

static bool read_digits(const unsigned char *p, size_t n, int *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		*out = *out * 10 + (p[i] - '0');
	}
	return true;
}

/* `BLENDER-v304` or `BLENDER17-01v0502`. */
bool bf_blendfile_head(const unsigned char *h, size_t len, int *version, struct bf_blendfile_layout *layout)
{
	int size, format;
	if (len < 12 || memcmp(h, "BLENDER", 7))
		return false;
	if ((h[7] == '-' || h[7] == '_') && (h[8] == 'v' || h[8] == 'V') && read_digits(h + 9, 3, version)) {
		*layout = (struct bf_blendfile_layout){ 12, h[7] == '-' ? 24 : 20, false, h[8] == 'V' };
		return true;
	}
	if (len < 17 || !read_digits(h + 7, 2, &size) || h[9] != '-' || !read_digits(h + 10, 2, &format)
			|| h[12] != 'v' || !read_digits(h + 13, 4, version))
		return false;
	*layout = (struct bf_blendfile_layout){ (size_t)size, 32, true, false };
	return size >= 17;
}

static uint32_t number(const struct bf_blendfile_layout *layout, const unsigned char *p)
{
	return layout->big ? bf_be32(p) : bf_le32(p);
}

static void take_scene(struct bf_blendfile *out, const struct bf_blendfile_layout *layout, const unsigned char *p,
	size_t len)
{
	if (len < 9 || len - 8 > sizeof out->scene || !memchr(p + 8, '\0', len - 8))
		return;
	out->frame_start = (int32_t)number(layout, p);
	out->frame_end = (int32_t)number(layout, p + 4);
	memcpy(out->scene, p + 8, len - 8);
	for (char *c = out->scene; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	out->has_scene = true;
}

void bf_blendfile_find_scene(struct bf_blendfile *out, const struct bf_blendfile_layout *layout,
	const unsigned char *head, size_t len)
{
	for (size_t at = layout->start; at <= len && len - at >= layout->head;) {
		const unsigned char *block = head + at;
		uint64_t size = layout->wide ? bf_le64(block + 16) : number(layout, block + 4);
		at += layout->head;
		if (size > len - at || !memcmp(block, "ENDB", 4))
			return;
		if (!memcmp(block, "REND", 4)) {
			take_scene(out, layout, head + at, (size_t)size);
			return;
		}
		at += (size_t)size;
	}
}
