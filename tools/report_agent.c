/* The report's lines about agents. */
#include <string.h>

#include "tools/report_private.h"

static int busyness(enum bf_slot_state state)
{
	static const int rank[] = { [BF_SLOT_IDLE] = 0, [BF_SLOT_PAUSED] = 1, [BF_SLOT_STOPPING] = 2, [BF_SLOT_PLANNING] = 3,
		[BF_SLOT_STUCK] = 4, [BF_SLOT_RENDERING] = 5 };
	return rank[state];
}

const struct bf_slot *report_busiest(const struct bf_scan_agent *agent)
{
	const struct bf_slot *busiest = NULL;
	for (int i = 0; i < agent->card.slot_count; i++)
		if (!busiest || busyness(agent->card.slot[i].state) > busyness(busiest->state))
			busiest = &agent->card.slot[i];
	return busiest;
}

const char *report_agent_state(const struct bf_scan_agent *agent)
{
	const struct bf_slot *slot = report_busiest(agent);
	if (agent->lost)
		return "lost";
	if (!slot)
		return "idle";
	/* whoever reads the agents' state knows no slots, and a stuck one was rendering */
	return bf_slot_state_name(slot->state == BF_SLOT_STUCK ? BF_SLOT_RENDERING : slot->state);
}

double report_speed(const struct bf_scan_job *job, const char *machine)
{
	const struct bf_scan_machine *mine = NULL;
	size_t measured = 0;
	for (size_t i = 0; i < job->machine_count; i++) {
		measured += job->machine[i].seconds_per_task > 0;
		if (!strcmp(job->machine[i].name, machine))
			mine = &job->machine[i];
	}
	return mine && measured > 1 && mine->seconds_per_task > 0 ? job->seconds_per_task / mine->seconds_per_task : 0;
}

static enum paint slot_paint(enum bf_slot_state state)
{
	return state == BF_SLOT_RENDERING || state == BF_SLOT_PLANNING ? PAINT_BUSY : state == BF_SLOT_STUCK ? PAINT_BAD
		: state == BF_SLOT_IDLE ? PAINT_DIM : PAINT_WARN;
}

/* As the cards of all slots at this job say, where they do. */
static double speed_on_cards(const struct bf_scan *scan, const struct bf_slot *slot)
{
	double sum = 0;
	int slots = 0;
	for (size_t i = 0; i < scan->agent_count; i++)
		for (int n = 0; n < scan->agent[i].card.slot_count && !scan->agent[i].lost; n++) {
			const struct bf_slot *other = &scan->agent[i].card.slot[n];
			if (other->speed <= 0 || strcmp(other->job, slot->job))
				continue;
			sum += other->speed;
			slots++;
		}
	return slot->speed > 0 && slots > 1 ? slot->speed * slots / sum : 0;
}

/* Pieces are unequal on purpose, so that seconds say little of a machine; whole frames are alike. */
static double speed_at(const struct bf_scan *scan, const struct bf_slot *slot, const char *machine)
{
	double speed = speed_on_cards(scan, slot);
	for (size_t i = 0; i < scan->job_count && speed <= 0; i++)
		if (!strcmp(scan->job[i].plan.id, slot->job) && bf_job_piece_cost(&scan->job[i].plan, 0) <= 0)
			speed = report_speed(&scan->job[i], machine);
	return speed;
}

static void write_work(struct pen *pen, const struct bf_slot *slot, double speed, bool name_job)
{
	char time[32];
	if (name_job)
		line_item(pen, PAINT_PLAIN, "%s", slot->job);
	if (slot->task[0])
		line_item(pen, PAINT_PLAIN, "%s", slot->task);
	if (slot->duplicate)
		line_item(pen, PAINT_DIM, "duplicate");
	if (slot->percent >= 0 && slot->task[0])
		line_item(pen, PAINT_PLAIN, "%d %%", slot->percent);
	if (slot->samples)
		line_item(pen, PAINT_PLAIN, "%d/%d samples", slot->sample, slot->samples);
	report_duration((double)slot->seconds, time, sizeof time);
	line_item(pen, PAINT_PLAIN, "%s", time);
	if (speed > 0)
		line_item(pen, speed < 0.5 ? PAINT_WARN : PAINT_PLAIN, "speed %.2fx", speed);
}

