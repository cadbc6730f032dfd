/* More samples for what is rendered: the file of a job is submitted once more, with its settings, and with the wish to add to what it has. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/ini.h"
#include "share-layout/mean.h"
#include "tools/job.h"
#include "tools/submit.h"
#include "tools/submit_wishes.h"

/* What is asked of one job. */
struct more {
	const struct job_order *order;
	const struct bf_job *job;
	const struct bf_frames *frames;
	int samples;             /* in all */
	struct submit submit;
	struct submit_wishes wishes;
};

/* ---- may it be? ---- */

static int check_means(const struct more *more, struct bf_err *err)
{
	struct bf_means means = {0};
	struct bf_task mean;
	int result = bf_means_read(more->order->share, more->job, &means, err);
	for (size_t i = 0; i < more->frames->count && result == 0; i++)
		result = bf_means_find(&means, more->frames->frame[i], &mean, err);
	bf_means_clear(&means);
	return result;
}

static int check(struct more *more, struct bf_err *err)
{
	if (!more->job->sample_parts)
		return bf_err_set(err, "it was not rendered in parts of the samples (pieces = samples:N), so none can be added");
	if (more->order->samples > BF_SAMPLES_MAX - more->job->samples)
		return bf_err_set(err, "it has %d samples, and there cannot be more than %d", more->job->samples, BF_SAMPLES_MAX);
	more->samples = more->job->samples + more->order->samples;
	return check_means(more, err);
}

/* ---- the wishes ---- */

/* In the order of the job's work, unless that is too long for a line. */
static int wish_frames(struct more *more, struct bf_err *err)
{
	enum { ROOM = BF_INI_LINE_MAX - 20 };
	struct bf_frames sorted = { .count = more->frames->count };
	struct bf_buf text = {0};
	bf_frames_format(more->frames, &text);
	if (text.len > ROOM) {
		sorted.frame = malloc(sorted.count * sizeof *sorted.frame);
		if (!sorted.frame)
			bf_bug("out of memory");
		memcpy(sorted.frame, more->frames->frame, sorted.count * sizeof *sorted.frame);
		qsort(sorted.frame, sorted.count, sizeof *sorted.frame, bf_frames_compare);
		bf_buf_reset(&text);
		bf_frames_format(&sorted, &text);
		free(sorted.frame);
	}
	int result = submit_wishes_add(&more->wishes, "frames", bf_buf_text(&text), err);
	bf_buf_clear(&text);
	return result;
}

static int wish_texts(struct more *more, struct bf_err *err)
{
	const struct bf_job *job = more->job;
	const struct { const char *key, *value; } wish[] = {
		{ "base", job->id }, { "scene", job->scene }, { "camera", job->camera }, { "view_layer", job->view_layer },
		{ "engine", job->engine }, { "format", job->format }, { "denoise", job->denoise_off ? "off" : "" },
		{ "missing", job->missing_ok ? "warn" : "" }, { "keep_logs", job->keep_logs ? "yes" : "" }, { "tags", job->when.tags },
	};
	for (size_t i = 0; i < sizeof wish / sizeof *wish; i++)
		if (wish[i].value[0] && submit_wishes_add(&more->wishes, wish[i].key, wish[i].value, err) < 0)
			return bf_err_prefix(err, "%s", wish[i].key);
	return 0;
}

static int wish_numbers(struct more *more, struct bf_err *err)
{
	const struct bf_job *job = more->job;
	const struct { const char *key, *before; int value; } wish[] = {
		{ "samples", "", more->samples }, { "pieces", "samples:", job->sample_parts }, { "percent", "", job->percent },
		{ "priority", "", job->priority }, { "max_agents", "", job->when.max_agents },
	};
	for (size_t i = 0; i < sizeof wish / sizeof *wish; i++) {
		char text[32];
		snprintf(text, sizeof text, "%s%d", wish[i].before, wish[i].value);
		if (wish[i].value && submit_wishes_add(&more->wishes, wish[i].key, text, err) < 0)
			return bf_err_prefix(err, "%s", wish[i].key);
	}
	return 0;
}

/* ---- sending ---- */

/* "shot" becomes shot_128samples, and that shot_192samples. */
static void name_it(const struct more *more, char out[BF_JOB_MAX])
{
	enum { LONGEST = 80 };
	char last[32], name[BF_JOB_MAX];
	int len = (int)bf_job_name_length(more->job->id), tail = snprintf(last, sizeof last, "_%dsamples", more->job->samples);
	if (more->job->base[0] && len > tail && !strncmp(more->job->id + len - tail, last, (size_t)tail))
		len -= tail;
	snprintf(name, sizeof name, "%.*s_%dsamples", len < LONGEST ? len : LONGEST, more->job->id, more->samples);
	bf_job_clean_name(name, "", out);
}

static int prepare(struct more *more, struct bf_err *err)
{
	struct submit *s = &more->submit;
	char name[BF_JOB_MAX];
	name_it(more, name);
	if (submit_from_job(s, more->order->share, more->job, name, err) < 0 || submit_digest(s, err) < 0
		|| wish_frames(more, err) < 0 || wish_texts(more, err) < 0 || wish_numbers(more, err) < 0)
		return -1;
	return submit_wishes_format(&more->wishes, s->folder ? s->main : NULL, s->content, &s->ini, err);
}

static int send(struct more *more, struct bf_err *err)
{
	const struct job_order *order = more->order;
	struct submit *s = &more->submit;
	char where[BF_FILE_MAX];
	int same = submit_find_same(order->share, s, where, err);
	if (same == 1) {
		job_say(order, "just that was asked for before: %s", where);
		return JOB_NOTHING;
	}
	if (same < 0 || (!order->look_only && submit_send(order->share, s, s->stem, err) < 0))
		return job_complain_of(order->id, err);
	return job_say(order, "%s %s: %d samples more, %d in all, of %zu frame%s", order->look_only ? "would be queued as" : "queued as",
		s->stem, order->samples, more->samples, more->frames->count, more->frames->count == 1 ? "" : "s");
}

int job_more(const struct job_order *order)
{
	struct bf_job job = {0};
	struct bf_err err;
	struct more more = { .order = order, .job = &job, .frames = &job.frames };
	int status = job_read_plan(order, &job);
	if (status == JOB_OK && order->retry.frames) {
		more.frames = order->retry.frames;
		status = job_check_frames(order, &job);
	}
	if (status == JOB_OK) {
		submit_watch_signals();
		status = check(&more, &err) < 0 || prepare(&more, &err) < 0 ? job_complain_of(order->id, &err) : send(&more, &err);
	}
	submit_wishes_clear(&more.wishes);
	submit_clear(&more.submit);
	bf_job_clear(&job);
	return status;
}
