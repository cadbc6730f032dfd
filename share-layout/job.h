/* A job: the plan in jobs/JOB/job.ini and frames.txt (SPEC.md, "job.ini"), and what follows from it.
 *
 * Written once, by the accepting agent, before the job appears; never changed. Reading trusts
 * nothing: every number has its limits, every file name is a single harmless component. */
#ifndef BF_JOB_H
#define BF_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/base/err.h"
#include "share-layout/frames.h"
#include "share-layout/job_when.h"
#include "share-layout/limits.h"
#include "share-layout/share.h"
#include "share-layout/task.h"

enum { BF_SIDE_MAX = 1 << 20, BF_PIECES_MAX = 4096, BF_BANDS_MAX = 512, BF_PRIORITY_MAX = 1000, BF_TEXT_MAX = 256, BF_WARNINGS_MAX = 16, BF_MARGIN_MAX = 4096, BF_SAMPLES_MAX = 1 << 24 };

struct bf_job {
	char id[BF_JOB_MAX];
	char name[BF_TEXT_MAX];      /* what was dropped, for people; control bytes replaced */
	char blend[BF_FILE_MAX];     /* the .blend, inside source/ (folder jobs: source/<folder>/) */
	char folder[BF_FILE_MAX];    /* the dropped folder inside source/, "" for a single file */
	char hash[BF_HASH_MAX];      /* of the .blend */
	int64_t size;
	struct bf_frames frames;     /* in the order of work */
	char scene[BF_TEXT_MAX], camera[BF_TEXT_MAX], view_layer[BF_TEXT_MAX]; /* overrides; "" = as the file says */
	char engine[64], format[32];
	int percent, samples;        /* 0 = as the file says */
	bool denoise_off;
	int width, height;           /* of a whole picture, pixels */
	int picture_count;
	char picture[BF_VIEWS_MAX][BF_FILE_MAX]; /* with one run of # */
	char ext[16];                /* of the pictures, without the dot */
	char base[BF_JOB_MAX];       /* the job whose samples it adds to; "" = none. Its own begin behind base_samples */
	int base_samples;
	int columns, rows;           /* pieces; 1 x 1 = whole frames */
	int piece_margin;            /* pixels that are rendered around a piece and cut off when it is joined */
	int piece_align;             /* rows of pieces begin at multiples of this; 0 = anywhere */
	int sample_parts;            /* pieces are parts of the samples of the whole picture: so many; 0 = rectangles */
	bool finish;                 /* pieces are EXR with all passes; Blender makes the picture of the joined one */
	int piece_top_count;         /* 0 = all rows of pieces are alike; else = rows, and columns is 1 */
	int piece_top[BF_BANDS_MAX]; /* where each band begins */
	int piece_cost_count;        /* 0 = unknown; else one for each piece of a frame */
	double piece_cost[BF_BANDS_MAX]; /* seconds, expected, of a slot of speed 1 */
	size_t whole_frames;         /* so many frames at the beginning of the list are not cut */
	char blender[32];            /* "3.4.1" */
	bool needs_oidn;
	int priority;
	struct bf_job_when when;     /* what must be so before it is worked on */
	bool missing_ok;             /* files that are missing were accepted by the submitter */
	bool keep_logs;              /* Blender's logs of tasks that go well, too */
	char planner[BF_ID_MAX];
	char created[32];
	int warning_count;
	char warning[BF_WARNINGS_MAX][BF_TEXT_MAX];
};

/* Start from zero bits; bf_job_clear gives the frames back. */
void bf_job_clear(struct bf_job *job);

/* Read a job. Returns 1, 0 when there is no such job (or its folder is gone), -1 when it cannot be
 * read or makes no sense. */
int bf_job_read(const struct bf_share *share, const char *id, struct bf_job *out, struct bf_err *err);

/* Write job.ini and frames.txt below dir (a path on the share). Returns 0 / -1. */
int bf_job_write(const struct bf_share *share, const char *dir, const struct bf_job *job, struct bf_err *err);

/* The part of a job id that comes from a dropped name: portable characters only, at most 100 bytes,
 * never empty. ending (".blend") is cut off where it is there. */
void bf_job_clean_name(const char *dropped, const char *ending, char out[BF_JOB_MAX]);
bool bf_job_id_ok(const char *id);
/* How much of an id is that part: all before the date. */
size_t bf_job_name_length(const char *id);
/* Whether the job was dropped under this name, with or without .blend. */
bool bf_job_is_named(const char *id, const char *name);

/* May a Blender of this version ("3.4.1") work on it? Of one that is not known nothing is said against it. */
bool bf_job_fits_blender(const struct bf_job *job, const char *version);

/* Pieces: "4x2" → 4 columns, 2 rows; "6" → a grid of about 6 for a picture of this size. */
int bf_job_parse_pieces(const char *text, int width, int height, int *columns, int *rows, struct bf_err *err);

/* "samples:12" → 12. Returns 1, 0 when the text is about something else, -1. */
int bf_job_parse_samples(const char *text, int *parts, struct bf_err *err);

/* Whether any frame is cut; whether this one is. The second is linear where whole_frames is set. */
bool bf_job_in_pieces(const struct bf_job *job);
bool bf_job_frame_in_pieces(const struct bf_job *job, int32_t frame);
/* How long a slot of speed 1 is expected to need for a piece, in seconds; 0 = unknown. */
double bf_job_piece_cost(const struct bf_job *job, unsigned n);
unsigned bf_job_piece_count(const struct bf_job *job); /* of a frame; 1 = it is whole */
/* The ending of pieces' files, without the dot. */
const char *bf_job_piece_ext(const struct bf_job *job);
/* How many samples are the job's own: all, or those it adds to its base. */
int bf_job_own_samples(const struct bf_job *job);
/* Which samples piece n has; count 0 = all. */
struct bf_samples { int offset, count; };
struct bf_samples bf_job_piece_samples(const struct bf_job *job, unsigned n);
/* The rectangle of piece n, counted row by row: pixels, origin top left, right and bottom excluded. */
struct bf_rect { int left, top, right, bottom; };
struct bf_rect bf_job_piece(const struct bf_job *job, unsigned n);
/* The same with its margin, as far as the picture reaches: what is rendered. */
struct bf_rect bf_job_piece_rendered(const struct bf_job *job, unsigned n);

/* The file name of a frame's picture: the last run of # becomes the number, as Blender writes it. */
void bf_job_picture(const struct bf_job *job, unsigned view, int32_t frame, char out[BF_FILE_MAX]);

/* ---- directories of tasks ---- */

unsigned bf_job_tasks_per_frame(const struct bf_job *job);   /* pieces and join, or 1; of a frame that is cut */
int64_t bf_job_task_count(const struct bf_job *job);         /* of all frames */
unsigned bf_job_frames_per_shard(const struct bf_job *job);
unsigned bf_job_shard_count(const struct bf_job *job);
/* The frames of one directory: first index into job->frames, and how many. */
void bf_job_shard_frames(const struct bf_job *job, unsigned shard, size_t *first, size_t *count);
/* The tasks a directory holds, in the order of work: calls each(arg, task) with open tasks. */
void bf_job_shard_tasks(const struct bf_job *job, unsigned shard,
	int (*each)(void *arg, const struct bf_task *task), void *arg);

#endif
