/* Any bytes as a picture: an answer, and sane numbers in it when it is whole. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "share-layout/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct bf_picture out;
	struct bf_err err = {0};
	if (fd < 0)
		fd = memfd_create("picture", 0);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	if (bf_picture_look_fd(fd, "picture", &out, &err) != 1)
		abort();
	if (out.whole ? out.kind == BF_PICTURE_UNKNOWN || out.width < 1 || out.height < 1 : !err.text[0])
		abort();
	return 0;
}
