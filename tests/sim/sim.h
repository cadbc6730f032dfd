/* A farm in virtual time: share-layout's and the agent's own code over a file system in memory, behind a server that is
 * so many microseconds away and answers so many requests a second.
 *
 * Each agent has two fibers, as it has two processes: one works, one beats. A fiber runs until it calls the share or
 * sleeps; then the one whose time comes next goes on. What a call does is done when it is sent, its answer comes later:
 * what lies between is what others may change meanwhile, as it is on a network. Nothing runs in parallel, and all
 * chance comes from one seed: a run can be repeated. */
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- time (clock.c) ---- */

/* Begin with no fibers at time 0. */
void sim_clock_reset(void);

/* A fiber: begins in run(arg) at that time. who is counted in its requests. */
void sim_clock_start(void (*run)(void *arg), void *arg, int who, int64_t at_us);

/* Let others run for so long. Outside a fiber: no time passes. */
void sim_clock_wait(int64_t us);

/* Run until sim_clock_stop. Fibers are left where they are; the memory they hold is not given back. */
void sim_clock_run(void);
void sim_clock_stop(void);

int64_t sim_clock_now_us(void);
int sim_clock_who(void);   /* of the running fiber, -1 outside */
int *sim_clock_mark(void); /* a number of the running fiber's own, 0 at first; NULL outside */

/* ---- the server (server.c) ---- */

/* What the requests of a fiber are for. */
enum sim_purpose { SIM_WORK, SIM_BEAT, SIM_LOOK, SIM_PURPOSES };

struct sim_server {
	int64_t round_trip_us;
	double request_us;  /* the server's work for one request: a million divided by requests a second */
	double name_us;     /* … and for one name of a listing */
	int64_t requests[SIM_PURPOSES];
	double busy_us;     /* work done */
	int64_t worst_wait_us; /* longest time a request stood in line */
	double free_at_us;
};
extern struct sim_server sim_server;

/* What the present fiber's next requests are for. */
void sim_server_purpose(enum sim_purpose purpose);

/* So many requests, one after the other, and names listed on the way; returns when the last is answered. */
void sim_server_ask(int requests, size_t names);

/* ---- the share (memory.c) ---- */

enum { SIM_FD = 1 << 20 };
#define SIM_PATH "/sim"

/* What is counted on its way through. */
struct sim_counts {
	int64_t takes, lost_takes;   /* renames open → run: done, and those that came too late */
	int64_t commits;             /* of pictures */
	int64_t last_commit_us;
	size_t largest_shard, largest; /* directory of tasks, any directory */
	bool ended;                  /* JOB.ended was made */
};
extern struct sim_counts sim_counts;

/* Put an empty share behind the table of system calls. Returns the descriptor of its root. */
int sim_memory_reset(void);

/* ---- an agent (actor.c) ---- */

struct sim_plan {
	int agents, tasks;
	double frame_s, spread;  /* a frame takes frame_s ± spread of it, by its number */
	int64_t beat_ms, lease_ms, poll_ms;
	unsigned seed;
};

struct sim_result {
	double makespan_s;       /* from the first look at the job to the last picture */
	double ideal_s;          /* the same frames dealt out in order, at once, without a network */
	double end_s;            /* from the last picture to JOB.ended */
	double tail_s, ideal_tail_s; /* idle at the end, mean of all agents */
};

/* One job from its appearance to its end. */
struct sim_result sim_actor_run(const struct sim_plan *plan, const char *scratch);

/* Seconds that a frame takes. */
double sim_actor_frame_s(const struct sim_plan *plan, int frame);

#endif
