/* Dealing out: which slot takes which piece, so that all of them end together. Pure functions, no I/O: the agent deals by them,
 * and so does the simulator that measures them.
 *
 * A piece has a cost: the seconds that a slot of speed 1 needs for it. A slot ends a piece after cost ÷ speed seconds. The
 * common end is what is left of all pieces ÷ the sum of all speeds: nobody can be done with everything earlier. What
 * others are doing is known from their cards, seconds late, so all of this is an estimate; who takes what is decided by
 * renames. */
#ifndef BF_DEAL_H
#define BF_DEAL_H

#include <stdbool.h>
#include <stddef.h>

struct bf_deal_slot {
	double speed;   /* 0 = unknown: counted as the mean of those that are known */
	double left;    /* cost of what it has in work and not done yet; 0 = idle */
};

enum { BF_DEAL_NONE = -1 };

/* Which of the open pieces a slot of this speed (0 = unknown) takes: the largest that it would end by the common end. If
 * there is none: that which makes everybody's end earliest, or none at all when the others are done sooner without us. A slot that
 * does not know its speed takes a small piece and learns. cost: all above 0. other: the other slots that work at this or are
 * idle. chance: any number; of pieces that are as good for one as for another idle slot it chooses one. Returns the
 * index of a piece, or BF_DEAL_NONE. */
long bf_deal_pick(const double *cost, size_t count, double speed, const struct bf_deal_slot *other, size_t others,
	unsigned chance);

/* So many may render a task beside its owner: a slow one who came first must not keep a quick one off. */
enum { BF_DEAL_DUPLICATES_MAX = 2 };

/* A task that somebody else has in work, as far as his card tells. */
struct bf_deal_run {
	double elapsed_s;   /* since he began */
	int percent;        /* -1 = unknown */
	double cost, speed; /* of the piece, of his slot; 0 = unknown */
};

/* How long he will still need; -1 = nobody knows. */
double bf_deal_left_s(const struct bf_deal_run *run);

/* Is it worth beginning a duplicate that takes us mine_s seconds (below 0: unknown) of what he still needs left_s seconds for? idle_s: how
 * long we have had nothing to do; a slow slot waits longer, so that a quicker one comes first. */
bool bf_deal_duplicate(double mine_s, double left_s, double idle_s);

#endif
