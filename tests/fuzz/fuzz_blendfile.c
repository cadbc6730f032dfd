/* Any bytes as a .blend: an answer, with a terminated scene name. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "share-layout/blendfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct bf_blendfile out;
	struct bf_err err = {0};
	if (fd < 0)
		fd = memfd_create("blend", 0);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	if (bf_blendfile_look_fd(fd, "x.blend", &out, &err) != 1)
		abort();
	if (!memchr(out.scene, '\0', sizeof out.scene) || (out.kind != BF_BLENDFILE_WHOLE && !err.text[0]))
		abort();
	return 0;
}
