/* Does somebody use this machine? Asked without being a part of anybody's desktop.
 *
 * Two sources: the terminals of those who are logged in (utmp; a key pressed there moves the terminal's access time), and
 * logind, whom desktops tell when nobody has touched mouse or keyboard for a while. Neither sees more than that; where a
 * desktop does not tell logind, its user counts as there for as long as he is logged in. Nothing here blocks: logind is
 * asked through a child process. */
#ifndef AGENT_PRESENCE_H
#define AGENT_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/listen.h"

struct presence {
	struct listen ask;
	bool asked;             /* logind has answered or failed to, once */
	int64_t ask_ms;         /* when to ask again */
	int64_t desktop_ms;     /* nobody has used a desktop since then, on the monotonic clock; INT64_MAX = in use,
	                           INT64_MIN = nobody is there */
};

#define PRESENCE_NONE ((struct presence){ .ask = LISTEN_NONE, .desktop_ms = INT64_MIN })

/* For how long nobody has used the machine, in ms; INT64_MAX when nobody is logged in; -1 when that is not known yet.
 * Call often. */
int64_t presence_idle_ms(struct presence *presence);

void presence_stop(struct presence *presence);

/* The terminals alone: what a utmp file says, with devices below dev. Not thread-safe. */
int64_t presence_of_terminals(const char *utmp, const char *dev);

/* What `busctl get-property … IdleHint IdleSinceHintMonotonic` said, in the form of desktop_ms. Returns false when it makes
 * no sense. */
bool presence_parse_logind(const char *text, int64_t *since_ms);

#endif
