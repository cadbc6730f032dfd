#include "share-layout/blendfile.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "share-layout/blendfile_head.h"
#include "share-layout/peek.h"

enum {
	HEAD_MAX = 64 * 1024, /* decoded bytes we look at; the wanted block comes first in the file */
	CHUNK = 64 * 1024,
	PACKED_MAX = 8 * 1024 * 1024, /* packed bytes we read for them */
	TAIL = 64,            /* ENDB begins in these last bytes, however long its header */
	WINDOW_LOG_MAX = 23   /* Blender's frames need 1 MB; a hostile one might ask for 2 GB */
};

static const int64_t INFLATE_MAX = (int64_t)16 << 30;

struct look {
	struct bf_peek *peek;
	struct bf_blendfile *out;
	const char *path;
	struct bf_err *err;
	unsigned char head[HEAD_MAX];
	size_t head_len;
	size_t block_head; /* length of a block's header, known once the head was taken */
	unsigned char chunk[CHUNK], plain[CHUNK];
};

const char *bf_blendfile_kind_name(enum bf_blendfile_kind kind)
{
	static const char *const name[] = { "not a .blend", "incomplete", "whole" };
	return name[kind];
}

static void incomplete(struct look *look, const char *why)
{
	look->out->kind = BF_BLENDFILE_INCOMPLETE;
	bf_err_set(look->err, "%s: not complete: %s", look->path, why);
}

static void not_blend(struct look *look, const char *why)
{
	look->out->kind = BF_BLENDFILE_NOT;
	bf_err_set(look->err, "%s: not a .blend file: %s", look->path, why);
}

/* The last block has nothing but its header; a copy may have come as far as the middle of that. */
static bool has_endb(const unsigned char *bytes, size_t len, size_t block_head)
{
	const unsigned char *found = memmem(bytes, len, "ENDB", 4);
	return found && (size_t)(bytes + len - found) >= block_head;
}

/* Version and scene from the decoded head. false: this is no .blend, or not enough of one. */
static bool take_head(struct look *look)
{
	struct bf_blendfile_layout layout;
	size_t known = look->head_len < 7 ? look->head_len : 7;
	if (memcmp(look->head, "BLENDER", known)) {
		not_blend(look, "it does not begin with BLENDER");
		return false;
	}
	if (look->head_len < 17) {
		incomplete(look, "its header is not there yet");
		return false;
	}
	if (!bf_blendfile_head(look->head, look->head_len, &look->out->version, &layout)) {
		not_blend(look, "its header is of an unknown kind");
		return false;
	}
	look->block_head = layout.head;
	bf_blendfile_find_scene(look->out, &layout, look->head, look->head_len);
	return true;
}

static void look_plain(struct look *look)
{
	unsigned char tail[TAIL];
	look->head_len = bf_peek_some(look->peek, 0, look->head, HEAD_MAX);
	if (!take_head(look))
		return;
	size_t len = look->peek->size < TAIL ? (size_t)look->peek->size : TAIL;
	if (!bf_peek_get(look->peek, look->peek->size - (int64_t)len, tail, len) || !has_endb(tail, len, look->block_head))
		incomplete(look, "the ENDB block at its end is missing");
	else
		look->out->kind = BF_BLENDFILE_WHOLE;
}

/* Decode the beginning of a zstd file into head. false when it cannot be decoded. */
static bool zstd_head(struct look *look)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	if (!stream)
		abort();
	ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	ZSTD_outBuffer out = { look->head, HEAD_MAX, 0 };
	int64_t at = 0;
	bool good = true;
	while (good && out.pos < HEAD_MAX && at < PACKED_MAX) {
		ZSTD_inBuffer in = { look->chunk, bf_peek_some(look->peek, at, look->chunk, CHUNK), 0 };
		if (!in.size)
			break;
		at += (int64_t)in.size;
		while (good && in.pos < in.size && out.pos < HEAD_MAX)
			good = !ZSTD_isError(ZSTD_decompressStream(stream, &out, &in));
	}
	ZSTD_freeDStream(stream);
	look->head_len = out.pos;
	return good || out.pos >= 17;
}

/* The seek table: a skippable frame (magic, size) with one entry per frame (packed size, plain
 * size, maybe a checksum), their number, flags and a magic of its own. Its packed sizes must add
 * up to where it begins. */
static bool zstd_table_fits(struct bf_peek *peek)
{
	unsigned char foot[9], head[8], entry[4];
	if (!bf_peek_get(peek, peek->size - 9, foot, 9) || bf_le32(foot + 5) != 0x8f92eab1)
		return false;
	int64_t count = bf_le32(foot), wide = foot[4] & 0x80 ? 12 : 8;
	int64_t start = peek->size - 9 - count * wide - 8;
	if (!bf_peek_get(peek, start, head, 8) || bf_le32(head) != 0x184d2a5e
			|| bf_le32(head + 4) != count * wide + 9)
		return false;
	int64_t sum = 0;
	for (int64_t i = 0; i < count && sum <= start; i++) {
		if (!bf_peek_get(peek, start + 8 + i * wide, entry, 4))
			return false;
		sum += bf_le32(entry);
	}
	return count > 0 && sum == start;
}

