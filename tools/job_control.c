#include "tools/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/fs.h"
#include "share-layout/control.h"
#include "share-layout/job.h"
#include "share-layout/path.h"
#include "share-layout/token.h"

/* ---- what there is ---- */

struct state {
	struct bf_control control;
	bool ended; /* by itself, or it is about to be looked at once more */
};

/* Returns JOB_OK or a complaint. */
static int look(const struct job_order *order, struct state *out)
{
	struct bf_names names = {0};
	struct bf_err err;
	int there = (order->look_only ? bf_control_read : bf_control_read_fresh)(order->share, order->id, &out->control, &err);
	if (there == 0)
		return job_complain(JOB_FAILED, "%s: there is no such job any more", order->id);
	if (there < 0 || bf_fs_list(order->share->root, BF_JOBS, &names, &err) < 0)
		return job_complain_of(order->id, &err);
	out->ended = bf_names_has(&names, strrchr(bf_path_ended(order->id).text, '/') + 1) && !out->control.cancelled;
	bf_names_clear(&names);
	return JOB_OK;
}

/* changed: 1, 0, -1 as the steps of control.h say. */
static int tell(const struct job_order *order, int changed, const char *did, const char *was_so, const struct bf_err *err)
{
	if (changed < 0)
		return job_complain_of(order->id, err);
	return job_say(order, "%s", changed ? did : was_so);
}

/* ---- pause, resume, cancel, priority ---- */

int job_pause(const struct job_order *order)
{
	static const char was_so[] = "is paused already";
	struct state state;
	struct bf_err err;
	int status = look(order, &state);
	if (status != JOB_OK)
		return status;
	if (state.ended || state.control.cancelled) {
		job_say(order, state.ended ? "has ended, there is nothing to pause" : "is cancelled, there is nothing to pause");
		return JOB_NOTHING;
	}
	if (order->look_only)
		return job_say(order, "%s", state.control.paused ? was_so : "would be paused");
	return tell(order, bf_control_pause(order->share, order->id, &err), "paused; what runs is finished", was_so, &err);
}

int job_resume(const struct job_order *order)
{
	static const char was_so[] = "is neither paused nor cancelled";
	struct state state;
	struct bf_err err;
	int status = look(order, &state);
	if (status != JOB_OK)
		return status;
	if (order->look_only)
		return job_say(order, "%s", state.control.paused || state.control.cancelled ? "would go on" : was_so);
	return tell(order, bf_control_resume(order->share, order->id, &err), "goes on", was_so, &err);
}

int job_cancel(const struct job_order *order)
{
	static const char was_so[] = "is cancelled already";
	struct state state;
	struct bf_err err;
	int status = look(order, &state);
	if (status != JOB_OK)
		return status;
	if (state.ended) {
		job_say(order, "has ended, there is nothing to cancel");
		return JOB_NOTHING;
	}
	if (order->look_only)
		return job_say(order, "%s", state.control.cancelled ? was_so : "would be cancelled");
	return tell(order, bf_control_cancel(order->share, order->id, &err), "cancelled; what runs is stopped", was_so, &err);
}

static int prioritize(const struct job_order *order, int priority)
{
	struct bf_err err;
	char did[64], was_so[64];
	snprintf(did, sizeof did, "has priority %d", priority);
	snprintf(was_so, sizeof was_so, "has priority %d already", priority);
	if (order->look_only)
		return job_say(order, "would get priority %d", priority);
	return tell(order, bf_control_prioritize(order->share, order->id, priority, &err), did, was_so, &err);
}

int job_prioritize(const struct job_order *order)
{
	struct state state;
	int status = look(order, &state);
	return status == JOB_OK ? prioritize(order, order->priority) : status;
}

/* ---- set ---- */

enum key { KEY_PRIORITY, KEY_AVOID, KEY_ALLOW, KEY_KEEP_LOGS, KEY_COUNT };
static const char *const key_name[KEY_COUNT] = { "priority", "avoid", "allow", "keep_logs" };

/* Part of the plan, from which the tasks were made. */
static const char *const fixed_key[] = { "frames", "scene", "camera", "view_layer", "percent", "samples", "engine", "format",
	"denoise", "pieces", "missing", "name", "blend", "id", "size", "width", "height", "order", "after", "not_before", "tags",
	"max_agents", NULL };

/* Split KEY=VALUE. Returns KEY_COUNT for a key that cannot be set. */
static enum key split(const char *assignment, const char **value_out)
{
	size_t len = strcspn(assignment, "=");
	*value_out = assignment[len] ? assignment + len + 1 : "";
	for (int i = 0; i < KEY_COUNT; i++)
		if (strlen(key_name[i]) == len && !strncmp(assignment, key_name[i], len))
			return (enum key)i;
	return KEY_COUNT;
}

