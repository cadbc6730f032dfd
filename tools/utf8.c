#include "tools/utf8.h"

#include <stddef.h>

int32_t utf8_next(const char **text)
{
	static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)*text;
	int len = *p < 0x80 ? 1 : *p >= 0xf0 && *p < 0xf8 ? 4 : *p >= 0xe0 && *p < 0xf0 ? 3 : *p >= 0xc0 && *p < 0xe0 ? 2 : 0;
	(*text)++;
	if (len <= 1)
		return len ? *p : -1;
	int32_t character = *p & (0x7f >> len);
	for (int i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return -1;
		character = character << 6 | (p[i] & 0x3f);
	}
	if (character < least[len] || character > 0x10ffff || (character >= 0xd800 && character < 0xe000))
		return -1;
	*text += len - 1;
	return character;
}

struct range { int32_t first, last; };

static bool is_in(int32_t character, const struct range *range, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (character >= range[i].first && character <= range[i].last)
			return true;
	return false;
}

bool utf8_is_control(int32_t character)
{
	static const struct range controls[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0x200e, 0x200f }, { 0x2028, 0x202e },
		{ 0x2066, 0x2069 }, { 0xfeff, 0xfeff } };
	return is_in(character, controls, sizeof controls / sizeof *controls);
}

int utf8_columns(int32_t character)
{
	static const struct range joining[] = { { 0x300, 0x36f }, { 0x483, 0x489 }, { 0x591, 0x5bd }, { 0x64b, 0x65f },
		{ 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200d }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f },
		{ 0xfe20, 0xfe2f } };
	static const struct range wide[] = { { 0x1100, 0x115f }, { 0x2e80, 0x303e }, { 0x3041, 0x33ff }, { 0x3400, 0x4dbf },
		{ 0x4e00, 0x9fff }, { 0xa000, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },
		{ 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff },
		{ 0x20000, 0x3fffd } };
	if (character < 0x300)
		return 1;
	if (is_in(character, joining, sizeof joining / sizeof *joining))
		return 0;
	return is_in(character, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}
