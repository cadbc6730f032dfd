#include "tools/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/merge_text.h"

struct merge_piece *merge_add(struct merge_plan *plan, const char *path, uint32_t x, uint32_t y)
{
	if (plan->count == plan->room) {
		plan->room = plan->room ? plan->room * 2 : 16;
		plan->piece = realloc(plan->piece, plan->room * sizeof *plan->piece);
		if (!plan->piece)
			abort();
	}
	struct merge_piece piece = { .path = strdup(path), .x = x, .y = y };
	if (!piece.path)
		abort();
	plan->piece[plan->count++] = piece;
	return &plan->piece[plan->count - 1];
}

void merge_clear(struct merge_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		free(plan->piece[i].path);
	free(plan->piece);
	piece_header_clear(&plan->result);
	memset(plan, 0, sizeof *plan);
}

struct blender {
	char name[64];
};

/* The Blender that says it has written the file, without who joined it; older ones do not say. */
static struct blender blender_of(const struct piece_header *header)
{
	const struct piece_tag *software = piece_tags_find(&header->text, "Software");
	const char *text = software ? (const char *)software->data : "";
	struct blender blender = { "an older Blender" };
	if (!strncmp(text, "Blender ", 8))
		snprintf(blender.name, sizeof blender.name, "%.*s", (int)strcspn(text, ","), text);
	return blender;
}

/* What the first piece says is what all must say. */
static int compare(const struct merge_plan *plan, const struct merge_piece *piece, const struct piece *open,
	struct bf_err *err)
{
	const struct piece_header *header = piece_header(open), *first = &plan->result;
	const char *first_path = plan->piece[0].path, *key;
	struct blender blender = blender_of(header), first_blender = blender_of(first);
	if (piece_kind(open) != plan->kind)
		return bf_err_set(err, "%s is %s, but %s is %s", piece->path, piece_kind(open)->name, first_path,
			plan->kind->name);
	if (strcmp(header->format, first->format))
		return bf_err_set(err, "%s is %s, but %s is %s", piece->path, header->format, first_path, first->format);
	if (strcmp(blender.name, first_blender.name))
		return bf_err_set(err, "%s was rendered by %s, but %s by %s: their pixels need not fit", piece->path,
			blender.name, first_path, first_blender.name);
	key = piece_tags_differ(&header->colour, &first->colour);
	if (key)
		return bf_err_set(err, "%s has another %s %s than %s, so equal numbers may be other colours", piece->path,
			key, plan->kind->tag_word, first_path);
	return 0;
}

static int check_layer(const struct merge_plan *plan, const struct merge_piece *piece, struct bf_err *err)
{
	const struct piece_header *first = &plan->result;
	if (plan->mode == MERGE_LAYERS && !first->alpha && plan->count > 1)
		return bf_err_set(err, "%s has no alpha (%s) and would hide what lies below; "
			"give each piece its place as FILE@X,Y", piece->path, first->format);
	if (piece->width != first->width || piece->height != first->height)
		return bf_err_set(err, "%s has %ux%u pixels, not the %ux%u of the result", piece->path,
			(unsigned)piece->width, (unsigned)piece->height, (unsigned)first->width, (unsigned)first->height);
	return 0;
}

static int check_mean(const struct merge_plan *plan, const struct merge_piece *piece,
	const struct piece_header *header, struct bf_err *err)
{
	if (plan->result.plane[0].type == PIECE_INTEGERS)
		return bf_err_set(err, "%s is %s: only EXR has the numbers of which means can be made", piece->path,
			plan->kind->name);
	if (piece->weight == 0 && merge_samples(&header->text, NULL) == 0)
		return bf_err_set(err, "%s does not say how many samples it has; give it a weight as FILE*WEIGHT",
			piece->path);
	return 0;
}

/* How wide and high the result is, is known now or when all pieces are. */
static int start_result(struct merge_plan *plan, const struct piece *first, struct bf_err *err)
{
	plan->kind = piece_kind(first);
	piece_header_copy(&plan->result, piece_header(first));
	if (plan->mode != MERGE_PLACES && plan->width &&
		(plan->width != plan->result.width || plan->height != plan->result.height))
		return bf_err_set(err, "%s has %ux%u pixels, not the %ux%u of the result", plan->piece[0].path,
			(unsigned)plan->result.width, (unsigned)plan->result.height, (unsigned)plan->width,
			(unsigned)plan->height);
	return 0;
}

