#include "share-layout/path.h"
#include "share-layout/update.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"
#include "share-layout/token.h"

struct bf_path bf_path_of(const char *format, ...)
{
	struct bf_path path;
	va_list args;
	va_start(args, format);
	int n = vsnprintf(path.text, sizeof path.text, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof path.text)
		bf_bug("path too long: %s", path.text);
	return path;
}

struct bf_path bf_path_queue(const char *name)
{
	return bf_path_of(BF_QUEUE "/%s", name);
}

struct bf_path bf_path_submit(const char *token)
{
	return bf_path_of(BF_QUEUE "/" BF_SUBMIT_PREFIX "%s", token);
}

struct bf_path bf_path_rejected(const char *name)
{
	return bf_path_of(BF_REJECTED "/%s", name);
}

struct bf_path bf_path_incoming(const char *entry)
{
	return bf_path_of(BF_INCOMING "/%s", entry);
}

struct bf_path bf_path_incoming_in(const char *entry, const char *below)
{
	return bf_path_of(BF_INCOMING "/%s/%s", entry, below);
}

struct bf_path bf_path_job(const char *job)
{
	return bf_path_of(BF_JOBS "/%s", job);
}

struct bf_path bf_path_in_job(const char *job, const char *below)
{
	return bf_path_of(BF_JOBS "/%s/%s", job, below);
}

struct bf_path bf_path_ended(const char *job)
{
	return bf_path_of(BF_JOBS "/%s" BF_ENDED_SUFFIX, job);
}

struct bf_path bf_path_journal(const char *job, const char *agent_id)
{
	return bf_path_of(BF_JOBS "/%s/journal/%s", job, agent_id);
}

struct bf_path bf_path_output(const char *job)
{
	return bf_path_of(BF_OUTPUT "/%s", job);
}

struct bf_path bf_path_picture(const char *job, const char *file)
{
	return bf_path_of(BF_OUTPUT "/%s/%s", job, file);
}

struct bf_path bf_path_preview(const char *job, const char *file)
{
	return bf_path_of(BF_OUTPUT "/%s/%s" BF_PREVIEW_END, job, file);
}

bool bf_preview_is(const char *name)
{
	size_t len = strlen(name), end = strlen(BF_PREVIEW_END);
	return len > end && !strcmp(name + len - end, BF_PREVIEW_END);
}

struct bf_path bf_path_check(const char *id)
{
	return bf_path_of(BF_CHECK_PREFIX "%s", id);
}

struct bf_path bf_path_card(const char *agent_id, unsigned long beat)
{
	return bf_path_of(BF_AGENTS "/%s.%lu", agent_id, beat);
}

struct bf_path bf_path_in_agents(const char *file)
{
	return bf_path_of(BF_AGENTS "/%s", file);
}

struct bf_path bf_path_update(const struct bf_update *update, const char *file)
{
	return bf_path_of(BF_UPDATE "/%s-%s/%s", update->version, update->machine, file);
}

struct bf_shard bf_shard_of(unsigned number)
{
	struct bf_shard shard;
	if (bf_fmt(shard.name, sizeof shard.name, "%03u", number) < 0)
		bf_bug("task directory %u", number);
	return shard;
}

struct bf_path bf_path_shard(const char *job, const char *shard)
{
	return bf_path_of(BF_JOBS "/%s/tasks/%s", job, shard);
}

struct bf_path bf_path_task(const char *job, const char *shard, const struct bf_task *task)
{
	char name[BF_FILE_MAX];
	bf_task_format(task, name);
	return bf_path_of(BF_JOBS "/%s/tasks/%s/%s", job, shard, name);
}

void bf_private_name(const struct bf_task *task, unsigned view, char out[BF_FILE_MAX])
{
	char name[BF_TASK_MAX], tail[16] = "";
	bf_task_name(task, name);
	if (view)
		snprintf(tail, sizeof tail, ".%u", view + 1);
	if (bf_fmt(out, BF_FILE_MAX, BF_PRIVATE_PREFIX "%s.%u.%s%s", name, task->attempt, task->token, tail) < 0)
		bf_bug("private name of %s is too long", name);
}

