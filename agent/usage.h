/* What processes use, as /proc tells. Pure but for reading there; nothing blocks. */
#ifndef AGENT_USAGE_H
#define AGENT_USAGE_H

#include <stdint.h>
#include <sys/types.h>

/* Memory of a process in MB, what was swapped out included. 0 when it is not there. */
long usage_memory_mb(pid_t pid);

/* Processor time of a process so far, in ms, with that of its children that have ended. 0 when it is not there. */
int64_t usage_cpu_ms(pid_t pid);

/* Time that the machine's processors have been busy since it started, added up, in ms. -1 when it cannot be read. */
int64_t usage_machine_ms(void);

#endif
