/* Whole files and directories over the system table: what the rest of the project calls.
 *
 * Everything on a share is untrusted: opens refuse symlinks, FIFOs and devices, reads have a
 * limit that is checked before memory is taken. Every function may block while the file server
 * is away. Errors name the call and the path. All paths are relative to a directory descriptor. */
#ifndef BF_BASE_FS_H
#define BF_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"

/* Open an existing directory. Returns a descriptor, or -1. */
int bf_fs_open_dir(int dir, const char *path, struct bf_err *err);

/* Open a regular file for reading; symlinks and anything else are refused with a message.
 * *size_out (may be NULL) is its size. Returns a descriptor, or -1. */
int bf_fs_open_file(int dir, const char *path, int64_t *size_out, struct bf_err *err);

/* Read a whole regular file of at most max bytes and append it to out.
 * Returns 1, 0 when there is no such file, -1 on any other error (too large included). */
int bf_fs_read(int dir, const char *path, size_t max, struct bf_buf *out, struct bf_err *err);

/* Write all bytes to an open file. Returns 0 / -1. */
int bf_fs_write_all(int fd, const void *bytes, size_t len, const char *path, struct bf_err *err);

/* fsync and close, looking at the errors of both: on network file systems a full disk is
 * first heard of here. The descriptor is closed in any case. Returns 0 / -1. */
int bf_fs_sync_close(int fd, const char *path, struct bf_err *err);

/* Create a file that must not exist yet, with this content, synced.
 * Returns 1, 0 when the name is taken, -1 on error (what was made is removed again). */
int bf_fs_create(int dir, const char *path, const void *bytes, size_t len, struct bf_err *err);

/* Give a file this content, seen either old or new: write aside (path + ".tmp" + suffix), sync,
 * rename over. suffix makes the name beside it private to the caller. Returns 0 / -1. */
int bf_fs_replace(int dir, const char *path, const char *suffix, const void *bytes, size_t len,
	struct bf_err *err);

/* Overwrite a file in place, making it when it is missing; not atomic, for single writers whose
 * readers can tell a whole record from a torn one. Not synced. Returns 0 / -1. */
int bf_fs_rewrite(int dir, const char *path, const void *bytes, size_t len, struct bf_err *err);

/* Append one record to a file that only the caller writes. Not synced. Returns 0 / -1. */
int bf_fs_append(int dir, const char *path, const void *bytes, size_t len, struct bf_err *err);

/* rename(2) within one directory tree. Returns 1, 0 when `from` is not there (somebody else was
 * quicker, or an answer was lost on the way: look before you believe it), -1 on error. */
int bf_fs_rename(int dir, const char *from, const char *to, struct bf_err *err);

/* The same for a directory that others may look into: some servers (SMB) refuse while anybody has a file in it open. Tries again
 * for patience_ms. */
int bf_fs_rename_when_free(int dir, const char *from, const char *to, int64_t patience_ms, struct bf_err *err);

/* Remove a file. Returns 1, 0 when it was not there, -1 on error. */
int bf_fs_unlink(int dir, const char *path, struct bf_err *err);

/* Is a regular file empty? It is opened for that: what a client remembers of a name's size may be old. Returns 1 / 0 /
 * -1 (ENOENT: it is not there). */
int bf_fs_is_empty(int dir, const char *path, struct bf_err *err);

/* Make a directory. Returns 1, 0 when it existed already, -1 on error. */
int bf_fs_mkdir(int dir, const char *path, struct bf_err *err);

/* Make a directory's renames durable where the file system can. Errors are not reported:
 * several network file systems refuse the call, and nothing could be done about it. */
void bf_fs_sync_dir(int dir, const char *path);

/* Remove a directory with all that is in it, or a file; links are removed, not followed. A missing
 * path is fine. Returns 0 / -1. */
int bf_fs_remove_tree(int dir, const char *path, struct bf_err *err);

/* The names in a directory, in no order. Start with all zero bits, end with bf_names_clear. */
struct bf_names {
	struct bf_name {
		char *text;
		unsigned char kind; /* DT_REG, DT_DIR …; DT_UNKNOWN where the server does not say */
	} *item;
	size_t count, room;
};

/* List a directory afresh into names (emptied first). Returns 1, 0 when there is no such
 * directory, -1 on error. A name missing here is no proof that it is missing on the server. */
int bf_fs_list(int dir, const char *path, struct bf_names *names, struct bf_err *err);

void bf_names_sort(struct bf_names *names);
bool bf_names_has(const struct bf_names *names, const char *text); /* linear */
bool bf_names_sorted_has(const struct bf_names *sorted, const char *text);
void bf_names_clear(struct bf_names *names);

/* Copy from the current position of an open file to the end into another, at most max bytes.
 * each (may be NULL) sees every piece in passing, for a digest; with to < 0 nothing is written. Returns
 * bytes copied, or -1. */
int64_t bf_fs_copy(int from, int to, int64_t max, void (*each)(void *arg, const void *bytes, size_t len),
	void *arg, const char *path, struct bf_err *err);

/* Where a name is taken from untrusted text: no empty name, no ".", "..", '/', NUL or control
 * bytes, at most 255 bytes. */
bool bf_fs_name_ok(const char *name);

/* Is this one component of a path that does not lead elsewhere? Any other bytes are good: people give
 * their files names with newlines in them. */
bool bf_fs_name_is_plain(const char *name);

#endif
