/* What the files that drive Blender share, and nobody else sees. */
#ifndef AGENT_BLENDER_PRIVATE_H
#define AGENT_BLENDER_PRIVATE_H

#include "agent/blender.h"
#include "agent/blender_capture.h"
#include "agent/blender_log.h"
#include "agent/proc.h"

#define MAX_TASKS 8
#define LAST_LINES 3
#define PROGRESS_MS 250 /* progress is told no more often */
#define SILENCE_MS 2000 /* between the end of the conversation and the end of the process */

enum task_kind { TASK_SETUP, TASK_OPEN, TASK_RENDER, TASK_MEASURE, TASK_BENCHMARK };

struct task {
	enum task_kind kind;
	int32_t frame;
	char name[128];
};

struct texts {
	struct bf_buf list;
	int count;
};

struct blender {
	struct proc proc;
	int talk, output, epoll;
	bool talk_over, polls_out;
	struct bf_buf commands;  /* not sent yet */
	struct bf_buf answers;   /* not read yet, from answers_at on */
	size_t answers_at;
	struct task task[MAX_TASKS];
	int task_count;
	bool ready, gone;
	struct blender_reply about;     /* version and device, repeated in every reply */
	struct blender_reply end;       /* the reply of GONE */
	struct texts missing, warnings; /* being collected */
	struct texts missing_out, warnings_out; /* given to the caller */
	struct blender_capture log;
	char *log_path;
	int64_t task_from, task_to;     /* positions in the log of the last answered task */
	char line[2048];                /* of output, unfinished */
	size_t line_len;
	char fatal[512];                /* first fatal line of this task */
	char last[LAST_LINES][160];     /* last words */
	struct blender_progress progress;
	bool progress_new;
	int64_t progress_ms;
};

/* Our side: set up Blender, hand over what the connection takes at the moment. */
int blender_send_setup(struct blender *blender, const struct blender_config *config, const char *dir, struct bf_err *err);
void blender_send_flush(struct blender *blender);

/* Blender's side: read what has come, of its output and of the driver's answers; never blocks. */
void blender_hear_output(struct blender *blender);
void blender_hear_answers(struct blender *blender);

/* See the last line of output, which has no end. */
void blender_hear_rest(struct blender *blender);

/* The next event among the answers: 1 with an event, 0 when there is none yet, -1 when what came does
 * not fit what was asked. */
int blender_hear_next(struct blender *blender, enum blender_event *event, struct blender_reply *reply);

/* Whether progress is to be told now. */
bool blender_hear_progress(struct blender *blender, enum blender_event *event, struct blender_reply *reply);

#endif
