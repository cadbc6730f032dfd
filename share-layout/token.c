#include "share-layout/token.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "share-layout/base/buf.h"

enum { RANDOM_LEN = 6 };
static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* 32, none that look alike */

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

void bf_name_clean(const char *text, char out[BF_NAME_MAX])
{
	size_t n = 0;
	for (; *text && *text != '.' && n < BF_NAME_MAX - 1; text++) {
		char c = (char)tolower((unsigned char)*text);
		if (!name_char(c))
			c = '-';
		if (c == '-' && (n == 0 || out[n - 1] == '-'))
			continue;
		out[n++] = c;
	}
	while (n && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	if (!n)
		memcpy(out, "agent", 6);
}

void bf_name_of_host(char out[BF_NAME_MAX])
{
	char host[256] = "";
	if (gethostname(host, sizeof host - 1) < 0)
		host[0] = '\0';
	bf_name_clean(host, out);
}

void bf_id_make(const char *name, char out[BF_ID_MAX])
{
	uint32_t bits;
	if (getrandom(&bits, sizeof bits, 0) != sizeof bits)
		bits = (uint32_t)time(NULL) * 2654435761u ^ (uint32_t)getpid() << 16;
	char tail[RANDOM_LEN + 1];
	for (int i = 0; i < RANDOM_LEN; i++, bits >>= 5)
		tail[i] = alphabet[bits & 31];
	tail[RANDOM_LEN] = '\0';
	if (bf_fmt(out, BF_ID_MAX, "%s-%s", name, tail) < 0)
		bf_bug("agent name %s is too long", name);
}

bool bf_id_ok(const char *id)
{
	size_t len = strlen(id);
	if (len < RANDOM_LEN + 2 || len >= BF_ID_MAX || id[len - RANDOM_LEN - 1] != '-')
		return false;
	for (const char *p = id; *p; p++)
		if (!name_char(*p))
			return false;
	return true;
}

void bf_id_name(const char *id, char out[BF_NAME_MAX])
{
	size_t len = strlen(id);
	len = len > RANDOM_LEN + 1 ? len - RANDOM_LEN - 1 : 0;
	if (len >= BF_NAME_MAX)
		len = BF_NAME_MAX - 1;
	memcpy(out, id, len);
	out[len] = '\0';
}

void bf_token_format(const struct bf_token *token, char out[BF_TOKEN_MAX])
{
	if (bf_fmt(out, BF_TOKEN_MAX, "%s-%u-%lu", token->id, token->slot, token->count) < 0)
		bf_bug("token of %s is too long", token->id);
}

/* A number in canonical form (no sign, no leading zero): one token has one spelling. */
static int number(const char *text, size_t len, unsigned long *out)
{
	if (len == 0 || len > 15 || (len > 1 && text[0] == '0'))
		return -1;
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		*out = *out * 10 + (unsigned long)(text[i] - '0');
	}
	return 0;
}

int bf_token_parse(const char *text, struct bf_token *token)
{
	struct bf_token it;
	size_t len = strlen(text);
	const char *count = strrchr(text, '-');
	if (len >= BF_TOKEN_MAX || !count || count == text)
		return -1;
	const char *slot = memrchr(text, '-', (size_t)(count - text));
	unsigned long slot_number;
	if (!slot || (size_t)(slot - text) >= sizeof it.id
		|| number(slot + 1, (size_t)(count - slot - 1), &slot_number) < 0 || slot_number > 999
		|| number(count + 1, strlen(count + 1), &it.count) < 0)
		return -1;
	memcpy(it.id, text, (size_t)(slot - text));
	it.id[slot - text] = '\0';
	it.slot = (unsigned)slot_number;
	if (!bf_id_ok(it.id))
		return -1;
	if (token)
		*token = it;
	return 0;
}
