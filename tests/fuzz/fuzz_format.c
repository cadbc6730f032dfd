/* Any bytes as the FORMAT of a share: refused with a message, or the share has an id and is known again by it. */
#include <stdlib.h>
#include <string.h>

#include "share-layout/share.h"
#include "tests/fuzz/fuzz_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bf_share share;
	struct bf_err err = {0};
	if (!size)
		return 0; /* somebody is writing it just now: waits for seconds */
	tree_make(NULL, 0);
	tree_put("FORMAT", data, size);
	if (bf_share_open(tree_path(), &share, &err) < 0) {
		if (!err.text[0])
			abort();
		return 0;
	}
	if (strlen(share.id) != 32 || strspn(share.id, "0123456789abcdef") != 32 || bf_share_reopen(&share, &err) != 1)
		abort();
	bf_share_close(&share);
	return 0;
}
