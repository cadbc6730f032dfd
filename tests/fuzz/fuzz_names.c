/* Any line as each kind of name that is found on a share: refused, or it comes back as it went. */
#include <stdlib.h>
#include <string.h>

#include "agent/submission.h"
#include "share-layout/base/buf.h"
#include "share-layout/control.h"
#include "share-layout/live.h"
#include "share-layout/look.h"
#include "share-layout/order.h"
#include "share-layout/path.h"
#include "share-layout/token.h"
#include "share-layout/update.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool it)
{
	if (!it)
		abort();
}

static void as_task(const char *name)
{
	struct bf_task task, own;
	char back[BF_FILE_MAX];
	if (bf_task_parse(name, &task) == 0) {
		bf_task_format(&task, back);
		must(!strcmp(back, name));
		bf_task_name(&task, back);
		must(bf_task_parse_name(back, &own) == 0 && bf_task_same(&task, &own));
		bf_look_move(&task, BF_OF_DEAD);
	}
	if (bf_task_parse_name(name, &own) == 0) {
		bf_task_name(&own, back);
		must(!strcmp(back, name));
	}
}

static void as_private(const char *name)
{
	struct bf_task task;
	unsigned view;
	char back[BF_FILE_MAX];
	if (bf_private_parse(name, &task, &view) == 0) {
		must(task.state == BF_RUN && task.attempt && task.token[0]);
		bf_private_name(&task, view, back);
		must(!strcmp(back, name));
	}
}

static void as_mean(const char *name)
{
	struct bf_task mean;
	char back[BF_FILE_MAX];
	if (bf_mean_parse(name, &mean) == 0) {
		must(mean.kind == BF_TASK_JOIN && mean.attempt && mean.token[0] && mean.hash[0]);
		bf_mean_name(&mean, back);
		must(!strcmp(back, name));
	}
}

static void as_who(const char *name)
{
	struct bf_token token;
	char id[BF_ID_MAX], machine[BF_NAME_MAX], back[BF_TOKEN_MAX];
	unsigned long beat;
	if (bf_token_parse(name, &token) == 0) {
		must(bf_id_ok(token.id));
		bf_token_format(&token, back);
		must(!strcmp(back, name));
	}
	if (bf_live_parse_card(name, id, &beat) == 0)
		must(bf_id_ok(id));
	if (bf_id_ok(name)) {
		bf_id_name(name, machine);
		must(machine[0]);
	}
	bf_name_clean(name, machine);
	must(machine[0] && strlen(machine) < sizeof machine);
}

static void as_job(const char *name)
{
	char clean[BF_JOB_MAX];
	struct submission submission;
	int columns, rows, parts;
	bf_job_clean_name(name, ".blend", clean);
	must(clean[0] && strlen(clean) <= 100);
	bf_job_id_ok(name);
	if (submission_parse(name, &submission) == 0)
		must(submission.job[0] && submission.attempt);
	if (bf_job_parse_pieces(name, 1920, 1080, &columns, &rows, NULL) == 0)
		must(columns >= 1 && rows >= 1 && columns * rows <= BF_PIECES_MAX);
	if (bf_job_parse_samples(name, &parts, NULL) == 1)
		must(parts >= 1 && parts <= BF_PIECES_MAX);
}

/* Whatever else lies in agents/. */
static void in_agents(const char *name)
{
	struct bf_update update;
	char id[BF_ID_MAX];
	unsigned long beat;
	if (bf_order_parse(name, "pc-1") != BF_ORDER_NONE)
		must(bf_live_parse_card(name, id, &beat) < 0);
	if (bf_update_parse(name, &update) == 0) {
		must(bf_path_update(&update, "bfagent").text[0] && !strchr(name, '/'));
		must(!bf_version_later(update.version, update.version));
		must(!bf_version_later(update.version, "1.2") || !bf_version_later("1.2", update.version));
	}
}

/* Each line is a name in jobs/JOB/. */
static void as_control(char *text)
{
	struct bf_name item[64];
	struct bf_names names = { .item = item };
	struct bf_control control;
	for (char *line = strtok(text, "\n"); line && names.count < 64; line = strtok(NULL, "\n"))
		item[names.count++] = (struct bf_name){ .text = line };
	bf_control_of(&names, &control);
	must(control.avoid_count <= BF_AVOID_MAX && (!control.has_priority || abs(control.priority) <= BF_PRIORITY_MAX));
	for (int i = 0; i < control.avoid_count; i++)
		must(bf_control_avoids(&control, control.avoid[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bf_buf text = {0};
	bf_buf_add(&text, data, size);
	char *name = (char *)(uintptr_t)bf_buf_text(&text);
	as_task(name);
	as_private(name);
	as_mean(name);
	as_who(name);
	if (strlen(name) < BF_FILE_MAX) /* no longer name ever comes out of a directory */
		as_job(name);
	in_agents(name);
	as_control(name);
	bf_buf_clear(&text);
	return 0;
}
