/* Pick a piece: of a job whose pieces have known costs, by size and speed, so that all slots end together (share-layout/deal.h).
 *
 * What the others do is put together from the listing just made (who has which piece) and from their cards (how quick they are,
 * how far they have come). Only an estimate: the claim decides. */
#ifndef AGENT_PICK_PIECE_H
#define AGENT_PICK_PIECE_H

#include "agent/listing.h"
#include "agent/worker.h"

bool pick_piece_has_costs(const struct job_view *job);

/* Which of these pieces, that all may be taken, this slot takes; NULL when the others will be done with them sooner. May read
 * cards. */
const struct bf_task *pick_piece(struct worker *w, struct job_view *job, const struct listing *look,
	const struct bf_task *const *may, size_t count);

#endif