static int refuse_key(const char *assignment)
{
	int len = (int)strcspn(assignment, "=");
	for (int i = 0; fixed_key[i]; i++)
		if ((int)strlen(fixed_key[i]) == len && !strncmp(fixed_key[i], assignment, (size_t)len))
			return job_complain(JOB_USAGE, "%.*s belongs to the plan, which does not change any more: cancel the job and submit"
				" it again with the other %.*s", len, assignment, len, assignment);
	return job_complain(JOB_USAGE, "%.*s cannot be set: want priority, avoid, allow or keep_logs", len, assignment);
}

static bool parse_yes(const char *value, bool *out)
{
	*out = !strcmp(value, "yes");
	return *out || !strcmp(value, "no");
}

static bool parse_priority(const char *value, int *out)
{
	char *end;
	long number = strtol(value, &end, 10);
	*out = (int)number;
	return end != value && !*end && number >= -BF_PRIORITY_MAX && number <= BF_PRIORITY_MAX;
}

int job_set_check(const char *assignment)
{
	const char *value;
	char clean[BF_NAME_MAX];
	bool yes;
	int number;
	switch (split(assignment, &value)) {
	case KEY_PRIORITY:
		if (!parse_priority(value, &number))
			return job_complain(JOB_USAGE, "priority \"%s\": want a number from %d to %d", value, -BF_PRIORITY_MAX,
				BF_PRIORITY_MAX);
		return JOB_OK;
	case KEY_ALLOW:
		if (!strcmp(value, "all"))
			return JOB_OK;
		/* fall through */
	case KEY_AVOID:
		bf_name_clean(value, clean);
		if (strcmp(clean, value))
			return job_complain(JOB_USAGE, "\"%s\": want the name of a machine, as bfstatus shows it", value);
		return JOB_OK;
	case KEY_KEEP_LOGS:
		return parse_yes(value, &yes) ? JOB_OK : job_complain(JOB_USAGE, "keep_logs \"%s\": want yes or no", value);
	case KEY_COUNT:
		break;
	}
	return refuse_key(assignment);
}

static int set_avoid(const struct job_order *order, const struct bf_control *control, const char *machine)
{
	struct bf_err err;
	char who[128], why[160], did[128], was_so[128];
	if (order->look_only)
		return job_say(order, "%s would stay away", machine);
	job_who(who, sizeof who);
	snprintf(why, sizeof why, "asked for by %s", who);
	snprintf(did, sizeof did, "%s stays away; what it renders is finished", machine);
	snprintf(was_so, sizeof was_so, "%s stays away already", machine);
	int changed = bf_control_avoids(control, machine) ? 0
		: bf_control_avoid(order->share, order->id, machine, why, &err) < 0 ? -1 : 1;
	return tell(order, changed, did, was_so, &err);
}

static int set_allow(const struct job_order *order, const char *machine)
{
	struct bf_err err;
	bool all = !strcmp(machine, "all");
	char did[128], was_so[128];
	if (order->look_only)
		return job_say(order, "%s may try again", machine);
	snprintf(did, sizeof did, "%s may try again", machine);
	snprintf(was_so, sizeof was_so, all ? "nobody stays away" : "%s does not stay away", machine);
	int changed = all ? bf_control_allow_all(order->share, order->id, &err)
		: bf_control_allow(order->share, order->id, machine, &err);
	return tell(order, changed, did, was_so, &err);
}

static int set_keep_logs(const struct job_order *order, bool keep)
{
	struct bf_err err;
	if (order->look_only)
		return job_say(order, keep ? "logs would be kept" : "logs of tasks that go well would not be kept");
	return tell(order, bf_control_keep_logs(order->share, order->id, keep, &err),
		keep ? "logs are kept" : "logs of tasks that go well are not kept, unless the job or a machine was set up so",
		"it was so already", &err);
}

static int set_one(const struct job_order *order, const struct bf_control *control, const char *assignment)
{
	const char *value;
	bool yes = false;
	int number = 0;
	switch (split(assignment, &value)) {
	case KEY_PRIORITY:
		parse_priority(value, &number);
		return prioritize(order, number);
	case KEY_AVOID:
		return set_avoid(order, control, value);
	case KEY_ALLOW:
		return set_allow(order, value);
	case KEY_KEEP_LOGS:
		parse_yes(value, &yes);
		return set_keep_logs(order, yes);
	case KEY_COUNT:
		break;
	}
	return JOB_USAGE;
}

int job_set(const struct job_order *order)
{
	struct state state;
	int status = look(order, &state);
	for (int i = 0; i < order->set_count && status == JOB_OK; i++)
		status = set_one(order, &state.control, order->set[i]);
	return status;
}
