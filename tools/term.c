#include "tools/term.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tools/key.h"
#include "tools/screen.h"

/* Alternate screen and no cursor; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH };
enum { CAUGHT = sizeof caught / sizeof *caught };

static struct sigaction old_action[CAUGHT];
static struct termios old_termios;
static bool have_termios;
static volatile sig_atomic_t stop_signal, resized;
static struct screen screen;
static char typed[64]; /* keys that came and were not taken yet */
static size_t typed_len;

int term_color(const char *when, int fd)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	if (!strcmp(when, "always"))
		return 1;
	if (!strcmp(when, "never"))
		return 0;
	if (strcmp(when, "auto"))
		return -1;
	return isatty(fd) && !(no_color && *no_color) && term && *term && strcmp(term, "dumb");
}

static bool size_of(int fd, struct winsize *size)
{
	return ioctl(fd, TIOCGWINSZ, size) == 0 && size->ws_col;
}

int term_columns(int fd)
{
	struct winsize size;
	if (!isatty(fd))
		return 0;
	int columns = size_of(fd, &size) ? size.ws_col : 80;
	return columns > 1 ? columns - 1 : 1; /* a full last column makes some terminals wrap */
}

int term_rows(void)
{
	struct winsize size;
	return size_of(STDOUT_FILENO, &size) && size.ws_row ? size.ws_row : 24;
}

bool term_can_draw(void)
{
	const char *term = getenv("TERM");
	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb");
}

static void on_signal(int number)
{
	if (number == SIGWINCH)
		resized = 1;
	else
		stop_signal = number;
}

static void say(const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(STDOUT_FILENO, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* the terminal is gone; SIGHUP tells */
		text += n;
		len -= (size_t)n;
	}
}

void term_open(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigemptyset(&action.sa_mask);
	stop_signal = resized = 0;
	for (int i = 0; i < CAUGHT; i++)
		sigaction(caught[i], &action, &old_action[i]);
	have_termios = tcgetattr(STDIN_FILENO, &old_termios) == 0;
	if (have_termios) {
		struct termios keys = old_termios;
		keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		keys.c_cc[VMIN] = 0;
		keys.c_cc[VTIME] = 0;
		keys.c_cc[VSUSP] = _POSIX_VDISABLE; /* a stopped program could not give the screen back */
		tcsetattr(STDIN_FILENO, TCSANOW, &keys);
	}
	term_forget();
	say(ENTER, sizeof ENTER - 1);
}

void term_close(void)
{
	say(LEAVE, sizeof LEAVE - 1);
	screen_clear(&screen);
	typed_len = 0;
	if (have_termios)
		tcsetattr(STDIN_FILENO, TCSANOW, &old_termios);
	for (int i = 0; i < CAUGHT; i++)
		sigaction(caught[i], &old_action[i], NULL);
}

void term_draw(const char *text)
{
	struct bf_buf out = {0};
	screen_update(&screen, text, term_rows(), &out);
	say(out.data, out.len);
	bf_buf_clear(&out);
}

void term_forget(void)
{
	screen_forget(&screen);
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- waiting ---- */

/* Returns whether a key is there. A lone ESC is believed when nothing follows within a moment. */
static bool take_key(int *key)
{
	enum { MOMENT_MS = 50 };
	struct pollfd more = { .fd = STDIN_FILENO, .events = POLLIN };
	size_t used = 0;
	while (typed_len && !used) {
		*key = key_take(typed, typed_len, 0, &used);
		ssize_t n = used || poll(&more, 1, MOMENT_MS) <= 0 ? 0 : read(STDIN_FILENO, typed + typed_len, sizeof typed - typed_len);
		if (n > 0)
			typed_len += (size_t)n;
		else if (!used)
			*key = key_take(typed, typed_len, 1, &used);
	}
	typed_len -= used;
	memmove(typed, typed + used, typed_len);
	return used > 0;
}

/* Signals are let in only while it waits, so that none slips through between looking and waiting. */
static enum term_event wait_until(int64_t until_ms, int fd, int *key, const sigset_t *mask)
{
	struct pollfd waits[] = { { .fd = have_termios ? STDIN_FILENO : -1, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
	for (;;) {
		if (stop_signal)
			return TERM_STOP;
		if (resized) {
			resized = 0;
			term_forget();
			return TERM_RESIZED;
		}
		if (take_key(key))
			return TERM_KEY;
		int64_t left = until_ms - now_ms();
		struct timespec span = { left / 1000, left % 1000 * 1000000 };
		if (left <= 0)
			return TERM_TIME;
		waits[0].revents = waits[1].revents = 0;
		if (ppoll(waits, 2, &span, mask) <= 0)
			continue;
		if (waits[1].revents)
			return TERM_READY;
		ssize_t n = waits[0].revents & POLLIN ? read(STDIN_FILENO, typed, sizeof typed) : 0;
		if (n > 0)
			typed_len = (size_t)n;
		else
			waits[0].fd = -1; /* nobody can type there any more; SIGHUP says more */
	}
}

enum term_event term_wait(int64_t until_ms, int fd, int *key)
{
	sigset_t block, before;
	sigemptyset(&block);
	for (int i = 0; i < CAUGHT; i++)
		sigaddset(&block, caught[i]);
	sigprocmask(SIG_BLOCK, &block, &before);
	enum term_event event = wait_until(until_ms, fd, key, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return event;
}

int term_signal(void)
{
	return stop_signal;
}
