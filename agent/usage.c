#include "agent/usage.h"

#include <stdio.h>
#include <string.h>

long usage_memory_mb(pid_t pid)
{
	char path[64], line[256];
	long resident_kb = 0, swapped_kb = 0;
	snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
	FILE *file = pid > 0 ? fopen(path, "re") : NULL;
	if (!file)
		return 0;
	while (fgets(line, sizeof line, file)) {
		sscanf(line, "VmRSS: %ld", &resident_kb);
		sscanf(line, "VmSwap: %ld", &swapped_kb);
	}
	fclose(file);
	return (resident_kb + swapped_kb) / 1024;
}
