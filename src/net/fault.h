/*
 * A network fault: what happens to which packets as they leave an interface. The faults of
 * src/faults/ fill this in; a back-end, chosen by what this kernel has, does it:
 *
 *	netem	the kernel's own queue, in a tree of ours at the root of the interface: no process.
 *		Only where nobody's tree stands already.
 *	tap	a BPF program at the egress takes the packets out to a TAP device, and a worker
 *holds them and writes them on. Loss alone needs the program only.
 */
#ifndef NET_FAULT_H
#define NET_FAULT_H

#include "fault/effect.h"
#include "fault/plan.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "net/traffic.h"

struct net_fault {
	const struct traffic *traffic;
	double delay_ms, jitter_ms; /* each packet waits delay +- jitter, evenly spread */
	/* Shares of the packets, 0 to 1. */
	double loss, duplicate, corrupt;
	double reorder;	    /* do not wait, and so overtake those that do */
	unsigned gap;	    /* one of so many packets may overtake at most; 0, 1: each */
	double correlation; /* 0 to 1: how much a packet's lot is that of the one before it */
};

/* The packets are held by somebody on their way. */
bool net_fault_holds(const struct net_fault *f);
/* What befalls them is meant for packets as the wire has them, not for a sender's bundles. */
bool net_fault_is_for_frames(const struct net_fault *f);

int net_fault_plan(const struct net_fault *f, struct plan *ret, struct err *e);
int net_fault_apply(struct run *run, const struct net_fault *f, struct err *e);
int net_fault_verify(struct run *run, const struct net_fault *f, struct effect *ret, struct err *e);
int net_fault_revert(const struct undo *u, struct err *e);

/*
 * The plan, apply and verify of a fault NAME whose arguments NAME_fault(args) makes a struct
 * net_fault of: NAME_plan, NAME_apply, NAME_verify.
 */
#define NET_FAULT_OPS(name)                                                                        \
	static int name##_plan(                                                                    \
		const struct target *t, const void *args, struct plan *ret, struct err *e)         \
	{                                                                                          \
		struct net_fault f = name##_fault(args);                                           \
		(void)t;                                                                           \
		return net_fault_plan(&f, ret, e);                                                 \
	}                                                                                          \
	static int name##_apply(                                                                   \
		struct run *run, const struct target *t, const void *args, struct err *e)          \
	{                                                                                          \
		struct net_fault f = name##_fault(args);                                           \
		(void)t;                                                                           \
		return net_fault_apply(run, &f, e);                                                \
	}                                                                                          \
	static int name##_verify(struct run *run, const struct target *t, const void *args,        \
		struct effect *ret, struct err *e)                                                 \
	{                                                                                          \
		struct net_fault f = name##_fault(args);                                           \
		(void)t;                                                                           \
		return net_fault_verify(run, &f, ret, e);                                          \
	}

#endif
