/* Writing JSON into a buffer. Commas come by themselves:
 *
 *   struct json json = { &buf };
 *   json_open(&json, '{');  json_key(&json, "name");  json_text(&json, name);  json_close(&json, '}');
 *
 * Texts may hold anything: what is not UTF-8 becomes U+FFFD, controls are escaped. Numbers do not
 * listen to the locale; one that JSON cannot say (infinite, not a number) becomes null. */
#ifndef BF_TOOLS_JSON_H
#define BF_TOOLS_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "share-layout/base/buf.h"

struct json {
	struct bf_buf *out;
	bool comma; /* something stands in front of the next value */
};

void json_open(struct json *json, char bracket);  /* '{' or '[' */
void json_close(struct json *json, char bracket); /* '}' or ']' */
void json_key(struct json *json, const char *key);
void json_text(struct json *json, const char *text);
void json_int(struct json *json, int64_t value);
void json_number(struct json *json, double value); /* at most three decimals */
void json_bool(struct json *json, bool value);
void json_null(struct json *json);

/* Key and value in one. */
void json_put_text(struct json *json, const char *key, const char *text);
void json_put_int(struct json *json, const char *key, int64_t value);

#endif
