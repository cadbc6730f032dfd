/* `bfagent --benchmark`: how fast are this machine's slots? All of them render a small built-in scene at the same time, for they
 * share the machine in earnest too. The result is printed and kept (speed.h). Touches no share. */
#ifndef AGENT_BENCHMARK_H
#define AGENT_BENCHMARK_H

#include <stdbool.h>

#include "agent/config.h"

enum { BENCHMARK_S = 5 };

/* Returns the exit status: 0, 1 a slot could not be measured, 3 nothing can be (said on stderr). */
int benchmark_run(struct config *config, bool json);

#endif
