#include "tools/thumb.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "tools/utf8.h"

enum { BYTES_MAX = 1 << 20, PATIENCE_MS = 5000 };
static const int64_t picture_max = (int64_t)256 << 20; /* more would take longer than anybody waits for a thumbnail */

extern char **environ;

/* ---- what it prints ---- */

/* Length of `ESC [ numbers m` at text, 0 when it is something else. */
static size_t colour_length(const char *text)
{
	size_t len = text[0] == '\033' && text[1] == '[' ? 2 + strspn(text + 2, "0123456789;:") : 0;
	return len && text[len] == 'm' ? len + 1 : 0;
}

void thumb_clean(const char *bytes, size_t len, struct bf_buf *out)
{
	char *copy = malloc(len + 1);
	if (!copy)
		abort();
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	for (const char *p = copy; *p;) {
		const char *start = p;
		size_t colour = colour_length(p);
		int32_t character = colour ? 0 : utf8_next(&p);
		if (colour)
			bf_buf_add(out, p, colour);
		else if (character == '\n')
			bf_buf_puts(out, "\033[0m\n");
		else if (character >= 0 && !utf8_is_control(character))
			bf_buf_add(out, start, (size_t)(p - start));
		p += colour;
	}
	free(copy);
}

/* ---- the child ---- */

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static pid_t start(int picture, int answer, const char *const argv[])
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	pid_t pid = -1;
	sigemptyset(&none);
	if (posix_spawn_file_actions_init(&files) || posix_spawnattr_init(&attributes))
		abort();
	posix_spawn_file_actions_adddup2(&files, picture, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, answer, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	if (posix_spawnp(&pid, argv[0], &files, &attributes, (char *const *)argv, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return pid;
}

/* Until the child closes it; returns whether it did so in time and with less than the limit. */
static bool hear(int answer, struct bf_buf *text)
{
	int64_t until_ms = now_ms() + PATIENCE_MS, left_ms;
	struct pollfd more = { .fd = answer, .events = POLLIN };
	while ((left_ms = until_ms - now_ms()) > 0 && text->len < BYTES_MAX) {
		if (poll(&more, 1, (int)left_ms) <= 0)
			continue;
		ssize_t n = read(answer, bf_buf_reserve(text, 4096), 4096);
		if (n <= 0)
			return n == 0;
		text->len += (size_t)n;
	}
	return false;
}

static bool run_chafa(int picture, int columns, int rows, struct bf_buf *text)
{
	char size[40];
	const char *const argv[] = { "chafa", "--format=symbols", "--animate=off", "--polite=on", "--threads=1", size, "-", NULL };
	int pipe_fd[2], status = -1;
	bf_fmt(size, sizeof size, "--size=%dx%d", columns, rows);
	if (pipe2(pipe_fd, O_CLOEXEC) < 0)
		return false;
	pid_t pid = start(picture, pipe_fd[1], argv);
	close(pipe_fd[1]);
	bool heard = pid > 0 && hear(pipe_fd[0], text);
	close(pipe_fd[0]);
	if (pid > 0 && !heard)
		kill(pid, SIGKILL);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return heard && status == 0;
}

/* The newest picture; before there is one, the preview of the first that is rendered in pieces. False: there is neither. */
static bool choose(const struct bf_scan_job *job, int32_t *frame, struct bf_path *path)
{
	const struct bf_job *plan = &job->plan;
	char name[BF_FILE_MAX];
	if (!job->plan_ok || (!job->has_newest && !bf_job_in_pieces(plan)))
		return false;
	*frame = job->has_newest ? job->newest : plan->frames.frame[plan->whole_frames];
	bf_job_picture(plan, 0, *frame, name);
	*path = job->has_newest ? bf_path_picture(plan->id, name) : bf_path_preview(plan->id, name);
	return true;
}

uint64_t thumb_stamp(const struct bf_share *share, const struct bf_scan_job *job)
{
	struct bf_path path;
	struct stat st;
	int32_t frame;
	if (!choose(job, &frame, &path))
		return 0;
	if (job->has_newest)
		return (uint64_t)1 << 63 | (uint32_t)frame;
	return bf_sys.stat(share->root, path.text, &st) < 0 ? 0
		: ((uint64_t)st.st_mtim.tv_sec << 30 ^ (uint64_t)st.st_mtim.tv_nsec) >> 1;
}

int thumb_of_job(const struct bf_share *share, const struct bf_scan_job *job, int columns, int rows, struct bf_buf *out)
{
	struct bf_buf text = {0};
	struct bf_path path;
	int32_t frame;
	int64_t size = 0;
	if (columns < 4 || rows < 2 || !choose(job, &frame, &path))
		return 0;
	int fd = bf_fs_open_file(share->root, path.text, &size, NULL);
	bool shown = fd >= 0 && size > 0 && size <= picture_max && run_chafa(fd, columns, rows, &text);
	if (fd >= 0)
		bf_sys.close(fd);
	if (shown)
		bf_buf_printf(out, job->has_newest ? "picture of frame %d\n" : "frame %d so far\n", (int)frame);
	if (shown)
		thumb_clean(bf_buf_text(&text), text.len, out);
	bf_buf_clear(&text);
	return shown;
}
