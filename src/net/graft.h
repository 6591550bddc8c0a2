/*
 * Where our trees hang on an interface: prio queues of sixteen bands each. Nothing of somebody
 * else's is replaced; ours is grafted where the kernel's default stands, and when it is taken out
 * the kernel puts its default there again:
 *
 *	at the root	one tree; or, where the device sends by several queues and the default is
 *			mq, an mq of ours with a tree at each of them, as they were
 *	below prio, htb	of somebody, when every class that holds packets has a default queue: a tree
 *			at each. Of htb all packets must have a class: it needs a default one.
 *
 * Other queues of somebody leave nothing to be put back by the kernel (tbf, mq), or have been known
 * to lose count of a queue that holds packets back (hfsc, drr, qfq, ets): they stay alone.
 */
#ifndef NET_GRAFT_H
#define NET_GRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { GRAFT_BANDS = 16 }; /* all that prio has */

struct graft_point {
	uint32_t parent;
	uint16_t tree;	 /* major number of our prio */
	uint16_t leaves; /* of what is at its bands: the first of GRAFT_BANDS */
};

struct graft {
	int nl, ifindex; /* borrowed */
	struct graft_point *v;
	size_t n;
};

/* Those that stand. Owned: graft_free. */
int graft_find(int nl, int ifindex, struct graft *ret, struct err *e);

/*
 * Where trees can be planted, on an interface that has none. single: what is to be there is so only
 * in one tree for the whole interface. -ERR_UNSUPPORTED: nowhere, and why.
 */
int graft_look(int nl, int ifindex, bool single, struct graft *ret, struct err *e);

/* Plants, and *g is then what stands. */
int graft_plant(struct graft *g, bool single, struct err *e);
int graft_take_out(const struct graft *g, struct err *e);
void graft_free(struct graft *g);

#endif
