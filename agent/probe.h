/* Which Blender is this? Asked once, when the agent starts, in the background: `blender --version` takes a second on a cold disk.
 *
 *	probe_start → poll probe.fd → probe_hear until it is not 0 → probe_stop */
#ifndef AGENT_PROBE_H
#define AGENT_PROBE_H

#include <stdint.h>

#include "agent/proc.h"

struct probe {
	struct proc proc;
	const char *program; /* the caller's */
	int fd;              /* what it says; -1 when nothing more is to be heard */
	int64_t until_ms;
};

#define PROBE_NONE ((struct probe){ .proc = PROC_NONE, .fd = -1 })

/* Start it. Returns 0, -1 when the program cannot be run. */
int probe_start(struct probe *probe, const char *program, struct bf_err *err);

/* Returns 1 with the version ("3.4.1"), 0 when there is nothing (more) to hear yet, -1 when it did not say one. 1 and -1
 * are said once. Does not block. */
int probe_hear(struct probe *probe, char version[32], struct bf_err *err);

/* In a forked child: the probe is the parent's business. */
void probe_forget(struct probe *probe);

/* End it, at any time. */
void probe_stop(struct probe *probe);

#endif
