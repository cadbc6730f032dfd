#include "agent/leftover.h"

#include <stdio.h>
#include <string.h>

#include "share-layout/base/log.h"
#include "share-layout/base/sys.h"
#include "share-layout/path.h"

enum { OLD_MS = 24 * 3600 * 1000, LOOK_MS = 5 * 60 * 1000 };

static struct leftover *find(struct leftovers *leftovers, const char *name)
{
	struct leftover *free_one = NULL;
	for (int i = 0; i < LEFTOVERS_MAX; i++) {
		struct leftover *one = &leftovers->one[i];
		if (one->looked_ms && !strcmp(one->name, name))
			return one;
		if (!one->looked_ms)
			free_one = one;
	}
	return free_one;
}

static void look_at(struct worker *w, struct leftover *one, const char *name)
{
	struct drop_shape shape;
	int64_t now_ms = bf_sys.now_ms();
	bool known = one->looked_ms != 0;
	one->seen = true;
	if (known && now_ms - one->looked_ms < LOOK_MS)
		return;
	if (drop_shape_of(w->share, name, &shape) != 1)
		return;
	one->looked_ms = now_ms ? now_ms : 1;
	if (!known || memcmp(&shape, &one->shape, sizeof shape)) {
		snprintf(one->name, sizeof one->name, "%s", name);
		memcpy(&one->shape, &shape, sizeof shape); /* padding too: it is compared */
		one->still_since_ms = now_ms;
		return;
	}
	if (now_ms - one->still_since_ms < OLD_MS)
		return;
	if (bf_fs_remove_tree(w->share->root, bf_path_queue(name).text, NULL) == 0)
		bf_log(BF_LOG_INFO, "tidy queue/%s: nobody has written to it for a day", name);
	memset(one, 0, sizeof *one);
}

void leftover_tidy(struct worker *w, struct leftovers *leftovers, const struct bf_names *queue)
{
	for (int i = 0; i < LEFTOVERS_MAX; i++)
		leftovers->one[i].seen = false;
	for (size_t i = 0; i < queue->count; i++) {
		const char *name = queue->item[i].text;
		struct leftover *one = strncmp(name, BF_SUBMIT_PREFIX, strlen(BF_SUBMIT_PREFIX)) || strlen(name) >= BF_FILE_MAX
			? NULL : find(leftovers, name);
		if (one)
			look_at(w, one, name);
	}
	for (int i = 0; i < LEFTOVERS_MAX; i++)
		if (leftovers->one[i].looked_ms && !leftovers->one[i].seen)
			memset(&leftovers->one[i], 0, sizeof leftovers->one[i]);
}
