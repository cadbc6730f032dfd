/* What the two halves of the INI door share: the loaded file. Nobody else includes this. */
#ifndef BF_BASE_INI_PRIVATE_H
#define BF_BASE_INI_PRIVATE_H

#include "share-layout/base/ini.h"

struct bf_ini {
	char *name;
	struct _dictionary_ *dict; /* iniparser's; owns the values */
	struct bf_ini_line {
		char *section, *key; /* lower case; key is NULL for a section's own line */
		const char *value;
		int line;
	} *entry;
	size_t count, room;
};

/* The line of a key, or NULL. */
const struct bf_ini_line *bf_ini_find(const struct bf_ini *ini, const char *section, const char *key);

#endif
