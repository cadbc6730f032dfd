#include "tools/piece_exr_write.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "tools/piece_exr_head.h"

enum { BAND_BYTES = 1 << 20, GATHER = 1 << 20 };

struct table {
	uint64_t at;         /* where it is in the file */
	uint64_t *offset;
	uint32_t chunks;
	uint32_t chunk_rows;
};

struct exr_writer {
	int fd;
	char *path;
	bool multi;
	struct table *table;
	unsigned parts;
	uint64_t end;        /* of the file, with what is gathered */
	struct bf_buf gather;
};

uint32_t exr_band_rows(const struct piece_header *header)
{
	uint32_t rows = header->chunk_rows, most = (uint32_t)(BAND_BYTES / piece_row_bytes(header));
	return rows >= most ? rows : most - most % rows;
}

static int read_model(const char *model, struct exr_head *head, struct bf_err *err)
{
	int fd = bf_fs_open_file(AT_FDCWD, model, NULL, err);
	if (fd < 0)
		return -1;
	int result = exr_head_read(head, fd, err);
	if (result < 0)
		bf_err_prefix(err, "%s", model);
	close(fd);
	return result;
}

static void make_tables(struct exr_writer *writer, const struct exr_head *head, uint32_t height, uint64_t at)
{
	writer->parts = head->parts;
	writer->table = calloc(head->parts, sizeof *writer->table);
	if (!writer->table)
		abort();
	for (unsigned i = 0; i < head->parts; i++) {
		const struct exr_attribute *packing = exr_head_find(&head->part[i], "compression");
		struct table *table = &writer->table[i];
		table->chunk_rows = packing && packing->len ? exr_chunk_rows(packing->data[0]) : 0;
		if (!table->chunk_rows)
			table->chunk_rows = 1; /* readers refuse such a part */
		table->chunks = (height - 1) / table->chunk_rows + 1;
		table->offset = calloc(table->chunks, sizeof *table->offset);
		if (!table->offset)
			abort();
		table->at = at;
		at += table->chunks * (uint64_t)8;
	}
	writer->end = at;
}

static int flush(struct exr_writer *writer, struct bf_err *err)
{
	int result = bf_fs_write_all(writer->fd, writer->gather.data, writer->gather.len, writer->path, err);
	bf_buf_reset(&writer->gather);
	return result;
}

/* The tables as they are now: zeros first, offsets in the end. */
static int write_tables(struct exr_writer *writer, struct bf_err *err)
{
	for (unsigned i = 0; i < writer->parts; i++) {
		const struct table *table = &writer->table[i];
		for (uint32_t k = 0; k < table->chunks; k++) {
			unsigned char offset[8];
			exr_put64(offset, table->offset[k]);
			bf_buf_add(&writer->gather, offset, sizeof offset);
			if (writer->gather.len >= GATHER && flush(writer, err) < 0)
				return -1;
		}
	}
	return flush(writer, err);
}

int exr_write_begin(int fd, const char *path, const struct piece_header *header, const char *model,
	void **writer_out, struct bf_err *err)
{
	struct exr_head head = {0};
	struct bf_buf start = {0};
	int result = read_model(model, &head, err);
	if (result == 0) {
		struct exr_writer *writer = calloc(1, sizeof *writer);
		if (!writer || !(writer->path = strdup(path)))
			abort();
		exr_head_format(&head, header, &start);
		writer->fd = fd;
		writer->multi = head.flags & EXR_MULTI_PART;
		make_tables(writer, &head, header->height, start.len);
		result = bf_fs_write_all(fd, start.data, start.len, path, err);
		if (result == 0)
			result = write_tables(writer, err);
		if (result == 0)
			*writer_out = writer;
		else
			exr_writer_free(writer);
	}
	bf_buf_clear(&start);
	exr_head_clear(&head);
	return result;
}

static void note_chunk(struct exr_writer *writer, unsigned part, uint32_t row, uint64_t bytes)
{
	struct table *table = part < writer->parts ? &writer->table[part] : NULL;
	if (!table || row % table->chunk_rows || row / table->chunk_rows >= table->chunks)
		bf_bug("exr: a chunk at row %u of part %u", (unsigned)row, part);
	table->offset[row / table->chunk_rows] = writer->end;
	writer->end += bytes;
}

