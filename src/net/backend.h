/*
 * The means by which a network fault is done to one direction of an interface's traffic: rows of a
 * table, tried in this order, the first that can do it does:
 *
 *	netem		the kernel's own queue, in a tree of ours: no process. Only where nobody's
 *			tree stands already.
 *	tap		a BPF program at the interface (TCX) takes the packets out to a TAP device,
 *			and a worker holds them and writes them on. Loss alone needs the program
 *			only.
 *	tap-clsact	the same with the program in a clsact queue, where TCX is missing (before
 *			Linux 6.6): it outlives its process, and its record takes it away.
 *
 *	reduced		loss by rules of nf_tables, rate by htb, and nothing else.
 *
 * traffic->backend forces one.
 */
#ifndef NET_BACKEND_H
#define NET_BACKEND_H

#include <stdint.h>

#include "base/err.h"
#include "fault/plan.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "net/fault.h"
#include "sys/rtnl.h"
#include "sys/tc.h"

/* What a back-end has put in place. */
struct net_placed {
	int number;    /* its own: a slot of the tree, a rank */
	uint32_t mark; /* of packets that are meant for this fault alone */
};

/* f->traffic: one direction of the fault, with the peers of what is excluded. */
struct net_backend {
	const char *name;
	/* 0, or -ERR_UNSUPPORTED with the reason. Looks, never touches. */
	int (*why_not)(const struct net_fault *f, const struct link *l, struct err *e);
	void (*plan)(const struct net_fault *f, const struct link *l, struct plan *ret);
	/* -ERR_UNSUPPORTED: it cannot be used after all, and has left nothing. */
	int (*apply)(struct run *run, const struct net_fault *f, const struct link *l,
		struct net_placed *ret, struct err *e);
	/* 0: what was put in place is there still; -ERR_INEFFECTIVE, -ERR_NOTFOUND: it is not. */
	int (*check)(const struct net_fault *f, const struct link *l, int number, struct err *e);
	/* Of a loss, where probes (net/measure.h) do not pass by it; NULL: they do. */
	int (*measure_loss)(
		struct run *run, const struct net_fault *f, struct effect *ret, struct err *e);
	int (*revert)(const struct undo *u, struct err *e); /* NULL: it leaves no record */
};

const struct net_backend *net_backend(const char *name); /* NULL: none has this name */

/* The choice of one, and why those before it were passed over: "netem: ...; tap: ...". */
struct net_choice {
	const struct net_backend *by; /* NULL: before the first */
	struct err why_not;	      /* kind ERR_NONE: none was passed over */
};

/*
 * Moves on to the next that can do it on this link, of those that traffic->backend allows.
 * -ERR_UNSUPPORTED: there is none (left), with the reason of each.
 */
int net_backend_next(
	const struct net_fault *f, const struct link *l, struct net_choice *c, struct err *e);
/* Adds the reason of the one that is chosen now, before moving on. */
void net_backend_pass_over(struct net_choice *c, const struct err *why);

/*
 * A rate as the kernel's queues take it: they take or lose a bundle of segments as a whole, so the
 * limit that is computed has room for two, and at least a packet passes at once.
 */
struct tc_rate net_backend_rate(const struct net_rate *asked, const struct link *l);

#endif