static int check_piece(struct merge_plan *plan, struct merge_piece *piece, struct merge_text *text,
	struct bf_err *err)
{
	struct piece *open = NULL;
	if (piece_open(piece->path, 0, &open, err) < 0)
		return -1;
	int result = piece_crop(open, &piece->crop, err);
	const struct piece_header *header = piece_header(open);
	piece->width = header->width;
	piece->height = header->height;
	if (result == 0 && piece == plan->piece)
		result = start_result(plan, open, err);
	if (result == 0)
		result = compare(plan, piece, open, err);
	if (result == 0 && plan->mode != MERGE_PLACES)
		result = check_layer(plan, piece, err);
	if (result == 0 && plan->mode == MERGE_MEAN)
		result = check_mean(plan, piece, header, err);
	if (result == 0)
		merge_text_add(text, &header->text);
	piece_close(&open);
	return result;
}

/* A preview goes on without the piece. */
static void drop(struct merge_plan *plan, size_t i)
{
	free(plan->piece[i].path);
	memmove(&plan->piece[i], &plan->piece[i + 1], (--plan->count - i) * sizeof *plan->piece);
	if (i == 0)
		piece_header_clear(&plan->result);
}

static int check_pieces(struct merge_plan *plan, struct merge_text *text, void (*warn)(const struct bf_err *),
	struct bf_err *err)
{
	for (size_t i = 0; i < plan->count;) {
		if (check_piece(plan, &plan->piece[i], text, err) == 0) {
			i++;
			continue;
		}
		if (!plan->preview)
			return -1;
		if (warn)
			warn(err);
		drop(plan, i);
	}
	return plan->count ? 0 : bf_err_set(err, "no piece is there yet");
}

static int check_place(const struct merge_plan *plan, const struct merge_piece *piece, struct bf_err *err)
{
	if ((uint64_t)piece->x + piece->width > plan->width || (uint64_t)piece->y + piece->height > plan->height)
		return bf_err_set(err, "%s with %ux%u pixels at %u,%u reaches out of the result of %ux%u", piece->path,
			(unsigned)piece->width, (unsigned)piece->height, (unsigned)piece->x, (unsigned)piece->y,
			(unsigned)plan->width, (unsigned)plan->height);
	return 0;
}

static int set_size(struct merge_plan *plan, struct bf_err *err)
{
	uint64_t width = plan->width, height = plan->height;
	for (size_t i = 0; !plan->width && i < plan->count; i++) {
		const struct merge_piece *piece = &plan->piece[i];
		if (width < (uint64_t)piece->x + piece->width)
			width = (uint64_t)piece->x + piece->width;
		if (height < (uint64_t)piece->y + piece->height)
			height = (uint64_t)piece->y + piece->height;
	}
	if (!piece_size_ok(width, height))
		return bf_err_set(err, "a result of %llux%llu pixels is too large", (unsigned long long)width,
			(unsigned long long)height);
	plan->width = plan->result.width = (uint32_t)width;
	plan->height = plan->result.height = (uint32_t)height;
	return 0;
}

int merge_check(struct merge_plan *plan, bool strip_metadata, void (*warn)(const struct bf_err *why),
	struct bf_err *err)
{
	struct merge_text text = { .counts = plan->mode == MERGE_MEAN };
	int result = -1;
	if (check_pieces(plan, &text, warn, err) < 0 || set_size(plan, err) < 0)
		goto out;
	for (size_t i = 0; plan->mode == MERGE_PLACES && i < plan->count; i++)
		if (check_place(plan, &plan->piece[i], err) < 0)
			goto out;
	piece_tags_clear(&plan->result.text);
	if (!strip_metadata)
		merge_text_finish(&text, &plan->result.text);
	result = 0;
out:
	merge_text_clear(&text);
	return result;
}
