/* The Python files that run inside Blender, carried in this program so that both always match. */
#ifndef AGENT_BLENDER_SCRIPT_H
#define AGENT_BLENDER_SCRIPT_H

#include "share-layout/base/err.h"

/* Write them into an existing local directory, replacing what is there. Returns 0 / -1. */
int blender_script_write(const char *dir, struct bf_err *err);

/* The file among them that Blender is told to run. */
#define BLENDER_SCRIPT_MAIN "driver.py"

#endif
