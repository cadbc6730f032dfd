/* Writing Prometheus' text format into a buffer: one family of metrics after the other, its samples together.
 *
 *   metric_family(&m, "blendfolder_jobs", "gauge", "Jobs on the share, by state.");
 *   metric_sample(&m, 3, "state", "running", NULL);
 *
 * Labels may hold anything: they are escaped, and what is not UTF-8 or moves a cursor becomes U+FFFD. */
#ifndef BF_TOOLS_PROMETHEUS_H
#define BF_TOOLS_PROMETHEUS_H

#include "share-layout/base/buf.h"

struct metrics {
	struct bf_buf *out;
	const char *name; /* of the present family; stays the caller's */
};

void metric_family(struct metrics *metrics, const char *name, const char *type, const char *help);
/* Labels as pairs of name and value, NULL behind the last. A value that is not finite is left out. */
void metric_sample(struct metrics *metrics, double value, ...) __attribute__((sentinel));

#endif
