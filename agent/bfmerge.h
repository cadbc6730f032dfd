/* bfmerge as a child process: it lies beside bfagent when both were built or installed together, else in PATH. */
#ifndef AGENT_BFMERGE_H
#define AGENT_BFMERGE_H

#include <stdint.h>

#include "agent/worker.h"

struct bfmerge_run {
	const char *const *argv; /* argv[0] is bfmerge_find's */
	const char *dir;         /* working directory, NULL = ours */
	int nice;
	int64_t patience_ms;     /* then it is stopped, which counts as an error; 0 = for ever */
};

/* Path or name of the program, into a buffer of that size. */
void bfmerge_find(char *path, size_t size);

/* Run it to its end. Returns 1 when it went well, 0 when the agent was asked to stop, -1 with bfmerge's own message; err->sys is EIO
 * where it could not read or write, which is nobody's failure. Blocks. */
int bfmerge_run(struct worker *w, const struct bfmerge_run *run, struct bf_err *err);

#endif
