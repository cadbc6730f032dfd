/* Any bytes as agent.ini: refused with a message, or every value lies within its limits. */
#include <stdlib.h>
#include <string.h>

#include "agent/config.h"
#include "share-layout/base/log.h"
#include "tests/fuzz/fuzz_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config config;
	struct bf_err err = {0};
	char path[600];
	bf_log_set_level(BF_LOG_ERROR);
	tree_make(NULL, 0);
	tree_put("agent.ini", data, size);
	strcpy(path, tree_path());
	strcat(path, "/agent.ini");
	config_default(&config);
	if (config_load(&config, path, &err) < 0) {
		if (!err.text[0])
			abort();
		return 0;
	}
	if (config.slots < 1 || config.slots > BF_SLOTS_MAX || config.lease_ms <= 0 || config.beat_ms <= 0 || config.poll_ms <= 0)
		abort();
	if (config.frame_limit_ms < 0 || config.memory_limit_mb < 0 || config.user_idle_ms < 0 || !(config.others_busy >= 0)
		|| config.hook_limit_ms < 1000 || (config.update_from_share && config.update_signers[0] != '/'))
		abort();
	for (int i = 0; i < BLENDER_PATHS; i++)
		if (config.path[i].from[0] && config.path[i].to[0] != '/')
			abort();
	return 0;
}
