/* The screen of `bfstatus --watch`: what stands on it, and what a key does to it. Pure: a snapshot and keys in, text and
 * wishes out; whoever calls it draws the text and does what is wished.
 *
 * Order: start from zero bits (view_one_job where there is only one); view_draw and view_key as often as you like;
 * view_clear. */
#ifndef BF_TOOLS_VIEW_H
#define BF_TOOLS_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "share-layout/base/buf.h"
#include "share-layout/scan.h"

enum view_page { VIEW_JOBS, VIEW_JOB, VIEW_LOG, VIEW_HELP, VIEW_PAGES };

enum view_wish { VIEW_NOTHING, VIEW_LEAVE, VIEW_PAUSE, VIEW_RESUME, VIEW_CANCEL, VIEW_RETRY, VIEW_RAISE, VIEW_LOWER,
	VIEW_READ_LOG };

struct view {
	enum view_page page, before_help;
	bool one_job;            /* there is no list to go back to */
	char job[BF_JOB_MAX];    /* the selected one, "" = none yet */
	size_t row;              /* where it stood in the scan */
	size_t failed;           /* the selected one of its failed tasks */
	bool on_agents;          /* the lower half has the arrows */
	bool all;                /* older jobs that are done, too */
	bool asking;             /* whether the job is really to be cancelled */
	bool scrolled;           /* by hand: what is selected need not be seen */
	int top[VIEW_PAGES], agents_top; /* first line that is seen */
	int page_rows;           /* how many of them, when it was drawn last */
	char message[400];       /* instead of the keys, until the next key */
	bool message_is_bad;
	struct bf_buf log;       /* of VIEW_LOG */
	char log_name[100];
	bool log_from_job;       /* the page it was asked for on */
	struct bf_buf picture;   /* shown below a job; lines that are ready for the terminal */
};

struct view_size { int columns, rows; bool color; };

void view_one_job(struct view *view, const char *id);
void view_clear(struct view *view);

/* Append at most size->rows lines. trouble: why the snapshot is old, "" = it is not. */
void view_draw(struct view *view, const struct bf_scan *scan, const char *share_path, const char *trouble,
	const struct view_size *size, struct bf_buf *out);

/* What a key (key.h) asks for; the selected job is meant. */
enum view_wish view_key(struct view *view, const struct bf_scan *scan, int key);

/* The selected job, NULL when there is none; selects one when there is none yet, or it is gone. */
const struct bf_scan_job *view_job(struct view *view, const struct bf_scan *scan);

/* For VIEW_READ_LOG: the failed task that is meant, NULL when there is none. */
const struct bf_scan_failed *view_failed(struct view *view, const struct bf_scan *scan);

/* Go to a log that was read; its bytes go over to the view. */
void view_show_log(struct view *view, const char *name, struct bf_buf *text);

void view_say(struct view *view, bool bad, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
