/* A time as people say it on a command line. */
#ifndef BF_TOOLS_SUBMIT_TIME_H
#define BF_TOOLS_SUBMIT_TIME_H

#include <stdint.h>

#include "share-layout/base/err.h"

/* `22:30` (the next time the clock shows that), `2026-11-22 06:00` with seconds or without, both by the local clock; with a Z behind it
 * UTC; `+90m`, `+8h`, `+2d` from now. Returns 0 / -1 with what would be right. */
int submit_time_parse(const char *text, int64_t now_s, int64_t *out_s, struct bf_err *err);

#endif
