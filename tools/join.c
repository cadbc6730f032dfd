#include "tools/join.h"

#include "tools/join_copy.h"
#include "tools/join_work.h"

/* Packed bytes as they are, where that gives the same; pixels otherwise. */
static int join_part(const struct merge_plan *plan, const struct join_options *options,
	const struct piece_header *result, void *writer, struct bf_err *err)
{
	if (!join_copy_can(plan, result))
		return join_work(plan, options, result, writer, err);
	if (options->verify && !result->copy_only && join_work(plan, options, result, NULL, err) < 0)
		return -1;
	return join_copy_run(plan, result, writer, err);
}

/* What the result's part is like: the first piece's, in another size. */
static int part_header(const struct merge_plan *plan, unsigned part, struct piece_header *header, struct bf_err *err)
{
	struct piece *open = NULL;
	if (piece_open(plan->piece[0].path, part, &open, err) < 0)
		return -1;
	piece_header_copy(header, piece_header(open));
	header->width = plan->width;
	header->height = plan->height;
	piece_close(&open);
	return 0;
}

static int join_parts(const struct merge_plan *plan, const struct join_options *options, void *writer,
	struct bf_err *err)
{
	int result = 0;
	unsigned parts = plan->small ? 1 : plan->result.parts; /* the eye sees the first one */
	for (unsigned part = 0; result == 0 && part < parts; part++) {
		struct piece_header header = {0};
		result = part_header(plan, part, &header, err);
		if (result == 0)
			result = join_part(plan, options, &header, writer, err);
		piece_header_clear(&header);
	}
	return result;
}

int join_run(const struct merge_plan *plan, const struct join_options *options, int fd, const char *path,
	struct bf_err *err)
{
	void *writer = NULL;
	if (fd >= 0 && join_work_kind(plan)->write_begin(fd, path, &plan->result, plan->piece[0].path, &writer, err) < 0)
		return -1;
	int result = join_parts(plan, options, writer, err);
	if (result == 0 && writer)
		result = join_work_kind(plan)->write_end(writer, err);
	if (writer)
		join_work_kind(plan)->writer_free(writer);
	return result;
}
