/* A submission: what lies in jobs/.incoming/JOB.A.TOKEN/ on its way from queue/ to jobs/, and the moves it can make
 * (SPEC.md, "From queue/ to jobs/"). Each move is one rename that one agent wins. */
#ifndef AGENT_SUBMISSION_H
#define AGENT_SUBMISSION_H

#include <stdbool.h>

#include "agent/worker.h"

struct submission {
	char entry[BF_FILE_MAX];   /* JOB.A.TOKEN, the directory's name; "" = none */
	char job[BF_JOB_MAX];
	unsigned attempt;
	char token[BF_TOKEN_MAX];
	char dropped[BF_FILE_MAX]; /* what lies in source/ */
	bool folder;
	bool taken_over;           /* somebody has worked on it before */
};

/* So long who opens a submission ahead (agent/ahead.h) may take to read it, and an SMB server refuse to move it. */
enum { SUBMISSION_FREE_MS = 20000 };

/* Take a thing out of queue/: what (file, folder or anything else) and, when they are there, the .ini and .job files
 * that are called like beside. Returns 1 taken, 0 somebody else has it, -1 share error, SUBMISSION_STUCK when it is there but
 * we may not move it (another user's folder, a sticky queue/). */
enum { SUBMISSION_STUCK = -2 };
int submission_take(struct worker *w, const char *dropped, const char *beside, struct submission *out, struct bf_err *err);

/* Take over one that its owner left, by the name its directory has now. 1 / 0 / -1. */
int submission_take_over(struct worker *w, const char *entry, struct submission *out, struct bf_err *err);

/* Only look at one that another owns: fills in what was dropped. out has been parsed. 1 / 0 it has gone on / -1. */
int submission_look(struct worker *w, struct submission *out, struct bf_err *err);

/* Give it back for anybody. give_back: it was not the submission's fault; fail: this attempt counts. */
void submission_give_back(struct worker *w, struct submission *submission);
void submission_fail(struct worker *w, struct submission *submission);

/* The last step: jobs/JOB appears. The job's id may change when the name is taken; job.ini is written again then.
 * Returns 1 / 0 (it was taken from us) / -1. */
int submission_appear(struct worker *w, struct submission *submission, struct bf_job *job, struct bf_err *err);

/* Split an entry's name. Returns 0 / -1 for a foreign name; token is "open" for one that nobody owns. */
int submission_parse(const char *entry, struct submission *out);

/* Length of a dropped name without .blend or .job: what its .ini and .suspend are called by. */
size_t submission_stem(const char *dropped);

/* Are they of things with the same name, but for what a job's name cannot hold? */
bool submission_same_name(const struct submission *a, const struct submission *b);

/* Where what was dropped lies now, below the share. */
struct bf_path submission_source(const struct submission *submission);

#endif
