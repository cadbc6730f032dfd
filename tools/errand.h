/* One thing at a time done in another thread: calls to a share whose server is away do not return, and the screen
 * shall live on meanwhile. What the errand works on belongs to it from start to end.
 *
 * Order: errand_start; wait until errand_fd is readable; errand_end; start the next. Who cannot wait any longer just ends
 * the program: that ends the thread too. */
#ifndef BF_TOOLS_ERRAND_H
#define BF_TOOLS_ERRAND_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Start with fd = -1 (errand_open). */
struct errand {
	pthread_t thread;
	int fd;
	bool busy;
	int64_t since_ms; /* when it was started, on the monotonic clock */
	void (*run)(void *arg);
	void *arg;
};

void errand_open(struct errand *errand);
void errand_start(struct errand *errand, void (*run)(void *arg), void *arg);
int errand_fd(const struct errand *errand);
/* Returns whether it has ended; what it did can be seen from then on. Does not block. */
bool errand_end(struct errand *errand);
void errand_close(struct errand *errand);

int64_t errand_now_ms(void);

#endif
