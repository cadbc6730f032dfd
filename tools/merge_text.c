#include "tools/merge_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOFTWARE "blendfolder bfmerge " BF_VERSION

static bool ends(const char *key, const char *ending)
{
	size_t len = strlen(key), end = strlen(ending);
	return len > end && !strcmp(key + len - end, ending);
}

static bool is_time(const char *key)
{
	return !strcmp(key, "RenderTime") || (!strncmp(key, "cycles.", 7) && ends(key + 7, "_time"));
}

static bool is_samples(const char *key)
{
	return !strncmp(key, "cycles.", 7) && ends(key + 7, ".samples");
}

static bool digits(const unsigned char **at, const unsigned char *end, uint64_t *number)
{
	const unsigned char *start = *at;
	*number = 0;
	while (*at < end && **at >= '0' && **at <= '9' && *at - start < 10)
		*number = *number * 10 + (uint64_t)(*(*at)++ - '0');
	return *at > start;
}

static bool count_parse(const unsigned char *text, size_t len, uint64_t *count)
{
	const unsigned char *at = text;
	return digits(&at, text + len, count) && at == text + len;
}

double merge_samples(const struct piece_tags *text, const char *plane)
{
	double first = 0;
	for (size_t i = 0; i < text->count; i++) {
		const struct piece_tag *tag = &text->item[i];
		uint64_t count;
		if (!is_samples(tag->key) || !count_parse(tag->data, tag->len, &count))
			continue;
		size_t layer = strlen(tag->key) - strlen("cycles.") - strlen("samples"); /* with its dot */
		if (plane && !strncmp(plane, tag->key + strlen("cycles."), layer))
			return (double)count;
		if (first == 0)
			first = (double)count;
	}
	return first;
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

static bool is_summed(const struct merge_text *text, const char *key)
{
	return is_time(key) || (text->counts && is_samples(key));
}

void merge_text_add(struct merge_text *text, const struct piece_tags *piece)
{
	if (!text->started) {
		text->started = true;
		piece_tags_copy(&text->first, piece);
		text->sum = calloc(text->first.count + 1, sizeof *text->sum);
		text->broken = calloc(text->first.count + 1, sizeof *text->broken);
		if (!text->sum || !text->broken)
			abort();
	}
	for (size_t i = 0; i < text->first.count; i++) {
		const char *key = text->first.item[i].key;
		const struct piece_tag *tag = is_summed(text, key) ? piece_tags_find(piece, key) : NULL;
		uint64_t value;
		if (!tag)
			continue;
		if ((is_time(key) ? merge_time_parse : count_parse)(tag->data, tag->len, &value))
			text->sum[i] += value;
		else
			text->broken[i] = true;
	}
}

static void add_sum(struct piece_tags *out, const char *key, uint64_t sum)
{
	char text[40];
	if (is_time(key))
		merge_time_format(sum, text, sizeof text);
	else
		snprintf(text, sizeof text, "%" PRIu64, sum);
	piece_tags_add(out, key, text, strlen(text));
}

void merge_text_finish(const struct merge_text *text, struct piece_tags *out)
{
	char software[160] = SOFTWARE;
	for (size_t i = 0; i < text->first.count; i++) {
		const struct piece_tag *tag = &text->first.item[i];
		if (!strcmp(tag->key, "Software")) {
			if (!strncmp((const char *)tag->data, "Blender ", 8))
				snprintf(software, sizeof software, "%.80s, joined by %s", (const char *)tag->data, SOFTWARE);
		} else if (is_summed(text, tag->key) && !text->broken[i]) {
			add_sum(out, tag->key, text->sum[i]);
		} else {
			piece_tags_add(out, tag->key, tag->data, tag->len);
		}
	}
	piece_tags_add(out, "Software", software, strlen(software));
}

void merge_text_clear(struct merge_text *text)
{
	piece_tags_clear(&text->first);
	free(text->sum);
	free(text->broken);
	memset(text, 0, sizeof *text);
}
