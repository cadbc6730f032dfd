/* Any bytes as a line of a journal: foreign, or it can be written again and says the same. */
#include <stdlib.h>
#include <string.h>

#include "share-layout/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bf_record record = {0}, again = {0};
	struct bf_buf text = {0}, second = {0};
	if (bf_journal_parse((const char *)data, size, &record) == 0) {
		bf_journal_format(&record, &text);
		if (!text.len || text.data[text.len - 1] != '\n' || memchr(text.data, '\n', text.len - 1)
			|| bf_journal_parse(text.data, text.len - 1, &again) < 0)
			abort();
		bf_journal_format(&again, &second);
		if (text.len != second.len || memcmp(text.data, second.data, text.len))
			abort();
	}
	bf_buf_clear(&text);
	bf_buf_clear(&second);
	return 0;
}
