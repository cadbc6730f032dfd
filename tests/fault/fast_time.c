/* Linked into programs built with BF_SYS_HOOKS (the linker wraps these calls): time runs $BF_FAULT_SPEED times
 * faster for them, so that leases and waits of seconds pass in a moment. The date is left alone. */
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static int speed = 1;

__attribute__((constructor)) static void read_speed(void)
{
	const char *text = getenv("BF_FAULT_SPEED");
	speed = text && atoi(text) > 1 ? atoi(text) : 1;
}

int __real_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
	int result = __real_clock_gettime(clock, out);
	if (result == 0 && clock == CLOCK_MONOTONIC) {
		int64_t ns = ((int64_t)out->tv_sec * 1000000000 + out->tv_nsec) * speed;
		*out = (struct timespec){ ns / 1000000000, ns % 1000000000 };
	}
	return result;
}

int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	return __real_poll(fds, count, timeout_ms > 0 ? (timeout_ms + speed - 1) / speed : timeout_ms);
}

int __real_nanosleep(const struct timespec *span, struct timespec *left);
int __wrap_nanosleep(const struct timespec *span, struct timespec *left);
int __wrap_nanosleep(const struct timespec *span, struct timespec *left)
{
	int64_t ns = ((int64_t)span->tv_sec * 1000000000 + span->tv_nsec) / speed;
	struct timespec shorter = { ns / 1000000000, ns % 1000000000 };
	return __real_nanosleep(&shorter, left);
}
