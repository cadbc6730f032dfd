/* What a submitter wishes: NAME.ini beside NAME.blend, or the three lines of a NAME.job. Pure, but for reading
 * the file. Everything in it is optional and only overrides what the .blend says. */
#ifndef AGENT_WISHES_H
#define AGENT_WISHES_H

#include <stdbool.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"
#include "share-layout/frames_order.h"
#include "share-layout/job.h"
#include "share-layout/share.h"

struct wishes {
	struct bf_frames frames;     /* count 0 = as the file says */
	char scene[BF_TEXT_MAX], camera[BF_TEXT_MAX], view_layer[BF_TEXT_MAX], name[BF_TEXT_MAX];
	char blend[BF_FILE_MAX];     /* which .blend of a folder */
	char base[BF_JOB_MAX];       /* the job whose samples it adds to */
	char engine[64], format[32], pieces[32];
	int percent, samples, priority;
	enum bf_frames_order order;
	struct bf_job_when when;     /* after: names or ids */
	bool denoise_off, missing_ok, keep_logs;
	struct bf_buf warnings;      /* lines */
};

/* Read submit.ini and submit.job below dir (a path on the share), as far as they are there. Returns 0, or -1 with what
 * is wrong in words for the submitter. Start from zero bits; end with wishes_clear. */
int wishes_read(const struct bf_share *share, const char *dir, struct wishes *out, struct bf_err *err);

/* The .blend that a NAME.job names (its first line), a plain file name. Returns 0 / -1. */
int wishes_parse_job_file(const char *text, char blend[BF_FILE_MAX], struct bf_frames *frames, struct bf_err *err);

void wishes_clear(struct wishes *wishes);

#endif
