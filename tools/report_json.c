#include <math.h>

#include "share-layout/path.h"
#include "tools/json.h"
#include "tools/report.h"

static void put_count(struct json *json, const char *key, const struct bf_count *count)
{
	json_key(json, key);
	json_open(json, '{');
	json_put_int(json, "total", count->total);
	json_put_int(json, "done", count->done);
	json_put_int(json, "running", count->running);
	json_put_int(json, "failed", count->failed);
	json_put_int(json, "waiting", count->waiting);
	json_close(json, '}');
}

static void put_seconds(struct json *json, const char *key, double seconds)
{
	json_key(json, key);
	json_number(json, seconds >= 0 ? seconds : NAN); /* unknown = null */
}

static void put_failed(struct json *json, const struct bf_scan_job *job)
{
	json_key(json, "failed_tasks");
	json_open(json, '[');
	for (size_t i = 0; i < job->failed_count; i++) {
		char name[BF_TASK_MAX];
		bf_task_name(&job->failed[i].task, name);
		json_open(json, '{');
		json_put_text(json, "task", name);
		json_put_int(json, "failures", job->failed[i].task.failures);
		json_put_text(json, "machine", job->failed[i].machine);
		json_put_text(json, "why", job->failed[i].why);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_machines(struct json *json, const struct bf_scan_job *job)
{
	json_key(json, "machines");
	json_open(json, '[');
	for (size_t i = 0; i < job->machine_count; i++) {
		json_open(json, '{');
		json_put_text(json, "name", job->machine[i].name);
		json_put_int(json, "tasks", job->machine[i].tasks);
		put_seconds(json, "seconds_per_task", job->machine[i].seconds_per_task > 0 ? job->machine[i].seconds_per_task
			: -1);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_warnings(struct json *json, const struct bf_scan *scan, const struct bf_scan_job *job)
{
	struct bf_buf text = {0};
	json_key(json, "warnings");
	json_open(json, '[');
	for (int i = 0; report_warning(scan, job, i, &text); i++)
		json_text(json, bf_buf_text(&text));
	json_close(json, ']');
	bf_buf_clear(&text);
}

static void put_job(struct json *json, const struct bf_scan *scan, const struct bf_scan_job *job)
{
	json_open(json, '{');
	json_put_text(json, "id", job->plan.id);
	json_put_text(json, "name", job->plan.name);
	json_put_text(json, "state", bf_job_state_name(job->state));
	json_key(json, "waits");
	if (job->waits[0])
		json_text(json, job->waits);
	else
		json_null(json);
	json_put_int(json, "priority", job->priority);
	put_count(json, "frames", &job->frames);
	put_count(json, "tasks", &job->tasks);
	put_seconds(json, "eta_s", job->eta.s);
	put_seconds(json, "eta_least_s", job->eta.least_s);
	put_seconds(json, "eta_most_s", job->eta.most_s);
	put_seconds(json, "frames_per_hour", job->eta.s >= 0 ? report_frames_per_s(job) * 3600 : -1);
	json_put_text(json, "output", bf_path_output(job->plan.id).text);
	put_warnings(json, scan, job);
	put_failed(json, job);
	put_machines(json, job);
	json_close(json, '}');
}

static void put_where(struct json *json, const struct bf_slot *slot)
{
	bool busy = slot && slot->job[0];
	json_key(json, "job");
	if (busy)
		json_text(json, slot->job);
	else
		json_null(json);
	json_key(json, "task");
	if (busy && slot->task[0])
		json_text(json, slot->task);
	else
		json_null(json);
	json_key(json, "percent");
	if (busy && slot->percent >= 0)
		json_int(json, slot->percent);
	else
		json_null(json);
}

static void put_slot(struct json *json, const struct bf_slot *slot)
{
	json_open(json, '{');
	json_put_text(json, "state", bf_slot_state_name(slot->state));
	put_where(json, slot);
	json_put_text(json, "device", slot->device);
	json_put_int(json, "sample", slot->sample);
	json_put_int(json, "samples", slot->samples);
	json_put_int(json, "seconds", slot->seconds);
	json_put_int(json, "mem_mb", slot->mem_mb);
	json_put_text(json, "note", slot->note);
	json_key(json, "duplicate");
	json_bool(json, slot->duplicate);
	json_close(json, '}');
}

static void put_agent(struct json *json, const struct bf_scan_agent *agent)
{
	json_open(json, '{');
	json_put_text(json, "name", agent->name);
	json_put_text(json, "host", agent->card.host);
	json_put_text(json, "state", report_agent_state(agent));
	put_where(json, agent->lost ? NULL : report_busiest(agent));
	put_seconds(json, "seen_s", agent->seen_s);
	json_put_text(json, "id", agent->id);
	json_put_text(json, "version", agent->card.version);
	json_put_text(json, "blender", agent->card.blender);
	json_put_text(json, "note", agent->card.note);
	json_key(json, "slots");
	json_open(json, '[');
	for (int i = 0; i < agent->card.slot_count; i++)
		put_slot(json, &agent->card.slot[i]);
	json_close(json, ']');
	json_close(json, '}');
}

static void put_rejected(struct json *json, const struct bf_scan *scan)
{
	json_key(json, "rejected");
	json_open(json, '[');
	for (size_t i = 0; i < scan->rejected_count; i++) {
		json_open(json, '{');
		json_put_text(json, "name", scan->rejected[i].name);
		json_put_text(json, "why", scan->rejected[i].why);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_queued(struct json *json, const struct bf_scan *scan)
{
	json_key(json, "queued");
	json_open(json, '[');
	for (size_t i = 0; i < scan->queued_count; i++) {
		json_open(json, '{');
		json_put_text(json, "name", scan->queued[i].name);
		json_key(json, "held");
		json_bool(json, scan->queued[i].held);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void report_json(const struct bf_scan *scan, const char *share_path, const struct bf_scan_job *only,
	struct bf_buf *out)
{
	struct json json = { .out = out };
	json_open(&json, '{');
	json_put_int(&json, "format", 1);
	json_put_text(&json, "share", share_path);
	json_key(&json, "jobs");
	json_open(&json, '[');
	for (size_t i = 0; i < scan->job_count; i++)
		if (!only || only == &scan->job[i])
			put_job(&json, scan, &scan->job[i]);
	json_close(&json, ']');
	json_key(&json, "agents");
	json_open(&json, '[');
	for (size_t i = 0; i < scan->agent_count; i++)
		put_agent(&json, &scan->agent[i]);
	json_close(&json, ']');
	put_rejected(&json, scan);
	put_queued(&json, scan);
	json_close(&json, '}');
	bf_buf_putc(out, '\n');
}
