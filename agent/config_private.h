/* What the files that read agent.ini share, and nobody else sees. */
#ifndef AGENT_CONFIG_PRIVATE_H
#define AGENT_CONFIG_PRIVATE_H

#include "agent/config.h"
#include "share-layout/base/ini.h"

/* The sections about what this machine is ready to do: [limits], [hours], [hooks], [path N], updates. Returns 0 / -1. */
int config_read_machine(const struct bf_ini *ini, struct config *config, struct bf_err *err);

#endif
