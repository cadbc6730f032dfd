#include "tests/lib/fresh_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"

void fresh_folder(char *path, size_t size)
{
	const char *base = getenv("TMPDIR");
	if (bf_fmt(path, size, "%s/bf-test-XXXXXX", base && *base ? base : "/tmp") < 0 || !mkdtemp(path))
		bf_bug("%s: %s", path, strerror(errno));
}
