/* Signals of programs that work in the foreground (--check-share, --benchmark): the first one asks for the end, the second ends at
 * once, for a call to a server that is away may hang.
 *
 *	interrupt_catch → look at interrupted now and then → tidy up → interrupt_pass_on */
#ifndef AGENT_INTERRUPT_H
#define AGENT_INTERRUPT_H

#include <stdbool.h>

/* SIGINT, SIGTERM and SIGHUP are remembered from now on, each once. */
void interrupt_catch(void);

bool interrupted(void);

/* End as the signal would have ended us, so that the caller sees it. Returns when there was none. */
void interrupt_pass_on(void);

#endif
