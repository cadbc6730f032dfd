#include "agent/blender_script.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "share-layout/base/fs.h"

/* Paths are relative to the repository root, where the compiler runs. */
#define CARRY(name, path) \
	__asm__(".section .rodata\n" \
		".balign 1\n" \
		#name ":\n.incbin \"" path "\"\n" \
		#name "_end:\n.byte 0\n.previous\n"); \
	extern const char name[] __attribute__((visibility("hidden"))); \
	extern const char name##_end[] __attribute__((visibility("hidden")))

CARRY(script_driver, "agent/blender/driver.py");
CARRY(script_benchmark, "agent/blender/bf_benchmark.py");
CARRY(script_device, "agent/blender/bf_device.py");
CARRY(script_facts, "agent/blender/bf_facts.py");
CARRY(script_joined, "agent/blender/bf_joined.py");
CARRY(script_line, "agent/blender/bf_line.py");
CARRY(script_measure, "agent/blender/bf_measure.py");
CARRY(script_missing, "agent/blender/bf_missing.py");
CARRY(script_paths, "agent/blender/bf_paths.py");
CARRY(script_render, "agent/blender/bf_render.py");
CARRY(script_scene, "agent/blender/bf_scene.py");
CARRY(script_version, "agent/blender/bf_version.py");
CARRY(script_whole, "agent/blender/bf_whole.py");

static const struct {
	const char *name, *start, *end;
} scripts[] = {
	{ BLENDER_SCRIPT_MAIN, script_driver, script_driver_end },
	{ "bf_benchmark.py", script_benchmark, script_benchmark_end },
	{ "bf_device.py", script_device, script_device_end },
	{ "bf_facts.py", script_facts, script_facts_end },
	{ "bf_joined.py", script_joined, script_joined_end },
	{ "bf_line.py", script_line, script_line_end },
	{ "bf_measure.py", script_measure, script_measure_end },
	{ "bf_missing.py", script_missing, script_missing_end },
	{ "bf_paths.py", script_paths, script_paths_end },
	{ "bf_render.py", script_render, script_render_end },
	{ "bf_scene.py", script_scene, script_scene_end },
	{ "bf_version.py", script_version, script_version_end },
	{ "bf_whole.py", script_whole, script_whole_end },
};

static int write_script(int dir, const char *name, const char *bytes, size_t len, struct bf_err *err)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return bf_err_sys(err, errno, "open(%s)", name);
	int result = bf_fs_write_all(fd, bytes, len, name, err);
	if (close(fd) < 0 && result == 0)
		result = bf_err_sys(err, errno, "close(%s)", name);
	return result;
}

int blender_script_write(const char *path, struct bf_err *err)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return bf_err_sys(err, errno, "open(%s)", path);
	int result = 0;
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts && result == 0; i++)
		result = write_script(dir, scripts[i].name, scripts[i].start,
			(size_t)(scripts[i].end - scripts[i].start), err);
	close(dir);
	return result;
}
