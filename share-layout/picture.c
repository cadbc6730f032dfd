#include "share-layout/picture.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "share-layout/picture_private.h"

const char *bf_picture_kind_name(enum bf_picture_kind kind)
{
	static const char *const name[] = {
		[BF_PICTURE_UNKNOWN] = "unknown", [BF_PICTURE_PNG] = "PNG", [BF_PICTURE_JPEG] = "JPEG",
		[BF_PICTURE_EXR] = "EXR", [BF_PICTURE_TIFF] = "TIFF", [BF_PICTURE_BMP] = "BMP",
		[BF_PICTURE_TGA] = "TGA", [BF_PICTURE_HDR] = "HDR", [BF_PICTURE_WEBP] = "WEBP",
		[BF_PICTURE_JP2] = "JP2", [BF_PICTURE_CIN] = "CIN", [BF_PICTURE_DPX] = "DPX",
		[BF_PICTURE_IRIS] = "IRIS", [BF_PICTURE_AVIF] = "AVIF",
	};
	return name[kind];
}

bool bf_picture_lacks(struct bf_err *err, const char *format, ...)
{
	char text[200];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	bf_err_set(err, "%s", text);
	return false;
}

bool bf_picture_set_size(struct bf_picture *out, int64_t width, int64_t height, struct bf_err *err)
{
	if (width < 1 || height < 1 || width > BF_PICTURE_SIDE_MAX || height > BF_PICTURE_SIDE_MAX)
		return bf_picture_lacks(err, "the %s has an impossible size of %lldx%lld pixels",
			bf_picture_kind_name(out->kind), (long long)width, (long long)height);
	out->width = (int32_t)width;
	out->height = (int32_t)height;
	return true;
}

bool bf_picture_inside(const struct bf_peek *peek, uint64_t at, uint64_t len)
{
	uint64_t size = (uint64_t)peek->size;
	return at <= size && len <= size - at;
}

/* How each format begins. A dot in the mask stands for any byte. */
static const struct magic {
	enum bf_picture_kind kind;
	bf_picture_check *check;
	size_t len;
	const char *bytes, *mask;
} magic[] = {
	{ BF_PICTURE_PNG, bf_picture_png, 8, "\x89PNG\r\n\x1a\n", "xxxxxxxx" },
	{ BF_PICTURE_JPEG, bf_picture_jpeg, 3, "\xff\xd8\xff", "xxx" },
	{ BF_PICTURE_EXR, bf_picture_exr, 4, "\x76\x2f\x31\x01", "xxxx" },
	{ BF_PICTURE_TIFF, bf_picture_tiff, 4, "II*\0", "xxxx" },
	{ BF_PICTURE_TIFF, bf_picture_tiff, 4, "MM\0*", "xxxx" },
	{ BF_PICTURE_HDR, bf_picture_hdr, 10, "#?RADIANCE", "xxxxxxxxxx" },
	{ BF_PICTURE_HDR, bf_picture_hdr, 6, "#?RGBE", "xxxxxx" },
	{ BF_PICTURE_WEBP, bf_picture_webp, 12, "RIFF....WEBP", "xxxx....xxxx" },
	{ BF_PICTURE_JP2, bf_picture_jp2, 12, "\0\0\0\x0cjP  \r\n\x87\n", "xxxxxxxxxxxx" },
	{ BF_PICTURE_JP2, bf_picture_j2k, 4, "\xff\x4f\xff\x51", "xxxx" },
	{ BF_PICTURE_AVIF, bf_picture_avif, 11, "....ftypavi", "....xxxxxxx" },
	{ BF_PICTURE_CIN, bf_picture_cin, 4, "\x80\x2a\x5f\xd7", "xxxx" },
	{ BF_PICTURE_CIN, bf_picture_cin, 4, "\xd7\x5f\x2a\x80", "xxxx" },
	{ BF_PICTURE_DPX, bf_picture_dpx, 4, "SDPX", "xxxx" },
	{ BF_PICTURE_DPX, bf_picture_dpx, 4, "XPDS", "xxxx" },
	{ BF_PICTURE_IRIS, bf_picture_iris, 2, "\x01\xda", "xx" },
	{ BF_PICTURE_BMP, bf_picture_bmp, 2, "BM", "xx" },
};

static bool begins_with(const struct magic *m, const unsigned char *head, size_t len)
{
	if (len < m->len)
		return false;
	for (size_t i = 0; i < m->len; i++)
		if (m->mask[i] == 'x' && head[i] != (unsigned char)m->bytes[i])
			return false;
	return true;
}

static bool check(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err)
{
	unsigned char head[18] = {0};
	size_t len = peek->size < (int64_t)sizeof head ? (size_t)peek->size : sizeof head;
	if (!len)
		return bf_picture_lacks(err, "the file is empty");
	if (!bf_peek_get(peek, 0, head, len))
		return bf_picture_lacks(err, "the file became shorter");
	for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
		if (begins_with(&magic[i], head, len)) {
			out->kind = magic[i].kind;
			return magic[i].check(peek, out, err);
		}
	if (len == sizeof head && bf_picture_is_tga(head)) {
		out->kind = BF_PICTURE_TGA;
		return bf_picture_tga(peek, out, err);
	}
	return bf_picture_lacks(err, "no picture of a known kind");
}

static int look(struct bf_peek *peek, const char *path, struct bf_picture *out, struct bf_err *err)
{
	*out = (struct bf_picture){ .size = peek->size, .parts = 1 };
	out->whole = check(peek, out, err);
	if (peek->sys)
		return bf_err_sys(err, peek->sys, "read(%s)", path);
	if (!out->whole)
		bf_err_prefix(err, "%s", path);
	return 1;
}

int bf_picture_look_fd(int fd, const char *path, struct bf_picture *out, struct bf_err *err)
{
	struct bf_peek peek;
	if (bf_peek_use(&peek, fd, path, err) < 0)
		return -1;
	return look(&peek, path, out, err);
}

int bf_picture_look(int dir, const char *path, struct bf_picture *out, struct bf_err *err)
{
	struct bf_peek peek;
	int result = bf_peek_open(&peek, dir, path, err);
	if (result == 1)
		result = look(&peek, path, out, err);
	bf_peek_close(&peek);
	return result;
}
