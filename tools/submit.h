/* A submission on its way from somebody's disk into queue/: look at it, let Blender say what it needs, give it
 * a content, see whether it is there already, send it.
 *
 *   struct submit s = {0};
 *   submit_look → submit_collect (unless it is a folder, or only the file is wanted) → submit_digest → the wishes as text
 *   into s.ini → submit_find_same → submit_send;  submit_clear in any case
 *
 * Nothing is on the share before submit_send, and nothing is left of it when that fails or is stopped. Killed at any moment it
 * leaves at most something in queue/ that agents pass over and remove after a day (SPEC.md, "From queue/ to jobs/"). */
#ifndef BF_TOOLS_SUBMIT_H
#define BF_TOOLS_SUBMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"
#include "share-layout/blendfile.h"
#include "share-layout/digest.h"
#include "share-layout/job.h"
#include "share-layout/limits.h"
#include "share-layout/share.h"

struct submit {
	const struct bf_share *on; /* where its files lie, by paths from the root of that share; NULL = on this machine */
	char blend[4096];         /* the .blend, by its real path */
	char main[BF_FILE_MAX];   /* what it is called in the folder that is sent */
	char stem[BF_JOB_MAX];    /* what it shall be called in queue/; after submit_send what it is called */
	bool folder;              /* a folder is sent, not a single file */
	bool given_as_folder;     /* by the user: sent as it is */
	struct submit_file {
		char *from;           /* what is read */
		char *origin;         /* what its content is known by: Blender may have saved it anew */
		char *to;             /* inside the folder */
		int64_t size;
		char hash[BF_DIGEST_HEX]; /* of origin, after submit_digest */
	} *file;
	size_t count, room;
	int64_t bytes;
	struct bf_blendfile look; /* what its header says */
	char content[BF_DIGEST_HEX]; /* of a single file the hash of its bytes, of several that of names and hashes */
	struct bf_buf ini;        /* NAME.ini */
	struct bf_buf missing;    /* files that are used and are not there, one a line */
	struct bf_buf notes;      /* what the user should know, one a line */
	char scratch[64];         /* local folder with what Blender saved, "" = none */
};

/* Is it there, a .blend, whole, or a folder with one? name: what it is to be called, NULL = as it is. Returns 0, or
 * -1 with the reason. */
int submit_look(struct submit *s, const char *given, const char *name, struct bf_err *err);

/* Let Blender (a program name or path) list what the .blend uses; what it uses is sent along, in a folder. Returns 1, 0 when there
 * is no such program, -1 when it cannot open the file or was stopped. */
int submit_collect(struct submit *s, const char *blender, struct bf_err *err);

/* Read all of it. Returns 0 / -1. */
int submit_digest(struct submit *s, struct bf_err *err);

/* Is the same content with the same wishes on the share? Returns 1 with where, in words; 0; -1. */
int submit_find_same(const struct bf_share *share, const struct submit *s, char where[BF_FILE_MAX], struct bf_err *err);

/* Copy it and let it appear in one step. shown: what progress on the terminal calls it, NULL = none. Returns 0 / -1. */
int submit_send(const struct bf_share *share, struct submit *s, const char *shown, struct bf_err *err);

/* Remove what is left on the local disk, give the memory back. */
void submit_clear(struct submit *s);

/* The file or folder that a job was made of, to be sent once more under that name (a clean one), in the place of submit_look and
 * submit_collect. No link is followed. s starts from zero bits; the share must stay open. Returns 0 / -1. */
int submit_from_job(struct submit *s, const struct bf_share *share, const struct bf_job *job, const char *name, struct bf_err *err);

/* One more file. from and origin are real paths, to is a path that leads nowhere else. Returns 0 / -1 (cannot be read). */
int submit_add(struct submit *s, const char *from, const char *origin, const char *to, struct bf_err *err);
/* The same where it is known that it can be read. Returns -1 when there are too many. */
int submit_append(struct submit *s, const char *from, const char *origin, const char *to, int64_t size, struct bf_err *err);
/* The directory that the paths of its files begin at. */
int submit_root(const struct submit *s);

/* Ctrl-C and the like only raise a flag, so that everything is tidied up. */
void submit_watch_signals(void);
int submit_stopped(void);                          /* the signal, 0 = none */
int submit_say_stopped(struct bf_err *err);        /* always -1 */

#endif