int exr_write_chunk(void *arg, unsigned part, uint32_t row, const unsigned char *packed, size_t len,
	struct bf_err *err)
{
	struct exr_writer *writer = arg;
	unsigned char lead[12];
	size_t lead_len = writer->multi ? 12 : 8;
	exr_put32(lead, part);
	exr_put32(lead + lead_len - 8, row);
	exr_put32(lead + lead_len - 4, (uint32_t)len);
	note_chunk(writer, part, row, lead_len + len);
	bf_buf_add(&writer->gather, lead, lead_len);
	if (len < GATHER) {
		bf_buf_add(&writer->gather, packed, len);
		return writer->gather.len >= GATHER ? flush(writer, err) : 0;
	}
	return flush(writer, err) < 0 ? -1 : bf_fs_write_all(writer->fd, packed, len, writer->path, err);
}

/* A packed band is a row of [part row length data], each for one chunk. */
int exr_write_band(void *arg, const struct piece_band *band, struct bf_err *err)
{
	const unsigned char *at = (const unsigned char *)band->packed.data, *end = at + band->packed.len;
	while (at < end) {
		uint32_t len = exr_get32(at + 8);
		if (exr_write_chunk(arg, exr_get32(at), exr_get32(at + 4), at + 12, len, err) < 0)
			return -1;
		at += 12 + len;
	}
	return 0;
}

int exr_write_end(void *arg, struct bf_err *err)
{
	struct exr_writer *writer = arg;
	if (flush(writer, err) < 0)
		return -1;
	for (unsigned i = 0; i < writer->parts; i++)
		for (uint32_t k = 0; k < writer->table[i].chunks; k++)
			if (!writer->table[i].offset[k])
				bf_bug("exr: part %u has no chunk %u", i, (unsigned)k);
	if (lseek(writer->fd, (off_t)writer->table[0].at, SEEK_SET) < 0)
		return bf_err_set(err, "%s: cannot go back to its beginning", writer->path);
	return write_tables(writer, err);
}

void exr_writer_free(void *arg)
{
	struct exr_writer *writer = arg;
	for (unsigned i = 0; i < writer->parts; i++)
		free(writer->table[i].offset);
	free(writer->table);
	bf_buf_clear(&writer->gather);
	free(writer->path);
	free(writer);
}

/* How bright the ground is in a channel of this name: colours show it, alpha is full, everything else is 0. */
static float mark_of(const char *name, bool light)
{
	const char *dot = strrchr(name, '.');
	const char *last = dot ? dot + 1 : name;
	if (!strcmp(last, "A"))
		return 1;
	return !strcmp(last, "R") || !strcmp(last, "G") || !strcmp(last, "B") || !strcmp(last, "V")
		? (light ? 0.125f : 0.03125f) : 0;
}

static void put_mark(unsigned char *to, const struct piece_plane *plane, float value)
{
	static const struct { float value; unsigned half; } halves[] = { { 1, 0x3c00 }, { 0.125f, 0x3000 }, { 0.03125f, 0x2800 } };
	uint32_t bits = 0;
	if (plane->type == PIECE_FLOAT)
		memcpy(&bits, &value, sizeof bits);
	for (size_t i = 0; plane->type == PIECE_HALF && i < sizeof halves / sizeof *halves; i++)
		if (value == halves[i].value)
			bits = halves[i].half;
	for (unsigned i = 0; i < plane->bytes; i++)
		to[i] = (unsigned char)(bits >> 8 * i);
}

void exr_mark(const struct piece_header *header, unsigned char *row, uint32_t y)
{
	for (unsigned i = 0; i < header->planes; i++) {
		const struct piece_plane *plane = &header->plane[i];
		for (uint32_t x = 0; x < header->width; x++, row += plane->bytes)
			put_mark(row, plane, mark_of(plane->name, (x / PIECE_MARK_SIDE + y / PIECE_MARK_SIDE) % 2));
	}
}
