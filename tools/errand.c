#include "tools/errand.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "share-layout/base/err.h"

int64_t errand_now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void errand_open(struct errand *errand)
{
	*errand = (struct errand){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	if (errand->fd < 0)
		bf_bug("no eventfd");
}

static void *body(void *arg)
{
	struct errand *errand = arg;
	uint64_t one = 1;
	errand->run(errand->arg);
	ssize_t ignored = write(errand->fd, &one, sizeof one);
	(void)ignored;
	return NULL;
}

void errand_start(struct errand *errand, void (*run)(void *arg), void *arg)
{
	sigset_t all, before;
	errand->run = run;
	errand->arg = arg;
	errand->busy = true;
	errand->since_ms = errand_now_ms();
	sigfillset(&all); /* signals are for the thread that draws */
	pthread_sigmask(SIG_BLOCK, &all, &before);
	if (pthread_create(&errand->thread, NULL, body, errand) != 0)
		bf_bug("no thread");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int errand_fd(const struct errand *errand)
{
	return errand->fd;
}

bool errand_end(struct errand *errand)
{
	uint64_t count;
	if (errand->busy && read(errand->fd, &count, sizeof count) == (ssize_t)sizeof count) {
		pthread_join(errand->thread, NULL);
		errand->busy = false;
	}
	return !errand->busy;
}

void errand_close(struct errand *errand)
{
	if (errand->busy)
		return; /* it still uses the descriptor */
	close(errand->fd);
	errand->fd = -1;
}
