/* A place where an agent meets a fault: a fresh folder with submissions, a configuration, logs. Order: name, make,
 * run an agent that meets it, run a clean one if need be. The caller must be a subreaper (prctl), so that no process escapes.
 * What cannot be done ends the program. */
#ifndef BF_TESTS_FAULT_PLACE_H
#define BF_TESTS_FAULT_PLACE_H

#include <stdbool.h>
#include <stddef.h>

struct fault_place {
	char dir[256], share[300], log[2][300], trace[300], hit[300], fake_log[300], config[300];
};

/* What lies in queue/ at the start; ends with a name that is NULL. */
extern const struct fault_scenario {
	const char *name, *settings;
	void (*fill)(const char *queue);
	bool fails; /* some work ends badly, and the agent says so with its exit code */
} fault_scenarios[];

struct fault {
	const char *kind, *call; /* as the hook of tests/fault takes them; NULL: undisturbed */
	bool trace;
};

void fault_give_up(const char *what) __attribute__((noreturn));
void fault_put_file(const char *path, const void *bytes, size_t len);

/* The n-th place below work. */
void fault_place_name(struct fault_place *place, const char *work, int n);
/* Make it afresh. bin holds the programs built with the hook. */
void fault_place_make(const struct fault_place *place, const struct fault_scenario *scenario, const char *bin);

/* Run an agent there to its end, with all that it started; fault NULL: the clean one. Returns its wait status, -1 when it
 * did not end. *left_out: whether others outlived it. */
int fault_place_run(const struct fault_place *place, const char *bin, const struct fault *fault, bool *left_out);

#endif
