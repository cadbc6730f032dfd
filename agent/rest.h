/* When this machine takes no work: a PAUSE file in agents/, hours, somebody who uses it, other programs that need it.
 *
 * The supervisor asks now and then and tells the workers on the board; what is in work then is finished, or given back, as
 * agent.ini says. Nothing here blocks or touches the share. */
#ifndef AGENT_REST_H
#define AGENT_REST_H

#include "agent/board.h"
#include "agent/config.h"
#include "agent/presence.h"

enum { REST_SAMPLES = 6 };

struct rest {
	const struct config *config;
	struct presence presence;
	int64_t sampled_ms;              /* when processor times were last read, 0 = never */
	int64_t machine_ms, ours_ms;     /* what they were */
	double others[REST_SAMPLES];     /* processors that other programs kept busy, in the last samples */
	int sample_count;
};

void rest_init(struct rest *rest, const struct config *config);

/* The reason to rest at this moment, or BOARD_WORK. workers are the processes of the slots. */
enum board_rest rest_look(struct rest *rest, const struct board *board, const pid_t *workers);

void rest_stop(struct rest *rest);

#endif
