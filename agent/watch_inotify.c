/* The only door to libinotifytools. It keeps all its state in globals, opens its descriptor without
 * close-on-exec and does not tell its number; the functions below make up for that. */
#include "agent/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <inotifytools/inotify.h>
#include <inotifytools/inotifytools.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/log.h"

static int watch_fd = -1;

static bool is_inotify(int fd)
{
	char path[64], target[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, target, sizeof target - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return strstr(target, "inotify") != NULL;
}

/* The lowest free number is what the library's inotify_init() will get. */
static int next_free_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd;
}

int watch_open(const char *const paths[])
{
	int fd = next_free_fd();
	if (fd < 0 || !inotifytools_initialize()) {
		bf_log(BF_LOG_DEBUG, "watch none: inotify error %d", inotifytools_error());
		return -1;
	}
	if (!is_inotify(fd)) {
		bf_log(BF_LOG_DEBUG, "watch none: the descriptor was not found");
		inotifytools_cleanup();
		return -1;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	int events = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_DELETE | IN_ONLYDIR;
	for (int i = 0; paths[i]; i++)
		if (!inotifytools_watch_file(paths[i], events))
			bf_log(BF_LOG_DEBUG, "watch %s: error %d", paths[i], inotifytools_error());
	watch_fd = fd;
	return fd;
}

void watch_drain(void)
{
	struct pollfd poller = { .fd = watch_fd, .events = POLLIN };
	/* next_events with 0 seconds looks without waiting; next_event would wait for ever. */
	for (int i = 0; i < 1000 && watch_fd >= 0 && poll(&poller, 1, 0) > 0; i++)
		if (!inotifytools_next_events(0, 1))
			break;
}

void watch_close(void)
{
	if (watch_fd >= 0)
		inotifytools_cleanup();
	watch_fd = -1;
}
