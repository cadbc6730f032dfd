/* Orders to a machine: files in agents/ that people make, named by the order and the machine: PAUSE.NAME, FINISH.NAME,
 * STOP.NAME (SPEC.md, "Control"). Who obeys sees them in the listing of agents/ that it makes for every beat. */
#ifndef BF_ORDER_H
#define BF_ORDER_H

#include "share-layout/base/fs.h"
#include "share-layout/path.h"

/* In the order of weight: of several the heaviest counts. */
enum bf_order {
	BF_ORDER_NONE,
	BF_ORDER_PAUSE,  /* take nothing, until the file is gone */
	BF_ORDER_FINISH, /* end when what is in work is done */
	BF_ORDER_STOP,   /* end */
};

const char *bf_order_name(enum bf_order order); /* "PAUSE" … */

/* What a name in agents/ orders the machine, BF_ORDER_NONE when it is no order or another's. The case of letters does not
 * matter, nor does an ending such as .txt. */
enum bf_order bf_order_parse(const char *file, const char *machine);

/* The heaviest order among the names. */
enum bf_order bf_order_of(const struct bf_names *names, const char *machine);

/* Remove every file that gives the machine this order: it is obeyed. Returns 0 / -1. */
int bf_order_remove(int root, const struct bf_names *names, const char *machine, enum bf_order order, struct bf_err *err);

/* The file that gives the order. */
struct bf_path bf_path_order(enum bf_order order, const char *machine);

#endif
