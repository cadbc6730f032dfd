#include "tests/sim/sim.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "share-layout/base/err.h"

enum { STACK = 256 * 1024 };

struct fiber {
	ucontext_t context;
	void (*run)(void *arg);
	void *arg;
	int who, mark;
	char *stack;
};

struct event {
	int64_t at_us;
	uint64_t order; /* of those at one time the first to be told goes first */
	struct fiber *fiber;
};

static struct event *heap;
static size_t heap_count, heap_room;
static uint64_t order;
static int64_t now_us;
static bool stopped;
static struct fiber *current;
static struct fiber **fibers;
static size_t fiber_count;
static ucontext_t outside;

static bool is_before(const struct event *a, const struct event *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void push(struct fiber *fiber, int64_t at_us)
{
	if (heap_count == heap_room) {
		heap_room = heap_room ? 2 * heap_room : 1024;
		heap = realloc(heap, heap_room * sizeof *heap);
		if (!heap)
			bf_bug("out of memory");
	}
	struct event event = { at_us, order++, fiber };
	size_t i = heap_count++;
	for (; i && is_before(&event, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = event;
}

static struct event pop(void)
{
	struct event first = heap[0], last = heap[--heap_count];
	size_t i = 0, child;
	while ((child = 2 * i + 1) < heap_count) {
		if (child + 1 < heap_count && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return first;
}

void sim_clock_reset(void)
{
	for (size_t i = 0; i < fiber_count; i++) {
		munmap(fibers[i]->stack, STACK);
		free(fibers[i]);
	}
	free(fibers);
	fibers = NULL;
	fiber_count = heap_count = 0;
	now_us = 0;
	order = 0;
	stopped = false;
}

static void begin(void)
{
	current->run(current->arg);
	bf_bug("a fiber came to its end");
}

void sim_clock_start(void (*run)(void *arg), void *arg, int who, int64_t at_us)
{
	struct fiber *fiber = calloc(1, sizeof *fiber);
	fibers = realloc(fibers, (fiber_count + 1) * sizeof *fibers);
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!fiber || !fibers || stack == MAP_FAILED)
		bf_bug("out of memory");
	*fiber = (struct fiber){ .run = run, .arg = arg, .who = who, .stack = stack };
	getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = stack;
	fiber->context.uc_stack.ss_size = STACK;
	makecontext(&fiber->context, begin, 0);
	fibers[fiber_count++] = fiber;
	push(fiber, at_us);
}

void sim_clock_wait(int64_t us)
{
	if (!current || us <= 0)
		return;
	struct fiber *self = current;
	if (!heap_count || heap[0].at_us > now_us + us) { /* nobody comes before us */
		if (!stopped) {
			now_us += us;
			return;
		}
	}
	push(self, now_us + us);
	swapcontext(&self->context, &outside);
}

void sim_clock_run(void)
{
	while (!stopped && heap_count) {
		struct event event = pop();
		now_us = event.at_us;
		current = event.fiber;
		swapcontext(&outside, &current->context);
		current = NULL;
	}
}

void sim_clock_stop(void)
{
	stopped = true;
}

int64_t sim_clock_now_us(void)
{
	return now_us;
}

int sim_clock_who(void)
{
	return current ? current->who : -1;
}

int *sim_clock_mark(void)
{
	return current ? &current->mark : NULL;
}
