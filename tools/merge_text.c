#include "tools/merge_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOFTWARE "blendfolder bfmerge " BF_VERSION

static bool is_time(const char *key)
{
	size_t len = strlen(key);
	if (!strcmp(key, "RenderTime"))
		return true;
	return !strncmp(key, "cycles.", 7) && len > 12 && !strcmp(key + len - 5, "_time");
}

static bool digits(const unsigned char **at, const unsigned char *end, uint64_t *number)
{
	const unsigned char *start = *at;
	*number = 0;
	while (*at < end && **at >= '0' && **at <= '9' && *at - start < 10)
		*number = *number * 10 + (uint64_t)(*(*at)++ - '0');
	return *at > start;
}

bool merge_time_parse(const unsigned char *text, size_t len, uint64_t *cs_out)
{
	const unsigned char *at = text, *end = text + len;
	uint64_t number, seconds = 0;
	int colons = 0;
	for (;;) {
		if (!digits(&at, end, &number))
			return false;
		seconds = seconds * 60 + number;
		if (at == end || *at != ':')
			break;
		at++;
		if (++colons > 2)
			return false;
	}
	if (colons == 0 || end - at != 3 || *at++ != '.' || !digits(&at, end, &number) || at != end)
		return false;
	*cs_out = seconds * 100 + number;
	return true;
}

void merge_time_format(uint64_t cs, char *text, size_t size)
{
	uint64_t seconds = cs / 100, hours = seconds / 3600;
	if (hours)
		snprintf(text, size, "%02" PRIu64 ":%02u:%02u.%02u", hours, (unsigned)(seconds / 60 % 60),
			(unsigned)(seconds % 60), (unsigned)(cs % 100));
	else
		snprintf(text, size, "%02u:%02u.%02u", (unsigned)(seconds / 60), (unsigned)(seconds % 60),
			(unsigned)(cs % 100));
}

void merge_text_add(struct merge_text *text, const struct piece_tags *piece)
{
	if (!text->started) {
		text->started = true;
		piece_tags_copy(&text->first, piece);
		text->sum_cs = calloc(text->first.count + 1, sizeof *text->sum_cs);
		text->broken = calloc(text->first.count + 1, sizeof *text->broken);
		if (!text->sum_cs || !text->broken)
			abort();
	}
	for (size_t i = 0; i < text->first.count; i++) {
		const char *key = text->first.item[i].key;
		const struct piece_tag *tag = is_time(key) ? piece_tags_find(piece, key) : NULL;
		uint64_t cs;
		if (!tag)
			continue;
		if (merge_time_parse(tag->data, tag->len, &cs))
			text->sum_cs[i] += cs;
		else
			text->broken[i] = true;
	}
}

void merge_text_finish(const struct merge_text *text, struct piece_tags *out)
{
	for (size_t i = 0; i < text->first.count; i++) {
		const struct piece_tag *tag = &text->first.item[i];
		char sum[40];
		if (!strcmp(tag->key, "Software"))
			continue;
		if (is_time(tag->key) && !text->broken[i]) {
			merge_time_format(text->sum_cs[i], sum, sizeof sum);
			piece_tags_add(out, tag->key, sum, strlen(sum));
		} else {
			piece_tags_add(out, tag->key, tag->data, tag->len);
		}
	}
	piece_tags_add(out, "Software", SOFTWARE, strlen(SOFTWARE));
}

void merge_text_clear(struct merge_text *text)
{
	piece_tags_clear(&text->first);
	free(text->sum_cs);
	free(text->broken);
	memset(text, 0, sizeof *text);
}
