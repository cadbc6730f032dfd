/* The child between fork() and exec(). The parent may have threads, so whatever one of them held is locked for ever here: system
 * calls only, no memory is taken, nothing is printed. */
#ifndef AGENT_PROC_CHILD_H
#define AGENT_PROC_CHILD_H

#include "agent/proc.h"

/* Become the program: groups, signals, descriptors, folder, exec. path and env were made by the parent, whose pid is given.
 * Exec closes `report`; when it cannot be done, errno goes through it. Never returns. */
void proc_child_run(const struct proc_spec *spec, const char *path, const char **env, pid_t parent, int report)
	__attribute__((noreturn));

#endif
