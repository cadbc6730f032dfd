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

/* Alternate screen and no cursor; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH };
enum { CAUGHT = sizeof caught / sizeof *caught };

static struct sigaction old_action[CAUGHT];
static struct termios old_termios;
static bool have_termios;
static volatile sig_atomic_t stop_signal, resized;

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
	say(ENTER, sizeof ENTER - 1);
}

void term_close(void)
{
	say(LEAVE, sizeof LEAVE - 1);
	if (have_termios)
		tcsetattr(STDIN_FILENO, TCSANOW, &old_termios);
	for (int i = 0; i < CAUGHT; i++)
		sigaction(caught[i], &old_action[i], NULL);
}

static int count_lines(const char *text)
{
	int lines = 0;
	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines;
}

void term_draw(const char *text)
{
	struct winsize size;
	struct bf_buf screen = {0};
	int rows = size_of(STDOUT_FILENO, &size) && size.ws_row ? size.ws_row : 24;
	int lines = count_lines(text), shown = lines <= rows ? lines : rows - 1;
	bf_buf_puts(&screen, "\033[H");
	for (int i = 0; i < shown; i++) {
		size_t len = strcspn(text, "\n");
		bf_buf_add(&screen, text, len);
		bf_buf_puts(&screen, i + 1 < rows ? "\033[K\r\n" : "\033[K");
		text += len + 1;
	}
	if (shown < lines) {
		char more[64];
		int columns = term_columns(STDOUT_FILENO);
		bf_fmt(more, sizeof more, "... %d more lines", lines - shown);
		bf_buf_printf(&screen, "%.*s\033[K", columns ? columns : 80, more);
	}
	bf_buf_puts(&screen, "\033[J");
	say(screen.data, screen.len);
	bf_buf_clear(&screen);
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool quit_key(void)
{
	char key;
	while (read(STDIN_FILENO, &key, 1) == 1)
		if (key == 'q' || key == 'Q' || key == 3) /* 3: Ctrl-C where it makes no signal */
			return true;
	return false;
}

/* Signals are let in only while it waits, so that none slips through between looking and waiting. */
static enum term_event wait_until(int64_t deadline_ms, const sigset_t *mask)
{
	struct pollfd keys = { .fd = have_termios ? STDIN_FILENO : -1, .events = POLLIN };
	for (;;) {
		if (stop_signal)
			return TERM_QUIT;
		if (resized) {
			resized = 0;
			return TERM_RESIZED;
		}
		int64_t left = deadline_ms - now_ms();
		struct timespec span = { left / 1000, left % 1000 * 1000000 };
		if (left <= 0)
			return TERM_TIME;
		if (ppoll(&keys, 1, &span, mask) <= 0)
			continue;
		if (quit_key())
			return TERM_QUIT;
		if (keys.revents & (POLLHUP | POLLERR | POLLNVAL))
			keys.fd = -1;
	}
}

enum term_event term_wait(int64_t ms)
{
	sigset_t block, before;
	sigemptyset(&block);
	for (int i = 0; i < CAUGHT; i++)
		sigaddset(&block, caught[i]);
	sigprocmask(SIG_BLOCK, &block, &before);
	enum term_event event = wait_until(now_ms() + ms, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return event;
}

int term_signal(void)
{
	return stop_signal;
}
