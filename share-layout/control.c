#include "share-layout/control.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/buf.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

/* Is name this word, in any case, with nothing or an ending behind it? Windows' editor calls a
 * file PAUSE.txt without being asked, and hides that. */
static bool is_word(const char *name, const char *word)
{
	size_t len = strlen(word);
	return !strncasecmp(name, word, len) && (!name[len] || name[len] == '.');
}

static void take_priority(const char *text, struct bf_control *out)
{
	char *end;
	long value = strtol(text, &end, 10);
	if (end == text || (*end && *end != '.'))
		return;
	if (value > 1000)
		value = 1000;
	if (value < -1000)
		value = -1000;
	if (!out->has_priority || value > out->priority)
		out->priority = (int)value;
	out->has_priority = true;
}

static void take_avoid(const char *text, struct bf_control *out)
{
	if (out->avoid_count < BF_AVOID_MAX && *text)
		bf_name_clean(text, out->avoid[out->avoid_count++]);
}

void bf_control_of(const struct bf_names *names, struct bf_control *out)
{
	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->item[i].text;
		if (is_word(name, "PAUSE"))
			out->paused = true;
		else if (is_word(name, "CANCEL"))
			out->cancelled = true;
		else if (!strncasecmp(name, "PRIORITY.", 9))
			take_priority(name + 9, out);
		else if (!strncasecmp(name, "AVOID.", 6))
			take_avoid(name + 6, out);
	}
}

int bf_control_read(const struct bf_share *share, const char *job, struct bf_control *out, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = bf_fs_list(share->root, bf_path_job(job).text, &names, err);
	if (result == 1)
		bf_control_of(&names, out);
	bf_names_clear(&names);
	return result;
}

bool bf_control_avoids(const struct bf_control *control, const char *machine)
{
	for (int i = 0; i < control->avoid_count; i++)
		if (!strcmp(control->avoid[i], machine))
			return true;
	return false;
}

int bf_control_avoid(const struct bf_share *share, const char *job, const char *machine, const char *why,
	struct bf_err *err)
{
	struct bf_buf text = {0};
	bf_buf_printf(&text, "%s takes no tasks of this job: %s\nDelete this file to let it try again.\n", machine, why);
	struct bf_path path = bf_path_of("%s/AVOID.%s.txt", bf_path_job(job).text, machine);
	int result = bf_fs_rewrite(share->root, path.text, text.data, text.len, err);
	bf_buf_clear(&text);
	return result;
}
