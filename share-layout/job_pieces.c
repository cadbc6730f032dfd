/* What the pieces of a job are, apart from their places. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/job.h"

#define SAMPLES "samples:"

int bf_job_parse_samples(const char *text, int *parts, struct bf_err *err)
{
	if (strncmp(text, SAMPLES, strlen(SAMPLES)))
		return 0;
	const char *number = text + strlen(SAMPLES);
	size_t digits = strspn(number, "0123456789");
	long n = digits && digits < 6 && !number[digits] ? strtol(number, NULL, 10) : 0;
	if (n < 1 || n > BF_PIECES_MAX)
		return bf_err_set(err, "pieces = \"%s\": want " SAMPLES " and a number such as 12, at most %d", text, BF_PIECES_MAX);
	*parts = (int)n;
	return 1;
}

unsigned bf_job_piece_count(const struct bf_job *job)
{
	return (unsigned)(job->sample_parts ? job->sample_parts : job->columns * job->rows);
}

const char *bf_job_piece_ext(const struct bf_job *job)
{
	return job->finish ? "exr" : job->ext;
}

int bf_job_own_samples(const struct bf_job *job)
{
	return job->samples - job->base_samples;
}

struct bf_samples bf_job_piece_samples(const struct bf_job *job, unsigned n)
{
	if (!job->sample_parts)
		return (struct bf_samples){ 0, 0 };
	int64_t samples = bf_job_own_samples(job), parts = job->sample_parts;
	int first = (int)(n * samples / parts), next = (int)((n + 1) * samples / parts);
	return (struct bf_samples){ .offset = job->base_samples + first, .count = next - first };
}
