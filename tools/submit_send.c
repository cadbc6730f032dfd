/* Sending: copied under a name that agents pass over, synced, the wishes beside its place, and then one rename. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/token.h"
#include "tools/progress.h"
#include "tools/submit.h"

enum { CHUNK = 1 << 20, TO_MAX = 700, NAMES_MAX = 1000, ROOM_FOR_NUMBER = 8 };

struct sending {
	const struct bf_share *share;
	struct submit *s;
	char token[BF_ID_MAX];
	struct bf_path aside;
	struct progress progress;
	char *chunk;
};

/* ---- copying ---- */

static ssize_t read_chunk(int fd, char *chunk)
{
	ssize_t n;
	do
		n = bf_sys.read(fd, chunk, CHUNK);
	while (n < 0 && errno == EINTR && !submit_stopped());
	return n;
}

static int copy_bytes(struct sending *sending, const struct submit_file *file, int in, int out, const char *path,
	struct bf_err *err)
{
	struct bf_digest *digest = bf_digest_new();
	char hex[BF_DIGEST_HEX];
	ssize_t n = 0;
	int result = 0;
	while (result == 0 && !submit_stopped() && (n = read_chunk(in, sending->chunk)) > 0) {
		bf_digest_add(digest, sending->chunk, (size_t)n);
		result = bf_fs_write_all(out, sending->chunk, (size_t)n, path, err);
		progress_add(&sending->progress, n);
	}
	bf_digest_hex(digest, hex);
	bf_digest_free(&digest);
	if (submit_stopped())
		return submit_say_stopped(err);
	if (n < 0)
		return bf_err_sys(err, errno, "read(%s)", file->from);
	if (result == 0 && !strcmp(file->from, file->origin) && strcmp(hex, file->hash))
		return bf_err_set(err, "%s was changed while it was copied: submit it again when it is saved", file->from);
	return result;
}

static int copy_file(struct sending *sending, const struct submit_file *file, const char *path, struct bf_err *err)
{
	int in = bf_fs_open_file(submit_root(sending->s), file->from, NULL, err);
	if (in < 0)
		return -1;
	int out = bf_sys.open(sending->share->root, path, O_WRONLY | O_CREAT | O_EXCL, 0666);
	int result = out < 0 ? bf_err_sys(err, errno, "create(%s)", path) : copy_bytes(sending, file, in, out, path, err);
	close(in);
	if (out < 0)
		return -1;
	if (result < 0)
		bf_sys.close(out);
	else
		result = bf_fs_sync_close(out, path, err);
	return result;
}

/* The folders above a file inside the folder that is sent. */
static int make_folders(const struct sending *sending, const char *to, struct bf_err *err)
{
	for (const char *slash = strchr(to, '/'); slash; slash = strchr(slash + 1, '/'))
		if (bf_fs_mkdir(sending->share->root, bf_path_of("%s/%.*s", sending->aside.text, (int)(slash - to), to).text, err) < 0)
			return -1;
	return 0;
}

static int copy_all(struct sending *sending, struct bf_err *err)
{
	const struct submit *s = sending->s;
	if (!s->folder)
		return copy_file(sending, &s->file[0], sending->aside.text, err);
	if (bf_fs_mkdir(sending->share->root, sending->aside.text, err) < 0)
		return -1;
	for (size_t i = 0; i < s->count; i++) {
		const struct submit_file *file = &s->file[i];
		if (strlen(file->to) > TO_MAX)
			return bf_err_set(err, "%s: the path is too long", file->from);
		if (make_folders(sending, file->to, err) < 0
			|| copy_file(sending, file, bf_path_of("%s/%s", sending->aside.text, file->to).text, err) < 0)
			return -1;
	}
	bf_fs_sync_dir(sending->share->root, sending->aside.text);
	return 0;
}

/* ---- a name of its own ---- */

/* The thing itself, under any of the names it could have; servers may take capitals for small letters. */
static bool is_taken(const struct bf_names *queue, const char *stem, bool ini_too)
{
	static const char *const endings[] = { "", ".blend", ".job", ".ini" };
	char name[BF_FILE_MAX];
	for (size_t e = 0; e < 3u + ini_too; e++) {
		snprintf(name, sizeof name, "%s%s", stem, endings[e]);
		for (size_t i = 0; i < queue->count; i++)
			if (!strcasecmp(queue->item[i].text, name))
				return true;
	}
	return false;
}

