/* Asking Blender what a .blend needs (tools/submit_collect.py, carried in the program). Blender is only told of the file and of a
 * folder of ours; what it reports is taken line by line. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/ini.h"
#include "tools/submit.h"

enum { REPORT_MAX = 64 << 20, WORDS_MAX = 4, NOT_STARTED = 127 };

__asm__(".section .rodata\n"
	".balign 1\n"
	"submit_script:\n.incbin \"tools/submit_collect.py\"\n"
	"submit_script_end:\n.byte 0\n.previous\n");
extern const char submit_script[] __attribute__((visibility("hidden")));
extern const char submit_script_end[] __attribute__((visibility("hidden")));

/* ---- a folder of our own ---- */

static int make_scratch(struct submit *s, struct bf_err *err)
{
	const char *tmp = getenv("TMPDIR");
	char path[sizeof s->scratch + 16];
	if (bf_fmt(s->scratch, sizeof s->scratch, "%s/bfsubmit.XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp") < 0)
		strcpy(s->scratch, "/tmp/bfsubmit.XXXXXX"); /* TMPDIR is too long for us */
	if (!mkdtemp(s->scratch)) {
		bf_err_sys(err, errno, "mkdtemp(%s)", s->scratch);
		s->scratch[0] = '\0';
		return -1;
	}
	snprintf(path, sizeof path, "%s/collect.py", s->scratch);
	return bf_fs_create(AT_FDCWD, path, submit_script, (size_t)(submit_script_end - submit_script), err) == 1 ? 0 : -1;
}

/* ---- Blender ---- */

/* What would make Blender load code or settings from elsewhere. */
static void forget_environment(void)
{
	for (char **entry = environ; *entry;) {
		char name[64];
		size_t len = strcspn(*entry, "=");
		bool bad = (!strncmp(*entry, "PYTHON", 6) || !strncmp(*entry, "BLENDER_", 8)) && len < sizeof name;
		snprintf(name, sizeof name, "%.*s", (int)len, *entry);
		if (!bad || unsetenv(name) < 0)
			entry++;
	}
}

/* We have one thread, so more is safe between fork and exec than usual. It dies with us, says nothing, and asks nothing. */
static void become_blender(const char *blender, char *const argv[], const char *log)
{
	int in = open("/dev/null", O_RDONLY), out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	forget_environment();
	signal(SIGPIPE, SIG_DFL);
	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(NOT_STARTED);
	execvp(blender, argv);
	_exit(NOT_STARTED);
}

static int wait_for(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (submit_stopped())
			kill(pid, SIGKILL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Returns its exit code, -1 when it could not be started. */
static int run_blender(const struct submit *s, const char *blender, struct bf_err *err)
{
	char script[80], report[80], log[80];
	snprintf(script, sizeof script, "%s/collect.py", s->scratch);
	snprintf(report, sizeof report, "%s/report", s->scratch);
	snprintf(log, sizeof log, "%s/log", s->scratch);
	const char *const argv[] = { blender, "--background", "--factory-startup", "--disable-autoexec", "--python-exit-code", "64",
		"--python", script, "--", s->blend, report, s->scratch, NULL };
	pid_t pid = fork();
	if (pid < 0)
		return bf_err_sys(err, errno, "fork");
	if (pid == 0)
		become_blender(blender, (char *const *)argv, log);
	return wait_for(pid);
}

/* ---- its report ---- */

/* Split and decode a line in place. Returns the number of words, -1 when it is not one of ours. */
static int take_words(char *line, struct bf_buf word[WORDS_MAX])
{
	int count = 0;
	for (char *rest = line, *text; (text = strsep(&rest, " "));) {
		if (count == WORDS_MAX)
			return -1;
		bf_buf_reset(&word[count]);
		if (bf_ini_decode(text, &word[count++]) < 0)
			return -1;
	}
	return count;
}

static bool leads_out(const char *to)
{
	return !*to || *to == '/' || !strncmp(to, "../", 3) || strstr(to, "/../");
}

static int take_line(struct submit *s, struct bf_buf word[WORDS_MAX], int count, bool *done, struct bf_err *err)
{
	const char *verb = bf_buf_text(&word[0]), *text = count > 1 ? bf_buf_text(&word[1]) : "";
	if (!strcmp(verb, "file") && count == 4 && !leads_out(bf_buf_text(&word[3])))
		return submit_add(s, text, bf_buf_text(&word[2]), bf_buf_text(&word[3]), err);
	if (!strcmp(verb, "missing"))
		bf_buf_printf(&s->missing, "%s\n", text);
	else if (!strcmp(verb, "note"))
		bf_buf_printf(&s->notes, "%s\n", text);
	else if (!strcmp(verb, "done"))
		*done = true;
	else if (!strcmp(verb, "failed"))
		return bf_err_set(err, "Blender cannot open it: %s", text);
	else
		return bf_err_set(err, "Blender's answer makes no sense: %.80s", verb);
	return 0;
}

static void forget_files(struct submit *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->file[i].from);
		free(s->file[i].origin);
		free(s->file[i].to);
	}
	s->count = 0;
	s->bytes = 0;
}

static int take_report(struct submit *s, int exit_code, struct bf_err *err)
{
	struct bf_buf text = {0}, word[WORDS_MAX] = {{0}};
	char path[80];
	bool done = false;
	snprintf(path, sizeof path, "%s/report", s->scratch);
	int result = bf_fs_read(AT_FDCWD, path, REPORT_MAX, &text, err) < 0 ? -1 : 0;
	forget_files(s);
	for (char *rest = text.data, *line; result == 0 && (line = strsep(&rest, "\n")) && *line;) {
		int count = take_words(line, word);
		result = count < 1 ? bf_err_set(err, "Blender's answer makes no sense") : take_line(s, word, count, &done, err);
	}
	if (result == 0 && !done)
		result = bf_err_set(err, "Blender ended with exit code %d while it looked for its textures; --no-collect sends the file"
			" alone", exit_code);
	for (int i = 0; i < WORDS_MAX; i++)
		bf_buf_clear(&word[i]);
	bf_buf_clear(&text);
	return result;
}

/* The .blend alone, unchanged, needs no folder. */
static int choose_form(struct submit *s, struct bf_err *err)
{
	const char *name = strrchr(s->blend, '/') + 1;
	s->folder = s->count > 1;
	if (!s->count)
		return bf_err_set(err, "Blender's answer makes no sense");
	if (!s->folder)
		return 0;
	return bf_fmt(s->main, sizeof s->main, "%s", name);
}

int submit_collect(struct submit *s, const char *blender, struct bf_err *err)
{
	if (make_scratch(s, err) < 0)
		return -1;
	int exit_code = run_blender(s, blender, err);
	if (submit_stopped())
		return submit_say_stopped(err);
	if (exit_code == NOT_STARTED)
		return 0;
	if (exit_code < 0 || take_report(s, exit_code, err) < 0 || choose_form(s, err) < 0)
		return -1;
	return 1;
}
