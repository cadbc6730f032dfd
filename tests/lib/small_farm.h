/* A small farm by hand: what a scan would have found. Made afresh before each test by small_farm_setup.
 *
 *	job 0  done     job 1  shot, running, with all that can be told of a job
 *	job 2  film, paused, in pieces     job 3  next, being planned
 *	agent 0 renders in one of two slots, 1 is lost, 2 is stuck, 3 is idle and bears the same name as 2 */
#ifndef BF_TESTS_SMALL_FARM_H
#define BF_TESTS_SMALL_FARM_H

#include "share-layout/scan.h"

struct small_farm {
	struct bf_scan_job jobs[4];
	struct bf_scan_agent agents[4];
	struct bf_scan_rejected rejected[1];
	struct bf_scan_queued queued[2];
	struct bf_scan_running running[1];
	struct bf_scan_failed failed[2];
	struct bf_scan_machine machines[2];
	struct bf_scan scan; /* all of it; the rest may be changed where it stands */
};

extern struct small_farm farm;

int small_farm_setup(void **state);

/* Let the scan show 500 jobs that are done, j0_… to j499_…, but number 3, which is in that state. The caller frees them. */
struct bf_scan_job *small_farm_of_many_jobs(enum bf_job_state third);

#endif
