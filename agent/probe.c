#include "agent/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/sys.h"

enum { ANSWER_MS = 60000 };

int probe_start(struct probe *probe, const char *program, struct bf_err *err)
{
	int ends[2];
	const char *const argv[] = { program, "--version", NULL };
	*probe = PROBE_NONE;
	probe->program = program;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return bf_err_sys(err, errno, "pipe");
	struct proc_spec spec = { .argv = argv, .in = -1, .out = ends[1], .err = -1 };
	int result = proc_start(&probe->proc, &spec, err);
	close(ends[1]);
	probe->fd = ends[0];
	probe->until_ms = bf_sys.now_ms() + ANSWER_MS;
	return result;
}

void probe_forget(struct probe *probe)
{
	if (probe->fd >= 0)
		close(probe->fd);
	probe->fd = -1;
}

int probe_hear(struct probe *probe, char version[32], struct bf_err *err)
{
	char text[512], how[128];
	if (probe->fd < 0 || (!proc_ended(&probe->proc) && bf_sys.now_ms() < probe->until_ms))
		return 0;
	ssize_t n = proc_ended(&probe->proc) ? read(probe->fd, text, sizeof text - 1) : 0;
	text[n > 0 ? n : 0] = '\0';
	probe_forget(probe);
	memset(version, 0, 32);
	bool said = sscanf(text, "Blender %31[0-9.]", version) == 1;
	proc_describe(probe->proc.status, how, sizeof how);
	proc_stop(&probe->proc, 0);
	return said ? 1 : bf_err_set(err, "%.300s --version did not answer (%s)", probe->program, how);
}

void probe_stop(struct probe *probe)
{
	probe_forget(probe);
	proc_stop(&probe->proc, 0);
}
