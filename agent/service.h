/* The systemd units that come with the agent, as carried inside the program. */
#ifndef AGENT_SERVICE_H
#define AGENT_SERVICE_H

#include <stdio.h>

#include "share-layout/base/err.h"

/* Print a unit that starts this very program: "system", "user" or "instance" (bfagent@.service); NULL is system for
 * root, user for others. Returns 0, -1 when there is no such unit. */
int service_print(const char *which, FILE *to, struct bf_err *err);

#endif
