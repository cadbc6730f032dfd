#include "tools/deflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "share-layout/base/err.h"

#ifdef BF_HAVE_ISAL
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#endif

enum { STORED_MAX = 65535, PART_MAX = 1 << 30 };

struct deflate {
	bool fast;
	z_stream zlib;
#ifdef BF_HAVE_ISAL
	struct isal_zstream isal;
	unsigned char work[ISAL_DEF_LVL1_DEFAULT];
#endif
};

bool deflate_is_fast(void)
{
#ifdef BF_HAVE_ISAL
	const char *wish = getenv("BF_DEFLATE");
	return !wish || strcmp(wish, "zlib");
#else
	return false;
#endif
}

struct deflate *deflate_new(void)
{
	struct deflate *deflate = calloc(1, sizeof *deflate);
	if (!deflate)
		abort();
	deflate->fast = deflate_is_fast();
	/* Z_RLE finds the long runs of flat areas and nothing else: on noise as small as the full search
	 * and three times as quick. */
	if (!deflate->fast && deflateInit2(&deflate->zlib, 1, Z_DEFLATED, -15, 9, Z_RLE) != Z_OK)
		abort();
	return deflate;
}

void deflate_free(struct deflate *deflate)
{
	if (!deflate)
		return;
	if (!deflate->fast)
		deflateEnd(&deflate->zlib);
	free(deflate);
}

static size_t stored_bound(size_t len)
{
	return len + (len / STORED_MAX + 1) * 5;
}

/* The way out when compressing makes it longer. An empty block behind it is not needed: stored
 * blocks end on byte boundaries. */
static void put_stored(const unsigned char *bytes, size_t len, struct bf_buf *out)
{
	do {
		size_t n = len < STORED_MAX ? len : STORED_MAX;
		const unsigned char head[5] = { 0, (unsigned char)n, (unsigned char)(n >> 8),
			(unsigned char)~n, (unsigned char)(~n >> 8) };
		bf_buf_add(out, head, sizeof head);
		bf_buf_add(out, bytes, n);
		bytes += n;
		len -= n;
	} while (len);
}

/* Both return the bytes made, or 0 when there was not room enough. */
#ifdef BF_HAVE_ISAL
static size_t part_isal(struct deflate *state, const unsigned char *bytes, size_t len,
	unsigned char *to, size_t room)
{
	struct isal_zstream *stream = &state->isal;
	isal_deflate_init(stream);
	stream->level = 1;
	stream->level_buf = state->work;
	stream->level_buf_size = sizeof state->work;
	stream->flush = SYNC_FLUSH;
	stream->next_in = (unsigned char *)bytes;
	stream->avail_in = (uint32_t)len;
	stream->next_out = to;
	stream->avail_out = (uint32_t)room;
	if (isal_deflate(stream) != COMP_OK || stream->avail_in || stream->avail_out == 0)
		return 0;
	return room - stream->avail_out;
}
#else
static size_t part_isal(struct deflate *state, const unsigned char *bytes, size_t len,
	unsigned char *to, size_t room)
{
	(void)state, (void)bytes, (void)len, (void)to, (void)room;
	return 0;
}
#endif

static size_t part_zlib(struct deflate *state, const unsigned char *bytes, size_t len,
	unsigned char *to, size_t room)
{
	z_stream *stream = &state->zlib;
	deflateReset(stream);
	stream->next_in = (unsigned char *)bytes;
	stream->avail_in = (uInt)len;
	stream->next_out = to;
	stream->avail_out = (uInt)room;
	if (deflate(stream, Z_SYNC_FLUSH) != Z_OK || stream->avail_in || stream->avail_out == 0)
		return 0;
	return room - stream->avail_out;
}

void deflate_part(struct deflate *state, const unsigned char *bytes, size_t len, struct bf_buf *out)
{
	if (len > PART_MAX)
		bf_bug("deflate_part: %zu bytes", len);
	size_t room = stored_bound(len);
	unsigned char *to = (unsigned char *)bf_buf_reserve(out, room);
	size_t made = state->fast ? part_isal(state, bytes, len, to, room)
		: part_zlib(state, bytes, len, to, room);
	if (made)
		out->len += made;
	else
		put_stored(bytes, len, out);
}

#ifdef BF_HAVE_ISAL
static int undo_isal(const unsigned char *packed, size_t packed_len, unsigned char *bytes, size_t len)
{
	struct inflate_state *state = malloc(sizeof *state);
	if (!state)
		abort();
	isal_inflate_init(state);
	state->crc_flag = ISAL_ZLIB;
	state->next_in = (unsigned char *)packed;
	state->avail_in = (uint32_t)packed_len;
	state->next_out = bytes;
	state->avail_out = (uint32_t)len;
	int told = isal_inflate_stateless(state);
	size_t left = state->avail_out;
	free(state);
	return told == ISAL_DECOMP_OK && left == 0 ? 0 : -1;
}
#else
static int undo_isal(const unsigned char *packed, size_t packed_len, unsigned char *bytes, size_t len)
{
	(void)packed, (void)packed_len, (void)bytes, (void)len;
	return -1;
}
#endif

int deflate_undo(const unsigned char *packed, size_t packed_len, unsigned char *bytes, size_t len)
{
	uLongf made = len;
	if (packed_len > UINT32_MAX || len > UINT32_MAX)
		return -1;
	if (deflate_is_fast())
		return undo_isal(packed, packed_len, bytes, len);
	return uncompress(bytes, &made, packed, packed_len) == Z_OK && made == len ? 0 : -1;
}

void deflate_head(unsigned char head[DEFLATE_HEAD])
{
	head[0] = 0x78; /* deflate, 32 KB window */
	head[1] = 0x01; /* the quickest way; makes the two bytes a multiple of 31 */
}

void deflate_tail(unsigned char tail[DEFLATE_TAIL], uint32_t check)
{
	tail[0] = 0x03; /* the last block, with fixed codes, and its end code: nothing in it */
	tail[1] = 0x00;
	for (int i = 0; i < 4; i++)
		tail[2 + i] = (unsigned char)(check >> (24 - 8 * i));
}

uint32_t deflate_adler(uint32_t adler, const unsigned char *bytes, size_t len)
{
#ifdef BF_HAVE_ISAL
	return isal_adler32(adler, bytes, len);
#else
	return (uint32_t)adler32_z(adler, bytes, len);
#endif
}

uint32_t deflate_adler_join(uint32_t a, uint32_t b, uint64_t len_b)
{
	return (uint32_t)adler32_combine(a, b, (z_off_t)len_b);
}

uint32_t deflate_crc(uint32_t crc, const unsigned char *bytes, size_t len)
{
#ifdef BF_HAVE_ISAL
	return crc32_gzip_refl(crc, bytes, len);
#else
	return (uint32_t)crc32_z(crc, bytes, len);
#endif
}
