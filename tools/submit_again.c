/* What a job was made of lies in its source/: it is read from there by steps that follow no link, for anybody may write to a share. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "tools/submit.h"

enum { DEPTH_MAX = 32 };

static int add_folder(struct submit *s, const char *dir, const char *to, int depth, struct bf_err *err);

/* to: what it is called in the folder that is sent. */
static int add_thing(struct submit *s, const char *from, const char *to, int depth, struct bf_err *err)
{
	struct stat st;
	if (bf_sys.stat(s->on->root, from, &st) < 0)
		return bf_err_sys(err, errno, "%s", from);
	if (S_ISDIR(st.st_mode))
		return add_folder(s, from, to, depth + 1, err);
	if (S_ISREG(st.st_mode))
		return submit_append(s, from, from, to, st.st_size, err);
	bf_buf_printf(&s->notes, "%s is no file and stays behind\n", from);
	return 0;
}

static int add_folder(struct submit *s, const char *dir, const char *to, int depth, struct bf_err *err)
{
	struct bf_names names = {0};
	int result = depth > DEPTH_MAX ? bf_err_set(err, "%s: folders nested too deeply", dir)
		: bf_fs_list(s->on->root, dir, &names, err) == 1 ? 0 : -1;
	bf_names_sort(&names);
	for (size_t i = 0; i < names.count && result == 0; i++) {
		const char *name = names.item[i].text;
		char from[BF_PATH_MAX], below[BF_PATH_MAX];
		if (name[0] == '.')
			continue;
		if (bf_fmt(from, sizeof from, "%s/%s", dir, name) < 0 || bf_fmt(below, sizeof below, "%s%s%s", to, *to ? "/" : "", name) < 0)
			result = bf_err_set(err, "%s/%s: the path is too long", dir, name);
		else
			result = submit_stopped() ? submit_say_stopped(err) : add_thing(s, from, below, depth, err);
	}
	bf_names_clear(&names);
	return result;
}

int submit_from_job(struct submit *s, const struct bf_share *share, const struct bf_job *job, const char *name, struct bf_err *err)
{
	char from[BF_PATH_MAX];
	s->on = share;
	s->folder = s->given_as_folder = job->folder[0] != '\0';
	snprintf(s->main, sizeof s->main, "%s", job->blend);
	snprintf(s->stem, sizeof s->stem, "%s", name);
	if (bf_fmt(from, sizeof from, "%s/%s", bf_path_in_job(job->id, "source").text, s->folder ? job->folder : job->blend) < 0)
		return bf_err_set(err, "the path of %s is too long", job->blend);
	return s->folder ? add_folder(s, from, "", 0, err) : add_thing(s, from, s->main, 0, err);
}
