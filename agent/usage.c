#include "agent/usage.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

static int64_t ticks_to_ms(unsigned long long ticks)
{
	long per_second = sysconf(_SC_CLK_TCK);
	return (int64_t)(ticks * 1000 / (unsigned long long)(per_second > 0 ? per_second : 100));
}

static bool read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	bool got = fgets(line, size, file) != NULL;
	fclose(file);
	return got;
}

int64_t usage_cpu_ms(pid_t pid)
{
	char path[64], line[1024];
	unsigned long long user = 0, system = 0, children_user = 0, children_system = 0;
	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	if (pid <= 0 || !read_line(path, line, sizeof line))
		return 0;
	const char *rest = strrchr(line, ')'); /* the name before it may hold anything */
	if (!rest || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu", &user, &system,
		&children_user, &children_system) != 4)
		return 0;
	return ticks_to_ms(user + system + children_user + children_system);
}

int64_t usage_machine_ms(void)
{
	char line[512];
	unsigned long long user, niced, system, idle, waiting, hard, soft;
	if (!read_line("/proc/stat", line, sizeof line)
		|| sscanf(line, "cpu %llu %llu %llu %llu %llu %llu %llu", &user, &niced, &system, &idle, &waiting, &hard, &soft) != 7)
		return -1;
	return ticks_to_ms(user + niced + system + hard + soft);
}
