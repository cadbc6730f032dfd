#include "tools/job.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"
#include "share-layout/scan.h"
#include "share-layout/token.h"

enum { BUSY_MS = 2000 }; /* nobody has a file of a job open for longer */

/* ---- asking ---- */

/* "running, 3 of 20 frames are done, 2 are being rendered". */
static int describe(const struct job_order *order, char *text, size_t size)
{
	static struct bf_scan scan;
	const struct bf_scan_job *job = NULL;
	struct bf_err err;
	if (bf_scan_take(order->share, order->id, &scan, &err) < 0)
		return job_complain_of(order->id, &err);
	if (bf_scan_find(&scan, order->id, &job, &err) == 1)
		snprintf(text, size, "%s, %" PRId64 " of %" PRId64 " frames are done, %" PRId64 " are being rendered",
			bf_job_state_name(job->state), job->frames.done, job->frames.total, job->frames.running);
	else
		snprintf(text, size, "gone");
	bf_scan_clear(&scan);
	return JOB_OK;
}

static bool says_yes(void)
{
	char answer[16] = "";
	if (!fgets(answer, sizeof answer, stdin))
		return false;
	answer[strcspn(answer, "\n")] = '\0';
	return !strcasecmp(answer, "y") || !strcasecmp(answer, "yes");
}

/* JOB_OK to go on. */
static int ask(const struct job_order *order)
{
	char state[200];
	if (order->yes)
		return JOB_OK;
	if (!isatty(STDIN_FILENO))
		return job_complain(JOB_USAGE, "%s: nobody can be asked whether it is to be removed: say --yes", order->id);
	int status = describe(order, state, sizeof state);
	if (status != JOB_OK)
		return status;
	printf("%s: %s.\nRemove it? %s [y/N] ", order->id, state,
		order->pictures ? "Its pictures go as well." : "Its pictures stay.");
	fflush(stdout);
	if (says_yes())
		return JOB_OK;
	job_say(order, "stays");
	return JOB_NOTHING;
}

/* ---- removing ---- */

/* What agents left in work: empty pictures, previews and private files. The folder goes when nothing else is in it. */
static void tidy_output(const struct job_order *order)
{
	struct bf_names names = {0};
	struct bf_path output = bf_path_output(order->id);
	int root = order->share->root;
	bf_share_list_fresh(order->share, output.text, &names, NULL);
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.item[i].text;
		struct bf_path path = bf_path_picture(order->id, name);
		bool private_ = !strncmp(name, BF_PRIVATE_PREFIX, strlen(BF_PRIVATE_PREFIX));
		if (private_ || bf_preview_is(name) || bf_fs_is_empty(root, path.text, NULL) == 1)
			bf_fs_unlink(root, path.text, NULL);
	}
	bf_sys.rmdir(root, output.text);
	bf_names_clear(&names);
}

static bool is_aside(const char *name)
{
	return !strncmp(name, BF_REMOVED_PREFIX, strlen(BF_REMOVED_PREFIX)) || bf_share_is_probe(name);
}

/* Ours, and what others who were stopped left behind. */
static int remove_aside(const struct job_order *order, struct bf_err *err)
{
	struct bf_names names = {0};
	int root = order->share->root, result = bf_fs_list(root, BF_JOBS, &names, err);
	for (size_t i = 0; i < names.count && result >= 0; i++)
		if (is_aside(names.item[i].text))
			result = bf_fs_remove_tree(root, bf_path_job(names.item[i].text).text, err);
	bf_names_clear(&names);
	return result < 0 ? -1 : 0;
}

static int remove_job(const struct job_order *order)
{
	struct bf_err err;
	char host[BF_NAME_MAX], id[BF_ID_MAX];
	bf_name_of_host(host);
	bf_id_make(host, id);
	struct bf_path away = bf_path_of(BF_JOBS "/" BF_REMOVED_PREFIX "%s", id);
	/* out of everybody's sight in one step */
	int moved = bf_fs_rename_when_free(order->share->root, bf_path_job(order->id).text, away.text, BUSY_MS, &err);
	if (moved == 0)
		return job_complain(JOB_FAILED, "%s: there is no such job any more", order->id);
	if (moved < 0 || bf_fs_unlink(order->share->root, bf_path_ended(order->id).text, &err) < 0
		|| remove_aside(order, &err) < 0)
		return job_complain_of(order->id, &err);
	if (!order->pictures)
		tidy_output(order);
	else if (bf_fs_remove_tree(order->share->root, bf_path_output(order->id).text, &err) < 0)
		return job_complain_of(order->id, &err);
	return job_say(order, order->pictures ? "removed, with its pictures" : "removed; its pictures stay in %s",
		bf_path_output(order->id).text);
}

int job_remove(const struct job_order *order)
{
	if (order->look_only)
		return job_say(order, order->pictures ? "would be removed, with its pictures" : "would be removed; its pictures would stay");
	int status = ask(order);
	return status == JOB_OK ? remove_job(order) : status;
}
