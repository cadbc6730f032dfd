#include "tools/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/sys.h"
#include "tools/term.h"

enum { SHOW_MS = 200 };

void progress_size(int64_t bytes, char *text, size_t size)
{
	static const char *const unit[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double value = (double)bytes;
	size_t i = 0;
	for (; value >= 999.5 && i + 1 < sizeof unit / sizeof *unit; i++)
		value /= 1000;
	snprintf(text, size, i && value < 9.95 ? "%.1f %s" : "%.0f %s", value, unit[i]);
}

void progress_text(const struct progress *progress, int64_t now_ms, char *text, size_t size)
{
	char done[16], total[16], rate[16] = "";
	int64_t ms = now_ms - progress->begun_ms;
	progress_size(progress->done, done, sizeof done);
	progress_size(progress->total, total, sizeof total);
	if (ms >= SHOW_MS)
		progress_size(progress->done * 1000 / ms, rate, sizeof rate);
	int percent = progress->total > 0 ? (int)(100.0 * (double)progress->done / (double)progress->total) : 100;
	snprintf(text, size, "%s  %d %%  %s of %s%s%s%s", progress->what, percent, done, total, *rate ? "  " : "", rate,
		*rate ? "/s" : "");
}

static void draw(struct progress *progress, int64_t now_ms)
{
	char text[512];
	int columns = term_columns(STDERR_FILENO);
	progress_text(progress, now_ms, text, sizeof text);
	/* cut by bytes: an accent less at the edge of a narrow terminal harms nobody */
	fprintf(stderr, "\r%.*s\033[K", columns > 1 ? columns - 1 : 79, text);
	fflush(stderr);
	progress->shown_ms = now_ms;
	progress->drawn = true;
}

void progress_begin(struct progress *progress, const char *what, int64_t total)
{
	*progress = (struct progress){ .total = total, .begun_ms = bf_sys.now_ms() };
	progress->shown_ms = progress->begun_ms;
	progress->what = isatty(STDERR_FILENO) ? what : NULL;
}

void progress_add(struct progress *progress, int64_t bytes)
{
	progress->done += bytes;
	if (!progress->what)
		return;
	int64_t now_ms = bf_sys.now_ms();
	if (!progress->drawn || now_ms - progress->shown_ms >= SHOW_MS)
		draw(progress, now_ms);
}

void progress_end(struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
	progress->drawn = false;
}
