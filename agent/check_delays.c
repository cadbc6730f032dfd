/* Who sees what how late. The leader makes a change, the other answers with one of the same kind as soon as it sees it; half of
 * the time between is how late changes are seen. No clock is compared, except to tell how far they differ. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/check_private.h"
#include "share-layout/base/sys.h"

enum { CARD_BYTES = 64, CARD_POLL_MS = 2000, CLOCK_ROUNDS = 3 };
enum { POLL_MS = 10, ROUNDS = 5, ENOUGH_MS = 3000, NEVER_MS = 40000, SIGNAL_MS = 500, SILENT_MS = 60000 };
enum { LATE_MS = 3000, TOO_LATE_MS = 15000 };
enum { PLAIN, OWN, TURN, CARD, KINDS };

struct delays {
	const struct check_pair *pair;
	int64_t mean_us[KINDS], worst_us[KINDS]; /* -1: not seen at all */
	int64_t clock_off_us, clock_error_us;    /* the follower's minus the leader's; error -1: not known */
};

static bool listing_has(const struct check_pair *pair, const char *folder, bool own_change, const char *name)
{
	struct bf_names names = {0};
	int listed = own_change ? check_list(pair->dir, folder, pair->check->id, &names, NULL) + 1
		: bf_fs_list(pair->dir, folder, &names, NULL);
	bool there = listed == 1 && bf_names_has(&names, name);
	bf_names_clear(&names);
	return there;
}

/* A card is a number and as many x: its size changes, as that of real ones does. */
static void card_text(int round, char out[CARD_BYTES])
{
	snprintf(out, CARD_BYTES, "%d %.*s\n", round, round, "xxxxxxxxxxxxxxxx");
}

static bool see_card(const struct check_pair *pair, int round)
{
	struct bf_buf text = {0};
	char wanted[CARD_BYTES];
	card_text(round, wanted);
	bool seen = bf_fs_read(pair->dir, bf_path_of("card.%c", pair->them).text, CARD_BYTES, &text, NULL) == 1
		&& !strcmp(bf_buf_text(&text), wanted);
	bf_buf_clear(&text);
	return seen;
}

static bool sees(const struct delays *delays, int kind, int round)
{
	const struct check_pair *pair = delays->pair;
	char name[32];
	snprintf(name, sizeof name, "%d.%c", round, pair->them);
	switch (kind) {
	case PLAIN: return listing_has(pair, pair->them == 'a' ? "plain.a" : "plain.b", false, name);
	case OWN: return listing_has(pair, "own", true, name);
	case TURN: return listing_has(pair, "turn", true, name);
	default: return see_card(pair, round);
	}
}

static int act(const struct delays *delays, int kind, int round, struct bf_err *err)
{
	const struct check_pair *pair = delays->pair;
	char card[CARD_BYTES];
	switch (kind) {
	case PLAIN: return check_make(pair->dir, bf_path_of("plain.%c/%d.%c", pair->me, round, pair->me).text, err);
	case OWN: return check_make(pair->dir, bf_path_of("own/%d.%c", round, pair->me).text, err);
	case TURN:
		return bf_fs_rename(pair->dir, bf_path_of("turn/%d.%c", pair->me == 'a' ? round - 1 : round, pair->them).text,
			bf_path_of("turn/%d.%c", round, pair->me).text, err);
	default:
		card_text(round, card);
		return bf_fs_rewrite(pair->dir, bf_path_of("card.%c", pair->me).text, card, strlen(card), err);
	}
}

/* SMB keeps a file that was closed open for a second, and who opens it again meanwhile is shown the old content. */
static int64_t poll_ms(int kind)
{
	return kind == CARD ? CARD_POLL_MS : POLL_MS;
}

/* ---- the two parts ---- */

static int lead(struct delays *delays, int kind, struct bf_err *err)
{
	int64_t all_us = 0, began_ms = bf_sys.now_ms();
	delays->worst_us[kind] = delays->mean_us[kind] = 0;
	for (int round = 1; round <= ROUNDS && (round == 1 || bf_sys.now_ms() - began_ms < ENOUGH_MS); round++) {
		int64_t at_us = check_now_us(), signal_us = at_us;
		if (act(delays, kind, round, err) < 0)
			return -1;
		while (!sees(delays, kind, round)) {
			if (check_stopped())
				return bf_err_set(err, "stopped");
			if (check_now_us() - signal_us > (int64_t)SIGNAL_MS * 1000) {
				if (check_heard(delays->pair, "left", err) < 0)
					return -1;
				signal_us = check_now_us();
			}
			if (check_now_us() - at_us > (int64_t)NEVER_MS * 1000) {
				delays->worst_us[kind] = delays->mean_us[kind] = -1;
				return check_tell(delays->pair, bf_path_of("kind%d", kind).text, "", err);
			}
			bf_sys.sleep_ms(poll_ms(kind));
		}
		int64_t us = (check_now_us() - at_us) / 2;
		all_us += us;
		delays->mean_us[kind] = all_us / round;
		if (us > delays->worst_us[kind])
			delays->worst_us[kind] = us;
	}
	return check_tell(delays->pair, bf_path_of("kind%d", kind).text, "", err);
}

