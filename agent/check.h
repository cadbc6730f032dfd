/* Is this folder good enough for a farm? (`bfagent --check-share`; SPEC.md, sections 11 and 13)
 *
 * Measures in a private folder at the top of the given one, first alone, then together with a check that
 * another machine runs at the same time. Prints one line per finding and at the end a verdict in plain words. The private folder is
 * removed at the end, also after SIGINT, SIGTERM and SIGHUP; kill -9 leaves it. */
#ifndef AGENT_CHECK_H
#define AGENT_CHECK_H

#include <stdint.h>

enum { CHECK_WAIT_MS = 10000, CHECK_WAIT_MAX_MS = 3600 * 1000 };

/* Check the folder; wait so long for another machine (0: not at all). name is this machine's. Returns the exit status: 0 fit,
 * 1 not fit, 3 the folder cannot be used at all. Blocks while the file server is away. */
int check_run(const char *path, const char *name, int64_t wait_ms);

#endif
