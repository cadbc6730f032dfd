/* What became of one file that was to be submitted, on stdout: for people, or as a line of JSON. */
#ifndef BF_TOOLS_SUBMIT_TELL_H
#define BF_TOOLS_SUBMIT_TELL_H

#include "tools/submit.h"

struct submit_told {
	const struct submit *submit;
	const char *given; /* what the user called it */
	int64_t frames;    /* how many the wishes name, 0 = as the file says */
	bool other_scene;  /* than the one whose frames the header tells */
	bool dry_run;
	const char *why;   /* it was refused; NULL = it was not */
};

/* Of one that was not refused. */
void submit_tell(const struct submit_told *told);

void submit_tell_json(const struct submit_told *told);

#endif
