/*
 * What a back-end leaves on a link beyond its process: the undo record that says where, and the way
 * back there, by any process.
 */
#ifndef NET_ONLINK_H
#define NET_ONLINK_H

#include <limits.h>

#include "base/err.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "sys/netns.h"

struct onlink {
	const char *state, *uid;
	struct netns ns;
	int ifindex;
	bool incoming;
};

/* Of an interface of this network namespace. Borrows the texts of the run. */
int onlink_here(
	const struct run *run, int ifindex, bool incoming, struct onlink *ret, struct err *e);
int onlink_save(struct run *run, const char *backend, const struct onlink *o, struct err *e);

/*
 * Calls back with the link of the record, in its namespace, under hold_lock() of its state. A link
 * or namespace that has gone needs nothing: 0.
 */
typedef int onlink_f(const struct onlink *o, int lock, struct err *e);
int onlink_revert(const struct undo *u, onlink_f *back, struct err *e);

#endif
