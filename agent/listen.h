/* A program that runs beside us until it ends, and what it says meanwhile. Nothing here waits for it.
 *
 *	listen_start → listen_done now and then, until it is not 0 → read text → listen_stop
 *
 * It is ended when its time is up. What it writes to standard output and error is kept up to a limit; the rest is
 * read and dropped, so that it never waits for us. When we are killed it dies with us. */
#ifndef AGENT_LISTEN_H
#define AGENT_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/proc.h"

struct listen {
	struct proc proc;
	int fd;              /* readable when it says something; -1 when nothing runs */
	int64_t until_ms;
	bool late;           /* its time was up */
	char text[2048];     /* what it has said, a string */
	size_t len;
};

#define LISTEN_NONE ((struct listen){ .proc = PROC_NONE, .fd = -1 })

/* Start it, with in as its standard input (-1 = empty), which the caller keeps. env_set as in proc.h. Returns 0, -1 when it cannot be run. */
int listen_start(struct listen *it, const char *const *argv, int in, const char *const *env_set, int64_t limit_ms,
	struct bf_err *err);

bool listen_running(const struct listen *it);

/* Returns 1 when it has ended well, -1 when it has failed or took too long (err says which), 0 while it runs. Once it is
 * not 0 nothing of it runs any more. */
int listen_done(struct listen *it, struct bf_err *err);

/* End it, at any time; the text is forgotten. */
void listen_stop(struct listen *it);

#endif
