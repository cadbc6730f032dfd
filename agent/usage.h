/* What processes use, as /proc tells. Pure but for reading there; nothing blocks. */
#ifndef AGENT_USAGE_H
#define AGENT_USAGE_H

#include <stdint.h>
#include <sys/types.h>

/* Memory of a process in MB, what was swapped out included. 0 when it is not there. */
long usage_memory_mb(pid_t pid);

#endif
