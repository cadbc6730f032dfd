#include "tools/piece.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "tools/piece_exr.h"
#include "tools/piece_png.h"

struct piece {
	const struct piece_kind *kind;
	void *reader;
	char *path;
	uint32_t rows_read;
	struct piece_crop crop;
	struct piece_header header; /* of what is left after cropping */
};

/* A new kind of picture is one more line here. */
static const struct piece_kind *const kinds[] = { &piece_png, &piece_exr };

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

int piece_open(const char *path, unsigned part, struct piece **piece_out, struct bf_err *err)
{
	int64_t size;
	int fd = bf_fs_open_file(AT_FDCWD, path, &size, err);
	if (fd < 0)
		return -1;
	const struct piece_kind *kind = kind_of(fd);
	struct piece *piece = calloc(1, sizeof *piece);
	if (!piece || !(piece->path = strdup(path)))
		abort();
	piece->header.part = part;
	if (!kind) {
		bf_err_set(err, "%s: not a PNG or EXR file", path);
	} else if (kind->open(fd, size, &piece->header, &piece->reader, err) < 0) {
		bf_err_prefix(err, "%s", path);
	} else {
		piece->kind = kind;
		*piece_out = piece;
		return 0;
	}
	close(fd);
	piece_close(&piece);
	return -1;
}

int piece_crop(struct piece *piece, const struct piece_crop *crop, struct bf_err *err)
{
	struct piece_header *header = &piece->header;
	uint64_t across = (uint64_t)crop->left + crop->right, down = (uint64_t)crop->top + crop->bottom;
	if (across >= header->width || down >= header->height)
		return bf_err_set(err, "%s has %ux%u pixels: nothing is left when %u,%u,%u,%u are cut off", piece->path,
			(unsigned)header->width, (unsigned)header->height, (unsigned)crop->left, (unsigned)crop->top,
			(unsigned)crop->right, (unsigned)crop->bottom);
	piece->crop = *crop;
	header->width -= (uint32_t)across;
	header->height -= (uint32_t)down;
	return 0;
}

const struct piece_header *piece_header(const struct piece *piece)
{
	return &piece->header;
}

const struct piece_kind *piece_kind(const struct piece *piece)
{
	return piece->kind;
}

static int read_rows(struct piece *piece, const struct piece_target *to, uint32_t count, struct bf_err *err)
{
	if (count && piece->kind->read(piece->reader, piece->crop.left, piece->header.width, to, count, err) < 0)
		return bf_err_prefix(err, "%s", piece->path);
	return 0;
}

int piece_read(struct piece *piece, const struct piece_target *to, uint32_t count, struct bf_err *err)
{
	if (count > piece->header.height - piece->rows_read)
		bf_bug("piece_read: %s has no more rows", piece->path);
	if (piece->rows_read == 0 && read_rows(piece, NULL, piece->crop.top, err) < 0)
		return -1;
	piece->rows_read += count;
	return read_rows(piece, to, count, err);
}

int piece_copy(struct piece *piece, void *writer, uint32_t first_row, struct bf_err *err)
{
	if (piece->kind->copy(piece->reader, writer, first_row, err) < 0)
		return bf_err_prefix(err, "%s", piece->path);
	return 0;
}

int piece_end(struct piece *piece, struct bf_err *err)
{
	if (read_rows(piece, NULL, piece->crop.bottom, err) < 0)
		return -1;
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
	piece_header_clear(&(*piece)->header);
	free((*piece)->path);
	free(*piece);
	*piece = NULL;
}

size_t piece_row_bytes(const struct piece_header *header)
{
	return header->width * header->pixel_bytes;
}

void piece_header_planes(struct piece_header *header, unsigned planes)
{
	header->planes = planes;
	header->plane = calloc(planes + 1, sizeof *header->plane);
	if (!header->plane)
		abort();
}

void piece_header_copy(struct piece_header *to, const struct piece_header *from)
{
	*to = *from;
	memset(&to->colour, 0, sizeof to->colour);
	memset(&to->text, 0, sizeof to->text);
	piece_tags_copy(&to->colour, &from->colour);
	piece_tags_copy(&to->text, &from->text);
	piece_header_planes(to, from->planes);
	for (unsigned i = 0; i < from->planes; i++) {
		to->plane[i] = from->plane[i];
		if (from->plane[i].name && !(to->plane[i].name = strdup(from->plane[i].name)))
			abort();
	}
}

void piece_header_clear(struct piece_header *header)
{
	piece_tags_clear(&header->colour);
	piece_tags_clear(&header->text);
	for (unsigned i = 0; i < header->planes; i++)
		free(header->plane[i].name);
	free(header->plane);
	memset(header, 0, sizeof *header);
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
	tag->data[len] = '\0';
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
