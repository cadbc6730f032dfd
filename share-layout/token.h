/* Who: machine names, agent ids and claim tokens (SPEC.md, "Names"). Pure text, no I/O
 * except that bf_id_make asks the kernel for randomness and for the host's name. */
#ifndef BF_TOKEN_H
#define BF_TOKEN_H

#include <stdbool.h>

#include "share-layout/base/err.h"
#include "share-layout/limits.h"

/* Turn any text into a machine name: lower case, other characters become '-'; "agent" when
 * nothing is left. */
void bf_name_clean(const char *text, char out[BF_NAME_MAX]);

/* The machine name of this host. */
void bf_name_of_host(char out[BF_NAME_MAX]);

/* A new agent id for a machine name: name-xxxxxx. Never the same twice. */
void bf_id_make(const char *name, char out[BF_ID_MAX]);
bool bf_id_ok(const char *id);
/* The machine name inside an id. */
void bf_id_name(const char *id, char out[BF_NAME_MAX]);

struct bf_token {
	char id[BF_ID_MAX];
	unsigned slot;
	unsigned long count;
};

void bf_token_format(const struct bf_token *token, char out[BF_TOKEN_MAX]);
/* 0, or -1 when text is no token. token may be NULL to ask only. */
int bf_token_parse(const char *text, struct bf_token *token);

#endif
