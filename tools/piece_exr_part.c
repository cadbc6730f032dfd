#include "tools/piece_exr_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/piece_exr_head.h"
#include "tools/piece_exr_pack.h"

enum {
	CHUNK_BYTES_MAX = 1 << 30,
	/* How much the best packed bytes can become: deflate 1032; the Huffman runs of PIZ are longer. */
	RATIO_DEFLATE = 1032, RATIO_OTHER = 1 << 16,
};

int exr_part_window(struct piece_header *header, int64_t width, int64_t height, struct bf_err *err)
{
	if (width < 1 || height < 1 || !piece_size_ok((uint64_t)width, (uint64_t)height))
		return bf_err_set(err, "%lldx%lld pixels are too many", (long long)width, (long long)height);
	header->width = (uint32_t)width;
	header->height = (uint32_t)height;
	return 0;
}

int exr_part_packing(struct piece_header *header, int packing, int32_t chunk_rows, struct bf_err *err)
{
	header->packing = packing;
	header->chunk_rows = exr_chunk_rows(packing);
	header->copy_only = exr_copy_only(packing);
	header->alpha = true; /* what is not zero is seen */
	if (!header->chunk_rows || (uint32_t)chunk_rows != header->chunk_rows)
		return bf_err_set(err, "%s cannot be joined", exr_packing_name(packing));
	return 0;
}

int exr_part_planes(struct piece_header *header, int count, struct bf_err *err)
{
	if (count < 1 || count > PIECE_PLANES_MAX)
		return bf_err_set(err, "an EXR part with %d channels", count);
	piece_header_planes(header, (unsigned)count);
	return 0;
}

static bool is_among(const char *word, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

/* "ViewLayer.Debug Render Time.X": the word in the middle says what it is. */
static enum piece_mix mix_of(const char *name, enum piece_type type)
{
	static const char *const firsts[] = { "Depth", "Position", "IndexOB", "IndexMA", "Object Index", "Material Index" };
	static const char *const sums[] = { "Debug Render Time", "Render Time", "Debug Sample Count", "Sample Count" };
	char pass[256];
	const char *dot = strrchr(name, '.');
	if (!dot)
		return type == PIECE_UINT || !strcmp(name, "Z") ? PIECE_MIX_FIRST : PIECE_MIX_MEAN;
	snprintf(pass, sizeof pass, "%.*s", (int)(dot - name), name);
	const char *word = strrchr(pass, '.') ? strrchr(pass, '.') + 1 : pass;
	if (is_among(word, firsts, sizeof firsts / sizeof *firsts))
		return PIECE_MIX_FIRST;
	if (is_among(word, sums, sizeof sums / sizeof *sums))
		return PIECE_MIX_SUM;
	return type == PIECE_UINT || !strncmp(word, "Crypto", 6) ? PIECE_MIX_FIRST : PIECE_MIX_MEAN;
}

int exr_part_plane(struct piece_header *header, int number, const char *name, unsigned type, bool full, struct bf_err *err)
{
	static const unsigned char types[] = { PIECE_UINT, PIECE_HALF, PIECE_FLOAT }; /* by the file's numbers */
	struct piece_plane *plane = &header->plane[number];
	if (!full)
		return bf_err_set(err, "channel %s has fewer pixels than the picture", name);
	if (type >= sizeof types)
		return bf_err_set(err, "channel %s is of an unknown type", name);
	if (!(plane->name = strdup(name)))
		abort();
	plane->type = types[type];
	plane->bytes = plane->type == PIECE_HALF ? 2 : 4;
	plane->mix = (unsigned char)mix_of(name, (enum piece_type)plane->type);
	header->pixel_bytes += plane->bytes;
	return 0;
}

void exr_part_describe(struct piece_header *header)
{
	const struct piece_plane *plane = header->plane;
	bool same = true;
	for (unsigned i = 1; i < header->planes; i++)
		same = same && plane[i].type == plane[0].type;
	const char *type = !same ? "mixed" : plane[0].type == PIECE_HALF ? "half" : plane[0].type == PIECE_FLOAT ? "float" : "uint";
	char parts[32] = "";
	if (header->parts > 1)
		snprintf(parts, sizeof parts, "%u parts, ", header->parts);
	snprintf(header->format, sizeof header->format, "EXR %s%u channel%s %s %s", parts, header->planes,
		header->planes == 1 ? "" : "s", type, exr_packing_name(header->packing));
}

int exr_part_judge(const struct piece_header *header, int64_t file_size, struct bf_err *err)
{
	enum exr_way way = exr_way_of(header->packing);
	uint64_t raw = (uint64_t)piece_row_bytes(header) * header->height;
	uint64_t ratio = way == EXR_ZIP ? RATIO_DEFLATE : way == EXR_AS_IT_IS ? 1 : RATIO_OTHER;
	if (raw / ratio > (uint64_t)file_size)
		return bf_err_set(err, "%ux%u pixels cannot be in a file of %lld bytes (truncated, or a bomb)",
			(unsigned)header->width, (unsigned)header->height, (long long)file_size);
	if ((uint64_t)piece_row_bytes(header) * header->chunk_rows > CHUNK_BYTES_MAX)
		return bf_err_set(err, "chunks of %u rows of %u pixels with %zu bytes each are too large",
			(unsigned)header->chunk_rows, (unsigned)header->width, header->pixel_bytes);
	return 0;
}
