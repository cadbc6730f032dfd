/* Two checks find each other, and go from step to step together (SPEC.md, section 13). Only names are looked at, always behind
 * an own change: what comes later measures whether less would do. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/check_private.h"
#include "share-layout/base/sys.h"
#include "share-layout/token.h"

enum { POLL_MS = 50, INVITATION_MS = 5000, ALIVE_MS = 3000, STEP_MS = 60000, EAGER_MS = 300 };

/* All folders of a pair are there before anybody looks for them: NFS remembers for half a minute that a name was missing. */
static int make_room(struct check *check, struct bf_err *err)
{
	static const char *const folders[] = { "step", "plain.a", "plain.b", "own", "turn", "race", "first", "done" };
	static const char *const cards[] = { "card.a", "card.b" };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (bf_fs_mkdir(check->dir, folders[i], err) < 0)
			return -1;
	for (size_t i = 0; i < sizeof cards / sizeof *cards; i++)
		if (bf_fs_rewrite(check->dir, cards[i], "0\n", 2, err) < 0)
			return -1;
	return bf_fs_rewrite(check->dir, "turn/0.b", "", 0, err) < 0 || bf_fs_rewrite(check->dir, "here.1", "", 0, err) < 0 ? -1 : 0;
}

/* ---- invitations ---- */

enum { OTHERS_MAX = 32 };

struct meeting {
	struct check *check;
	struct other {
		char id[BF_ID_MAX];
		unsigned long here;  /* the number it showed last */
		int64_t changed_ms;  /* when that changed, 0 = never: perhaps left by a check that was killed */
	} other[OTHERS_MAX];
	size_t count;
	struct bf_names top;
	unsigned long here;
	char guest[BF_ID_MAX];   /* whom we invited, "" for none, */
	bool is_out;             /* … and wait for */
	int64_t until_ms;
};

/* The id of another check, NULL when the name is none. */
static const char *other_check(const struct meeting *meeting, size_t index)
{
	const char *name = meeting->top.item[index].text;
	size_t len = strlen(BF_CHECK_PREFIX);
	bool is_check = !strncmp(name, BF_CHECK_PREFIX, len) && bf_id_ok(name + len) && strcmp(name + len, meeting->check->id);
	return is_check ? name + len : NULL;
}

static struct other *find(struct meeting *meeting, const char *id)
{
	for (size_t i = 0; i < meeting->count; i++)
		if (!strcmp(meeting->other[i].id, id))
			return &meeting->other[i];
	if (meeting->count == OTHERS_MAX)
		return NULL;
	struct other *other = &meeting->other[meeting->count++];
	*other = (struct other){0};
	snprintf(other->id, sizeof other->id, "%s", id);
	return other;
}

static int show(struct meeting *meeting, struct bf_err *err)
{
	struct bf_path from = bf_path_of("here.%lu", meeting->here), to = bf_path_of("here.%lu", meeting->here + 1);
	if (bf_fs_rename(meeting->check->dir, from.text, to.text, err) < 0)
		return -1;
	meeting->here++;
	return 0;
}

/* Look into the folder of another: is it alive, and has it put us on its door? */
static bool invites(struct meeting *meeting, struct other *other)
{
	struct check *check = meeting->check;
	struct bf_path folder = bf_path_check(other->id), with = bf_path_of("with.%s", check->id);
	struct bf_names names = {0};
	unsigned long here = 0, number;
	if (check_list(check->root, folder.text, check->id, &names, NULL) < 0) /* another user's, perhaps */
		bf_fs_list(check->root, folder.text, &names, NULL);
	for (size_t i = 0; i < names.count; i++)
		if (sscanf(names.item[i].text, "here.%lu", &number) == 1 && number > here)
			here = number;
	if (other->here && here > other->here)
		other->changed_ms = bf_sys.now_ms();
	if (here)
		other->here = here;
	bool there = bf_names_has(&names, with.text);
	bf_names_clear(&names);
	return there;
}

/* Somebody who moved lately; who did not answer comes last. */
static void invite(struct meeting *meeting)
{
	struct other *next = NULL;
	int64_t now_ms = bf_sys.now_ms();
	for (size_t i = 0; i < meeting->count; i++) {
		struct other *other = &meeting->other[i];
		if (strcmp(other->id, meeting->check->id) > 0 && other->changed_ms && now_ms - other->changed_ms < ALIVE_MS
			&& (!next || !strcmp(next->id, meeting->guest)))
			next = other;
	}
	if (!next)
		return;
	snprintf(meeting->guest, sizeof meeting->guest, "%s", next->id);
	meeting->is_out = check_make(meeting->check->dir, bf_path_of("with.%s", next->id).text, NULL) >= 0;
	meeting->until_ms = now_ms + INVITATION_MS;
}

