/* Where things lie on the share. The only place that spells a path; relative to the share's root.
 *
 * A struct bf_path is returned by value and used in place: bf_fs_list(root, bf_path_jobs().text, …).
 * A path that would be too long is a bug: every part of it has its own limit. */
#ifndef BF_PATH_H
#define BF_PATH_H

#include "share-layout/limits.h"
#include "share-layout/task.h"

struct bf_path {
	char text[BF_PATH_MAX];
};

#define BF_FORMAT_FILE "FORMAT"
#define BF_QUEUE "queue"
#define BF_REJECTED "queue/rejected"
#define BF_JOBS "jobs"
#define BF_INCOMING "jobs/.incoming"
#define BF_OUTPUT "output"
#define BF_AGENTS "agents"
#define BF_UPDATE "agents/update"
#define BF_SHARD_END "end"
#define BF_ENDED_SUFFIX ".ended"
#define BF_PREVIEW_END ".preview.png"
#define BF_PRIVATE_PREFIX ".bf."
#define BF_CHECK_PREFIX ".bf.check."
#define BF_JOURNAL_BY "by." /* journals of people begin so */
#define BF_MEANS "means"
#define BF_BASE "base"
#define BF_REMOVED_PREFIX ".removed."
#define BF_SUBMIT_PREFIX ".bf.submit."

struct bf_path bf_path_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct bf_path bf_path_queue(const char *name);
/* What is being copied into queue/, a file or a folder; token: nobody else has it. */
struct bf_path bf_path_submit(const char *token);
struct bf_path bf_path_rejected(const char *name);
struct bf_path bf_path_incoming(const char *entry);
struct bf_path bf_path_incoming_in(const char *entry, const char *below);
struct bf_path bf_path_job(const char *job);
struct bf_path bf_path_in_job(const char *job, const char *below);
struct bf_path bf_path_ended(const char *job);
struct bf_path bf_path_journal(const char *job, const char *agent_id);
struct bf_path bf_path_output(const char *job);
struct bf_path bf_path_picture(const char *job, const char *file);
struct bf_path bf_path_preview(const char *job, const char *file); /* of a picture, by the picture's name */
bool bf_preview_is(const char *name);
struct bf_path bf_path_card(const char *agent_id, unsigned long beat);
/* Anything else in agents/, by its name. */
struct bf_path bf_path_in_agents(const char *file);
/* Where a check of the folder does its measuring. */
struct bf_path bf_path_check(const char *id);

/* Directories of tasks: "000", "001" … by number, or BF_SHARD_END. */
struct bf_shard {
	char name[8];
};
struct bf_shard bf_shard_of(unsigned number);

struct bf_path bf_path_shard(const char *job, const char *shard);
struct bf_path bf_path_task(const char *job, const char *shard, const struct bf_task *task);
/* A picture on its way: task must carry a token. view counts from 0. */
struct bf_path bf_path_private(const char *job, const struct bf_task *task, unsigned view);
/* What says that somebody renders a duplicate: task is the claim as he would have it, with his own token. */
struct bf_path bf_path_duplicate(const char *job, const char *shard, const struct bf_task *task);
/* The file name alone, and back: returns 0 and the claim that owns it (state RUN), or -1. */
void bf_private_name(const struct bf_task *task, unsigned view, char out[BF_FILE_MAX]);
int bf_private_parse(const char *name, struct bf_task *task, unsigned *view);
/* The committed or private picture of a piece. ext without dot. */
struct bf_path bf_path_piece(const char *job, const struct bf_task *task, const char *ext);
/* The mean of a frame's samples: mean is its join with attempt, token and, for its hash, that of the mean. kept: the job's own, BF_MEANS,
 * or what it took over from the job it adds to, BF_BASE. */
struct bf_path bf_path_mean(const char *job, const char *kept, const struct bf_task *mean);
/* The file name alone, and back: returns 0 / -1. */
void bf_mean_name(const struct bf_task *mean, char out[BF_FILE_MAX]);
int bf_mean_parse(const char *name, struct bf_task *mean);
struct bf_path bf_path_failure_log(const char *job, const struct bf_task *task, const char *machine,
	const char *ending);

/* The name of a file in logs/, split: task (with its attempt), machine, ending. Returns 0, or -1 for a foreign name. */
struct bf_failure_log {
	struct bf_task task;
	char machine[BF_NAME_MAX], ending[8];
};
int bf_failure_log_parse(const char *file, struct bf_failure_log *out);

#endif
