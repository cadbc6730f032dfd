#include "tests/lib/fake_work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/fake_words.h"

void fake_nap_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
	while (ms > 0 && nanosleep(&t, &t) < 0 && errno == EINTR)
		continue;
}

/* Share of the whole picture's cost that lies left of x. */
static double cost_left_of(int x, int width)
{
	double skew = fake_number("skew", 1), at = (double)x / width;
	return (at + (skew - 1) * at * at / 2) / (1 + (skew - 1) / 2);
}

int fake_work_ms(const struct fake_rect *rect, int width, int height, double share)
{
	share *= (cost_left_of(rect->right, width) - cost_left_of(rect->left, width)) * (rect->bottom - rect->top) / height;
	return (int)(fake_number("ms", 10) * share + 0.5) + fake_number("piece_ms", 0);
}

void fake_work(int frame, int samples, int ms)
{
	int steps = ms / 100 + 1;
	for (int i = 1; i <= steps; i++) {
		fake_nap_ms(ms * i / steps - ms * (i - 1) / steps);
		printf("Fra:%d Mem:10.00M (Peak 10.00M) | Time:00:00.00 | Mem:1.00M, Peak:1.00M | Scene, ViewLayer | Sample %d/%d\n",
			frame, samples * i / steps, samples);
		fflush(stdout);
	}
	for (int left = fake_number("chatter", 0); left > 0; left -= 80)
		printf("%.*s\n", 79, "chatter chatter chatter chatter chatter chatter chatter chatter chatter chatter chatter");
}

char *fake_memory_take(int mb)
{
	size_t size = (size_t)mb << 20;
	char *taken = mb > 0 ? malloc(size) : NULL;
	for (size_t i = 0; taken && i < size; i += 1024)
		((volatile char *)taken)[i] = 1;
	return taken;
}

void fake_note(int frame, const char *name, const struct fake_rect *rect)
{
	const char *path = getenv("BF_FAKE_LOG");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
	if (fd < 0)
		return;
	char text[256];
	int n = snprintf(text, sizeof text, "%d %s %d,%d,%d,%d %d\n", frame, name, rect->left, rect->top, rect->right, rect->bottom,
		(int)getpid());
	if (write(fd, text, (size_t)n) != n)
		perror(path);
	close(fd);
}
