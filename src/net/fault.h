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
	double loss;		    /* 0 to 1 */
};

int net_fault_plan(const struct net_fault *f, struct plan *ret, struct err *e);
int net_fault_apply(struct run *run, const struct net_fault *f, struct err *e);
int net_fault_verify(struct run *run, const struct net_fault *f, struct effect *ret, struct err *e);
int net_fault_revert(const struct undo *u, struct err *e);

#endif
