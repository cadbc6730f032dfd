/* Compressing a long stream in parts that do not know of each other.
 *
 * Each part becomes raw deflate data that ends on a byte boundary and is not the last block,
 * so parts made by any threads in any order are joined by writing them one behind the other:
 *   deflate_head, part, part, ..., deflate_tail(checksum of all parts)
 * is one zlib stream. Made for rendered pictures: their noise has Huffman codes but hardly any
 * matches, so a quick matcher is also a small one. isa-l does it where it was compiled in,
 * zlib elsewhere or when BF_DEFLATE=zlib is in the environment; both are read by anything. */
#ifndef BF_TOOLS_DEFLATE_H
#define BF_TOOLS_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "share-layout/base/buf.h"

enum { DEFLATE_HEAD = 2, DEFLATE_TAIL = 6 };

/* Whether isa-l does the work. */
bool deflate_is_fast(void);

/* The state of one thread; ends the program when there is no memory. free accepts NULL. */
struct deflate;
struct deflate *deflate_new(void);
void deflate_free(struct deflate *deflate);

/* Compress one part and append it to out. Incompressible parts grow by 5 bytes in 65,535. */
void deflate_part(struct deflate *state, const unsigned char *bytes, size_t len, struct bf_buf *out);

/* The other way: a whole zlib stream into exactly len bytes. Returns 0, or -1 when it is damaged or makes more
 * or fewer. */
int deflate_undo(const unsigned char *packed, size_t packed_len, unsigned char *bytes, size_t len);

/* The two ends of the stream. `check` is the Adler-32 of everything in it. */
void deflate_head(unsigned char head[DEFLATE_HEAD]);
void deflate_tail(unsigned char tail[DEFLATE_TAIL], uint32_t check);

/* Checksums: Adler-32 starts with 1, CRC-32 with 0; join gives that of a and b behind each other. */
uint32_t deflate_adler(uint32_t adler, const unsigned char *bytes, size_t len);
uint32_t deflate_adler_join(uint32_t a, uint32_t b, uint64_t len_b);
uint32_t deflate_crc(uint32_t crc, const unsigned char *bytes, size_t len);

#endif
