/* A small tree of files from the bytes of a fuzzer, for parsers that read whole folders.
 *
 * The bytes are records; each ends at an empty line, its first line is a path, the rest is the file. tree_make throws away
 * the tree of the call before. The folder itself goes when the program ends; a crash leaves it in $TMPDIR. */
#ifndef TESTS_FUZZ_TREE_H
#define TESTS_FUZZ_TREE_H

#include <stddef.h>
#include <stdint.h>

/* Returns the folder's descriptor; its path is tree_path(). */
int tree_make(const uint8_t *data, size_t size);
const char *tree_path(void);

/* Make one file, and the folders on its way. Paths that lead elsewhere are ignored. */
void tree_put(const char *path, const void *bytes, size_t size);

#endif
