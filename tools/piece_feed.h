/* The bytes of a PNG file on their way to libpng.
 *
 * Two ways, the same pixels: plain hands out the file as it is; fast undoes the compression of
 * the picture data with isa-l (2.5 times as quick as zlib) and hands libpng the same PNG with that
 * data in stored blocks, so that libpng still sees and judges every chunk and every row. In
 * the fast way all chunk checksums are verified here and those handed out for picture data are
 * not valid: tell libpng not to look at them, nor at the Adler-32.
 * Both read strictly forward and hold a few hundred KB whatever the file says. */
#ifndef BF_TOOLS_PIECE_FEED_H
#define BF_TOOLS_PIECE_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/err.h"

struct piece_feed;

/* Start at the current position of fd, which stays the caller's until piece_feed_free. The way
 * is chosen by what was compiled in, by BF_DEFLATE=zlib in the environment, and by the size
 * of the file: small ones do not pay for the larger decoder. */
struct piece_feed *piece_feed_new(int fd, int64_t size);
void piece_feed_free(struct piece_feed *feed);

bool piece_feed_is_fast(const struct piece_feed *feed);

/* The next len bytes, all of them. Returns 0, or -1: read error, end of file, wrong checksum,
 * broken compression. Says why without the file's name. */
int piece_feed_read(struct piece_feed *feed, unsigned char *bytes, size_t len, struct bf_err *err);

#endif
