#include "tools/piece_exr_zip.h"

#include <string.h>

enum { FIRST_STEP = 128 }; /* what stands for "no difference" */

static void part(const unsigned char *raw, size_t len, unsigned char *out)
{
	unsigned char *even = out, *odd = out + (len + 1) / 2;
	for (size_t i = 0; i < len / 2; i++) {
		even[i] = raw[2 * i];
		odd[i] = raw[2 * i + 1];
	}
	if (len % 2)
		even[len / 2] = raw[len - 1];
}

static void unpart(const unsigned char *from, size_t len, unsigned char *raw)
{
	const unsigned char *even = from, *odd = from + (len + 1) / 2;
	for (size_t i = 0; i < len / 2; i++) {
		raw[2 * i] = even[i];
		raw[2 * i + 1] = odd[i];
	}
	if (len % 2)
		raw[len - 1] = even[len / 2];
}

static void differ(unsigned char *bytes, size_t len)
{
	for (size_t i = len; i-- > 1;)
		bytes[i] = (unsigned char)(bytes[i] - bytes[i - 1] + FIRST_STEP);
}

static void undiffer(unsigned char *bytes, size_t len)
{
	unsigned char sum = len ? bytes[0] : 0;
	for (size_t i = 1; i < len; i++)
		bytes[i] = sum = (unsigned char)(sum + bytes[i] - FIRST_STEP);
}

void exr_zip_pack(struct deflate *deflate, const unsigned char *raw, size_t len, unsigned char *spare,
	struct bf_buf *out)
{
	size_t start = out->len;
	unsigned char head[DEFLATE_HEAD], tail[DEFLATE_TAIL];
	part(raw, len, spare);
	differ(spare, len);
	deflate_head(head);
	deflate_tail(tail, deflate_adler(1, spare, len));
	bf_buf_add(out, head, sizeof head);
	deflate_part(deflate, spare, len, out);
	bf_buf_add(out, tail, sizeof tail);
	if (out->len - start >= len) {
		out->len = start;
		bf_buf_add(out, raw, len);
	}
}

int exr_zip_unpack(const unsigned char *packed, size_t packed_len, unsigned char *raw, size_t len,
	unsigned char *spare)
{
	if (packed_len == len) {
		memcpy(raw, packed, len);
		return 0;
	}
	if (deflate_undo(packed, packed_len, spare, len) < 0)
		return -1;
	undiffer(spare, len);
	unpart(spare, len, raw);
	return 0;
}