static int pair_up(struct check_pair *pair, const char *other, char me)
{
	snprintf(pair->other, sizeof pair->other, "%s", other);
	pair->me = me;
	pair->them = me == 'a' ? 'b' : 'a';
	return 1;
}

/* One look. Returns 1 when pair has a partner, else 0. */
static int meet_once(struct meeting *meeting, struct check_pair *pair)
{
	struct check *check = meeting->check;
	const char *id;
	if (show(meeting, NULL) < 0 || check_list(check->root, ".", check->id, &meeting->top, NULL) < 0)
		return 0;
	/* withdrawn before the look, so that an answer of the last moment is seen */
	if (meeting->is_out && bf_sys.now_ms() > meeting->until_ms) {
		bf_fs_unlink(check->dir, bf_path_of("with.%s", meeting->guest).text, NULL);
		meeting->is_out = false;
	}
	for (size_t i = 0; i < meeting->top.count; i++) {
		struct other *other = (id = other_check(meeting, i)) ? find(meeting, id) : NULL;
		if (!other || !invites(meeting, other))
			continue;
		if (!strcmp(other->id, meeting->guest))
			return pair_up(pair, other->id, 'a');
		if (!meeting->is_out && strcmp(other->id, check->id) < 0 && other->changed_ms)
			return check_make(check->dir, bf_path_of("with.%s", other->id).text, NULL) >= 0 && pair_up(pair, other->id, 'b');
	}
	if (!meeting->is_out)
		invite(meeting);
	return 0;
}

int check_meet(struct check *check, struct check_pair *pair, struct bf_err *err)
{
	struct meeting meeting = { .check = check, .here = 1 };
	int met = 0;
	if (make_room(check, err) < 0)
		return -1;
	check_say(check, CHECK_NOTE, "second machine", "waiting %g s for another `bfagent --check-share` …", (double)check->wait_ms / 1000);
	int64_t until_ms = bf_sys.now_ms() + check->wait_ms;
	while (!met && !check_stopped() && (meeting.is_out || bf_sys.now_ms() < until_ms)) {
		met = meet_once(&meeting, pair);
		if (!met)
			bf_sys.sleep_ms(POLL_MS);
	}
	bf_names_clear(&meeting.top);
	if (!met)
		return 0;
	pair->dir = bf_fs_open_dir(check->root, bf_path_check(pair->me == 'a' ? check->id : pair->other).text, err);
	return pair->dir < 0 ? -1 : 1;
}

/* ---- steps ---- */

int check_tell(const struct check_pair *pair, const char *step, const char *text, struct bf_err *err)
{
	struct bf_path aside = bf_path_of("step/.%s.%c", step, pair->me), name = bf_path_of("step/%s.%c", step, pair->me);
	if (bf_fs_rewrite(pair->dir, aside.text, text, strlen(text), err) < 0 || bf_fs_rename(pair->dir, aside.text, name.text, err) < 0)
		return bf_err_prefix(err, "one machine cannot write where the other can");
	return 0;
}

int check_heard(const struct check_pair *pair, const char *step, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = check_list(pair->dir, "step", pair->check->id, &names, err);
	if (result == 0 && bf_names_has(&names, bf_path_of("%s.%c", step, pair->them).text))
		result = 1;
	else if (result == 0 && bf_names_has(&names, bf_path_of("gone.%c", pair->them).text))
		result = bf_err_sys(err, ECANCELED, "the other check was stopped");
	bf_names_clear(&names);
	return result;
}

int check_hear(const struct check_pair *pair, const char *step, struct bf_buf *text, struct bf_err *err)
{
	int64_t began_ms = bf_sys.now_ms();
	int found;
	while ((found = check_heard(pair, step, err)) == 0) {
		if (check_stopped())
			return bf_err_set(err, "stopped");
		if (bf_sys.now_ms() - began_ms > STEP_MS)
			return bf_err_set(err, "no answer for %d s (%s): its check ended, or what it does is not seen here", STEP_MS / 1000, step);
		if (bf_sys.now_ms() - began_ms > EAGER_MS) /* who comes last finds the other awake: both go on at one moment */
			bf_sys.sleep_ms(POLL_MS);
	}
	if (found < 0)
		return -1;
	if (text && bf_fs_read(pair->dir, bf_path_of("step/%s.%c", step, pair->them).text, 4096, text, err) != 1)
		return bf_err_prefix(err, "a file that is in the listing cannot be read");
	return 0;
}
