/* make model: search everything, then see that each planted bug is found. MODEL_FAULTS=N searches with N more faults (minutes,
 * gigabytes). */
#include "tests/model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { STATES_MAX = 12000000 };

static const struct setup sound[] = {
	{ "3 agents, 2 frames, 2 faults", 3, 2, false, false, 2, BUG_NONE },
	{ "3 agents, 1 frame and the last look, 2 faults", 3, 1, true, false, 2, BUG_NONE },
	{ "2 agents, 2 frames and the last look, 2 faults", 2, 2, true, false, 2, BUG_NONE },
	{ "2 agents, 1 frame and the last look, 3 faults", 2, 1, true, false, 3, BUG_NONE },
	{ "duplicates: 2 agents, 1 frame and the last look, 3 faults", 2, 1, true, true, 3, BUG_NONE },
	{ "duplicates: 3 agents, 1 frame, 2 faults", 3, 1, false, true, 2, BUG_NONE },
	{ "duplicates: 3 agents, 1 frame and the last look, 1 fault", 3, 1, true, true, 1, BUG_NONE },
};

static const struct setup planted[] = {
	{ "a takeover that does not name the state it saw", 3, 2, false, false, 1, BUG_NAMELESS_BREAK },
	{ "publishing before the commit", 3, 2, false, false, 1, BUG_PUBLISH_FIRST },
	{ "one look without a picture is believed", 2, 1, true, false, 1, BUG_TRUST_ENOENT },
	{ "a lost answer to a commit is believed", 3, 2, false, false, 1, BUG_TRUST_COMMIT },
	{ "a private picture is written again when a commit is unclear", 3, 2, false, false, 2, BUG_WRITE_AGAIN },
	{ "the last look removes what is not the winner's", 2, 1, true, false, 2, BUG_CLEAN_ALL },
	{ "the last look reopens before it has given back", 2, 1, true, false, 2, BUG_REOPEN_FIRST },
	{ "the last look makes tasks anew without a fence", 2, 1, true, false, 2, BUG_NO_FENCE },
	{ "one listing without a task is believed", 2, 1, true, false, 3, BUG_MISS_ONCE },
	{ "a duplicate that does not name the claim it saw", 3, 1, false, true, 1, BUG_NAMELESS_OVERTAKE },
	{ "who was too late removes the winner's picture", 2, 1, false, true, 1, BUG_LOSER_REMOVES_ALL },
};

static int passed, failed;

static void check(bool good, const char *what)
{
	good ? passed++ : failed++;
	printf("%s %s\n", good ? "ok  " : "FAIL", what);
	fflush(stdout);
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Returns the states searched. */
static size_t search_sound(const struct setup *it, unsigned more)
{
	char what[256];
	double began = seconds();
	setup = *it;
	setup.faults += more;
	struct found found = search(more ? 20 * (size_t)STATES_MAX : STATES_MAX, true);
	snprintf(what, sizeof what, "%s%s: %zu states, %zu steps, %.0f s: %s", it->name, more ? " (and more)" : "", found.states,
		found.edges, seconds() - began,
		found.full ? "too many, not searched to the end" : found.broken ? found.broken : "every rule holds, everything ends");
	check(!found.broken && !found.full, what);
	return found.states;
}

static void search_planted(const struct setup *it)
{
	char what[256];
	setup = *it;
	struct found found = search(STATES_MAX, false);
	snprintf(what, sizeof what, "planted: %s: %s (%zu steps)", it->name, found.broken ? found.broken : "NOT FOUND", found.steps);
	check(found.broken, what);
}

static size_t search_leases(void)
{
	char what[256];
	const char *broken;
	size_t states = lease_search(false, true, &broken);
	snprintf(what, sizeof what, "leases: %zu states: %s", states, broken ? broken : "the dead and only the dead are called dead");
	check(!broken, what);
	lease_search(true, false, &broken);
	snprintf(what, sizeof what, "planted: leases by the wall clock: %s", broken ? broken : "NOT FOUND");
	check(broken, what);
	return states;
}

int main(void)
{
	const char *deeper = getenv("MODEL_FAULTS");
	unsigned more = deeper ? (unsigned)strtoul(deeper, NULL, 10) : 0;
	size_t states = 0;
	struct rusage use;
	for (size_t i = 0; i < sizeof sound / sizeof *sound; i++)
		states += search_sound(&sound[i], more);
	for (size_t i = 0; i < sizeof planted / sizeof *planted; i++)
		search_planted(&planted[i]);
	states += search_leases();
	getrusage(RUSAGE_SELF, &use);
	printf("%zu states searched, %ld MB\n", states, use.ru_maxrss / 1024);
	printf("%d passed, %d failed, 0 skipped\n", passed, failed);
	return failed != 0;
}
