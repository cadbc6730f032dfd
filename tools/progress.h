/* How far a copy has come, on one line of the terminal that is written again and again: `shot  43 %  1.2 GB of 2.8 GB  110 MB/s`. */
#ifndef BF_TOOLS_PROGRESS_H
#define BF_TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	const char *what;      /* NULL = say nothing */
	int64_t total, done;
	int64_t begun_ms, shown_ms;
	bool drawn;
};

/* Says nothing when stderr is no terminal, or what is NULL. what must stay. */
void progress_begin(struct progress *progress, const char *what, int64_t total);
void progress_add(struct progress *progress, int64_t bytes);
/* Takes the line away. */
void progress_end(struct progress *progress);

/* `1.2 GB`, powers of 1000. */
void progress_size(int64_t bytes, char *text, size_t size);

/* The line itself, without what comes before and behind it. Pure. */
void progress_text(const struct progress *progress, int64_t now_ms, char *text, size_t size);

#endif
