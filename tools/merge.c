#include "tools/merge.h"

#include <stdlib.h>
#include <string.h>

#include "tools/merge_text.h"

void merge_add(struct merge_plan *plan, const char *path, uint32_t x, uint32_t y)
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
}

void merge_clear(struct merge_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		free(plan->piece[i].path);
	free(plan->piece);
	piece_tags_clear(&plan->result.colour);
	piece_tags_clear(&plan->result.text);
	memset(plan, 0, sizeof *plan);
}

/* One number of at most seven digits in front of `end`; returns where it starts, or NULL. */
static const char *number_before(const char *text, const char *end, uint32_t *number)
{
	const char *start = end;
	while (start > text && start[-1] >= '0' && start[-1] <= '9' && end - start < 8)
		start--;
	if (start == end || end - start > 7)
		return NULL;
	*number = 0;
	for (const char *p = start; p < end; p++)
		*number = *number * 10 + (uint32_t)(*p - '0');
	return start;
}

bool merge_place_parse(const char *text, size_t *path_len, uint32_t *x, uint32_t *y)
{
	const char *at = number_before(text, text + strlen(text), y);
	if (!at || at == text || at[-1] != ',')
		return false;
	at = number_before(text, at - 1, x);
	if (!at || at - text < 2 || at[-1] != '@')
		return false;
	*path_len = (size_t)(at - 1 - text);
	return true;
}

/* What the first piece says is what all must say. */
static int compare(const struct merge_plan *plan, const struct merge_piece *piece, const struct piece *open,
	struct bf_err *err)
{
	const struct piece_header *header = piece_header(open), *first = &plan->result;
	const char *first_path = plan->piece[0].path, *key;
	if (piece_kind(open) != plan->kind)
		return bf_err_set(err, "%s is %s, but %s is %s", piece->path, piece_kind(open)->name, first_path,
			plan->kind->name);
	if (strcmp(header->format, first->format))
		return bf_err_set(err, "%s is %s, but %s is %s", piece->path, header->format, first_path, first->format);
	key = piece_tags_differ(&header->colour, &first->colour);
	if (key)
		return bf_err_set(err, "%s has another %s chunk than %s, so equal numbers may be other colours",
			piece->path, key, first_path);
	return 0;
}

static void start_result(struct merge_plan *plan, const struct piece *first)
{
	plan->kind = piece_kind(first);
	plan->result = *piece_header(first);
	memset(&plan->result.colour, 0, sizeof plan->result.colour);
	memset(&plan->result.text, 0, sizeof plan->result.text);
	piece_tags_copy(&plan->result.colour, &piece_header(first)->colour);
}

static int check_piece(struct merge_plan *plan, size_t i, struct merge_text *text, struct bf_err *err)
{
	struct merge_piece *piece = &plan->piece[i];
	struct piece *open = NULL;
	if (piece_open(piece->path, &open, err) < 0)
		return -1;
	piece->width = piece_header(open)->width;
	piece->height = piece_header(open)->height;
	if (i == 0)
		start_result(plan, open);
	int result = compare(plan, piece, open, err);
	if (result == 0)
		merge_text_add(text, &piece_header(open)->text);
	piece_close(&open);
	return result;
}

static int check_layer(const struct merge_plan *plan, const struct merge_piece *piece, struct bf_err *err)
{
	if (!plan->result.alpha && plan->count > 1)
		return bf_err_set(err, "%s has no alpha (%s) and would hide what lies below; "
			"give each piece its place as FILE@X,Y", piece->path, plan->result.format);
	if (piece->width != plan->width || piece->height != plan->height)
		return bf_err_set(err, "%s has %ux%u pixels, not the %ux%u of the result", piece->path,
			(unsigned)piece->width, (unsigned)piece->height, (unsigned)plan->width, (unsigned)plan->height);
	return 0;
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
		if (plan->layers && i > 0)
			break; /* the first layer is the measure, others are compared with it */
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

int merge_check(struct merge_plan *plan, bool strip_metadata, struct bf_err *err)
{
	struct merge_text text = {0};
	int result = -1;
	for (size_t i = 0; i < plan->count; i++)
		if (check_piece(plan, i, &text, err) < 0)
			goto out;
	if (set_size(plan, err) < 0)
		goto out;
	for (size_t i = 0; i < plan->count; i++)
		if ((plan->layers ? check_layer : check_place)(plan, &plan->piece[i], err) < 0)
			goto out;
	if (!strip_metadata)
		merge_text_finish(&text, &plan->result.text);
	result = 0;
out:
	merge_text_clear(&text);
	return result;
}
