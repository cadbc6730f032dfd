/* What each of two machines sees of the other: who it is, and whether what it had finished is there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/check_private.h"
#include "share-layout/base/sys.h"
#include "share-layout/token.h"

enum { FINISHED = 10, CONTENT_BYTES = 100000 };

static void boot_id(char out[64])
{
	FILE *stream = fopen("/proc/sys/kernel/random/boot_id", "re");
	if (!stream || !fgets(out, 64, stream))
		snprintf(out, 64, "unknown");
	out[strcspn(out, "\n")] = '\0';
	if (stream)
		fclose(stream);
}

static int introduce(struct check_pair *pair, struct bf_err *err)
{
	struct check *check = pair->check;
	char boot[64], host[BF_NAME_MAX], mine[256];
	struct bf_buf theirs = {0};
	boot_id(boot);
	bf_name_of_host(host);
	snprintf(mine, sizeof mine, "%s %s", boot, host);
	if (check_tell(pair, "hello", mine, err) < 0 || check_hear(pair, "hello", &theirs, err) < 0) {
		bf_buf_clear(&theirs);
		return -1;
	}
	const char *text = bf_buf_text(&theirs);
	pair->same_kernel = !strncmp(text, boot, strlen(boot)) && text[strlen(boot)] == ' ';
	check_say(check, CHECK_OK, "second machine", "met %s%s", pair->other, pair->same_kernel ? "; it runs on the same machine, which tells less"
		" than two would" : "");
	if (!pair->same_kernel && !strcmp(check->mount.type, "nfs4") && !strcmp(text + strcspn(text, " "), mine + strlen(boot)))
		check_say(check, CHECK_BETTER, "names of machines", "both are called %s: two NFSv4 clients of one name throw each other out; give each a"
			" host name of its own", host);
	bf_buf_clear(&theirs);
	return 0;
}

/* ---- what was finished must be there ---- */

static int finish_some(const struct check_pair *pair, struct bf_err *err)
{
	struct bf_path large = bf_path_of("done/.large.%c", pair->me), final = bf_path_of("done/large.%c", pair->me);
	char *bytes = malloc(CONTENT_BYTES);
	if (!bytes)
		return bf_err_set(err, "out of memory");
	memset(bytes, pair->me, CONTENT_BYTES);
	int result = bf_fs_create(pair->dir, large.text, bytes, CONTENT_BYTES, err) == 1
		&& bf_fs_rename(pair->dir, large.text, final.text, err) == 1 ? 0 : -1;
	free(bytes);
	for (int i = 0; result == 0 && i < FINISHED; i++) {
		struct bf_path from = bf_path_of("done/%d.open.%c", i, pair->me), to = bf_path_of("done/%d.done.%c", i, pair->me);
		if (check_make(pair->dir, from.text, err) != 1 || bf_fs_rename(pair->dir, from.text, to.text, err) != 1)
			result = -1;
	}
	return result;
}

static bool large_is_whole(const struct check_pair *pair)
{
	struct bf_buf bytes = {0};
	bool whole = bf_fs_read(pair->dir, bf_path_of("done/large.%c", pair->them).text, CONTENT_BYTES, &bytes, NULL) == 1
		&& bytes.len == CONTENT_BYTES;
	for (size_t i = 0; whole && i < bytes.len; i++)
		whole = bytes.data[i] == pair->them;
	bf_buf_clear(&bytes);
	return whole;
}

/* The one promise of listings that the farm leans on. */
static int try_finished(const struct check_pair *pair, struct bf_err *err)
{
	struct check *check = pair->check;
	struct bf_names names = {0};
	int missing = 0, old = 0;
	if (finish_some(pair, err) < 0 || check_tell(pair, "finished", "", err) < 0 || check_hear(pair, "finished", NULL, err) < 0)
		return -1;
	if (check_list(pair->dir, "done", check->id, &names, err) < 0)
		return -1;
	for (int i = 0; i < FINISHED; i++) {
		missing += !bf_names_has(&names, bf_path_of("%d.done.%c", i, pair->them).text);
		old += bf_names_has(&names, bf_path_of("%d.open.%c", i, pair->them).text);
	}
	bf_names_clear(&names);
	if (missing || old)
		check_say(check, CHECK_BAD, "others' renames", "a listing behind an own change there misses %d of %d names that the other machine had finished,"
			" and shows %d that were gone", missing, FINISHED, old);
	else
		check_say(check, CHECK_OK, "others' renames", "what the other machine finished is there after an own change");
	if (!large_is_whole(pair))
		check_say(check, CHECK_BAD, "others' files", "a file that the other machine had written, synced and renamed is not whole here");
	else
		check_say(check, CHECK_OK, "others' files", "are whole");
	return 0;
}

int check_pair(const struct check_pair *met, struct bf_err *err)
{
	struct check_pair pair = *met;
	int result = introduce(&pair, err);
	if (result == 0)
		result = try_finished(&pair, err);
	if (result == 0)
		result = check_race(&pair, err);
	if (result == 0)
		result = check_delays(&pair, err);
	/* the leader takes the room away: not before the other is through */
	if (result == 0 && check_tell(&pair, "end", "", err) == 0 && pair.me == 'a')
		result = check_hear(&pair, "end", NULL, err);
	if (check_stopped())
		check_tell(&pair, "gone", "", NULL);
	return result;
}
