/* One checker per picture format, and what they share. Only the picture files include this.
 *
 * A checker is called when the file's first bytes are its own; it fills what it learns and returns
 * whether the file is whole. If not, err says what is missing, without the file's name. */
#ifndef BF_PICTURE_PRIVATE_H
#define BF_PICTURE_PRIVATE_H

#include "share-layout/peek.h"
#include "share-layout/picture.h"

typedef bool bf_picture_check(struct bf_peek *peek, struct bf_picture *out, struct bf_err *err);

bf_picture_check bf_picture_png, bf_picture_jpeg, bf_picture_exr, bf_picture_tiff, bf_picture_bmp,
	bf_picture_tga, bf_picture_hdr, bf_picture_webp, bf_picture_jp2, bf_picture_j2k, bf_picture_cin,
	bf_picture_dpx, bf_picture_iris, bf_picture_avif;

/* TGA has no magic: is this header a sensible one? */
bool bf_picture_is_tga(const unsigned char *head);

/* Say what is missing. Always false. */
bool bf_picture_lacks(struct bf_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Take over a size in pixels, or say that it cannot be one. */
bool bf_picture_set_size(struct bf_picture *out, int64_t width, int64_t height, struct bf_err *err);

/* Whether len bytes from at on lie inside the file. Any numbers will do. */
bool bf_picture_inside(const struct bf_peek *peek, uint64_t at, uint64_t len);

#endif
