#include "agent/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "share-layout/base/sys.h"

int listen_start(struct listen *it, const char *const *argv, int in, const char *const *env_set, int64_t limit_ms,
	struct bf_err *err)
{
	int ends[2];
	*it = LISTEN_NONE;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return bf_err_sys(err, errno, "pipe");
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	struct proc_spec spec = { .argv = argv, .env_set = env_set, .in = in, .out = ends[1], .err = ends[1] };
	int result = proc_start(&it->proc, &spec, err);
	close(ends[1]);
	if (result < 0) {
		close(ends[0]);
		return -1;
	}
	it->fd = ends[0];
	it->until_ms = bf_sys.now_ms() + limit_ms;
	return 0;
}

bool listen_running(const struct listen *it)
{
	return it->fd >= 0;
}

static void hear(struct listen *it)
{
	char more[4096];
	ssize_t n;
	while ((n = read(it->fd, more, sizeof more)) > 0) {
		size_t room = sizeof it->text - 1 - it->len, take = (size_t)n < room ? (size_t)n : room;
		memcpy(it->text + it->len, more, take);
		it->len += take;
	}
	it->text[it->len] = '\0';
}

static void end(struct listen *it)
{
	proc_stop(&it->proc, 0);
	if (it->fd >= 0)
		close(it->fd);
	it->fd = -1;
}

int listen_done(struct listen *it, struct bf_err *err)
{
	char how[128];
	if (it->fd < 0)
		return bf_err_set(err, "nothing runs");
	hear(it);
	if (!proc_ended(&it->proc) && bf_sys.now_ms() < it->until_ms)
		return 0;
	it->late = !proc_ended(&it->proc);
	hear(it); /* said between the two looks */
	int status = it->proc.status;
	end(it);
	if (!it->late && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 1;
	proc_describe(status, how, sizeof how);
	return bf_err_set(err, "%s", it->late ? "its time was up" : how);
}

void listen_stop(struct listen *it)
{
	end(it);
	*it = LISTEN_NONE;
}
