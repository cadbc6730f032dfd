/* Render: one task through Blender, with the next one claimed meanwhile and the one before published
 * meanwhile, so that neither the share's latency nor the copying shows between two frames. */
#ifndef AGENT_RENDER_H
#define AGENT_RENDER_H

#include "agent/worker.h"

/* Make sure that this worker's Blender runs. It needs a second to start: call early. Returns 0, or -1 when it cannot
 * be started on this machine (said in the log and on the card). */
int render_ensure_blender(struct worker *w, struct bf_err *err);

/* Have Blender open a job's file, given by a path on the share or in the scratch folder, and wait for its answer.
 * Returns 1 opened (reply filled in), 0 it failed or Blender is gone (reply says why), -1 asked to stop. */
int render_open(struct worker *w, const struct blender_open *open, struct blender_reply *reply);

/* The same for a file that may be a job's soon: the next render_open of the same file with the same wishes is answered at once. */
int render_open_ahead(struct worker *w, const struct blender_open *open, struct blender_reply *reply);

/* How the file at path is to be opened: as a submitter wishes (from: struct wishes *), or as a plan says, which has the same
 * (struct bf_job *). Points into both. */
#define RENDER_OPEN(from, path) ((struct blender_open){ .blend = (path), .scene = RENDER_TEXT((from)->scene), \
	.camera = RENDER_TEXT((from)->camera), .view_layer = RENDER_TEXT((from)->view_layer), .engine = RENDER_TEXT((from)->engine), \
	.format = RENDER_TEXT((from)->format), .percent = (from)->percent, .samples = (from)->samples, \
	.denoise_off = (from)->denoise_off })
#define RENDER_TEXT(text) ((text)[0] ? (text) : NULL)

enum render_excess { RENDER_FINE, RENDER_TOO_LONG, RENDER_TOO_LARGE };

/* Has Blender, at work since then, gone beyond what agent.ini allows it here? why says it for people then. Also keeps the
 * slot's memory on the board up to date. */
enum render_excess render_excess(struct worker *w, int64_t since_ms, char *why, size_t size);

/* Have it measure what a frame of the open file costs (blender_send_measure). Returns as render_open. */
int render_measure(struct worker *w, int32_t frame, double budget_s, double least_s, struct blender_reply *reply);

/* The local copy of a job's file, or its place on the share for folder jobs: absolute path. Copies when needed.
 * Returns 0 / -1. */
int render_blend_path(struct worker *w, const struct bf_job *job, char *path, size_t size, struct bf_err *err);

/* Work on w->now (a frame, a piece, or a join whose picture Blender makes of w->now.joined) until Blender has answered. Afterwards w->now is empty or holds the next frame, already
 * in work; a picture that is ready lies in w->rendered or has been published. */
void render_work(struct worker *w);

/* What Blender said of the task it is at (running) or has ended, its last part, added to log. Nothing where that cannot be had. */
void render_task_log(struct worker *w, bool running, struct bf_buf *log);

/* End Blender. What was in work is not lost, only not done. */
void render_stop(struct worker *w, int grace_ms);

#endif
