#include "agent/service.h"

#include <string.h>
#include <unistd.h>

/* Paths are relative to the repository root, where the compiler runs. */
#define CARRY(name, path) \
	__asm__(".section .rodata\n" \
		#name ":\n.incbin \"" path "\"\n.byte 0\n.previous\n"); \
	extern const char name[] __attribute__((visibility("hidden")))

CARRY(service_system, "agent/systemd/system/bfagent.service");
CARRY(service_instance, "agent/systemd/system/bfagent@.service");
CARRY(service_user, "agent/systemd/user/bfagent.service");

static const struct { const char *name, *text; } units[] = {
	{ "system", service_system }, { "user", service_user }, { "instance", service_instance },
};

/* As the units have it, and as it is. */
static const char usual[] = "/usr/local/bin/bfagent";

static void find_program(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	path[n > 0 ? n : 0] = '\0';
	if (n <= 0)
		snprintf(path, size, "%s", usual);
}

/* A path with blanks in it would be two words there. */
static void print_path(const char *path, FILE *to)
{
	for (; *path; path++) {
		if (strchr(" \t\"'\\", *path))
			fprintf(to, "\\x%02x", (unsigned char)*path);
		else
			fprintf(to, *path == '%' || *path == '$' ? "%c%c" : "%c", *path, *path);
	}
}

int service_print(const char *which, FILE *to, struct bf_err *err)
{
	char program[4096];
	const char *text = NULL, *at;
	if (!which)
		which = geteuid() == 0 ? "system" : "user";
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (!strcmp(units[i].name, which))
			text = units[i].text;
	if (!text)
		return bf_err_set(err, "want system, user or instance");
	find_program(program, sizeof program);
	for (; (at = strstr(text, usual)); text = at + strlen(usual)) {
		fwrite(text, 1, (size_t)(at - text), to);
		print_path(program, to);
	}
	fputs(text, to);
	return 0;
}