static int follow(struct delays *delays, int kind, struct bf_err *err)
{
	struct bf_path end = bf_path_of("kind%d", kind);
	for (int round = 1;; round++) {
		int64_t began_ms = bf_sys.now_ms(), signal_ms = began_ms;
		while (!sees(delays, kind, round)) {
			int64_t now_ms = bf_sys.now_ms();
			if (check_stopped())
				return bf_err_set(err, "stopped");
			if (now_ms - signal_ms >= SIGNAL_MS || round > ROUNDS) { /* looked for seldom: the look takes time from what is measured */
				int heard = check_heard(delays->pair, end.text, err);
				if (heard)
					return heard < 0 ? -1 : 0;
				signal_ms = now_ms;
			}
			if (now_ms - began_ms > SILENT_MS)
				return check_hear(delays->pair, end.text, NULL, err);
			bf_sys.sleep_ms(poll_ms(kind));
		}
		if (act(delays, kind, round, err) < 0)
			return -1;
	}
}

/* The other's clock between two looks at one's own; the quickest answer tells it best. */
static int compare_clocks(struct delays *delays, struct bf_err *err)
{
	const struct check_pair *pair = delays->pair;
	for (int i = 0; i < CLOCK_ROUNDS; i++) {
		struct bf_path step = bf_path_of("clock%d", i);
		struct bf_buf text = {0};
		char now[32];
		int64_t began_us = check_clock_us(), their_us;
		if (pair->me == 'b' && check_hear(pair, step.text, NULL, err) < 0)
			return -1;
		snprintf(now, sizeof now, "%" PRId64 "\n", check_clock_us());
		if (check_tell(pair, step.text, now, err) < 0)
			return -1;
		if (pair->me == 'b')
			continue;
		int result = check_hear(pair, step.text, &text, err);
		int64_t error_us = (check_clock_us() - began_us) / 2;
		bool good = result == 0 && sscanf(bf_buf_text(&text), "%" SCNd64, &their_us) == 1;
		bf_buf_clear(&text);
		if (result < 0)
			return -1;
		if (good && (delays->clock_error_us < 0 || error_us < delays->clock_error_us)) {
			delays->clock_error_us = error_us;
			delays->clock_off_us = their_us - (began_us + error_us);
		}
	}
	return 0;
}

/* ---- results ---- */

/* The leader knows, the other is told. */
static int share_results(struct delays *delays, struct bf_err *err)
{
	struct bf_buf text = {0};
	int result = 0;
	if (delays->pair->me == 'a') {
		for (int kind = 0; kind < KINDS; kind++)
			bf_buf_printf(&text, "%" PRId64 " %" PRId64 " ", delays->mean_us[kind], delays->worst_us[kind]);
		bf_buf_printf(&text, "%" PRId64 " %" PRId64 "\n", delays->clock_off_us, delays->clock_error_us);
		result = check_tell(delays->pair, "delays", bf_buf_text(&text), err);
	} else if ((result = check_hear(delays->pair, "delays", &text, err)) == 0) {
		int64_t *m = delays->mean_us, *w = delays->worst_us;
		if (sscanf(bf_buf_text(&text), "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
				" %" SCNd64 " %" SCNd64, &m[0], &w[0], &m[1], &w[1], &m[2], &w[2], &m[3], &w[3], &delays->clock_off_us,
				&delays->clock_error_us) != 10)
			result = bf_err_set(err, "what the other machine measured cannot be read");
	}
	bf_buf_clear(&text);
	return result;
}

/* vital: agents lean on it; otherwise they only start a little later, and people see old things. */
static void say_delay(const struct delays *delays, int kind, const char *what, bool vital)
{
	struct check *check = delays->pair->check;
	const char *option = check_mount_fresher(&check->mount);
	double mean_ms = (double)delays->mean_us[kind] / 1000, worst_ms = (double)delays->worst_us[kind] / 1000;
	bool never = delays->mean_us[kind] < 0;
	bool late = never || worst_ms > LATE_MS, too_late = vital && (never || worst_ms > TOO_LATE_MS);
	struct bf_buf text = {0};
	if (never)
		bf_buf_printf(&text, "not seen within %d s", NEVER_MS / 1000);
	else
		bf_buf_printf(&text, "seen after %.0f ms (at most %.0f)%s", mean_ms, worst_ms, kind == CARD ? ", looked for every 2 s" : "");
	if (late && option)
		bf_buf_printf(&text, ": mount it with `%s`", option);
	else if (late)
		bf_buf_puts(&text, vital ? ": too late for a farm" : ": bfstatus and people see old things");
	check_say(check, too_late ? CHECK_BAD : late ? CHECK_BETTER : CHECK_OK, what, "%s", bf_buf_text(&text));
	bf_buf_clear(&text);
}

static void say_clock(const struct delays *delays)
{
	double off_s = (double)delays->clock_off_us / 1e6;
	if (delays->pair->me == 'b')
		off_s = -off_s;
	if (delays->clock_error_us >= 0)
		check_say(delays->pair->check, CHECK_OK, "clock of the other", "%.3f s %s (to within %.3f s; no harm: clocks are not compared)",
			off_s < 0 ? -off_s : off_s, off_s < 0 ? "behind this one" : "ahead of this one", (double)delays->clock_error_us / 1e6);
}

int check_delays(const struct check_pair *pair, struct bf_err *err)
{
	struct delays delays = { .pair = pair, .clock_error_us = -1 };
	for (int kind = 0; kind < KINDS; kind++)
		if ((pair->me == 'a' ? lead : follow)(&delays, kind, err) < 0)
			return -1;
	if (compare_clocks(&delays, err) < 0 || share_results(&delays, err) < 0)
		return -1;
	say_delay(&delays, PLAIN, "new names", false);
	say_delay(&delays, OWN, "… after own change", true);
	say_delay(&delays, TURN, "renamed, likewise", true);
	say_delay(&delays, CARD, "new content", false);
	say_clock(&delays);
	return 0;
}
