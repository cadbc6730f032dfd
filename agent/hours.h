/* Hours in which a machine works: "mon-fri 19:00-07:00, sat, sun" (agent.ini(5), [hours] work).
 *
 * A span has days, or times, or both; times without days hold every day, days without times all day long. A span over
 * midnight belongs to the day on which it begins. Local time, as people read it off the wall. Pure. */
#ifndef AGENT_HOURS_H
#define AGENT_HOURS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "share-layout/base/err.h"

enum { HOURS_WEEK = 7 * 24 * 60 }; /* minutes */

struct hours {
	bool any;                      /* there is a rule; without one it is always time to work */
	uint8_t open[HOURS_WEEK / 8];  /* one bit for each minute from Sunday 0:00 on */
};

/* Returns 0, or -1 with what is wrong and *hours untouched. */
int hours_parse(const char *text, struct hours *hours, struct bf_err *err);

/* Is it time to work? */
bool hours_open(const struct hours *hours, const struct tm *local);

#endif
