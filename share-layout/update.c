#include "share-layout/update.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char bf_version[] = BF_VERSION;

/* One to four numbers of at most six digits. */
static bool is_version(const char *text)
{
	for (int part = 0; part < 4; part++) {
		size_t digits = strspn(text, "0123456789");
		if (!digits || digits > 6)
			return false;
		text += digits;
		if (!*text)
			return true;
		if (*text++ != '.')
			return false;
	}
	return false;
}

int bf_update_parse(const char *name, struct bf_update *out)
{
	const char *dash = strchr(name, '-');
	if (!dash || (size_t)(dash - name) >= sizeof out->version || strlen(dash + 1) >= sizeof out->machine || !dash[1]
		|| dash[1 + strspn(dash + 1, "abcdefghijklmnopqrstuvwxyz0123456789_")])
		return -1;
	snprintf(out->version, sizeof out->version, "%.*s", (int)(dash - name), name);
	snprintf(out->machine, sizeof out->machine, "%s", dash + 1);
	return is_version(out->version) ? 0 : -1;
}

bool bf_version_later(const char *a, const char *b)
{
	while (*a || *b) {
		char *a_end, *b_end;
		unsigned long a_part = strtoul(a, &a_end, 10), b_part = strtoul(b, &b_end, 10);
		if (a_part != b_part)
			return a_part > b_part;
		a = *a_end == '.' ? a_end + 1 : "";
		b = *b_end == '.' ? b_end + 1 : "";
	}
	return false;
}
