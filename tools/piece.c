#include "tools/piece.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "tools/piece_png.h"

struct piece {
	const struct piece_kind *kind;
	void *reader;
	char *path;
	uint32_t rows_read;
	struct piece_header header;
};

/* A new kind of picture is one more line here. */
static const struct piece_kind *const kinds[] = { &piece_png };

static const struct piece_kind *kind_of(int fd)
{
	unsigned char start[16];
	ssize_t len;
	do
		len = pread(fd, start, sizeof start, 0);
	while (len < 0 && errno == EINTR);
	for (size_t i = 0; len > 0 && i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i]->is(start, (size_t)len))
			return kinds[i];
	return NULL;
}

int piece_open(const char *path, struct piece **piece_out, struct bf_err *err)
{
	int64_t size;
	int fd = bf_fs_open_file(AT_FDCWD, path, &size, err);
	if (fd < 0)
		return -1;
	const struct piece_kind *kind = kind_of(fd);
	struct piece *piece = calloc(1, sizeof *piece);
	if (!piece || !(piece->path = strdup(path)))
		abort();
	int result = -1;
	if (!kind) {
		bf_err_set(err, "%s: not a PNG file", path);
	} else if (kind->open(fd, size, &piece->header, &piece->reader, err) < 0) {
		bf_err_prefix(err, "%s", path);
	} else {
		piece->kind = kind;
		*piece_out = piece;
		return 0;
	}
	close(fd);
	piece_close(&piece);
	return result;
}

const struct piece_header *piece_header(const struct piece *piece)
{
	return &piece->header;
}

const struct piece_kind *piece_kind(const struct piece *piece)
{
	return piece->kind;
}

int piece_read(struct piece *piece, unsigned char *rows, size_t stride, uint32_t count, struct bf_err *err)
{
	if (count > piece->header.height - piece->rows_read)
		bf_bug("piece_read: %s has no more rows", piece->path);
	if (piece->kind->read(piece->reader, rows, stride, count, err) < 0)
		return bf_err_prefix(err, "%s", piece->path);
	piece->rows_read += count;
	return 0;
}

int piece_end(struct piece *piece, struct bf_err *err)
{
	if (piece->kind->end(piece->reader, err) < 0)
		return bf_err_prefix(err, "%s", piece->path);
	return 0;
}

void piece_close(struct piece **piece)
{
	if (!*piece)
		return;
	if ((*piece)->kind)
		(*piece)->kind->close((*piece)->reader);
	piece_tags_clear(&(*piece)->header.colour);
	piece_tags_clear(&(*piece)->header.text);
	free((*piece)->path);
	free(*piece);
	*piece = NULL;
}

size_t piece_pixel_bytes(const struct piece_header *header)
{
	return (size_t)header->samples * header->sample_bytes;
}

size_t piece_row_bytes(const struct piece_header *header)
{
	return header->width * piece_pixel_bytes(header);
}

bool piece_size_ok(uint64_t width, uint64_t height)
{
	return width && height && width <= PIECE_SIDE_MAX && height <= PIECE_SIDE_MAX &&
		width * height <= PIECE_PIXELS_MAX;
}

void piece_tags_add(struct piece_tags *tags, const char *key, const void *data, size_t len)
{
	if (strlen(key) >= sizeof tags->item->key)
		return;
	if (tags->count == tags->room) {
		tags->room = tags->room ? tags->room * 2 : 16;
		tags->item = realloc(tags->item, tags->room * sizeof *tags->item);
		if (!tags->item)
			abort();
	}
	struct piece_tag *tag = &tags->item[tags->count++];
	memset(tag, 0, sizeof *tag);
	memcpy(tag->key, key, strlen(key) + 1);
	tag->data = malloc(len + 1);
	if (!tag->data)
		abort();
	if (len)
		memcpy(tag->data, data, len);
	tag->len = len;
}

struct piece_tag *piece_tags_find(const struct piece_tags *tags, const char *key)
{
	for (size_t i = 0; i < tags->count; i++)
		if (!strcmp(tags->item[i].key, key))
			return &tags->item[i];
	return NULL;
}

void piece_tags_copy(struct piece_tags *to, const struct piece_tags *from)
{
	for (size_t i = 0; i < from->count; i++)
		piece_tags_add(to, from->item[i].key, from->item[i].data, from->item[i].len);
}

void piece_tags_clear(struct piece_tags *tags)
{
	for (size_t i = 0; i < tags->count; i++)
		free(tags->item[i].data);
	free(tags->item);
	memset(tags, 0, sizeof *tags);
}

static const char *missing_in(const struct piece_tags *a, const struct piece_tags *b)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct piece_tag *mine = &a->item[i], *other = piece_tags_find(b, mine->key);
		if (!other || other->len != mine->len || memcmp(other->data, mine->data, mine->len))
			return mine->key;
	}
	return NULL;
}

const char *piece_tags_differ(const struct piece_tags *a, const struct piece_tags *b)
{
	const char *key = missing_in(a, b);
	return key ? key : missing_in(b, a);
}
