/* Is it there already? The wishes name the content, so two submissions are the same when their NAME.ini are. What was
 * dropped by hand has none, or one without content; it is known by its hash. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "share-layout/base/fs.h"
#include "share-layout/base/ini.h"
#include "share-layout/base/sys.h"
#include "share-layout/job.h"
#include "share-layout/path.h"
#include "tools/submit.h"

struct asking {
	const struct bf_share *share;
	const struct submit *s;
	bool wishes_nothing; /* so that something without NAME.ini may be the same */
};

/* Returns 1 it is, 0 it is another, -1 there is none. */
static int is_same_ini(const struct asking *asking, const char *path)
{
	struct bf_buf text = {0};
	const struct bf_buf *mine = &asking->s->ini;
	int found = bf_fs_read(asking->share->root, path, BF_INI_SIZE_MAX, &text, NULL);
	int result = found == 0 ? -1 : found == 1 && text.len == mine->len && !memcmp(text.data, mine->data, text.len);
	bf_buf_clear(&text);
	return result;
}

static bool is_same_file(const struct asking *asking, const char *path)
{
	char hex[BF_DIGEST_HEX];
	int64_t size;
	if (asking->s->folder)
		return false;
	int fd = bf_fs_open_file(asking->share->root, path, &size, NULL);
	bool same = fd >= 0 && size == asking->s->bytes && bf_digest_fd(fd, path, hex, NULL, NULL) == 0
		&& !strcmp(hex, asking->s->content);
	if (fd >= 0)
		bf_sys.close(fd);
	return same;
}

static bool has_ending(const char *name, const char *ending)
{
	size_t len = strlen(name), tail = strlen(ending);
	return len > tail && !strcasecmp(name + len - tail, ending);
}

/* ---- the three places ---- */

/* name is any entry of queue/: every NAME.ini is compared, and every .blend that has none. */
static bool is_same_in_queue(const struct asking *asking, const struct bf_names *queue, const char *name)
{
	char ini[BF_FILE_MAX + 8];
	if (has_ending(name, ".ini"))
		return is_same_ini(asking, bf_path_queue(name).text) == 1;
	if (!asking->wishes_nothing || !has_ending(name, ".blend") || strlen(name) >= BF_FILE_MAX)
		return false;
	snprintf(ini, sizeof ini, "%.*s.ini", (int)strlen(name) - 6, name);
	return !bf_names_has(queue, ini) && is_same_file(asking, bf_path_queue(name).text);
}

static bool find_in_queue(const struct asking *asking, char where[BF_FILE_MAX])
{
	struct bf_names queue = {0};
	bool found = false;
	bf_share_list_fresh(asking->share, BF_QUEUE, &queue, NULL);
	for (size_t i = 0; i < queue.count && !found; i++) {
		const char *name = queue.item[i].text;
		found = name[0] != '.' && is_same_in_queue(asking, &queue, name);
		if (found)
			snprintf(where, BF_FILE_MAX, "it lies in the queue as %.*s",
				(int)(strlen(name) - (has_ending(name, ".ini") ? 4 : has_ending(name, ".blend") ? 6 : 0)), name);
	}
	bf_names_clear(&queue);
	return found;
}

static bool find_in_incoming(const struct asking *asking, char where[BF_FILE_MAX])
{
	struct bf_names entries = {0};
	bool found = false;
	bf_share_list_fresh(asking->share, BF_INCOMING, &entries, NULL);
	for (size_t i = 0; i < entries.count && !found; i++)
		found = is_same_ini(asking, bf_path_incoming_in(entries.item[i].text, "submit.ini").text) == 1;
	if (found)
		snprintf(where, BF_FILE_MAX, "it is being accepted");
	bf_names_clear(&entries);
	return found;
}

static bool is_same_job(const struct asking *asking, const char *id)
{
	struct bf_job job;
	int same = is_same_ini(asking, bf_path_in_job(id, "submit.ini").text);
	if (same >= 0 || !asking->wishes_nothing || asking->s->folder)
		return same == 1;
	if (bf_job_read(asking->share, id, &job, NULL) != 1)
		return false;
	bool found = !job.folder[0] && job.size == asking->s->bytes && !strcmp(job.hash, asking->s->content);
	bf_job_clear(&job);
	return found;
}

static bool find_in_jobs(const struct asking *asking, char where[BF_FILE_MAX])
{
	struct bf_names jobs = {0};
	char marker[BF_FILE_MAX + sizeof BF_ENDED_SUFFIX];
	bool found = false;
	bf_share_list_fresh(asking->share, BF_JOBS, &jobs, NULL);
	for (size_t i = 0; i < jobs.count && !found && !submit_stopped(); i++) {
		const char *id = jobs.item[i].text;
		found = bf_job_id_ok(id) && jobs.item[i].kind != DT_REG && is_same_job(asking, id);
		snprintf(marker, sizeof marker, "%s" BF_ENDED_SUFFIX, id);
		if (found)
			snprintf(where, BF_FILE_MAX, bf_names_has(&jobs, marker) ? "it was the job %s, which has ended" : "it is the job %s", id);
	}
	bf_names_clear(&jobs);
	return found;
}

/* In the order in which it moves, so that it cannot pass us by. */
int submit_find_same(const struct bf_share *share, const struct submit *s, char where[BF_FILE_MAX], struct bf_err *err)
{
	const struct asking asking = { share, s, !strncmp(bf_buf_text(&s->ini), "[job]\n[submit]\n", 15) };
	if (find_in_queue(&asking, where) || find_in_incoming(&asking, where) || find_in_jobs(&asking, where))
		return 1;
	return submit_stopped() ? submit_say_stopped(err) : 0;
}
