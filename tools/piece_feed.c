/* The fast way is a small generator: whenever its segment is used up, it makes the next one.
 *
 *   chunk ──────────► its 8 header bytes, body and checksum pass as they are
 *   IDAT  ──inflate─► plain bytes ──► [length IDAT 00 n ~n] [n plain bytes] [no checksum]  ...
 *   end of the compressed data ─────► [length IDAT 01 00 00 ff ff and an Adler-32 nobody reads]
 *
 * The headers between two slices of plain bytes lie in `small`. */
#include "tools/piece_feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/sys.h"
#include "tools/deflate.h"

#ifdef BF_HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif

enum {
	FILE_BUFFER = 1 << 16,
	PLAIN_BUFFER = 1 << 17, /* isa-l decodes straight into it and copies only 32 KB aside */
	STORED_MAX = 65535,
	FAST_FROM = 1 << 16,    /* bytes of a file that pay for 100 KB of decoder tables */
};

struct piece_feed {
	int fd;
	size_t at, len; /* what is left of the file buffer */
	struct feed_fast *fast;
	unsigned char file[FILE_BUFFER];
};

static int refill(struct piece_feed *feed, struct bf_err *err)
{
	ssize_t n;
	do
		n = bf_sys.read(feed->fd, feed->file, sizeof feed->file);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return bf_err_sys(err, errno, "read");
	if (n == 0)
		return bf_err_set(err, "the file ends too early (truncated)");
	feed->at = 0;
	feed->len = (size_t)n;
	return 0;
}

static int file_bytes(struct piece_feed *feed, unsigned char *bytes, size_t len, struct bf_err *err)
{
	while (len) {
		if (feed->at == feed->len && refill(feed, err) < 0)
			return -1;
		size_t n = feed->len - feed->at < len ? feed->len - feed->at : len;
		memcpy(bytes, feed->file + feed->at, n);
		feed->at += n;
		bytes += n;
		len -= n;
	}
	return 0;
}

#ifdef BF_HAVE_ISAL

enum feed_state { FEED_START, FEED_CHUNK, FEED_BODY, FEED_CHECK, FEED_HEAD, FEED_SLICE, FEED_LAST };

struct feed_fast {
	enum feed_state state;
	const unsigned char *next; /* the segment being handed out */
	size_t left;
	uint32_t body;             /* bytes of the present chunk not yet taken from the file */
	uint32_t crc;              /* of the present chunk so far */
	bool first;                /* no picture data handed out yet: the zlib header is due */
	bool ended;                /* the compressed data is complete */
	size_t plain_at, plain_len;
	unsigned char small[32];
	unsigned char plain[PLAIN_BUFFER];
	struct inflate_state inflate;
};

