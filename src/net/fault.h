/*
 * A network fault: what happens to which packets as they pass an interface. The faults of
 * src/faults/ fill this in; a back-end (net/backend.h), chosen by what this kernel has, does it.
 */
#ifndef NET_FAULT_H
#define NET_FAULT_H

#include "fault/effect.h"
#include "fault/fault.h"
#include "fault/plan.h"
#include "fault/run.h"
#include "fault/undo.h"
#include "net/distribution.h"
#include "net/profile.h"
#include "net/traffic/traffic.h"

/*
 * Gilbert and Elliott's loss in bursts, as tc's gemodel: two states, each with its share of lost
 * packets. All 0 to 1; p 0: not asked for.
 */
struct net_gemodel {
	double p, r;   /* a packet changes the state: good to bad, bad to good */
	double h1, k1; /* lost in the bad state (1-h), in the good one (1-k) */
};

/* What may pass in a time, as tc's tbf. */
struct net_rate {
	uint64_t bps;	      /* bits a second, 0: any */
	uint32_t burst_bytes; /* may pass at once after a pause, 0: computed */
	uint32_t limit_bytes; /* may wait, 0: computed; beyond, packets are lost */
	uint64_t peak_bps;    /* of the burst itself, 0: any */
	uint32_t peak_burst_bytes;
};
struct net_rate net_rate_computed(const struct net_rate *r); /* with what was not given */

struct net_fault {
	const struct traffic *traffic;
	double delay_ms, jitter_ms; /* each packet waits delay +- jitter, spread by distribution */
	/* Shares of the packets, 0 to 1. */
	double loss, duplicate, corrupt;
	double reorder; /* do not wait, and so overtake those that do */
	unsigned gap;	/* one of so many packets may overtake at most; 0, 1: each */
	struct {	/* 0 to 1: how much a packet's lot is that of the one before it */
		double delay, duplicate, corrupt, reorder;
	} correlation;
	enum net_distribution distribution;
	struct net_gemodel gemodel;
	struct net_rate rate;
	const struct profile *profile; /* by which the above changes with time; NULL: it stays */
	/* Filled in by net_fault_apply() from the order. */
	uint64_t seed;
	int64_t deadline_ms; /* CLOCK_BOOTTIME, 0: never */
};

/*
 * Each packet's lot is that of the one before it with this probability, and drawn anew otherwise:
 * bursts whose share is exact. share: below 1; correlation: 0 to below 1.
 */
struct net_gemodel net_gemodel_correlated(double share, double correlation);

/* The share of the packets that the model loses in the long run. */
double net_gemodel_share(const struct net_gemodel *g);

/* The fault with the delay, loss and rate of the row. */
struct net_fault net_fault_of_row(const struct net_fault *f, const struct profile_row *row);

/* The packets are held by somebody on their way. */
bool net_fault_holds(const struct net_fault *f);
/* What befalls them is meant for packets as the wire has them, not for a sender's bundles. */
bool net_fault_is_for_frames(const struct net_fault *f);

int net_fault_plan(const struct net_fault *f, struct plan *ret, struct err *e);
int net_fault_apply(struct run *run, const struct net_fault *f, struct err *e);
int net_fault_verify(struct run *run, const struct net_fault *f, struct effect *ret, struct err *e);
int net_fault_revert(const struct undo *u, struct err *e);
/* What somebody has taken away is put back, or not, as traffic->on_drift says. */
int net_fault_watch(struct run *run, const struct target *t, const void *args, struct err *e);

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
