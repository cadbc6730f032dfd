#include "tests/sim/sim.h"

struct sim_server sim_server;

void sim_server_purpose(enum sim_purpose purpose)
{
	*sim_clock_mark() = (int)purpose;
}

/* One queue, first come, first served. Round trips of one caller follow each other; the line is waited in once. */
void sim_server_ask(int requests, size_t names)
{
	struct sim_server *s = &sim_server;
	if (!sim_clock_mark() || requests <= 0)
		return;
	double now_us = (double)sim_clock_now_us(), work_us = requests * s->request_us + (double)names * s->name_us;
	double wait_us = s->free_at_us > now_us ? s->free_at_us - now_us : 0;
	s->requests[*sim_clock_mark()] += requests;
	s->busy_us += work_us;
	s->free_at_us = now_us + wait_us + work_us;
	if ((int64_t)wait_us > s->worst_wait_us)
		s->worst_wait_us = (int64_t)wait_us;
	sim_clock_wait((int64_t)(wait_us + work_us) + requests * s->round_trip_us);
}
