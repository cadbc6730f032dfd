/* The shared folder itself: make it, open it, know it again (SPEC.md, "The share itself").
 *
 * Open once at the start. After any error that smells of a lost share call bf_share_reopen until it
 * succeeds: it opens the folder by its path and accepts it only when it is the same share as
 * before. All functions may block while the file server is away. */
#ifndef BF_SHARE_H
#define BF_SHARE_H

#include <stdbool.h>

#include "share-layout/base/err.h"
#include "share-layout/base/fs.h"

enum { BF_FORMAT_MAJOR = 1 };

struct bf_share {
	int root;       /* descriptor of the folder; everything is reached from it */
	char path[4096]; /* absolute where it could be found out */
	char id[33];
	unsigned long fs_type; /* as statfs(2) says; 0 = it did not. Asked once, for it costs a request */
};

/* Open an existing share. Returns 0 / -1 with a message that says what to do. */
int bf_share_open(const char *path, struct bf_share *out, struct bf_err *err);

/* The same, and make the share when the folder is missing (its parent must exist) or empty. Refuses a
 * folder that is a mount point of /etc/fstab with nothing mounted on it. */
int bf_share_open_or_make(const char *path, struct bf_share *out, struct bf_err *err);

/* Open the folder again by its path. Returns 1 when it is the same share (the old descriptor is
 * replaced), 0 when something else or nothing is there, -1 on error. The old descriptor stays valid
 * unless 1 is returned. */
int bf_share_reopen(struct bf_share *share, struct bf_err *err);

/* Whether the folder's path still leads to the descriptor we hold. Not when it was unmounted or moved, although the
 * descriptor may go on working: into a place that nobody else can see. */
bool bf_share_is_here(const struct bf_share *share);

/* Whether other machines may see and change it: NFS, SMB, FUSE … Local disks are not. */
bool bf_share_is_remote(const struct bf_share *share);

/* Make and remove a file of the token's owner in a folder of the share: a change of our own makes our next listing of it
 * fresh on every file system measured; without one NFSv3 and sshfs may show the past. 0 / -1. */
int bf_share_touch(const struct bf_share *share, const char *dir, const char *token, struct bf_err *err);

/* The same for a tool that holds no token: with one made for this look. */
int bf_share_touch_once(const struct bf_share *share, const char *dir, struct bf_err *err);

/* List a folder of the share (a path on it) as it is now, with one request more than bf_fs_list, and on local disks with none: behind a
 * change of our own. Where that cannot be made, for we may only look, what the file system shows must do. Returns as bf_fs_list. */
int bf_share_list_fresh(const struct bf_share *share, const char *dir, struct bf_names *names, struct bf_err *err);

/* How old a listing may be that no change of our own precedes, in milliseconds: 20 s over FUSE, for so long sshfs remembers a
 * directory, 0 elsewhere. */
int64_t bf_share_listing_age_ms(const struct bf_share *share);

/* Whether this is the name of such a file: left behind when its owner died between the two calls. */
bool bf_share_is_probe(const char *name);

void bf_share_close(struct bf_share *share);

/* The empty tree: directory names, parents first, NULL at the end; and the README's text. */
extern const char *const bf_skeleton_dirs[];
extern const char bf_skeleton_readme[];

#endif
