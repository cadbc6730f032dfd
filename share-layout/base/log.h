/* The log: one line per event on stderr, `verb key=value key=value`.
 *
 * Lines carry a UTC time, or the systemd priority prefix when stderr is the journal.
 * Control bytes are escaped. BF_TRACE=topic,topic (or all) prints why decisions were made. */
#ifndef BF_BASE_LOG_H
#define BF_BASE_LOG_H

#include <stdbool.h>

enum bf_log_level { BF_LOG_ERROR, BF_LOG_WARN, BF_LOG_INFO, BF_LOG_DEBUG };

/* Lines above this level are dropped. Default BF_LOG_INFO. */
void bf_log_set_level(enum bf_log_level level);

/* A word in front of every line of this process, "slot=1" for example; NULL for none. Copied. */
void bf_log_set_who(const char *who);

/* Write one line. One write(2) per line, so lines of several processes do not mix. */
void bf_log(enum bf_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A trace line when BF_TRACE names the topic. */
bool bf_trace_on(const char *topic);
void bf_trace(const char *topic, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
