/* The screen of `bfstatus --watch`: looks again and again, draws, and does what keys ask for. The terminal is taken for the
 * time of the call. Calls to the share are made in a thread of their own, so that keys and the clock go on while the file
 * server is away. */
#ifndef BF_TOOLS_WATCH_H
#define BF_TOOLS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/status.h"

enum { WATCH_STUCK = 100 }; /* somebody left while a call to the share did not return: st belongs to it */

struct watch_options { bool color, pictures; int64_t interval_ms; };

/* Returns an exit status (st->said says why, where there is something to say), or WATCH_STUCK. */
int watch_run(struct status *st, const struct watch_options *options);

#endif
