#include "agent/board.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "share-layout/base/err.h"

static int new_bell(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		bf_bug("no eventfd");
	return fd;
}

struct board *board_new(int slots)
{
	struct board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED)
		bf_bug("no shared memory");
	board->slots = slots;
	board->keeper_fd = new_bell();
	for (int i = 0; i < slots; i++)
		board->slot[i].wake_fd = new_bell();
	return board;
}

/* A sequence lock: the writer makes the number odd, writes, makes it even again; a reader takes the copy
 * only when the number was even and the same before and behind. A writer that died half-way leaves it
 * odd; the copy is then taken as it is, which may look odd on a card but harms nothing. */
static void read_guarded(atomic_uint *sequence, void *dst, const void *src, size_t size)
{
	for (int tries = 0; tries < 1000; tries++) {
		unsigned before = atomic_load(sequence);
		memcpy(dst, src, size);
		atomic_thread_fence(memory_order_acquire);
		if (!(before & 1) && atomic_load(sequence) == before)
			return;
	}
}

static void write_guarded(atomic_uint *sequence, void *dst, const void *src, size_t size)
{
	atomic_fetch_or(sequence, 1);
	atomic_thread_fence(memory_order_release);
	memcpy(dst, src, size);
	atomic_fetch_add(sequence, 1);
}

void board_show(struct board *board, unsigned slot, const struct bf_slot *view)
{
	write_guarded(&board->slot[slot].sequence, &board->slot[slot].view, view, sizeof *view);
}

void board_read_slot(struct board *board, unsigned slot, struct bf_slot *out)
{
	read_guarded(&board->slot[slot].sequence, out, &board->slot[slot].view, sizeof *out);
}

/* Only the used part of the table is copied: usually a few entries of thousands. */
static size_t used_size(const struct bf_live *live)
{
	int count = live->count < 0 ? 0 : live->count > BF_LIVE_MAX ? BF_LIVE_MAX : live->count;
	return offsetof(struct bf_live, agent) + (size_t)count * sizeof live->agent[0];
}

void board_put_live(struct board *board, const struct bf_live *live)
{
	write_guarded(&board->live_sequence, &board->live, live, used_size(live));
	atomic_store(&board->live_known, true);
}

void board_get_live(struct board *board, struct bf_live *out)
{
	read_guarded(&board->live_sequence, out, &board->live, used_size(&board->live));
	if (out->count < 0 || out->count > BF_LIVE_MAX)
		out->count = 0;
}

void board_note(struct board *board, unsigned slot, const char *id)
{
	snprintf(board->noted[slot], sizeof board->noted[slot], "%s", id);
}

void board_wake_others(struct board *board, unsigned slot)
{
	uint64_t one = 1;
	for (unsigned i = 0; i < (unsigned)board->slots; i++) {
		ssize_t ignored = i == slot ? 0 : write(board->slot[i].wake_fd, &one, sizeof one);
		(void)ignored; /* a full counter wakes as well */
	}
}

void board_wake(struct board *board)
{
	board_wake_others(board, UINT32_MAX);
}

void board_wake_keeper(struct board *board)
{
	uint64_t one = 1;
	ssize_t ignored = write(board->keeper_fd, &one, sizeof one);
	(void)ignored;
}

void board_keeper_woke(struct board *board)
{
	uint64_t count;
	ssize_t ignored = read(board->keeper_fd, &count, sizeof count);
	(void)ignored;
}

bool board_stopping(const struct board *board)
{
	return atomic_load(&board->stop) != BOARD_RUN;
}

bool board_breaking_off(const struct board *board)
{
	return atomic_load(&board->stop) == BOARD_STOP;
}

bool board_resting(const struct board *board)
{
	return atomic_load(&board->rest) != BOARD_WORK;
}

const char *board_rest_name(enum board_rest rest)
{
	static const char *const names[] = { "", "a PAUSE file in agents/ says so", "outside of its work hours",
		"somebody uses this machine", "other programs need the processors" };
	return names[rest];
}
