/* The empty tree, as carried inside the programs; skeleton/ beside this file is its picture. */
#include <stddef.h>

#include "share-layout/path.h"
#include "share-layout/share.h"

const char *const bf_skeleton_dirs[] = {
	BF_QUEUE, BF_REJECTED, BF_JOBS, BF_INCOMING, BF_OUTPUT, BF_AGENTS, NULL,
};

__asm__(".section .rodata\n"
	".global bf_skeleton_readme\n"
	".hidden bf_skeleton_readme\n"
	".type bf_skeleton_readme, @object\n"
	"bf_skeleton_readme:\n"
	".incbin \"share-layout/skeleton/README.txt\"\n"
	".byte 0\n"
	".size bf_skeleton_readme, . - bf_skeleton_readme\n"
	".previous\n");
