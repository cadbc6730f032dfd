#include "share-layout/tags.h"

#include <ctype.h>
#include <string.h>

static bool has_word(const char *list, const char *word, size_t len)
{
	for (const char *p = list; *p; p += *p == ',') {
		size_t n = strcspn(p, ",");
		if (n == len && !memcmp(p, word, len))
			return true;
		p += n;
	}
	return false;
}

/* Length of the word, 0 when it is none. */
static size_t take_word(const char *text, char *word, size_t size)
{
	size_t n = 0;
	for (; n + 1 < size && (isalnum((unsigned char)text[n]) || (text[n] && strchr("-_", text[n]))); n++)
		word[n] = (char)tolower((unsigned char)text[n]);
	word[n] = '\0';
	return !text[n] || strchr(", \t", text[n]) ? n : 0;
}

int bf_tags_parse(const char *text, char out[BF_TAGS_MAX], struct bf_err *err)
{
	char made[BF_TAGS_MAX] = "", word[BF_TAGS_MAX];
	size_t len = 0;
	for (const char *p = text + strspn(text, ", \t"); *p; p += strspn(p, ", \t")) {
		size_t n = take_word(p, word, sizeof word);
		if (!n)
			return bf_err_set(err, "a tag is made of letters, digits, - and _");
		p += n;
		if (has_word(made, word, n))
			continue;
		if (len + n + 2 > sizeof made)
			return bf_err_set(err, "tags have %d letters together at most", BF_TAGS_MAX - 1);
		if (len)
			made[len++] = ',';
		memcpy(made + len, word, n + 1);
		len += n;
	}
	strcpy(out, made);
	return 0;
}

bool bf_tags_cover(const char *offered, const char *wanted)
{
	for (const char *p = wanted; *p; p += *p == ',') {
		size_t n = strcspn(p, ",");
		if (!has_word(offered, p, n))
			return false;
		p += n;
	}
	return true;
}
