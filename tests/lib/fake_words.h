/* How the fake Blender is to behave: words `key=value`, in a file that looks like a .blend, and in $BF_FAKE, which has
 * the last word. Of a word that stands there twice the last one counts. */
#ifndef BF_TESTS_FAKE_WORDS_H
#define BF_TESTS_FAKE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* A file with these words. Returns 0, or 1 after it has said why not. */
int fake_words_write(const char *path, int count, char **word);

enum fake_file { FAKE_FILE_READ, FAKE_FILE_MISSING, FAKE_FILE_OTHER };
/* From now on the words of this file count. One of another kind has none. */
enum fake_file fake_words_read(const char *path);

/* The value of a word; false when there is none. */
bool fake_word(const char *key, char *value, size_t size);
int fake_number(const char *key, int fallback);
/* Whether a frame is in the list of that name: 7,9 or 10-19. */
bool fake_happens(const char *key, int frame);

#endif
