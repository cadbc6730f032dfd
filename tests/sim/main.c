/* The table of docs/SCALING.md: how the farm behaves with so many agents and frames.
 *
 *   sim [-a AGENTS] [-t TASKS] [-f SECONDS] [-s SPREAD] [-l LATENCY_US] [-r REQUESTS_PER_S] [-n NAME_US] [-b BEAT_S]
 *
 * Without -a: a row each for 1, 8, 32, 100, 300 and 1000 agents. */
#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "share-layout/base/log.h"

struct options {
	struct sim_plan plan;
	struct sim_server server;
	char scratch[4000];
};

static double wall_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_head(const struct options *o)
{
	printf("frames of %g s +-%g %%; round trip %g ms; server %g requests/s, %g us a name listed; beat %g s, lease %g s,"
		" poll %g s\n\n", o->plan.frame_s, 100 * o->plan.spread, (double)o->server.round_trip_us / 1000,
		1e6 / o->server.request_us, o->server.name_us, (double)o->plan.beat_ms / 1000, (double)o->plan.lease_ms / 1000,
		(double)o->plan.poll_ms / 1000);
	printf("%6s %8s | %8s %8s %8s | %8s | %8s %8s %8s | %7s %7s | %8s %8s %8s | %6s\n", "agents", "tasks", "requests", "beat",
		"looks", "lost in", "over", "idle at", "best", "task", "largest", "requests", "server", "longest", "wall");
	printf("%6s %8s | %8s %8s %8s | %8s | %8s %8s %8s | %7s %7s | %8s %8s %8s | %6s\n", "", "", "per task", "/s agent",
		"/s agent", "1000", "best", "end", "possible", "dir", "dir", "per s", "busy", "wait", "");
}

static void print_row(const struct options *o, const struct sim_result *r, double wall)
{
	const struct sim_server *s = &sim_server;
	double span_s = (double)sim_clock_now_us() / 1e6;
	int64_t all = 0;
	for (int i = 0; i < SIM_PURPOSES; i++)
		all += s->requests[i];
	printf("%6d %8d | %8.2f %8.2f %8.2f | %8.2f | %6.2f %% %6.1f s %6.1f s | %7zu %7zu | %8.0f %6.1f %% %5.0f ms | %4.1f s\n",
		o->plan.agents, o->plan.tasks, (double)s->requests[SIM_WORK] / o->plan.tasks,
		(double)s->requests[SIM_BEAT] / span_s / o->plan.agents, (double)s->requests[SIM_LOOK] / span_s / o->plan.agents,
		1000 * (double)sim_counts.lost_takes / (double)sim_counts.takes, 100 * (r->makespan_s / r->ideal_s - 1), r->tail_s,
		r->ideal_tail_s, sim_counts.largest_shard, sim_counts.largest, (double)all / span_s, s->busy_us / span_s / 1e4,
		(double)s->worst_wait_us / 1000, wall);
	fflush(stdout);
}

static void row(struct options *o, int agents, int tasks)
{
	double began_s = wall_s();
	o->plan.agents = agents;
	o->plan.tasks = tasks;
	sim_server = o->server;
	struct sim_result result = sim_actor_run(&o->plan, o->scratch);
	print_row(o, &result, wall_s() - began_s);
}

static int usage(void)
{
	fputs("usage: sim [-a AGENTS] [-t TASKS] [-f SECONDS] [-s SPREAD] [-l LATENCY_US] [-r REQUESTS_PER_S] [-n NAME_US]"
		" [-b BEAT_S]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	static const int rows[] = { 1, 8, 32, 100, 300, 1000 };
	static struct options o = {
		.plan = { .frame_s = 60, .spread = 0.3, .beat_ms = 10000, .lease_ms = 60000, .poll_ms = 1500, .seed = 1 },
		.server = { .round_trip_us = 300, .request_us = 100, .name_us = 1 },
	};
	int agents = 0, tasks = 0, option;
	while ((option = getopt(argc, argv, "a:t:f:s:l:r:n:b:")) != -1) {
		double value = optarg ? atof(optarg) : 0;
		switch (option) {
		case 'a': agents = (int)value; break;
		case 't': tasks = (int)value; break;
		case 'f': o.plan.frame_s = value; break;
		case 's': o.plan.spread = value; break;
		case 'l': o.server.round_trip_us = (int64_t)value; break;
		case 'r': o.server.request_us = 1e6 / value; break;
		case 'n': o.server.name_us = value; break;
		case 'b': o.plan.beat_ms = (int64_t)(1000 * value); o.plan.lease_ms = 6 * o.plan.beat_ms; break;
		default: return usage();
		}
	}
	snprintf(o.scratch, sizeof o.scratch, "%s/sim.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(o.scratch))
		return 1;
	char out[4100];
	snprintf(out, sizeof out, "%s/out", o.scratch);
	mkdir(out, 0700);
	bf_log_set_level(BF_LOG_WARN);
	print_head(&o);
	if (agents)
		row(&o, agents, tasks ? tasks : 10 * agents);
	for (size_t i = 0; !agents && i < sizeof rows / sizeof *rows; i++)
		row(&o, rows[i], tasks ? tasks : rows[i] > 300 ? 3 * rows[i] : 2000);
	/* pictures of agents that were stopped before they published: there are none when every frame is done */
	rmdir(out);
	rmdir(o.scratch);
	return 0;
}