static void look_zstd(struct look *look)
{
	look->out->packing = BF_BLENDFILE_ZSTD;
	bool decoded = zstd_head(look), ended = zstd_table_fits(look->peek);
	if (look->head_len && !take_head(look))
		return;
	if (!ended)
		incomplete(look, "the zstd seek table at its end is missing");
	else if (!decoded || !look->head_len)
		incomplete(look, "its first zstd frame is damaged");
	else
		look->out->kind = BF_BLENDFILE_WHOLE;
}

/* Keep the last TAIL bytes of what passes by. */
static void keep_tail(unsigned char tail[TAIL], size_t *len, const unsigned char *bytes, size_t n)
{
	if (n >= TAIL) {
		memcpy(tail, bytes + n - TAIL, TAIL);
		*len = TAIL;
		return;
	}
	size_t keep = *len + n > TAIL ? TAIL - n : *len;
	memmove(tail, tail + (*len - keep), keep);
	memcpy(tail + keep, bytes, n);
	*len = keep + n;
}

enum inflated { INFLATE_DAMAGED, INFLATE_SHORT, INFLATE_LONG, INFLATE_ENDB, INFLATE_NO_ENDB };

/* Put what was decoded into head and tail. */
static void take_plain(struct look *look, unsigned char tail[TAIL], size_t *tail_len, size_t n)
{
	size_t room = HEAD_MAX - look->head_len, take = n < room ? n : room;
	memcpy(look->head + look->head_len, look->plain, take);
	look->head_len += take;
	keep_tail(tail, tail_len, look->plain, n);
}

static enum inflated inflate_all(struct look *look, z_stream *stream)
{
	unsigned char tail[TAIL] = {0};
	size_t tail_len = 0;
	int64_t at = 0, total = 0;
	for (;;) {
		if (!stream->avail_in) {
			stream->next_in = look->chunk;
			stream->avail_in = (uInt)bf_peek_some(look->peek, at, look->chunk, CHUNK);
			at += stream->avail_in;
			if (!stream->avail_in)
				return INFLATE_SHORT;
		}
		stream->next_out = look->plain;
		stream->avail_out = CHUNK;
		int result = inflate(stream, Z_NO_FLUSH);
		if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
			return INFLATE_DAMAGED;
		take_plain(look, tail, &tail_len, CHUNK - stream->avail_out);
		total += CHUNK - stream->avail_out;
		if (look->head_len >= 7 && memcmp(look->head, "BLENDER", 7))
			return INFLATE_NO_ENDB; /* not ours: do not inflate a stranger's gigabytes */
		if (total > INFLATE_MAX)
			return INFLATE_LONG;
		if (result == Z_STREAM_END)
			return has_endb(tail, tail_len, 4) ? INFLATE_ENDB : INFLATE_NO_ENDB;
	}
}

static void look_gzip(struct look *look)
{
	static const char *const why[] = {
		[INFLATE_DAMAGED] = "its gzip data is damaged",
		[INFLATE_SHORT] = "its gzip data ends too early",
		[INFLATE_LONG] = "it holds more than 16 GiB",
		[INFLATE_NO_ENDB] = "the ENDB block at its end is missing",
	};
	z_stream stream = {0};
	look->out->packing = BF_BLENDFILE_GZIP;
	if (inflateInit2(&stream, 15 + 16) != Z_OK)
		abort();
	enum inflated result = inflate_all(look, &stream);
	inflateEnd(&stream);
	if (look->head_len && !take_head(look))
		return;
	if (result != INFLATE_ENDB)
		incomplete(look, why[result]);
	else
		look->out->kind = BF_BLENDFILE_WHOLE;
}

/* Some copy programs make the file in its full size first and fill it afterwards. */
static bool all_zero(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

static void look_any(struct look *look)
{
	static const unsigned char zstd[] = { 0x28, 0xb5, 0x2f, 0xfd }, gzip[] = { 0x1f, 0x8b, 8, 0 };
	unsigned char start[512] = {0};
	size_t len = bf_peek_some(look->peek, 0, start, sizeof start);
	if (!look->peek->size)
		incomplete(look, "it is empty");
	else if (all_zero(start, len))
		incomplete(look, "it begins with zeros");
	else if (len < 4 && (!memcmp(start, zstd, len) || !memcmp(start, gzip, len)))
		incomplete(look, "its header is not there yet");
	else if (!memcmp(start, zstd, 4))
		look_zstd(look);
	else if (!memcmp(start, gzip, 2))
		look_gzip(look);
	else
		look_plain(look);
}

static int look_at(struct bf_peek *peek, const char *path, struct bf_blendfile *out, struct bf_err *err)
{
	struct look *look = calloc(1, sizeof *look);
	if (!look)
		abort();
	look->peek = peek;
	look->out = out;
	look->path = path;
	look->err = err;
	*out = (struct bf_blendfile){ .size = peek->size };
	look_any(look);
	free(look);
	return peek->sys ? bf_err_sys(err, peek->sys, "read(%s)", path) : 1;
}

int bf_blendfile_look_fd(int fd, const char *path, struct bf_blendfile *out, struct bf_err *err)
{
	struct bf_peek peek;
	if (bf_peek_use(&peek, fd, path, err) < 0)
		return -1;
	return look_at(&peek, path, out, err);
}

int bf_blendfile_look(int dir, const char *path, struct bf_blendfile *out, struct bf_err *err)
{
	struct bf_peek peek;
	int result = bf_peek_open(&peek, dir, path, err);
	if (result == 1)
		result = look_at(&peek, path, out, err);
	bf_peek_close(&peek);
	return result;
}
