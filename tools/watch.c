#include "tools/watch.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "tools/act.h"
#include "tools/errand.h"
#include "tools/key.h"
#include "tools/term.h"
#include "tools/thumb.h"
#include "tools/view.h"

enum {
	PATIENCE_MS = 2000, /* after so long without an answer the screen says so */
	LAST_WAIT_MS = 300, /* for a call that is nearly through, when somebody leaves */
	KEYS_MAX = 32,      /* that wait for an answer */
};

/* What the errand of a look is given and gives back. */
struct look {
	struct status *st;
	int status;
	char picture_of[BF_JOB_MAX]; /* a job whose newest picture is wanted, "" = none */
	int columns, rows;           /* room for it */
	uint64_t stamp;              /* of the picture that is there already (thumb.h) */
	bool has_picture, new_picture;
	struct bf_buf picture;
};

struct watch {
	const struct watch_options *options;
	struct view view;
	struct errand errand;
	bool acting;             /* the errand is act, else look */
	struct look look;
	struct act act;
	int64_t next_look_ms;
	int key[KEYS_MAX], keys; /* typed meanwhile */
	bool over_once;          /* the last look thought that all is over */
	struct bf_buf drawn;
};

/* ---- drawing ---- */

static struct view_size size_now(const struct watch *w)
{
	return (struct view_size){ .columns = term_columns(1), .rows = term_rows(), .color = w->options->color };
}

static void lay_out(struct watch *w)
{
	struct status *st = w->look.st;
	struct view_size size = size_now(w);
	const char *trouble = st->trouble;
	char waiting[BF_JOB_MAX + 64] = "";
	if (st->wanted && !st->only && !*trouble && st->was_queued) {
		bf_fmt(waiting, sizeof waiting, "%s is in the queue", st->wanted);
		trouble = waiting;
	}
	if (st->only)
		view_one_job(&w->view, st->only->plan.id);
	bf_buf_reset(&w->drawn);
	view_draw(&w->view, st->scan, st->share.path, trouble, &size, &w->drawn);
}

static void draw(struct watch *w)
{
	lay_out(w);
	term_draw(bf_buf_text(&w->drawn));
}

/* What is known is in the hands of a call that does not return: the last line of the old picture says so. */
static void draw_waiting(struct watch *w)
{
	struct bf_buf text = {0};
	struct view_size size = size_now(w);
	char note[200];
	int64_t waited_s = (errand_now_ms() - w->errand.since_ms) / 1000;
	const char *old = bf_buf_text(&w->drawn);
	for (int row = 0; row + 1 < size.rows; row++) {
		size_t len = strcspn(old, "\n");
		bf_buf_add(&text, old, len);
		bf_buf_putc(&text, '\n');
		old += len + (old[len] == '\n');
	}
	bf_fmt(note, sizeof note, "no answer from the share for %lld s; q leaves", (long long)waited_s);
	bf_buf_printf(&text, "%.*s\n", size.columns, note);
	term_draw(bf_buf_text(&text));
	bf_buf_clear(&text);
}

/* ---- errands ---- */

static void draw_picture(struct look *look)
{
	struct bf_scan *scan = look->st->scan;
	for (size_t i = 0; i < scan->job_count; i++) {
		const struct bf_scan_job *job = &scan->job[i];
		uint64_t stamp = strcmp(job->plan.id, look->picture_of) ? 0 : thumb_stamp(&look->st->share, job);
		if (!stamp || (look->has_picture && look->stamp == stamp))
			continue;
		bf_buf_reset(&look->picture);
		look->has_picture = look->new_picture = true; /* one that cannot be shown is not tried again */
		look->stamp = stamp;
		thumb_of_job(&look->st->share, job, look->columns, look->rows, &look->picture);
	}
}

static void run_look(void *arg)
{
	struct look *look = arg;
	look->status = status_look(look->st);
	if (look->status < 0 && !look->st->trouble[0] && look->picture_of[0])
		draw_picture(look);
}

/* Another job or another size wants another picture. */
static void ask_for_picture(struct watch *w)
{
	enum { COLUMNS_MAX = 60, ROWS_MAX = 20, ROWS_LEAST = 16 };
	struct view_size size = size_now(w);
	struct look *look = &w->look;
	int columns = size.columns - 4 < COLUMNS_MAX ? size.columns - 4 : COLUMNS_MAX, rows = size.rows / 2 < ROWS_MAX ? size.rows / 2 : ROWS_MAX;
	const char *job = w->options->pictures && size.rows >= ROWS_LEAST && w->view.page == VIEW_JOB ? w->view.job : "";
	if (strcmp(job, look->picture_of) || columns != look->columns || rows != look->rows)
		look->has_picture = false;
	memcpy(look->picture_of, job, strlen(job) + 1);
	look->columns = columns;
	look->rows = rows;
	look->new_picture = false;
}

static void start_look(struct watch *w)
{
	struct bf_scan *scan = w->look.st->scan;
	memcpy(scan->detail, w->view.page == VIEW_JOBS ? "" : w->view.job, w->view.page == VIEW_JOBS ? 1 : sizeof scan->detail);
	ask_for_picture(w);
	w->acting = false;
	errand_start(&w->errand, run_look, &w->look);
}

