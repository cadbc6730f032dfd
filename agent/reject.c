#include "agent/reject.h"

#include <stdio.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/log.h"
#include "share-layout/path.h"

enum { TRIES = 10000, ROOM_FOR_ENDINGS = 32 }; /* ".9999" and ".why.txt" */

/* ---- words ---- */

/* submit.ini → shot.ini: people know what they dropped, not where it lies by now. */
static void say_as_dropped(const struct submission *s, const char *why, struct bf_buf *out)
{
	int stem = (int)submission_stem(s->dropped);
	const struct { struct bf_path path; int len; const char *ending; } place[] = {
		{ bf_path_incoming_in(s->entry, "source/"), 0, "" }, { bf_path_queue(s->dropped), BF_FILE_MAX, "" },
		{ bf_path_incoming_in(s->entry, "submit.ini"), stem, ".ini" },
		{ bf_path_incoming_in(s->entry, "submit.job"), stem, ".job" },
	};
	while (*why) {
		size_t i = 0, count = sizeof place / sizeof *place;
		while (i < count && strncmp(why, place[i].path.text, strlen(place[i].path.text)))
			i++;
		if (i == count) {
			bf_buf_putc(out, *why++);
		} else {
			bf_buf_printf(out, "%.*s%s", place[i].len, s->dropped, place[i].ending);
			why += strlen(place[i].path.text);
		}
	}
}

/* ---- names ---- */

/* The n-th name for something, short enough for what comes behind it; not cut inside a character. */
static void name_nth(const char *name, int n, char out[BF_FILE_MAX])
{
	char tail[16] = "";
	size_t len = strlen(name);
	if (n > 1)
		snprintf(tail, sizeof tail, ".%d", n);
	if (len > BF_FILE_MAX - ROOM_FOR_ENDINGS)
		for (len = BF_FILE_MAX - ROOM_FOR_ENDINGS; len > 1 && ((unsigned char)name[len] & 0xc0) == 0x80;)
			len--;
	snprintf(out, BF_FILE_MAX, "%.*s%s", (int)len, name, tail);
}

static struct bf_path path_of_reason(const char *as)
{
	return bf_path_of(BF_REJECTED "/%s.why.txt", as);
}

/* Does somebody else hold a submission of about the same name, and perhaps a name for it here? */
static bool is_rejected_beside(struct worker *w, const struct submission *s)
{
	struct bf_names entries = {0};
	bool found = bf_fs_list(w->share->root, BF_INCOMING, &entries, NULL) != 1; /* for all we know */
	for (size_t i = 0; i < entries.count && !found; i++) {
		struct submission other;
		found = strcmp(entries.item[i].text, s->entry) && submission_parse(entries.item[i].text, &other) == 0
			&& submission_same_name(&other, s);
	}
	bf_names_clear(&entries);
	return found;
}

/* Write the reason under the first name that is free. A reason without its thing is that of one who died in between, or our own
 * whose answer was lost, unless somebody is at it. 0 / -1. */
static int keep_name(struct worker *w, const struct submission *s, const char *why, char as[BF_FILE_MAX], struct bf_err *err)
{
	struct bf_names there = {0};
	struct bf_buf text = {0};
	int result = 0;
	bf_buf_printf(&text, "%s\n", why);
	bf_fs_mkdir(w->share->root, BF_REJECTED, NULL); /* somebody may have tidied it away */
	bf_fs_list(w->share->root, BF_REJECTED, &there, NULL);
	for (int n = 1; n < TRIES && result == 0; n++) {
		name_nth(s->dropped, n, as);
		if (bf_names_has(&there, as))
			continue;
		result = bf_fs_create(w->share->root, path_of_reason(as).text, text.data, text.len, err);
		if (result == 0 && !is_rejected_beside(w, s))
			result = bf_fs_rewrite(w->share->root, path_of_reason(as).text, text.data, text.len, err) < 0 ? -1 : 1;
	}
	bf_names_clear(&there);
	bf_buf_clear(&text);
	return result == 1 ? 0 : -1;
}

/* ---- moving it ---- */

static void move_beside(struct worker *w, const struct submission *s, const char *file, const char *as, const char *ending)
{
	bf_fs_rename(w->share->root, bf_path_incoming_in(s->entry, file).text, bf_path_of(BF_REJECTED "/%s%s", as, ending).text,
		NULL);
}

int reject_submission(struct worker *w, struct submission *s, const char *why, struct bf_err *err)
{
	char as[BF_FILE_MAX];
	struct bf_buf text = {0};
	say_as_dropped(s, why, &text);
	int result = keep_name(w, s, bf_buf_text(&text), as, err);
	if (result == 0 && bf_fs_rename_when_free(w->share->root, submission_source(s).text, bf_path_rejected(as).text, SUBMISSION_FREE_MS, err) < 0)
		result = -1;
	if (result == 0) {
		move_beside(w, s, "submit.ini", as, ".ini");
		move_beside(w, s, "submit.job", as, ".job");
		bf_log(BF_LOG_WARN, "reject name=%s: %.400s", s->dropped, bf_buf_text(&text));
		atomic_store(&w->board->failed, true);
		bf_fs_remove_tree(w->share->root, bf_path_incoming(s->entry).text, NULL);
		s->entry[0] = '\0';
	}
	bf_buf_clear(&text);
	return result;
}

void reject_in_place(struct worker *w, const char *name, const char *why)
{
	char as[BF_FILE_MAX];
	struct bf_buf text = {0};
	name_nth(name, 1, as);
	bf_buf_printf(&text, "%s\n", why);
	if (bf_fs_create(w->share->root, path_of_reason(as).text, text.data, text.len, NULL) == 1)
		bf_log(BF_LOG_WARN, "leave name=%s: %.400s", name, why);
	bf_buf_clear(&text);
}
