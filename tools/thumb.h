/* A picture in the letters of a terminal, drawn by chafa where that is installed: a child process that gets the opened
 * picture as its standard input, and a few seconds. What it prints is let through as far as it is text and colour. */
#ifndef BF_TOOLS_THUMB_H
#define BF_TOOLS_THUMB_H

#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"
#include "share-layout/scan.h"
#include "share-layout/share.h"

/* Append the newest picture of a job, or before there is one the preview of what is joined so far, at most columns wide and rows high, each line with its newline and in plain colours at its end.
 * Returns 1, or 0 when there is none, it cannot be shown, or there is no chafa. May block. */
int thumb_of_job(const struct bf_share *share, const struct bf_scan_job *job, int columns, int rows, struct bf_buf *out);

/* A number for the picture that thumb_of_job would show: the same as before, no other picture. 0: there is none. May block. */
uint64_t thumb_stamp(const struct bf_share *share, const struct bf_scan_job *job);

/* Pure: what of a program's output may go to a terminal. Printable characters, line ends, and `ESC [ numbers m`. */
void thumb_clean(const char *bytes, size_t len, struct bf_buf *out);

#endif
