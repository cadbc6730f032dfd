/* A new empty folder, below TMPDIR: there the runner clears up when a test ends half-way. */
#ifndef BF_TESTS_FRESH_FOLDER_H
#define BF_TESTS_FRESH_FOLDER_H

#include <stddef.h>

/* Its path. Aborts the test program where none can be made. Whoever asked removes it. */
void fresh_folder(char *path, size_t size);

#endif
