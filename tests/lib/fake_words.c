#include "tests/lib/fake_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char words_of_file[4096];

int fake_words_write(const char *path, int count, char **word)
{
	FILE *file = fopen(path, "w");
	if (!file) {
		perror(path);
		return 1;
	}
	fputs("BLENDER-v304\nfake", file);
	for (int i = 0; i < count; i++)
		fprintf(file, " %s", word[i]);
	fputs("\n", file);
	/* The block that ends every .blend: its code, then a head of zeros. */
	char end[24] = "ENDB";
	fwrite(end, 1, sizeof end, file);
	return fclose(file) ? 1 : 0;
}

enum fake_file fake_words_read(const char *path)
{
	char bytes[sizeof words_of_file];
	FILE *file = fopen(path, "r");
	if (!file)
		return FAKE_FILE_MISSING;
	size_t len = fread(bytes, 1, sizeof bytes - 1, file);
	fclose(file);
	bytes[len] = '\0';
	if (strncmp(bytes, "BLENDER", 7))
		return FAKE_FILE_OTHER;
	char *words = strstr(bytes, "fake");
	snprintf(words_of_file, sizeof words_of_file, "%s", words ? words : "");
	return FAKE_FILE_READ;
}

static bool find_word(const char *words, const char *key, char *value, size_t size)
{
	bool found = false;
	size_t key_len = strlen(key);
	for (const char *p = words; *p; ) {
		size_t len = strcspn(p, " \n");
		if (len > key_len && !strncmp(p, key, key_len) && p[key_len] == '=') {
			snprintf(value, size, "%.*s", (int)(len - key_len - 1), p + key_len + 1);
			found = true;
		}
		p += len;
		p += strspn(p, " \n");
	}
	return found;
}

bool fake_word(const char *key, char *value, size_t size)
{
	const char *env = getenv("BF_FAKE");
	if (env && find_word(env, key, value, size))
		return true;
	return find_word(words_of_file, key, value, size);
}

int fake_number(const char *key, int fallback)
{
	char value[32];
	return fake_word(key, value, sizeof value) ? atoi(value) : fallback;
}

bool fake_happens(const char *key, int frame)
{
	char value[512];
	if (!fake_word(key, value, sizeof value))
		return false;
	for (char *part = strtok(value, ","); part; part = strtok(NULL, ",")) {
		int from, to;
		int n = sscanf(part, "%d-%d", &from, &to);
		if (n >= 1 && frame >= from && frame <= (n == 2 ? to : from))
			return true;
	}
	return false;
}
