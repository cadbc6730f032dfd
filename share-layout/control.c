#include "share-layout/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/buf.h"
#include "share-layout/job.h"
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
		else if (is_word(name, "KEEP_LOGS"))
			out->keep_logs = true;
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

/* ---- wishes ---- */

/* The files in a job's folder, for certain: another machine may have made a wish a moment ago. A job that is not there is an
 * error here. */
static int list_job(const struct bf_share *share, const char *job, struct bf_names *names, struct bf_err *err)
{
	int result = bf_share_list_fresh(share, bf_path_job(job).text, names, err);
	return result == 0 ? bf_err_set(err, "there is no job %s any more", job) : result;
}

int bf_control_read_fresh(const struct bf_share *share, const char *job, struct bf_control *out, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = list_job(share, job, &names, err);
	if (result == 1)
		bf_control_of(&names, out);
	bf_names_clear(&names);
	return result;
}

static bool is_pause(const char *name) { return is_word(name, "PAUSE"); }
static bool is_cancel(const char *name) { return is_word(name, "CANCEL"); }
static bool is_keep_logs(const char *name) { return is_word(name, "KEEP_LOGS"); }
static bool is_avoid(const char *name) { return !strncasecmp(name, "AVOID.", 6); }

/* Returns 1 when any was there, 0, -1. */
static int remove_words(const struct bf_share *share, const char *job, const struct bf_names *names,
	bool (*is_it)(const char *name), struct bf_err *err)
{
	int result = 0;
	for (size_t i = 0; i < names->count && result >= 0; i++) {
		int removed = is_it(names->item[i].text)
			? bf_fs_unlink(share->root, bf_path_in_job(job, names->item[i].text).text, err) : 0;
		result = removed < 0 ? -1 : result | removed;
	}
	return result;
}

static int make_word(const struct bf_share *share, const char *job, const char *word, bool (*is_it)(const char *name),
	struct bf_err *err)
{
	struct bf_names names = {0};
	int result = list_job(share, job, &names, err);
	for (size_t i = 0; i < names.count && result == 1; i++)
		if (is_it(names.item[i].text))
			result = 0;
	bf_names_clear(&names);
	return result == 1 ? bf_fs_create(share->root, bf_path_in_job(job, word).text, "", 0, err) : result;
}

int bf_control_pause(const struct bf_share *share, const char *job, struct bf_err *err)
{
	return make_word(share, job, "PAUSE", is_pause, err);
}

int bf_control_cancel(const struct bf_share *share, const char *job, struct bf_err *err)
{
	return make_word(share, job, "CANCEL", is_cancel, err);
}

int bf_control_resume(const struct bf_share *share, const char *job, struct bf_err *err)
{
	struct bf_names names = {0};
	int resumed = 0, revived = 0, result = list_job(share, job, &names, err);
	if (result == 1)
		result = resumed = remove_words(share, job, &names, is_pause, err);
	if (result >= 0)
		result = revived = remove_words(share, job, &names, is_cancel, err);
	/* The marker only speeds things up: where the job had ended all the same, its last look is repeated. */
	if (result >= 0 && revived)
		result = bf_fs_unlink(share->root, bf_path_ended(job).text, err);
	bf_names_clear(&names);
	return result < 0 ? -1 : resumed || revived;
}

int bf_control_allow_all(const struct bf_share *share, const char *job, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = list_job(share, job, &names, err);
	if (result == 1)
		result = remove_words(share, job, &names, is_avoid, err);
	bf_names_clear(&names);
	return result;
}

int bf_control_allow(const struct bf_share *share, const char *job, const char *machine, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = list_job(share, job, &names, err), changed = 0;
	for (size_t i = 0; i < names.count && result >= 0; i++) {
		struct bf_names one = { .item = &names.item[i], .count = 1 };
		struct bf_control control;
		bf_control_of(&one, &control);
		if (!bf_control_avoids(&control, machine))
			continue;
		result = bf_fs_unlink(share->root, bf_path_in_job(job, names.item[i].text).text, err);
		changed |= result > 0;
	}
	bf_names_clear(&names);
	return result < 0 ? -1 : changed;
}

int bf_control_keep_logs(const struct bf_share *share, const char *job, bool keep, struct bf_err *err)
{
	struct bf_names names = {0};
	if (keep)
		return make_word(share, job, "KEEP_LOGS", is_keep_logs, err);
	int result = list_job(share, job, &names, err);
	if (result == 1)
		result = remove_words(share, job, &names, is_keep_logs, err);
	bf_names_clear(&names);
	return result;
}

/* The new one is made before the old ones go: in between, the larger of them counts. */
int bf_control_prioritize(const struct bf_share *share, const char *job, int priority, struct bf_err *err)
{
	char wanted[32];
	struct bf_names names = {0};
	if (priority < -BF_PRIORITY_MAX || priority > BF_PRIORITY_MAX)
		return bf_err_set(err, "priority %d: want %d to %d", priority, -BF_PRIORITY_MAX, BF_PRIORITY_MAX);
	snprintf(wanted, sizeof wanted, "PRIORITY.%d", priority);
	int result = list_job(share, job, &names, err), changed = 0;
	if (result == 1)
		result = changed = bf_fs_create(share->root, bf_path_in_job(job, wanted).text, "", 0, err);
	for (size_t i = 0; i < names.count && result >= 0; i++) {
		const char *name = names.item[i].text;
		if (strncasecmp(name, "PRIORITY.", 9) || !strcmp(name, wanted))
			continue;
		result = bf_fs_unlink(share->root, bf_path_in_job(job, name).text, err);
		changed |= result > 0;
	}
	bf_names_clear(&names);
	return result < 0 ? -1 : changed;
}
