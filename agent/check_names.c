/* Which names the folder takes. What the farm itself needs is little: letters, digits, - _ . and 159 bytes. */
#include <stdio.h>
#include <string.h>

#include "agent/check_private.h"
#include "share-layout/base/sys.h"

/* Can it be made, and is it in the listing just so? */
static bool takes(struct check *check, const char *name)
{
	struct bf_path path = bf_path_of("names/%s", name);
	struct bf_names names = {0};
	struct bf_err err;
	bool good = check_make(check->dir, path.text, &err) == 1 && bf_fs_list(check->dir, "names", &names, &err) == 1
		&& (check->blind || bf_names_has(&names, name));
	bf_names_clear(&names);
	bf_fs_unlink(check->dir, path.text, NULL);
	return good;
}

static void try_needed(struct check *check)
{
	static const char *const needed[] = { ".bf.f0012.p003.1.pc1-ab12cd-0-17", "f-0003.open.1.0", "shot_2026-01-31_235959" };
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!takes(check, needed[i]))
			check_say(check, CHECK_BAD, "names", "such as %s cannot be made, or are not shown", needed[i]);
}

static void try_lengths(struct check *check)
{
	static const int lengths[] = { 255, 200, BF_JOB_MAX - 1, 0 };
	int i = 0;
	for (; lengths[i]; i++) {
		char name[BF_FILE_MAX] = "";
		memset(name, 'n', (size_t)lengths[i]);
		if (takes(check, name))
			break;
	}
	if (lengths[i] == 0)
		check_say(check, CHECK_BAD, "long names", "names of %d bytes are not taken", BF_JOB_MAX - 1);
	else
		check_say(check, lengths[i] < 255 ? CHECK_NOTE : CHECK_OK, "long names", "%d bytes%s", lengths[i],
			lengths[i] < 255 ? " at most: give pictures and .blend files shorter names" : "");
}

static void try_case(struct check *check)
{
	struct bf_err err;
	bool made = check_make(check->dir, "names/Case", &err) == 1;
	if (made && check_make(check->dir, "names/cASE", &err) != 1)
		check_say(check, CHECK_NOTE, "capital letters", "make no difference here: shot.blend and Shot.blend are one file");
	else
		check_say(check, CHECK_OK, "capital letters", "are told from small ones (not needed)");
}

static void try_characters(struct check *check)
{
	static const char *const odd[] = { ":", "?", "*", "\"", "<", ">", "|", "\\", " x", "\xc3\xa9" };
	struct bf_buf refused = {0};
	for (size_t i = 0; i < sizeof odd / sizeof *odd && !check_stopped(); i++) {
		struct bf_path name = bf_path_of("odd%s", odd[i]);
		if (!takes(check, name.text))
			bf_buf_printf(&refused, " %s", odd[i]);
	}
	if (!takes(check, "dot."))
		bf_buf_puts(&refused, " (a dot at the end)");
	if (refused.len)
		check_say(check, CHECK_NOTE, "characters", "not to be used in names of files here:%s", bf_buf_text(&refused));
	else
		check_say(check, CHECK_OK, "characters", "all are taken");
	bf_buf_clear(&refused);
}

void check_names(struct check *check)
{
	struct bf_err err;
	if (check_stopped())
		return;
	if (bf_fs_mkdir(check->dir, "names", &err) < 0) {
		check_say(check, CHECK_BAD, "names", "could not be tried: %s", err.text);
		return;
	}
	try_needed(check);
	try_lengths(check);
	try_case(check);
	try_characters(check);
}