static void write_slot(struct pen *pen, const struct bf_slot *slot, double speed, bool name_job)
{
	line_cell(pen, slot_paint(slot->state), 9, bf_slot_state_name(slot->state));
	if (slot->job[0])
		write_work(pen, slot, speed, name_job);
	if (slot->device[0])
		line_item(pen, PAINT_DIM, "%s", slot->device);
	if (slot->mem_mb)
		line_item(pen, PAINT_DIM, "%d MB", slot->mem_mb);
	if (slot->note[0])
		line_item(pen, slot->state == BF_SLOT_STUCK ? PAINT_BAD : PAINT_DIM, "%s", slot->note);
}

static void write_silence(struct pen *pen, const struct bf_scan_agent *agent)
{
	char time[32];
	int64_t beat_ms = agent->card_ok && agent->card.beat_ms ? agent->card.beat_ms : 10000;
	report_duration(agent->seen_s, time, sizeof time);
	if (agent->lost)
		line_item(pen, PAINT_BAD, "silent for %s", time);
	else if (agent->seen_s * 1000 >= 2.0 * (double)beat_ms) /* less is how far apart its beats are */
		line_item(pen, PAINT_WARN, "silent for %s", time);
}

/* Two agents on one machine are told apart by their ids. */
static const char *agent_label(const struct bf_scan *scan, const struct bf_scan_agent *agent)
{
	for (size_t i = 0; i < scan->agent_count; i++)
		if (&scan->agent[i] != agent && !strcmp(scan->agent[i].name, agent->name))
			return agent->id;
	return agent->name;
}

static void write_agent(struct pen *pen, const struct bf_scan *scan, const struct bf_scan_agent *agent, int width,
	const struct bf_scan_job *only)
{
	const char *label = agent_label(scan, agent);
	bool said = false;
	for (int i = 0; i < agent->card.slot_count && !agent->lost; i++) {
		const struct bf_slot *slot = &agent->card.slot[i];
		if (only && strcmp(slot->job, only->plan.id))
			continue;
		line_start(pen, 2);
		line_cell(pen, PAINT_PLAIN, width, said ? "" : label);
		write_slot(pen, slot, speed_at(scan, slot, agent->name), !only);
		if (!said)
			write_silence(pen, agent);
		line_end(pen);
		said = true;
	}
	if (said || only)
		return;
	line_start(pen, 2);
	line_cell(pen, PAINT_PLAIN, width, label);
	line_cell(pen, agent->lost ? PAINT_BAD : PAINT_PLAIN, 9, report_agent_state(agent));
	write_silence(pen, agent);
	if (agent->card.note[0])
		line_item(pen, PAINT_DIM, "%s", agent->card.note);
	line_end(pen);
}

static bool works_at(const struct bf_scan_agent *agent, const struct bf_scan_job *job)
{
	for (int i = 0; i < agent->card.slot_count; i++)
		if (!strcmp(agent->card.slot[i].job, job->plan.id))
			return !agent->lost;
	return false;
}

void report_agents(struct pen *pen, const struct bf_scan *scan, const struct bf_scan_job *only)
{
	enum { WIDEST = 20 };
	int width = 0;
	size_t shown = 0;
	for (size_t i = 0; i < scan->agent_count; i++) {
		int columns = line_columns(agent_label(scan, &scan->agent[i]));
		width = columns > width ? columns < WIDEST ? columns : WIDEST : width;
		shown += !only || works_at(&scan->agent[i], only);
	}
	if (!shown)
		return;
	line_text(pen, 0, PAINT_TITLE, "agents");
	for (size_t i = 0; i < scan->agent_count; i++)
		write_agent(pen, scan, &scan->agent[i], width, only);
}