static void start_act(struct watch *w, enum view_wish wish)
{
	const struct bf_scan_job *job = view_job(&w->view, w->look.st->scan);
	if (!job)
		return;
	w->act = (struct act){ .wish = wish, .share = &w->look.st->share, .job = job, .failed = view_failed(&w->view, w->look.st->scan) };
	w->acting = true;
	errand_start(&w->errand, act_run, &w->act);
}

/* Returns -1 to go on, or an exit status. The end is believed when two looks agree. */
static int take_look(struct watch *w)
{
	struct status *st = w->look.st;
	int status = w->look.status;
	bool over = status < 0 && st->waits && status_is_over(st);
	if (over && w->over_once)
		return status_verdict(st);
	if (w->look.new_picture) {
		bf_buf_reset(&w->view.picture);
		bf_buf_add(&w->view.picture, bf_buf_text(&w->look.picture), w->look.picture.len);
	}
	w->next_look_ms = errand_now_ms() + (over ? 0 : w->options->interval_ms);
	w->over_once = over;
	return status;
}

/* The next key may come before the next look, and shall count from here. */
static void take_priority(struct watch *w)
{
	struct bf_scan *scan = w->look.st->scan;
	for (size_t i = 0; i < scan->job_count; i++)
		if (&scan->job[i] == w->act.job)
			scan->job[i].priority = w->act.priority;
}

static int take_errand(struct watch *w)
{
	if (!w->acting)
		return take_look(w);
	if (w->act.text.len && !w->act.bad)
		view_show_log(&w->view, w->act.failed->log, &w->act.text);
	if ((w->act.wish == VIEW_RAISE || w->act.wish == VIEW_LOWER) && !w->act.bad)
		take_priority(w);
	if (w->act.said[0])
		view_say(&w->view, w->act.bad, "%s", w->act.said);
	bf_buf_clear(&w->act.text);
	w->next_look_ms = 0; /* let it be seen */
	return -1;
}

/* ---- keys ---- */

static int leave(const struct watch *w)
{
	return w->look.st->waits ? STATUS_INCOMPLETE : STATUS_OK;
}

static int take_key(struct watch *w, int key)
{
	if (key == KEY_CTRL_C)
		return leave(w);
	if (key == KEY_CTRL_L)
		term_forget();
	enum view_page page = w->view.page;
	enum view_wish wish = view_key(&w->view, w->look.st->scan, key);
	if (wish == VIEW_LEAVE)
		return leave(w);
	if (page != w->view.page && w->view.page == VIEW_JOB)
		w->next_look_ms = 0; /* for what a list leaves out */
	if (wish != VIEW_NOTHING)
		start_act(w, wish);
	return -1;
}

static int take_keys(struct watch *w)
{
	int status = -1;
	while (w->keys && !w->errand.busy && status < 0) {
		int key = w->key[0];
		memmove(w->key, w->key + 1, sizeof *w->key * (size_t)--w->keys);
		status = take_key(w, key);
		if (status < 0 && !w->errand.busy)
			lay_out(w); /* where keys lead does not depend on how fast they come */
	}
	return status;
}

/* While a call to the share is out, what is known belongs to it; keys wait, but whoever wants to leave can. */
static int note_key(struct watch *w, int key)
{
	if (w->errand.busy && errand_now_ms() - w->errand.since_ms > PATIENCE_MS && (key == 'q' || key == KEY_CTRL_C))
		return leave(w);
	if (w->keys < KEYS_MAX)
		w->key[w->keys++] = key;
	return -1;
}

/* ---- the loop ---- */

static int64_t next_event_ms(const struct watch *w)
{
	int64_t now_ms = errand_now_ms();
	if (!w->errand.busy)
		return w->next_look_ms;
	return now_ms < w->errand.since_ms + PATIENCE_MS ? w->errand.since_ms + PATIENCE_MS : now_ms + 1000;
}

static int step(struct watch *w)
{
	int key = KEY_NONE, status = -1;
	switch (term_wait(next_event_ms(w), w->errand.busy ? errand_fd(&w->errand) : -1, &key)) {
	case TERM_STOP:
		return leave(w);
	case TERM_TIME:
		if (w->errand.busy)
			draw_waiting(w);
		else
			start_look(w);
		return -1;
	case TERM_KEY:
		status = note_key(w, key);
		break;
	case TERM_READY:
		if (errand_end(&w->errand))
			status = take_errand(w);
		break;
	case TERM_RESIZED:
		if (w->errand.busy)
			term_draw(bf_buf_text(&w->drawn));
		break;
	}
	if (status < 0 && !w->errand.busy)
		status = take_keys(w);
	if (status < 0 && !w->errand.busy)
		draw(w);
	return status;
}

static bool is_stuck(struct watch *w)
{
	struct pollfd done = { .fd = errand_fd(&w->errand), .events = POLLIN };
	if (w->errand.busy)
		poll(&done, 1, LAST_WAIT_MS);
	return !errand_end(&w->errand);
}

int watch_run(struct status *st, const struct watch_options *options)
{
	struct watch *w = calloc(1, sizeof *w);
	int status = -1;
	if (!w)
		abort();
	w->options = options;
	w->look.st = st;
	errand_open(&w->errand);
	term_open();
	while (status < 0)
		status = step(w);
	term_close();
	if (is_stuck(w))
		return WATCH_STUCK; /* what it works on stays, as long as the program does */
	errand_close(&w->errand);
	view_clear(&w->view);
	bf_buf_clear(&w->act.text);
	bf_buf_clear(&w->drawn);
	bf_buf_clear(&w->look.picture);
	free(w);
	return status;
}
