/* Accept: from a file in queue/ to a job in jobs/ (SPEC.md, "From queue/ to jobs/"). */
#ifndef AGENT_ACCEPT_H
#define AGENT_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

struct worker;
struct accept;

struct accept *accept_new(void);
void accept_free(struct accept **accept);

/* Look into queue/ and jobs/.incoming/ when it is time, and accept at most one submission. Returns true when something was
 * accepted or rejected. Share errors are waited out unless the agent stops. */
bool accept_look(struct worker *w);

/* For a worker that has nothing to do: open what the last look saw that another machine is planning (agent/ahead.h). Returns
 * true when something was; time has passed then. */
bool accept_ahead(struct worker *w);

/* Only look, accept nothing: for a worker that is rendering. */
void accept_peek(struct worker *w);
/* Whether the last look saw something that can be accepted now. */
bool accept_saw_ready(const struct accept *accept);

/* Whether the last look saw anything that is being accepted or will be. */
bool accept_saw_work(const struct accept *accept);

/* How long to sleep at most before the next look, given the usual interval. */
int64_t accept_wait_ms(const struct accept *accept, int64_t poll_ms);

/* This machine cannot plan the submission of that job: leave it to others, for some time. */
void accept_decline(struct accept *accept, const char *job, int64_t ms);

/* Give back a submission that is half planned. */
void accept_let_go(struct worker *w);

#endif
