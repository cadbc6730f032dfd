/* Any bytes as an agent's card: refused, or it can be written again and says the same. */
#include <stdlib.h>
#include <string.h>

#include "share-layout/card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bf_card card, again;
	struct bf_buf text = {0}, second = {0};
	struct bf_err err = {0};
	memset(&card, 0, sizeof card);
	if (bf_card_parse((const char *)data, size, "card", &card, &err) == 0) {
		if (card.slot_count < 0 || card.slot_count > BF_SLOTS_MAX)
			abort();
		for (int i = 0; i < card.slot_count; i++)
			if (!(card.slot[i].speed >= 0 && card.slot[i].speed <= BF_SPEED_MAX))
				abort();
		bf_card_process_is_gone(&card);
		bf_card_format(&card, &text);
		memset(&again, 0, sizeof again);
		if (bf_card_parse(text.data, text.len, "card", &again, &err) < 0)
			abort();
		bf_card_format(&again, &second);
		if (text.len != second.len || memcmp(text.data, second.data, text.len))
			abort();
	} else if (!err.text[0]) {
		abort();
	}
	bf_buf_clear(&text);
	bf_buf_clear(&second);
	return 0;
}