static int lists_as_taken(const struct sending *sending, const char *stem, bool ini_too, struct bf_err *err)
{
	struct bf_names queue = {0};
	int result = bf_fs_list(sending->share->root, BF_QUEUE, &queue, err);
	if (result == 0)
		result = bf_err_set(err, "there is no %s/: is the share mounted?", BF_QUEUE);
	if (result == 1)
		result = is_taken(&queue, stem, ini_too);
	bf_names_clear(&queue);
	return result;
}

static struct bf_path path_of_ini(const char *stem)
{
	return bf_path_of(BF_QUEUE "/%s.ini", stem);
}

/* Keep a name by making its NAME.ini, which only one of several can do. Returns 1, 0 when it is taken, -1. */
static int try_name(struct sending *sending, const char *stem, struct bf_err *err)
{
	int taken = lists_as_taken(sending, stem, true, err);
	if (taken)
		return taken < 0 ? -1 : 0;
	int made = bf_fs_create(sending->share->root, path_of_ini(stem).text, sending->s->ini.data, sending->s->ini.len, err);
	if (made != 1)
		return made;
	taken = lists_as_taken(sending, stem, false, err); /* a person may drop something at this very moment */
	if (taken)
		bf_fs_unlink(sending->share->root, path_of_ini(stem).text, NULL);
	return taken < 0 ? -1 : !taken;
}

static int keep_name(struct sending *sending, struct bf_err *err)
{
	char stem[BF_JOB_MAX];
	int kept = 0;
	for (int n = 1; n < NAMES_MAX && kept == 0; n++) {
		_Static_assert(sizeof stem > 100 + ROOM_FOR_NUMBER, "clean names have 100 bytes at most");
		if (bf_fmt(stem, sizeof stem, n > 1 ? "%s_%d" : "%s", sending->s->stem, n) < 0)
			return bf_err_set(err, "the name %s is too long", sending->s->stem);
		kept = try_name(sending, stem, err);
	}
	if (kept == 0)
		return bf_err_set(err, "the queue is full of things called %s", sending->s->stem);
	memcpy(sending->s->stem, stem, sizeof stem);
	return kept < 0 ? -1 : 0;
}

/* ---- appearing ---- */

/* An answer can be lost on its way: what is not there under its private name any more has appeared. */
static bool has_left(const struct sending *sending)
{
	struct bf_names queue = {0};
	char name[BF_FILE_MAX];
	snprintf(name, sizeof name, BF_SUBMIT_PREFIX "%s", sending->token);
	bool left = bf_fs_list(sending->share->root, BF_QUEUE, &queue, NULL) == 1 && !bf_names_has(&queue, name);
	bf_names_clear(&queue);
	return left;
}

static int appear(struct sending *sending, struct bf_err *err)
{
	const struct submit *s = sending->s;
	struct bf_path as = bf_path_of(BF_QUEUE "/%s%s", s->stem, s->folder ? "" : ".blend");
	if (bf_fs_rename(sending->share->root, sending->aside.text, as.text, err) == 1 || has_left(sending)) {
		bf_fs_sync_dir(sending->share->root, BF_QUEUE);
		return 0;
	}
	bf_fs_unlink(sending->share->root, path_of_ini(s->stem).text, NULL);
	return -1;
}

int submit_send(const struct bf_share *share, struct submit *s, const char *shown, struct bf_err *err)
{
	struct sending sending = { .share = share, .s = s };
	char host[BF_NAME_MAX];
	bf_name_of_host(host);
	bf_id_make(host, sending.token);
	sending.aside = bf_path_submit(sending.token);
	sending.chunk = malloc(CHUNK);
	if (!sending.chunk)
		abort();
	progress_begin(&sending.progress, shown, s->bytes);
	int result = copy_all(&sending, err);
	progress_end(&sending.progress);
	free(sending.chunk);
	if (result == 0 && submit_stopped())
		result = submit_say_stopped(err);
	if (result == 0)
		result = keep_name(&sending, err);
	if (result == 0)
		result = appear(&sending, err);
	if (result < 0)
		bf_fs_remove_tree(share->root, sending.aside.text, NULL);
	return result;
}
