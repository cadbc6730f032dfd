#include <stdlib.h>
#include <string.h>

#include "share-layout/path.h"
#include "share-layout/retry_private.h"
#include "share-layout/token.h"

void bf_retry_choice_begin(struct bf_retry_choice *choice)
{
	if (choice->ask->what != BF_RETRY_FRAMES || !choice->ask->frames->count)
		return;
	choice->frame_count = choice->ask->frames->count;
	choice->frame = malloc(choice->frame_count * sizeof *choice->frame);
	if (!choice->frame)
		bf_bug("out of memory");
	memcpy(choice->frame, choice->ask->frames->frame, choice->frame_count * sizeof *choice->frame);
	qsort(choice->frame, choice->frame_count, sizeof *choice->frame, bf_frames_compare);
}

void bf_retry_choice_end(struct bf_retry_choice *choice)
{
	free(choice->frame);
	bf_names_clear(&choice->pieces);
}

static bool has_ended(const struct bf_task *task)
{
	return task->state == BF_DONE || task->state == BF_PARKED;
}

static bool was_made_by(const struct bf_task *task, const char *machine)
{
	struct bf_token token;
	char name[BF_NAME_MAX];
	if (task->state != BF_DONE || bf_token_parse(task->token, &token) < 0)
		return false;
	bf_id_name(token.id, name);
	return !strcmp(name, machine);
}

static bool is_wanted(const struct bf_retry_choice *choice, const struct bf_task *task)
{
	if (task->kind > BF_TASK_JOIN) /* making directories: only where that was given up */
		return task->state == BF_PARKED && choice->ask->what != BF_RETRY_MACHINE;
	switch (choice->ask->what) {
	case BF_RETRY_FAILED:  return task->state == BF_PARKED;
	case BF_RETRY_ALL:     return true;
	case BF_RETRY_FRAMES:  return bsearch(&task->frame, choice->frame, choice->frame_count, sizeof *choice->frame, bf_frames_compare) != NULL;
	case BF_RETRY_MACHINE: return was_made_by(task, choice->ask->machine);
	}
	return false;
}

static bool piece_is_gone(const struct bf_retry_choice *choice, const struct bf_task *piece)
{
	if (piece->state != BF_DONE)
		return false;
	struct bf_path path = bf_path_piece(choice->job->id, piece, bf_job_piece_ext(choice->job));
	return !bf_names_sorted_has(&choice->pieces, strrchr(path.text, '/') + 1);
}

/* Who joins them just now has read the old ones, perhaps. */
static void choose_join(const struct bf_retry_choice *choice, struct bf_retry_seen *join, bool any_piece)
{
	if (any_piece && join->task.state == BF_RUN) {
		join->chosen = true;
		choice->ask->going -= is_wanted(choice, &join->task);
	}
	join->chosen |= any_piece && has_ended(&join->task);
}

/* The pieces and the join of one frame go together. */
static void choose_frame(const struct bf_retry_choice *choice, struct bf_retry_seen *frame, size_t count)
{
	struct bf_retry_seen *join = NULL;
	bool any_piece = false;
	for (struct bf_retry_seen *seen = frame; seen < frame + count; seen++) {
		bool wanted = is_wanted(choice, &seen->task);
		seen->chosen = wanted && has_ended(&seen->task);
		choice->ask->going += wanted && !seen->chosen;
		any_piece |= seen->task.kind == BF_TASK_PIECE && seen->chosen;
		if (seen->task.kind == BF_TASK_JOIN)
			join = seen;
	}
	if (!join)
		return;
	choose_join(choice, join, any_piece);
	for (struct bf_retry_seen *seen = frame; seen < frame + count && join->chosen; seen++)
		if (seen->task.kind == BF_TASK_PIECE && piece_is_gone(choice, &seen->task))
			seen->chosen = true;
}

void bf_retry_choose(const struct bf_retry_choice *choice, struct bf_retry_seen *seen, size_t count)
{
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first + 1; end < count && seen[end].task.frame == seen[first].task.frame; end++)
			;
		choose_frame(choice, &seen[first], end - first);
	}
}
