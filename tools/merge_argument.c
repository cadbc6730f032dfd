#include <stdlib.h>
#include <string.h>

#include "tools/merge.h"

/* One number of at most seven digits. */
static bool number(const char **text, uint32_t *value)
{
	const char *start = *text;
	*value = 0;
	while (**text >= '0' && **text <= '9' && *text - start < 8)
		*value = *value * 10 + (uint32_t)(*(*text)++ - '0');
	return *text > start && *text - start <= 7;
}

static bool after(const char **text, char sign, uint32_t *value)
{
	if (**text != sign)
		return false;
	(*text)++;
	return number(text, value);
}

bool merge_place_parse(const char *text, size_t *path_len, struct merge_piece *piece)
{
	const char *at = strrchr(text, '@');
	struct merge_piece found = {0};
	struct piece_crop *crop = &found.crop;
	if (!at || at == text)
		return false;
	*path_len = (size_t)(at - text);
	if (!after(&at, '@', &found.x) || !after(&at, ',', &found.y))
		return false;
	if (*at == '+') {
		if (!after(&at, '+', &crop->left))
			return false;
		crop->top = crop->right = crop->bottom = crop->left;
		if (*at && !(after(&at, ',', &crop->top) && after(&at, ',', &crop->right) && after(&at, ',', &crop->bottom)))
			return false;
	}
	if (*at)
		return false;
	piece->x = found.x;
	piece->y = found.y;
	piece->crop = found.crop;
	return true;
}

bool merge_weight_parse(const char *text, size_t *path_len, double *weight)
{
	const char *star = strrchr(text, '*');
	char *end;
	if (!star || star == text || star[1] < '0' || star[1] > '9')
		return false;
	double value = strtod(star + 1, &end);
	if (*end || !(value > 0 && value <= 1e12))
		return false;
	*path_len = (size_t)(star - text);
	*weight = value;
	return true;
}
