/* Two machines want the same: renames of one file to names of their own, and creation of one name. */
#include <stdio.h>
#include <string.h>

#include "agent/check_private.h"
#include "share-layout/base/sys.h"

enum { TICKETS = 128, WINDOW = 16 };

struct race {
	const struct check_pair *pair;
	unsigned seed;
	char mine[TICKETS + 1], theirs[TICKETS + 1]; /* '1' = the call said: yours */
};

static int make_tickets(const struct check_pair *pair, struct bf_err *err)
{
	for (int i = 0; i < TICKETS; i++)
		if (check_make(pair->dir, bf_path_of("race/%d", i).text, err) != 1)
			return -1;
	return 0;
}

static bool take_by_rename(const struct check_pair *pair, int ticket)
{
	struct bf_path from = bf_path_of("race/%d", ticket), to = bf_path_of("race/%d.%c", ticket, pair->me);
	return bf_fs_rename(pair->dir, from.text, to.text, NULL) == 1;
}

static bool take_by_creation(const struct check_pair *pair, int ticket)
{
	return check_make(pair->dir, bf_path_of("first/%d", ticket).text, NULL) == 1;
}

static unsigned next_random(struct race *race)
{
	race->seed = race->seed * 1103515245u + 12345u;
	return race->seed >> 16;
}

/* Few tickets at a time, each time from one moment on and in an order of one's own: who followed the other in step would always
 * come second. */
static int take_all(struct race *race, const char *name, bool (*take)(const struct check_pair *, int), struct bf_err *err)
{
	for (int base = 0; base < TICKETS; base += WINDOW) {
		struct bf_path start = bf_path_of("%s%d", name, base);
		int order[WINDOW];
		for (int i = 0; i < WINDOW; i++) {
			int j = (int)(next_random(race) % (unsigned)(i + 1));
			order[i] = order[j];
			order[j] = base + i;
		}
		if (check_tell(race->pair, start.text, "", err) < 0 || check_hear(race->pair, start.text, NULL, err) < 0)
			return -1;
		for (int i = 0; i < WINDOW; i++)
			race->mine[order[i]] = take(race->pair, order[i]) ? '1' : '0';
	}
	return 0;
}

/* Take what can be had, exchange who won what. */
static int run(struct race *race, const char *name, bool (*take)(const struct check_pair *, int), struct bf_err *err)
{
	const struct check_pair *pair = race->pair;
	struct bf_buf theirs = {0};
	memset(race->mine, '0', TICKETS);
	if (take_all(race, name, take, err) < 0)
		return -1;
	int result = check_tell(pair, name, race->mine, err) == 0 && check_hear(pair, name, &theirs, err) == 0 ? 0 : -1;
	if (result == 0 && (theirs.len != TICKETS || strspn(bf_buf_text(&theirs), "01") != TICKETS))
		result = bf_err_set(err, "what the other machine wrote cannot be read, or its version is another one");
	if (result == 0)
		memcpy(race->theirs, theirs.data, TICKETS);
	bf_buf_clear(&theirs);
	return result;
}

static void count(const struct race *race, int *mine, int *theirs, int *both)
{
	*mine = *theirs = *both = 0;
	for (int i = 0; i < TICKETS; i++) {
		*mine += race->mine[i] == '1';
		*theirs += race->theirs[i] == '1';
		*both += race->mine[i] == '1' && race->theirs[i] == '1';
	}
}

/* Tickets of which the folder says something else than the calls. An answer that was lost is nobody's win, and no harm. */
static int count_strange(const struct race *race, const struct bf_names *names)
{
	int strange = 0;
	for (int i = 0; i < TICKETS; i++) {
		bool is_mine = bf_names_has(names, bf_path_of("%d.%c", i, race->pair->me).text);
		bool is_theirs = bf_names_has(names, bf_path_of("%d.%c", i, race->pair->them).text);
		strange += is_mine == is_theirs || (race->mine[i] == '1' && !is_mine) || (race->theirs[i] == '1' && !is_theirs);
	}
	return strange;
}

static void say(const struct race *race, const char *what, int strange)
{
	int mine, theirs, both;
	count(race, &mine, &theirs, &both);
	if (both || strange)
		check_say(race->pair->check, CHECK_BAD, what, "of %d, %d were won by both machines, %d are not where the calls said: frames would be rendered"
			" twice, or lost", TICKETS, both, strange);
	else
		check_say(race->pair->check, CHECK_OK, what, "%d: this machine won %d, the other %d, both 0%s", TICKETS, mine, theirs,
			!mine || !theirs ? " (that was hardly a race: try again)" : "");
}

int check_race(const struct check_pair *pair, struct bf_err *err)
{
	struct race race = { .pair = pair, .seed = (unsigned)check_now_us() * 2654435761u + (unsigned)pair->me };
	struct bf_names names = {0};
	if (pair->me == 'a' && make_tickets(pair, err) < 0)
		return -1;
	if (run(&race, "race", take_by_rename, err) < 0)
		return -1;
	if (check_list(pair->dir, "race", pair->check->id, &names, err) < 0)
		return -1;
	int strange = count_strange(&race, &names);
	bf_names_clear(&names);
	say(&race, "race of renames", strange);
	if (run(&race, "first", take_by_creation, err) < 0)
		return -1;
	say(&race, "race of creations", 0);
	return 0;
}