static void put32(unsigned char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t get32(const unsigned char *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static int hand_out(struct feed_fast *fast, const unsigned char *bytes, size_t len)
{
	fast->next = bytes;
	fast->left = len;
	return 0;
}

/* Read a chunk's length and type into small and start its checksum. */
static int chunk_head(struct piece_feed *feed, struct bf_err *err)
{
	struct feed_fast *fast = feed->fast;
	if (file_bytes(feed, fast->small, 8, err) < 0)
		return -1;
	fast->body = get32(fast->small);
	if (fast->body > INT32_MAX)
		return bf_err_set(err, "a chunk says it is longer than any chunk may be");
	fast->crc = deflate_crc(0, fast->small + 4, 4);
	return 0;
}

static int chunk_check(struct piece_feed *feed, struct bf_err *err)
{
	struct feed_fast *fast = feed->fast;
	if (file_bytes(feed, fast->small, 4, err) < 0)
		return -1;
	if (get32(fast->small) != fast->crc)
		return bf_err_set(err, "wrong checksum of a chunk");
	return 0;
}

/* Take up to `most` bytes of the present chunk's body out of the file buffer, checksummed. */
static int body_bytes(struct piece_feed *feed, size_t most, const unsigned char **bytes, size_t *len,
	struct bf_err *err)
{
	struct feed_fast *fast = feed->fast;
	if (feed->at == feed->len && refill(feed, err) < 0)
		return -1;
	size_t n = feed->len - feed->at;
	if (n > most)
		n = most;
	if (n > fast->body)
		n = fast->body;
	*bytes = feed->file + feed->at;
	*len = n;
	fast->crc = deflate_crc(fast->crc, *bytes, n);
	fast->body -= (uint32_t)n;
	feed->at += n;
	return 0;
}

/* Give the decoder the next bytes of picture data, crossing from one IDAT chunk into the next. */
static int more_picture(struct piece_feed *feed, struct bf_err *err)
{
	struct feed_fast *fast = feed->fast;
	while (fast->body == 0) {
		if (chunk_check(feed, err) < 0 || chunk_head(feed, err) < 0)
			return -1;
		if (memcmp(fast->small + 4, "IDAT", 4))
			return bf_err_set(err, "not enough picture data");
	}
	const unsigned char *bytes;
	size_t len;
	if (body_bytes(feed, FILE_BUFFER, &bytes, &len, err) < 0)
		return -1;
	fast->inflate.next_in = (unsigned char *)bytes;
	fast->inflate.avail_in = (uint32_t)len;
	return 0;
}

/* Fill `plain` as far as the compressed data goes. */
static int inflate_plain(struct piece_feed *feed, struct bf_err *err)
{
	struct feed_fast *fast = feed->fast;
	struct inflate_state *inflate = &fast->inflate;
	inflate->next_out = fast->plain;
	inflate->avail_out = sizeof fast->plain;
	while (inflate->avail_out && !fast->ended) {
		/* The decoder may still hold output although it has no input: ask it first. */
		uint32_t had_out = inflate->avail_out, had_in = inflate->avail_in;
		int told = isal_inflate(inflate);
		fast->ended = inflate->block_state == ISAL_BLOCK_FINISH;
		bool stuck = !fast->ended && inflate->avail_out == had_out && inflate->avail_in == had_in;
		if (told < 0 || (stuck && had_in))
			return bf_err_set(err, "the compressed picture data is damaged");
		if (stuck && more_picture(feed, err) < 0)
			return -1;
	}
	fast->plain_at = 0;
	fast->plain_len = sizeof fast->plain - inflate->avail_out;
	return 0;
}

/* The head of an IDAT chunk that holds one stored block (and before the first the zlib header). The
 * checksum of the chunk before it goes in front, four bytes that nobody looks at. */
static int stored_head(struct feed_fast *fast, size_t len, bool last)
{
	unsigned char *p = fast->small;
	if (!fast->first)
		p += 4;
	unsigned char *head = p;
	memcpy(p + 4, "IDAT", 4);
	p += 8;
	if (fast->first) {
		*p++ = 0x78;
		*p++ = 0x01;
	}
	*p++ = last;
	*p++ = (unsigned char)len;
	*p++ = (unsigned char)(len >> 8);
	*p++ = (unsigned char)~len;
	*p++ = (unsigned char)(~len >> 8);
	size_t tail = last ? 8 : 0; /* Adler-32 and the checksum of this last chunk */
	memset(p, 0, tail);
	put32(head, (uint32_t)((size_t)(p - head) - 8 + len + (last ? 4 : 0)));
	fast->first = false;
	return hand_out(fast, fast->small, (size_t)(p - fast->small) + tail);
}

static size_t slice_len(const struct feed_fast *fast)
{
	size_t len = fast->plain_len - fast->plain_at;
	return len < STORED_MAX ? len : STORED_MAX;
}

static int make_head(struct piece_feed *feed, struct bf_err *err)
{
	struct feed_fast *fast = feed->fast;
	if (fast->plain_at == fast->plain_len && !fast->ended && inflate_plain(feed, err) < 0)
		return -1;
	size_t len = slice_len(fast);
	fast->state = len ? FEED_SLICE : FEED_LAST;
	return stored_head(fast, len, len == 0);
}

/* What lies behind the compressed data in its last chunk is of no use, but checked. */
static int skip_body(struct piece_feed *feed, struct bf_err *err)
{
	const unsigned char *bytes;
	size_t len;
	while (feed->fast->body)
		if (body_bytes(feed, FILE_BUFFER, &bytes, &len, err) < 0)
			return -1;
	return chunk_check(feed, err);
}

static int make_chunk(struct piece_feed *feed, struct bf_err *err)
{
	struct feed_fast *fast = feed->fast;
	if (chunk_head(feed, err) < 0)
		return -1;
	if (memcmp(fast->small + 4, "IDAT", 4) || fast->ended) {
		fast->state = fast->body ? FEED_BODY : FEED_CHECK;
		return hand_out(fast, fast->small, 8);
	}
	return make_head(feed, err);
}

static int make_segment(struct piece_feed *feed, struct bf_err *err)
{
	struct feed_fast *fast = feed->fast;
	const unsigned char *bytes;
	size_t len;
	switch (fast->state) {
	case FEED_START:
		fast->state = FEED_CHUNK;
		return file_bytes(feed, fast->small, 8, err) < 0 ? -1 : hand_out(fast, fast->small, 8);
	case FEED_CHUNK:
		return make_chunk(feed, err);
	case FEED_BODY:
		if (body_bytes(feed, FILE_BUFFER, &bytes, &len, err) < 0)
			return -1;
		if (fast->body == 0)
			fast->state = FEED_CHECK;
		return hand_out(fast, bytes, len);
	case FEED_CHECK:
		fast->state = FEED_CHUNK;
		return chunk_check(feed, err) < 0 ? -1 : hand_out(fast, fast->small, 4);
	case FEED_HEAD:
		return make_head(feed, err);
	case FEED_SLICE:
		len = slice_len(fast);
		bytes = fast->plain + fast->plain_at;
		fast->plain_at += len;
		fast->state = FEED_HEAD;
		return hand_out(fast, bytes, len);
	case FEED_LAST:
		fast->state = FEED_CHUNK;
		return skip_body(feed, err) < 0 ? -1 : make_chunk(feed, err);
	}
	return -1;
}

static int fast_bytes(struct piece_feed *feed, unsigned char *bytes, size_t len, struct bf_err *err)
{
	struct feed_fast *fast = feed->fast;
	while (len) {
		if (fast->left == 0 && make_segment(feed, err) < 0)
			return -1;
		size_t n = fast->left < len ? fast->left : len;
		memcpy(bytes, fast->next, n);
		fast->next += n;
		fast->left -= n;
		bytes += n;
		len -= n;
	}
	return 0;
}

static struct feed_fast *fast_new(void)
{
	struct feed_fast *fast = calloc(1, sizeof *fast);
	if (!fast)
		abort();
	fast->first = true;
	isal_inflate_init(&fast->inflate);
	fast->inflate.crc_flag = ISAL_ZLIB;
	return fast;
}

#else

struct feed_fast { int unused; };

static int fast_bytes(struct piece_feed *feed, unsigned char *bytes, size_t len, struct bf_err *err)
{
	return file_bytes(feed, bytes, len, err);
}

static struct feed_fast *fast_new(void)
{
	return NULL;
}

#endif

struct piece_feed *piece_feed_new(int fd, int64_t size)
{
	struct piece_feed *feed = malloc(sizeof *feed);
	if (!feed)
		abort();
	feed->fd = fd;
	feed->at = feed->len = 0;
	feed->fast = size >= FAST_FROM && deflate_is_fast() ? fast_new() : NULL;
	return feed;
}

void piece_feed_free(struct piece_feed *feed)
{
	if (!feed)
		return;
	free(feed->fast);
	free(feed);
}

bool piece_feed_is_fast(const struct piece_feed *feed)
{
	return feed->fast;
}

int piece_feed_read(struct piece_feed *feed, unsigned char *bytes, size_t len, struct bf_err *err)
{
	return feed->fast ? fast_bytes(feed, bytes, len, err) : file_bytes(feed, bytes, len, err);
}