/* Split ".bf.f0012.p003.1.TOKEN.2" from its end: optional view, token, attempt; the rest is the task. */
int bf_private_parse(const char *name, struct bf_task *task, unsigned *view)
{
	char copy[BF_FILE_MAX], again[BF_FILE_MAX];
	size_t prefix = strlen(BF_PRIVATE_PREFIX);
	if (strncmp(name, BF_PRIVATE_PREFIX, prefix) || bf_fmt(copy, sizeof copy, "%s", name + prefix) < 0)
		return -1;
	char *token = strrchr(copy, '.');
	*view = 0;
	if (token && bf_token_parse(token + 1, NULL) < 0) {
		long number = strtol(token + 1, NULL, 10);
		if (number < 2 || number > BF_VIEWS_MAX)
			return -1;
		*view = (unsigned)number - 1;
		*token = '\0';
		token = strrchr(copy, '.');
	}
	if (!token || bf_token_parse(token + 1, NULL) < 0)
		return -1;
	*token++ = '\0';
	char *attempt = strrchr(copy, '.');
	if (!attempt)
		return -1;
	*attempt++ = '\0';
	if (bf_task_parse_name(copy, task) < 0)
		return -1;
	task->state = BF_RUN;
	task->attempt = (unsigned)strtoul(attempt, NULL, 10);
	if (!task->attempt)
		return -1;
	strcpy(task->token, token);
	bf_private_name(task, *view, again);
	return strcmp(again, name) ? -1 : 0;
}

struct bf_path bf_path_private(const char *job, const struct bf_task *task, unsigned view)
{
	char name[BF_FILE_MAX];
	bf_private_name(task, view, name);
	return bf_path_of(BF_OUTPUT "/%s/%s", job, name);
}

struct bf_path bf_path_duplicate(const char *job, const char *shard, const struct bf_task *task)
{
	char name[BF_FILE_MAX];
	bf_private_name(task, 0, name);
	return bf_path_of("%s/%s", bf_path_shard(job, shard).text, name);
}

struct bf_path bf_path_piece(const char *job, const struct bf_task *task, const char *ext)
{
	char name[BF_TASK_MAX];
	bf_task_name(task, name);
	return bf_path_of(BF_JOBS "/%s/pieces/%s.%u.%s.%s", job, name, task->attempt, task->token, ext);
}

void bf_mean_name(const struct bf_task *mean, char out[BF_FILE_MAX])
{
	struct bf_task frame = { .kind = BF_TASK_FRAME, .frame = mean->frame };
	char name[BF_TASK_MAX];
	bf_task_name(&frame, name);
	if (bf_fmt(out, BF_FILE_MAX, "%s.%u.%s.%s.exr", name, mean->attempt, mean->token, mean->hash) < 0)
		bf_bug("name of the mean of %s is too long", name);
}

/* By the name of the commit that has these parts, which has a parser already. */
int bf_mean_parse(const char *name, struct bf_task *mean)
{
	char text[BF_FILE_MAX];
	int frame = (int)strcspn(name, ".");
	const char *attempt = name + frame + (name[frame] == '.');
	const char *rest = attempt + strcspn(attempt, ".");
	size_t len = strlen(rest), end = strlen(".exr");
	if (len < end || bf_fmt(text, sizeof text, "%.*s.join.done.%.*s.0%.*s", frame, name, (int)(rest - attempt), attempt,
		(int)(len - end), rest) < 0 || bf_task_parse(text, mean) < 0 || mean->kind != BF_TASK_JOIN)
		return -1;
	bf_mean_name(mean, text);
	return strcmp(text, name) ? -1 : 0;
}

struct bf_path bf_path_mean(const char *job, const char *kept, const struct bf_task *mean)
{
	char name[BF_FILE_MAX];
	bf_mean_name(mean, name);
	return bf_path_of(BF_JOBS "/%s/%s/%s", job, kept, name);
}

struct bf_path bf_path_failure_log(const char *job, const struct bf_task *task, const char *machine,
	const char *ending)
{
	char name[BF_TASK_MAX];
	bf_task_name(task, name);
	return bf_path_of(BF_JOBS "/%s/logs/%s.%u.%s.%s", job, name, task->attempt, machine, ending);
}

int bf_failure_log_parse(const char *file, struct bf_failure_log *out)
{
	char copy[BF_FILE_MAX];
	if (bf_fmt(copy, sizeof copy, "%s", file) < 0)
		return -1;
	char *part[3]; /* ending, machine, attempt: from the right, for the task's name may hold a dot */
	for (int i = 0; i < 3; i++) {
		part[i] = strrchr(copy, '.');
		if (!part[i])
			return -1;
		*part[i]++ = '\0';
	}
	if (bf_task_parse_name(copy, &out->task) < 0 || strlen(part[2]) > 9
		|| strspn(part[2], "0123456789") != strlen(part[2]) || !*part[2] || strlen(part[0]) >= sizeof out->ending)
		return -1;
	out->task.attempt = (unsigned)strtoul(part[2], NULL, 10);
	bf_name_clean(part[1], out->machine);
	strcpy(out->ending, part[0]);
	return 0;
}
